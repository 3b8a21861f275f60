-- Which snapshots were taken by a schedule, and the schedules of volumes, in milliseconds; those of pots stand in
-- their specs.

ALTER TABLE snapshots ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0 CHECK (scheduled IN (0, 1));
ALTER TABLE volume_snapshots ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0 CHECK (scheduled IN (0, 1));

ALTER TABLE volumes ADD COLUMN snapshot_every INTEGER NOT NULL DEFAULT 0;
ALTER TABLE volumes ADD COLUMN snapshot_keep INTEGER NOT NULL DEFAULT 24;
ALTER TABLE volumes ADD COLUMN snapshot_keep_for INTEGER NOT NULL DEFAULT 0;
