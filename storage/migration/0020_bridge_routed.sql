-- Whether routers beyond the host know its IPv6 network, so that pots are seen there by their own addresses.
ALTER TABLE bridges ADD COLUMN routed INTEGER NOT NULL DEFAULT 0 CHECK (routed IN (0, 1));
