-- Snapshots of pots, and what a pot that is a clone was made of.

CREATE TABLE snapshots (
    pot        TEXT NOT NULL REFERENCES pots (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL CHECK (number > 0),
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (pot, number),
    UNIQUE (pot, name)
) STRICT, WITHOUT ROWID;

-- The number last given; numbers are not used twice.
ALTER TABLE pots ADD COLUMN last_snapshot INTEGER NOT NULL DEFAULT 0;

-- Empty unless it is a clone. The source may be renamed meanwhile: its id counts.
ALTER TABLE pots ADD COLUMN origin_pot TEXT NOT NULL DEFAULT '';
ALTER TABLE pots ADD COLUMN origin_name TEXT NOT NULL DEFAULT '';
ALTER TABLE pots ADD COLUMN origin_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pots ADD COLUMN origin_snapshot TEXT NOT NULL DEFAULT '';
