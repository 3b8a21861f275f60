-- A token that is made again under the name of another is another, so what a token asked for is known by the hash of its
-- secret as well: "token ci 5bdc...". Of what is here already that can be said for tokens that are still there; what others
-- asked for is nobody's from now on.
-- Keys are their owner's by that, and no longer by what was added to some fingerprints.
UPDATE operations SET fingerprint = substr(fingerprint, 1, length(fingerprint) - length(asked_by) - 1)
WHERE asked_by <> '' AND substr(fingerprint, -length(asked_by) - 1) = ' ' || asked_by;
UPDATE operations SET asked_by = asked_by || ' ' || tokens.hash
FROM tokens WHERE asked_by = 'token ' || tokens.name AND tokens.created_at <= operations.created_at;
