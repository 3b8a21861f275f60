-- Accepted requests that must be known after a restart of potd: under way, or ended and remembered for a while.
CREATE TABLE operations (
    id             TEXT NOT NULL PRIMARY KEY, -- sorts by the time it was accepted
    kind           TEXT NOT NULL,
    state          TEXT NOT NULL,
    begun          INTEGER NOT NULL CHECK (begun IN (0, 1)), -- what it wants is recorded with its pot or base
    pot            TEXT NOT NULL,
    pot_id         TEXT NOT NULL, -- refers to nothing: it outlives the pot
    run            INTEGER NOT NULL,
    base           TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    ended_at       INTEGER,
    error_kind     TEXT, -- null unless failed or cancelled
    error_message  TEXT NOT NULL DEFAULT '',
    error_field    TEXT NOT NULL DEFAULT '',
    key            TEXT, -- by which the request may be repeated; null once it does not count any more
    fingerprint    TEXT NOT NULL DEFAULT '',
    answer_status  INTEGER, -- null while there is no answer for the key
    answer_headers TEXT NOT NULL DEFAULT '',
    answer_type    TEXT NOT NULL DEFAULT '',
    answer_body    TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
