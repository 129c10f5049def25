"""What a mail says of a dispute: who objects to what, and how the mediator decided."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..enums import MailKind
from ..models import Dispute, Notice
from ..rules.text import one_line

DISPUTES = (MailKind.DISPUTED, MailKind.JUDGED)


def dispute_context(notice: Notice) -> dict[str, Any]:
    """One statement; the words are those of now, so what was decided meanwhile is told as decided."""
    rows = Dispute.objects.select_related("journey__lead__company", "raised_by", "decided_by", "rule_set")
    dispute = rows.get(pk=notice.context["dispute"])
    name = one_line(str(dispute.journey.lead))
    subject = _("A dispute for you to decide: %(lead)s") if dispute.is_open else _("Decided: %(lead)s")
    return {
        "subject": subject % {"lead": name},
        "dispute": dispute,
        "lead_name": name,
        "company": one_line(str(dispute.journey.lead.company or dispute.journey.lead.company_name)),
        "url": f"{settings.SITE_URL}{notice.context['url']}",
    }


def dispute_subject(kind: str, count: int) -> str:
    if kind == MailKind.DISPUTED:
        text = ngettext("%(count)d dispute waits for you", "%(count)d disputes wait for you", count)
    else:
        text = ngettext("%(count)d dispute was decided", "%(count)d disputes were decided", count)
    return text % {"count": count}
