"""Telling people about an agreement, in the transaction of the fact: a mail, and inside the product."""

from collections.abc import Iterable
from datetime import datetime

from leads.services.notifications import Note, notify
from smarketing.accounts.enums import NotificationKind
from smarketing.accounts.models import User

from ..enums import AgreementNews, MailKind
from ..models import Agreement, Mail
from ..selectors.agreed import address_of
from .mailing import addresses, new_mail


def tell(*, agreement: Agreement, news: AgreementNews, people: Iterable[int | None], at: datetime) -> None:
    """One mail a person for each proposal and piece of news, however often it is said."""
    told = sorted({pk for pk in people if pk})
    key = f"agreement:{agreement.pk}:{agreement.proposals}:{news.value}"
    known = addresses(told)
    mails = [
        new_mail(
            key=f"{key}:{pk}",
            kind=MailKind.AGREEMENT,
            person_id=pk,
            address=known[pk],
            at=at,
            lead_id=None,
        )
        for pk in told
        if known.get(pk)
    ]
    for mail in mails:
        mail.context = {"agreement": agreement.pk, "proposal": agreement.proposals, "news": news.value}
    Mail.objects.bulk_create(mails, ignore_conflicts=True)
    _inside(agreement, key, told, at)


def tell_everybody(*, agreement: Agreement, at: datetime) -> None:
    """It is in force: whoever works here sees it inside the product."""
    people = User.objects.filter(is_active=True).values_list("pk", flat=True)
    _inside(agreement, f"agreement:{agreement.pk}:in_force", people, at)


def _inside(agreement: Agreement, key: str, people: Iterable[int], at: datetime) -> None:
    url = address_of(agreement)
    notify((Note(pk, NotificationKind.AGREEMENT, key, name=str(agreement), url=url) for pk in people), at=at)
