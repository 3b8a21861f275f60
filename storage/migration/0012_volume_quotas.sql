-- How many bytes may be in a volume, 0 for no bound; and how often it was changed, for who changes it.

ALTER TABLE volumes ADD COLUMN quota INTEGER NOT NULL DEFAULT 0 CHECK (quota >= 0);
ALTER TABLE volumes ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
