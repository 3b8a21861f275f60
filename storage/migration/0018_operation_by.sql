-- Who asked for it, as "uid 1000" or "token ci"; '' for one that was asked for before this was recorded.
ALTER TABLE operations ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
