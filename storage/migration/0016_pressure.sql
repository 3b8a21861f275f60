-- The rule of pressure that had a pot paused; '': a user, or it is not paused.
ALTER TABLE pots ADD COLUMN frozen_by TEXT NOT NULL DEFAULT '';
-- How many processes of a run the kernel has killed for memory, and the last of them.
ALTER TABLE runs ADD COLUMN oom_kills INTEGER NOT NULL DEFAULT 0 CHECK (oom_kills >= 0);
ALTER TABLE runs ADD COLUMN oom_victim TEXT NOT NULL DEFAULT '';
