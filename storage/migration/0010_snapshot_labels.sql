-- Labels of snapshots: one "key TAB value" a line, as the details of events.

ALTER TABLE snapshots ADD COLUMN labels TEXT NOT NULL DEFAULT '';
ALTER TABLE volume_snapshots ADD COLUMN labels TEXT NOT NULL DEFAULT '';
