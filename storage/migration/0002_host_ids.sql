-- Pots with a user namespace: the first of the host's 65536 user and group ids that are theirs; 0 = none.
ALTER TABLE pots ADD COLUMN first_host_id INTEGER NOT NULL DEFAULT 0 CHECK (first_host_id BETWEEN 0 AND 4294967295);

-- Two pots with the same ids could read each other's files.
CREATE UNIQUE INDEX pots_by_first_host_id ON pots (first_host_id) WHERE first_host_id <> 0;
