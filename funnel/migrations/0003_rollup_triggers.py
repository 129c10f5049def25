"""Triggers that tell the rollups of every change to a journey or a won deal.

In the database rather than in services: a merge, an erasure, a campaign set to null by its
deletion, a bulk load and a hand-written UPDATE are counted as surely as a move, and the image
commits or vanishes with the change it tells. Cost: no statement, 1-2 narrow rows per change.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION funnel_tell_journey() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id,
        stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
        opportunity_at, customer_at, closed_at, currency)
      VALUES ('journey', -1, OLD.entered_at, OLD.source, OLD.landing_page, OLD.campaign_id,
        OLD.stage, OLD.status, OLD.reason, OLD.is_current, OLD.engaged_at, OLD.target_at, OLD.mql_at,
        OLD.sql_at, OLD.opportunity_at, OLD.customer_at, OLD.closed_at, '');
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id,
        stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
        opportunity_at, customer_at, closed_at, currency)
      VALUES ('journey', 1, NEW.entered_at, NEW.source, NEW.landing_page, NEW.campaign_id,
        NEW.stage, NEW.status, NEW.reason, NEW.is_current, NEW.engaged_at, NEW.target_at, NEW.mql_at,
        NEW.sql_at, NEW.opportunity_at, NEW.customer_at, NEW.closed_at, '');
  END IF;
  -- A deal is counted under its journey's entry, source, page and campaign: it moves with them.
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE'
      AND (OLD.entered_at, OLD.source, OLD.landing_page, OLD.campaign_id)
          IS DISTINCT FROM (NEW.entered_at, NEW.source, NEW.landing_page, NEW.campaign_id)) THEN
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id,
        stage, status, reason, is_current, amount, currency)
      SELECT 'deal', -1, OLD.entered_at, OLD.source, OLD.landing_page, OLD.campaign_id,
             '', '', '', false, amount, currency
        FROM funnel_opportunity WHERE journey_id = OLD.id AND status = 'won';
    IF TG_OP = 'UPDATE' THEN
      INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id,
          stage, status, reason, is_current, amount, currency)
        SELECT 'deal', 1, NEW.entered_at, NEW.source, NEW.landing_page, NEW.campaign_id,
               '', '', '', false, amount, currency
          FROM funnel_opportunity WHERE journey_id = NEW.id AND status = 'won';
    END IF;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER journey_told AFTER INSERT OR DELETE ON funnel_journey
  FOR EACH ROW EXECUTE FUNCTION funnel_tell_journey();
CREATE TRIGGER journey_change_told AFTER UPDATE ON funnel_journey
  FOR EACH ROW WHEN (
    (OLD.entered_at, OLD.source, OLD.landing_page, OLD.campaign_id, OLD.stage, OLD.status, OLD.reason,
     OLD.is_current, OLD.engaged_at, OLD.target_at, OLD.mql_at, OLD.sql_at, OLD.opportunity_at,
     OLD.customer_at, OLD.closed_at)
    IS DISTINCT FROM
    (NEW.entered_at, NEW.source, NEW.landing_page, NEW.campaign_id, NEW.stage, NEW.status, NEW.reason,
     NEW.is_current, NEW.engaged_at, NEW.target_at, NEW.mql_at, NEW.sql_at, NEW.opportunity_at,
     NEW.customer_at, NEW.closed_at))
  EXECUTE FUNCTION funnel_tell_journey();

CREATE FUNCTION funnel_tell_deal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- FOR SHARE: a journey whose campaign is being changed right now is waited for, not misread.
  IF TG_OP <> 'INSERT' AND OLD.status = 'won' THEN
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id,
        stage, status, reason, is_current, amount, currency)
      SELECT 'deal', -1, entered_at, source, landing_page, campaign_id,
             '', '', '', false, OLD.amount, OLD.currency
        FROM funnel_journey WHERE id = OLD.journey_id FOR SHARE;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.status = 'won' THEN
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id,
        stage, status, reason, is_current, amount, currency)
      SELECT 'deal', 1, entered_at, source, landing_page, campaign_id,
             '', '', '', false, NEW.amount, NEW.currency
        FROM funnel_journey WHERE id = NEW.journey_id FOR SHARE;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER deal_told AFTER INSERT OR DELETE ON funnel_opportunity
  FOR EACH ROW EXECUTE FUNCTION funnel_tell_deal();
CREATE TRIGGER deal_change_told AFTER UPDATE ON funnel_opportunity
  FOR EACH ROW WHEN (
    (OLD.status, OLD.amount, OLD.currency, OLD.journey_id)
    IS DISTINCT FROM (NEW.status, NEW.amount, NEW.currency, NEW.journey_id))
  EXECUTE FUNCTION funnel_tell_deal();
"""

BACKWARDS = """
DROP TRIGGER deal_told ON funnel_opportunity;
DROP TRIGGER deal_change_told ON funnel_opportunity;
DROP FUNCTION funnel_tell_deal();
DROP TRIGGER journey_told ON funnel_journey;
DROP TRIGGER journey_change_told ON funnel_journey;
DROP FUNCTION funnel_tell_journey();
"""


class Migration(migrations.Migration):
    dependencies = [("funnel", "0002_rollups")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
