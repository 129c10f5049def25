"""Sums by owner, by source and campaign, and by source and page.

Every image knows the lead's owner now. In ``FOR SHARE`` of the lead lies why that stays true: who
changes the owner waits for the move that has just been counted for the owner before, or is waited
for. Services lock the lead before its journey anyway. There are no cells of the new kind, so
everything is told again, as when cells became packed; the next refresh counts it from scratch.
"""

from importlib import import_module

from django.db import migrations, models

BEFORE = import_module("funnel.migrations.0003_rollup_triggers")
TOLD_BEFORE = import_module("funnel.migrations.0007_packed_cells").TELL_ALL
TRIGGERS = """
CREATE FUNCTION funnel_owner_of(lead bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  owner bigint;
BEGIN
  SELECT owner_id INTO owner FROM leads_lead WHERE id = lead FOR SHARE;
  RETURN owner;
END $$;

CREATE FUNCTION funnel_tell_deals(of bigint, how int, j funnel_journey, owner bigint)
  RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
      stage, status, reason, is_current, amount, currency)
    SELECT 'deal', how, j.entered_at, j.source, j.landing_page, j.campaign_id, owner,
           '', '', '', false, amount, currency
      FROM funnel_opportunity WHERE journey_id = of AND status = 'won';
END $$;

CREATE FUNCTION funnel_tell_journey() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was bigint;
  owner bigint;
BEGIN
  IF TG_OP <> 'DELETE' THEN owner := funnel_owner_of(NEW.lead_id); END IF;
  IF TG_OP <> 'INSERT' THEN
    was := owner;
    IF TG_OP = 'DELETE' OR OLD.lead_id <> NEW.lead_id THEN was := funnel_owner_of(OLD.lead_id); END IF;
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
        stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
        opportunity_at, customer_at, closed_at, currency)
      VALUES ('journey', -1, OLD.entered_at, OLD.source, OLD.landing_page, OLD.campaign_id, was,
        OLD.stage, OLD.status, OLD.reason, OLD.is_current, OLD.engaged_at, OLD.target_at, OLD.mql_at,
        OLD.sql_at, OLD.opportunity_at, OLD.customer_at, OLD.closed_at, '');
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
        stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
        opportunity_at, customer_at, closed_at, currency)
      VALUES ('journey', 1, NEW.entered_at, NEW.source, NEW.landing_page, NEW.campaign_id, owner,
        NEW.stage, NEW.status, NEW.reason, NEW.is_current, NEW.engaged_at, NEW.target_at, NEW.mql_at,
        NEW.sql_at, NEW.opportunity_at, NEW.customer_at, NEW.closed_at, '');
  END IF;
  -- A deal is counted under its journey's entry, source, page, campaign and owner: it moves with them.
  IF TG_OP = 'DELETE' THEN
    PERFORM funnel_tell_deals(OLD.id, -1, OLD, was);
  ELSIF TG_OP = 'UPDATE' AND (OLD.entered_at, OLD.source, OLD.landing_page, OLD.campaign_id, was)
        IS DISTINCT FROM (NEW.entered_at, NEW.source, NEW.landing_page, NEW.campaign_id, owner) THEN
    PERFORM funnel_tell_deals(OLD.id, -1, OLD, was), funnel_tell_deals(NEW.id, 1, NEW, owner);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER journey_told AFTER INSERT OR DELETE ON funnel_journey
  FOR EACH ROW EXECUTE FUNCTION funnel_tell_journey();
CREATE TRIGGER journey_change_told AFTER UPDATE ON funnel_journey
  FOR EACH ROW WHEN (
    (OLD.lead_id, OLD.entered_at, OLD.source, OLD.landing_page, OLD.campaign_id, OLD.stage, OLD.status,
     OLD.reason, OLD.is_current, OLD.engaged_at, OLD.target_at, OLD.mql_at, OLD.sql_at, OLD.opportunity_at,
     OLD.customer_at, OLD.closed_at)
    IS DISTINCT FROM
    (NEW.lead_id, NEW.entered_at, NEW.source, NEW.landing_page, NEW.campaign_id, NEW.stage, NEW.status,
     NEW.reason, NEW.is_current, NEW.engaged_at, NEW.target_at, NEW.mql_at, NEW.sql_at, NEW.opportunity_at,
     NEW.customer_at, NEW.closed_at))
  EXECUTE FUNCTION funnel_tell_journey();

CREATE FUNCTION funnel_tell_deal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  j funnel_journey;
BEGIN
  -- FOR SHARE: a journey whose campaign is being changed right now is waited for, not misread.
  IF TG_OP <> 'INSERT' AND OLD.status = 'won' THEN
    SELECT * INTO j FROM funnel_journey WHERE id = OLD.journey_id FOR SHARE;
    IF FOUND THEN
      INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
          stage, status, reason, is_current, amount, currency)
        VALUES ('deal', -1, j.entered_at, j.source, j.landing_page, j.campaign_id, funnel_owner_of(j.lead_id),
                '', '', '', false, OLD.amount, OLD.currency);
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.status = 'won' THEN
    SELECT * INTO j FROM funnel_journey WHERE id = NEW.journey_id FOR SHARE;
    IF FOUND THEN
      INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
          stage, status, reason, is_current, amount, currency)
        VALUES ('deal', 1, j.entered_at, j.source, j.landing_page, j.campaign_id, funnel_owner_of(j.lead_id),
                '', '', '', false, NEW.amount, NEW.currency);
    END IF;
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

CREATE FUNCTION funnel_tell_owner() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  j funnel_journey;
  owner bigint;
BEGIN
  -- A lead deleted by hand before its journeys leaves them without an owner until they go, too.
  IF TG_OP = 'UPDATE' THEN owner := NEW.owner_id; END IF;
  FOR j IN SELECT * FROM funnel_journey WHERE lead_id = OLD.id LOOP
    INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
        stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
        opportunity_at, customer_at, closed_at, currency)
      SELECT 'journey', told.sign, j.entered_at, j.source, j.landing_page, j.campaign_id, told.owner,
             j.stage, j.status, j.reason, j.is_current, j.engaged_at, j.target_at, j.mql_at, j.sql_at,
             j.opportunity_at, j.customer_at, j.closed_at, ''
        FROM (VALUES (-1, OLD.owner_id), (1, owner)) AS told (sign, owner);
    PERFORM funnel_tell_deals(j.id, -1, j, OLD.owner_id), funnel_tell_deals(j.id, 1, j, owner);
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER owner_change_told AFTER UPDATE OF owner_id ON leads_lead
  FOR EACH ROW WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id) EXECUTE FUNCTION funnel_tell_owner();
CREATE TRIGGER owner_gone_told AFTER DELETE ON leads_lead
  FOR EACH ROW WHEN (OLD.owner_id IS NOT NULL) EXECUTE FUNCTION funnel_tell_owner();
"""
NO_TRIGGERS = f"""
DROP TRIGGER owner_change_told ON leads_lead;
DROP TRIGGER owner_gone_told ON leads_lead;
DROP FUNCTION funnel_tell_owner();
{BEFORE.BACKWARDS}
DROP FUNCTION funnel_tell_deals(bigint, int, funnel_journey, bigint);
DROP FUNCTION funnel_owner_of(bigint);
"""
TELL_ALL = """
LOCK TABLE leads_lead, funnel_journey, funnel_opportunity IN SHARE MODE;
DELETE FROM funnel_rollupcell;
DELETE FROM funnel_rollupdelta;
INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
    stage, status, reason, is_current, engaged_at, target_at, mql_at, sql_at,
    opportunity_at, customer_at, closed_at, currency)
  SELECT 'journey', 1, j.entered_at, j.source, j.landing_page, j.campaign_id, l.owner_id,
         j.stage, j.status, j.reason, j.is_current, j.engaged_at, j.target_at, j.mql_at, j.sql_at,
         j.opportunity_at, j.customer_at, j.closed_at, ''
    FROM funnel_journey AS j JOIN leads_lead AS l ON l.id = j.lead_id;
INSERT INTO funnel_rollupdelta (kind, sign, entered_at, source, landing_page, campaign_id, owner_id,
    stage, status, reason, is_current, amount, currency)
  SELECT 'deal', 1, j.entered_at, j.source, j.landing_page, j.campaign_id, l.owner_id,
         '', '', '', false, o.amount, o.currency
    FROM funnel_opportunity AS o
    JOIN funnel_journey AS j ON j.id = o.journey_id JOIN leads_lead AS l ON l.id = j.lead_id
   WHERE o.status = 'won';
"""


