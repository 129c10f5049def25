"""What was proposed stays as it is, what was signed for good; and one agreement is in force on a day."""

from django.db import migrations

FORWARDS = """
ALTER TABLE sla_agreement ADD CONSTRAINT agreement_one_in_force EXCLUDE USING gist (
  daterange(in_force_from, in_force_until + 1, '[)') WITH &&
) WHERE (signed_at IS NOT NULL);

CREATE FUNCTION sla_keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE stamps text[] := ARRAY['signed_at', 'in_force_from', 'in_force_until', 'entered_at', 'superseded_at'];
BEGIN
  IF OLD.proposed_at IS NOT NULL AND (
    TG_OP = 'DELETE'
    OR NEW.proposed_at IS NOT NULL AND to_jsonb(NEW) - stamps <> to_jsonb(OLD) - stamps
    OR OLD.signed_at IS NOT NULL AND (
      NEW.proposed_at IS NULL
      OR (NEW.signed_at, NEW.in_force_from) IS DISTINCT FROM (OLD.signed_at, OLD.in_force_from)
      OR NEW.in_force_until > OLD.in_force_until
      OR OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at
      OR OLD.entered_at IS NOT NULL AND NEW.entered_at IS DISTINCT FROM OLD.entered_at
    )
  ) THEN
    RAISE EXCEPTION 'An agreement that was proposed is not changed.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_stays BEFORE UPDATE OR DELETE ON sla_agreement
  FOR EACH ROW EXECUTE FUNCTION sla_keep_agreement();

CREATE FUNCTION sla_keep_agreement_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM sla_agreement WHERE proposed_at IS NOT NULL
    AND (TG_OP <> 'INSERT' AND id = OLD.agreement_id OR TG_OP <> 'DELETE' AND id = NEW.agreement_id)
  ) THEN
    RAISE EXCEPTION 'An agreement that was proposed is not changed.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_rate_stays BEFORE INSERT OR UPDATE OR DELETE ON sla_agreementrate
  FOR EACH ROW EXECUTE FUNCTION sla_keep_agreement_part();
CREATE TRIGGER agreement_promise_stays BEFORE INSERT OR UPDATE OR DELETE ON sla_agreementpromise
  FOR EACH ROW EXECUTE FUNCTION sla_keep_agreement_part();
CREATE TRIGGER agreement_persona_stays BEFORE INSERT OR UPDATE OR DELETE ON sla_agreementpersona
  FOR EACH ROW EXECUTE FUNCTION sla_keep_agreement_part();

CREATE FUNCTION sla_keep_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'A signature stays.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER signature_stays BEFORE UPDATE OR DELETE ON sla_agreementsignature
  FOR EACH ROW EXECUTE FUNCTION sla_keep_signature();
"""
BACKWARDS = """
DROP TRIGGER signature_stays ON sla_agreementsignature;
DROP FUNCTION sla_keep_signature();
DROP TRIGGER agreement_persona_stays ON sla_agreementpersona;
DROP TRIGGER agreement_promise_stays ON sla_agreementpromise;
DROP TRIGGER agreement_rate_stays ON sla_agreementrate;
DROP FUNCTION sla_keep_agreement_part();
DROP TRIGGER agreement_stays ON sla_agreement;
DROP FUNCTION sla_keep_agreement();
ALTER TABLE sla_agreement DROP CONSTRAINT agreement_one_in_force;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('sla', '0012_promises_and_signatures'),
    ]

    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
