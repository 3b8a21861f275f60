-- Pots that flavours are still being applied to: what becomes of one if that is cut ("remove", "keep"; empty
-- for a finished pot), and its own spec, since another one stands in `spec` while a script runs in it.

ALTER TABLE pots ADD COLUMN unfinished TEXT NOT NULL DEFAULT '' CHECK (unfinished IN ('', 'remove', 'keep'));
ALTER TABLE pots ADD COLUMN own_spec TEXT NOT NULL DEFAULT '';
