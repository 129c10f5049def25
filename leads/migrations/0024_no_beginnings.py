"""Django makes an index for every unique text for searches by its beginning; nobody searches so.

A step of its own: Django makes them at the end of the step that makes the table.
"""

from django.db import migrations

DROP = """
DROP INDEX IF EXISTS leads_lead_email_key_0380345a_like;
DROP INDEX IF EXISTS leads_lead_external_id_c72287bc_like;
DROP INDEX IF EXISTS leads_company_domain_da8532c5_like;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0023_contact_covering")]
    operations = [migrations.RunSQL(DROP, migrations.RunSQL.noop)]
