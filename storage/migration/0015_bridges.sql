-- Networks of the host that pots hang on. A family without a network has two empty texts.
CREATE TABLE bridges (
    name         TEXT NOT NULL PRIMARY KEY,
    ipv4_network TEXT NOT NULL,
    ipv4_gateway TEXT NOT NULL,
    ipv6_network TEXT NOT NULL,
    ipv6_gateway TEXT NOT NULL,
    isolated     INTEGER NOT NULL CHECK (isolated IN (0, 1)),
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What pots have of them: an address is one pot's alone.
CREATE TABLE address_leases (
    bridge   TEXT NOT NULL REFERENCES bridges (name),
    address  TEXT NOT NULL,
    pot      TEXT NOT NULL REFERENCES pots (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (bridge, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX address_leases_by_pot ON address_leases (pot, position);

-- And of the host's ports: for each port of the spec the host's.
CREATE TABLE port_leases (
    pot      TEXT NOT NULL REFERENCES pots (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    host     INTEGER NOT NULL CHECK (host BETWEEN 1 AND 65535),
    PRIMARY KEY (pot, position)
) STRICT, WITHOUT ROWID;

-- The one that an operation is about.
ALTER TABLE operations ADD COLUMN network TEXT NOT NULL DEFAULT '';
