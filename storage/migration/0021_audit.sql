-- Who asked for what, and how it ended. Only added to: an entry is written before the request is acted upon, its end
-- afterwards, neither is changed. Numbers only rise.
CREATE TABLE audit (
    number  INTEGER NOT NULL PRIMARY KEY,
    time    INTEGER NOT NULL, -- milliseconds since 1970, as everywhere here
    actor   TEXT NOT NULL,    -- "uid 1000", "token ci"
    role    TEXT NOT NULL,    -- '' for whoever has none
    peer    TEXT NOT NULL,
    method  TEXT NOT NULL,
    route   TEXT NOT NULL,    -- the pattern
    path    TEXT NOT NULL,
    pot     TEXT NOT NULL,    -- '' where the path names none
    pot_id  TEXT NOT NULL,
    request TEXT NOT NULL,
    written INTEGER NOT NULL  -- bytes of all entries up to this one, by which the size is bounded
) STRICT;
CREATE INDEX audit_by_time ON audit (time);

CREATE TABLE audit_ends (
    number    INTEGER NOT NULL PRIMARY KEY REFERENCES audit (number) ON DELETE CASCADE,
    time      INTEGER NOT NULL,
    outcome   TEXT NOT NULL CHECK (outcome IN ('done', 'failed', 'denied', 'unanswered')),
    status    INTEGER NOT NULL, -- 0: nobody was there to be answered
    operation TEXT NOT NULL,
    created   TEXT NOT NULL,    -- the path of what was made
    fields    TEXT NOT NULL     -- names of changed fields, with blanks between them
) STRICT;

-- One row: up to where the retention has deleted, or is about to in the same transaction.
CREATE TABLE audit_retired (
    only  INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    up_to INTEGER NOT NULL
) STRICT;
INSERT INTO audit_retired (only, up_to) VALUES (1, 0);

CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_ends_unchanged BEFORE UPDATE ON audit_ends
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
-- Also what would replace an entry, which fires no trigger of a DELETE.
CREATE TRIGGER audit_added_behind BEFORE INSERT ON audit
WHEN NEW.number <= max(coalesce((SELECT max(number) FROM audit), 0), (SELECT up_to FROM audit_retired))
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_ended_once BEFORE INSERT ON audit_ends
WHEN EXISTS (SELECT 1 FROM audit_ends WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
WHEN OLD.number > (SELECT up_to FROM audit_retired)
BEGIN SELECT RAISE(ABORT, 'the audit log is shortened by its retention alone'); END;
CREATE TRIGGER audit_ends_stay BEFORE DELETE ON audit_ends
WHEN OLD.number > (SELECT up_to FROM audit_retired)
BEGIN SELECT RAISE(ABORT, 'the audit log is shortened by its retention alone'); END;
CREATE TRIGGER audit_retired_rises BEFORE UPDATE ON audit_retired
WHEN NEW.up_to < OLD.up_to OR NEW.only <> 1
BEGIN SELECT RAISE(ABORT, 'the audit log is shortened by its retention alone'); END;
CREATE TRIGGER audit_retired_stays BEFORE DELETE ON audit_retired
BEGIN SELECT RAISE(ABORT, 'the audit log is shortened by its retention alone'); END;
