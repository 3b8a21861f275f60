-- Snapshots of volumes.

CREATE TABLE volume_snapshots (
    volume     TEXT NOT NULL REFERENCES volumes (name) ON DELETE CASCADE,
    number     INTEGER NOT NULL CHECK (number > 0),
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (volume, number),
    UNIQUE (volume, name)
) STRICT, WITHOUT ROWID;

-- The number last given; numbers are not used twice.
ALTER TABLE volumes ADD COLUMN last_snapshot INTEGER NOT NULL DEFAULT 0;
