-- Revisions of bases: bases has the one that new pots get, base_revisions what is there besides.

ALTER TABLE bases ADD COLUMN revision INTEGER NOT NULL DEFAULT 1 CHECK (revision > 0);
ALTER TABLE bases ADD COLUMN previous INTEGER NOT NULL DEFAULT 0;
-- The number last given; numbers are not used twice.
ALTER TABLE bases ADD COLUMN last_revision INTEGER NOT NULL DEFAULT 1;

CREATE TABLE base_revisions (
    base       TEXT NOT NULL REFERENCES bases (name) ON DELETE CASCADE,
    number     INTEGER NOT NULL CHECK (number > 0),
    path       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    PRIMARY KEY (base, number)
) STRICT, WITHOUT ROWID;

ALTER TABLE pots ADD COLUMN base_revision INTEGER NOT NULL DEFAULT 1;
-- The snapshot that an unfinished pot goes back to if it is cut; 0: it is as `unfinished` says, which is "keep" with
-- one, too.
ALTER TABLE pots ADD COLUMN revert_to INTEGER NOT NULL DEFAULT 0;
