-- An interface of the host that is a member of the bridge, which has no networks of its own then; '' for none.
ALTER TABLE bridges ADD COLUMN uplink TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX bridges_by_uplink ON bridges (uplink) WHERE uplink <> '';
