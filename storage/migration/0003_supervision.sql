-- What supervision remembers: how far a run has come, its hooks, the back-off of a pot, the boot last seen.

ALTER TABLE runs ADD COLUMN cause TEXT NOT NULL DEFAULT 'request';
ALTER TABLE runs ADD COLUMN stage TEXT NOT NULL DEFAULT 'done';
ALTER TABLE runs ADD COLUMN stop_cause TEXT NOT NULL DEFAULT 'none';

-- Before, the state of the pot alone said how far its newest run was.
UPDATE runs SET stage =
    CASE (SELECT state FROM pots WHERE id = runs.pot)
        WHEN 'starting' THEN 'launching'
        WHEN 'running' THEN 'up'
        WHEN 'paused' THEN 'up'
        ELSE 'ending'
    END
WHERE ended_at IS NULL;
UPDATE runs SET stage = 'releasing'
WHERE ended_at IS NOT NULL
  AND number = (SELECT max(newest.number) FROM runs AS newest WHERE newest.pot = runs.pot)
  AND (SELECT state FROM pots WHERE id = runs.pot) IN ('stopping', 'destroying');
UPDATE runs SET stop_cause = CASE (SELECT desired FROM pots WHERE id = runs.pot)
        WHEN 'running' THEN 'restart' ELSE 'stop' END
WHERE stage IN ('ending', 'releasing');

ALTER TABLE pots ADD COLUMN restarts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pots ADD COLUMN next_start_at INTEGER;
ALTER TABLE pots ADD COLUMN health TEXT NOT NULL DEFAULT 'none';

CREATE TABLE run_hooks (
    pot        TEXT NOT NULL,
    run        INTEGER NOT NULL,
    position   INTEGER NOT NULL, -- in the order they were run
    stage      TEXT NOT NULL,
    spec_index INTEGER NOT NULL,
    attempt    INTEGER NOT NULL CHECK (attempt > 0),
    started_at INTEGER NOT NULL,
    ended_at   INTEGER, -- null while it runs; the rest means nothing then
    exit_code  INTEGER,
    signal     INTEGER,
    problem    TEXT NOT NULL DEFAULT '',
    output     TEXT NOT NULL DEFAULT '',
    truncated  INTEGER NOT NULL DEFAULT 0 CHECK (truncated IN (0, 1)),
    PRIMARY KEY (pot, run, position),
    FOREIGN KEY (pot, run) REFERENCES runs (pot, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- One row: the boot whose start-at-boot pots have been started.
CREATE TABLE machine (
    only    INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    boot_id TEXT NOT NULL
) STRICT;
