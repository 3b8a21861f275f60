-- Events are told before they are on the disk: what a power cut takes away is numbered anew. See
-- core/model/event_epochs.hpp.

CREATE TABLE event_epochs (
    number INTEGER NOT NULL PRIMARY KEY,
    start  INTEGER NOT NULL -- the last event that was there when it began
) STRICT;

-- One row: who has told events last.
CREATE TABLE event_stream (
    only    INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    boot_id TEXT NOT NULL, -- the boot of the machine
    last    INTEGER        -- the last event, set when potd ended and all was on the disk; null while it runs
) STRICT;
