-- Requests that were denied have a part of the log of their own, and go by themselves: whoever may nothing cannot push
-- out what was done. Those that are here already count as before.
ALTER TABLE audit ADD COLUMN denied INTEGER NOT NULL DEFAULT 0;        -- of `written`, what was denied by then
ALTER TABLE audit_retired ADD COLUMN denied INTEGER NOT NULL DEFAULT 0; -- bytes of all that ever were
ALTER TABLE audit_retired ADD COLUMN denied_up_to INTEGER NOT NULL DEFAULT 0; -- as up_to, for those alone
CREATE INDEX audit_ends_denied ON audit_ends (number) WHERE outcome = 'denied';

DROP TRIGGER audit_added_behind;
CREATE TRIGGER audit_added_behind BEFORE INSERT ON audit
WHEN NEW.number <= max(coalesce((SELECT max(number) FROM audit), 0),
                       (SELECT max(up_to, denied_up_to) FROM audit_retired))
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
DROP TRIGGER audit_stays;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
WHEN OLD.number > (SELECT up_to FROM audit_retired)
 AND NOT EXISTS (SELECT 1 FROM audit_ends WHERE number = OLD.number AND outcome = 'denied'
                 AND number <= (SELECT denied_up_to FROM audit_retired))
BEGIN SELECT RAISE(ABORT, 'the audit log is shortened by its retention alone'); END;
DROP TRIGGER audit_ends_stay;
CREATE TRIGGER audit_ends_stay BEFORE DELETE ON audit_ends
WHEN OLD.number > (SELECT up_to FROM audit_retired)
 AND NOT (OLD.outcome = 'denied' AND OLD.number <= (SELECT denied_up_to FROM audit_retired))
BEGIN SELECT RAISE(ABORT, 'the audit log is shortened by its retention alone'); END;
DROP TRIGGER audit_retired_rises;
CREATE TRIGGER audit_retired_rises BEFORE UPDATE ON audit_retired
WHEN NEW.up_to < OLD.up_to OR NEW.denied_up_to < OLD.denied_up_to OR NEW.denied < OLD.denied OR NEW.only <> 1
BEGIN SELECT RAISE(ABORT, 'the audit log is shortened by its retention alone'); END;
