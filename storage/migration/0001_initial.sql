-- Times are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE pots (
    id         TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL,
    desired    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    driver     TEXT NOT NULL,
    last_error TEXT NOT NULL,
    spec       TEXT NOT NULL -- JSON, written and read by the daemon's codec
) STRICT;

CREATE TABLE runs (
    pot           TEXT NOT NULL REFERENCES pots (id) ON DELETE CASCADE,
    number        INTEGER NOT NULL CHECK (number > 0),
    requested_at  INTEGER NOT NULL,
    started_at    INTEGER,
    monitor_pid   INTEGER NOT NULL,
    monitor_start INTEGER NOT NULL,
    init_pid      INTEGER NOT NULL,
    init_start    INTEGER NOT NULL,
    main_pid      INTEGER NOT NULL,
    main_start    INTEGER NOT NULL,
    boot_id       TEXT NOT NULL,
    ended_at      INTEGER, -- null while the run lives; the rest of the end means nothing then
    exit_code     INTEGER,
    signal        INTEGER,
    oom           INTEGER NOT NULL DEFAULT 0 CHECK (oom IN (0, 1)),
    lost          INTEGER NOT NULL DEFAULT 0 CHECK (lost IN (0, 1)),
    reason        TEXT NOT NULL DEFAULT '',
    peak_memory   INTEGER,
    PRIMARY KEY (pot, number)
) STRICT, WITHOUT ROWID;

-- A run has exactly one terminal record: whoever brings a second, different one has a bug.
CREATE TRIGGER runs_end_once BEFORE UPDATE ON runs
WHEN OLD.ended_at IS NOT NULL
 AND (NEW.ended_at IS NOT OLD.ended_at OR NEW.exit_code IS NOT OLD.exit_code
   OR NEW.signal IS NOT OLD.signal OR NEW.oom IS NOT OLD.oom OR NEW.lost IS NOT OLD.lost
   OR NEW.reason IS NOT OLD.reason OR NEW.peak_memory IS NOT OLD.peak_memory)
BEGIN
    SELECT RAISE (ABORT, 'has already ended');
END;

CREATE TABLE bases (
    name       TEXT NOT NULL PRIMARY KEY,
    source     TEXT NOT NULL,
    origin     TEXT NOT NULL,
    path       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    size       INTEGER NOT NULL
) STRICT;

CREATE TABLE base_binds (
    base     TEXT NOT NULL REFERENCES bases (name) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    source   TEXT NOT NULL,
    target   TEXT NOT NULL,
    PRIMARY KEY (base, position)
) STRICT, WITHOUT ROWID;

-- Events outlive their pot, so pot_id refers to nothing.
CREATE TABLE events (
    number  INTEGER NOT NULL PRIMARY KEY,
    time    INTEGER NOT NULL,
    type    TEXT NOT NULL,
    pot_id  TEXT NOT NULL,
    pot     TEXT NOT NULL,
    run     INTEGER NOT NULL,
    details TEXT NOT NULL -- one "key TAB value" a line; backslash, tab, newline and NUL as \\ \t \n \0
) STRICT;

-- The history of one pot is asked for by id or by name. A type alone is filtered on the way: an index
-- would cost every commit a page for a question asked by hand.
CREATE INDEX events_by_pot_id ON events (pot_id, number) WHERE pot_id <> '';
CREATE INDEX events_by_pot ON events (pot, number) WHERE pot <> '';
