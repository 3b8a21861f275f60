-- The rule of pressure that had a pot paused; '': a user, or it is not paused.
ALTER TABLE pots ADD COLUMN frozen_by TEXT NOT NULL DEFAULT '';
