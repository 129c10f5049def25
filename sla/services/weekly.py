"""The executives' weekly mail: one row of the outbox for each person and week."""

from datetime import datetime

from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.rules.zones import zone_named

from ..enums import MailKind
from ..models import Mail
from ..rules.weekly import week_due
from ..selectors.policies import company_calendar
from .mailing import new_mail


def write_weekly(*, at: datetime) -> int:
    """Write the mail of the present week for every executive whose 08:00 of the week's first
    working day has come and who did not switch it off; how many are new.

    The key names person and week, so many processes at once write one row; delivery, with its lease
    and a Message-ID made of the key, is that of every mail. Whoever was down on that day writes it
    later in the week; a week that has passed is not made up for.
    """
    readers = User.objects.filter(is_active=True, role=Role.EXECUTIVE, weekly_mail=True).exclude(email="")
    calendar, mails = company_calendar(), []
    for reader in readers.order_by("pk"):
        monday, due_at = week_due(at, zone_named(reader.time_zone), calendar)
        if at < due_at:
            continue
        mail = new_mail(
            key=f"weekly:{reader.pk}:{monday.isoformat()}",
            kind=MailKind.WEEKLY,
            person_id=reader.pk,
            address=reader.email,
            at=at,
            lead_id=None,
        )
        mail.context = {"monday": monday.isoformat()}
        mails.append(mail)
    known = set(Mail.objects.filter(key__in=[mail.key for mail in mails]).values_list("key", flat=True))
    fresh = [mail for mail in mails if mail.key not in known]
    Mail.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)
