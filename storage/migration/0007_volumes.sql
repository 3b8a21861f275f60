-- Named volumes (fscomps), and the operations that are about one.

CREATE TABLE volumes (
    name       TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE operations ADD COLUMN volume TEXT NOT NULL DEFAULT '';
