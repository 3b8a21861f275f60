-- Variables of pots that nobody is shown again, each encrypted with a key that is not in here.
CREATE TABLE pot_secrets (
    pot    TEXT NOT NULL REFERENCES pots (id) ON DELETE CASCADE,
    name   TEXT NOT NULL,
    sealed TEXT NOT NULL, -- hexadecimal digits: nonce, what is encrypted, tag
    PRIMARY KEY (pot, name)
) STRICT, WITHOUT ROWID;
