-- The pot that is made with a base and goes with it (its name, empty: none), and bases whose removal has begun.

ALTER TABLE bases ADD COLUMN pot TEXT NOT NULL DEFAULT '';
ALTER TABLE bases ADD COLUMN is_going INTEGER NOT NULL DEFAULT 0 CHECK (is_going IN (0, 1));