class Migration(migrations.Migration):
    dependencies = [("funnel", "0015_opportunity_name_and_step"), ("leads", "0010_fewer_indexes")]
    operations = [
        migrations.AddField("rollupdelta", "owner_id", models.BigIntegerField(null=True)),
        migrations.RemoveConstraint("rollupcell", "rollup_cell_once"),
        migrations.RenameField("rollupcell", "grouping", "cube"),
        migrations.AlterField(
            "rollupcell",
            "cube",
            models.CharField(
                choices=[
                    ("total", "All"),
                    ("source", "Source"),
                    ("landing_page", "Landing page"),
                    ("campaign", "Campaign"),
                    ("owner", "Owner"),
                    ("source_campaign", "Source and campaign"),
                    ("source_page", "Source and landing page"),
                    ("owner_source", "Owner and source"),
                ],
                max_length=16,
            ),
        ),
        # Backwards the cells must be gone before the constraint returns that lacks a dimension.
        migrations.RunSQL(migrations.RunSQL.noop, TOLD_BEFORE),
        migrations.AddField(
            "rollupcell",
            "within",
            models.CharField(blank=True, default="", max_length=120),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            "rollupcell",
            models.UniqueConstraint(
                fields=("cube", "grain", "measure", "within", "key", "period", "part"),
                name="rollup_cell_once",
            ),
        ),
        migrations.RunSQL(BEFORE.BACKWARDS + TRIGGERS, NO_TRIGGERS + BEFORE.FORWARDS),
        migrations.RunSQL(TELL_ALL, migrations.RunSQL.noop),
    ]
