"""What a mail about an agreement says, and whether it still has to be said."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from ..enums import AgreementNews
from ..models import Agreement, Mail
from ..rules.text import one_line
from .agreed import address_of


def agreement_context(mail: Mail) -> dict[str, Any]:
    """``news`` as its value, for the template."""
    agreement = Agreement.objects.get(pk=mail.context["agreement"])
    name = one_line(str(agreement))
    subjects = {
        AgreementNews.SIGN: _("Please sign: %(agreement)s"),
        AgreementNews.WITHDRAWN: _("Withdrawn, so there is nothing to sign: %(agreement)s"),
        AgreementNews.SIGNED: _("Signed by both sides: %(agreement)s"),
    }
    return {
        "subject": subjects[AgreementNews(mail.context["news"])] % {"agreement": name},
        "news": mail.context["news"],
        "agreement": agreement,
        "name": name,
        "link": f"{settings.SITE_URL}{address_of(agreement)}",
    }


def has_nothing_to_sign(mail: Mail) -> bool:
    """The reader has signed, or what they were to sign was withdrawn."""
    if mail.context["news"] != AgreementNews.SIGN:
        return False
    asked = Agreement.objects.filter(
        pk=mail.context["agreement"], proposals=mail.context["proposal"], proposed_at__isnull=False
    )
    signed = {"signatures__user": mail.recipient_id, "signatures__proposal": mail.context["proposal"]}
    return not asked.exclude(pk__in=asked.filter(**signed).values("pk")).exists()
