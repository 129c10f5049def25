"""What a mail says: text and HTML in the reader's language and time zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Lead
from leads.rules.scoring import Scores
from leads.selectors.scores import explainer
from smarketing.accounts.models import User
from smarketing.accounts.reset_tokens import reset_tokens

from ..enums import REPORTS, ClockKind, MailKind, Recipient, TimeBase
from ..models import Clock, Delivery, Mail, Notice
from ..rules.durations import in_words
from ..rules.reports import Reader, Report, readers_of
from ..rules.text import one_line
from .agreement_letter import agreement_context, has_nothing_to_sign
from .dispute_letter import DISPUTES, dispute_context, dispute_subject
from .letter_rows import attempts_of, deliveries_of, notices_of, saved
from .policies import current_book
from .report_letters import has_nothing_to_tell, report_context
from .report_mails import everybody, reports
from .review_letter import attach_calendar, is_overtaken, review_context, reviews_told_of, todo_context
from .weekly_letter import weekly_context

LINES = 50
"""Leads listed in one digest; the rest is one link away."""

REASONS = 3
"""Rules named as the reason for a score."""

SUBJECT_LENGTH = 150

REMINDERS = (MailKind.REMINDER, MailKind.DIGEST)


@dataclass(frozen=True, slots=True)
class Line:
    """One promise in a mail. ``late`` is a duration in words, empty while it is not yet due."""

    lead: Lead
    url: str
    promise: str
    since: datetime
    due_at: datetime
    late: str
    left: str
    owner: str
    is_mine: bool
    role: str
    attempts: int
    agreed: int
    kind: str

    @property
    def lead_name(self) -> str:
        return one_line(str(self.lead))

    @property
    def company(self) -> str:
        return one_line(str(self.lead.company or self.lead.company_name))


class Letters:
    """Composes the mails of one batch; what they tell of is read in a few statements for all."""

    def __init__(
        self, mails: Sequence[Mail], *, at: datetime, known: Mapping[MailKind, Report] | None = None
    ) -> None:
        """``known``: the reports, where somebody has read them already."""
        self.at = at
        self.notices = notices_of(mails)
        told = (notice for own in self.notices.values() for notice in own)
        lost = {notice.context["mail"] for notice in told if notice.kind == MailKind.UNDELIVERABLE}
        self.lost = Mail.objects.select_related("recipient").in_bulk(lost)
        self.deliveries = deliveries_of({*lost, *saved(mails)})
        self.readers = User.objects.in_bulk({mail.recipient_id for mail in mails if mail.recipient_id})
        clocks = [one.reminder.clock for rows in self.deliveries.values() for one in rows]
        self.attempts = attempts_of(clocks)
        self.book = current_book()
        self.reports: Mapping[MailKind, Report] = {}
        self.people: list[Reader] = []
        if any(mail.kind in REPORTS for mail in mails):
            self.reports, self.people = known or reports(), everybody()
        self.reviews = reviews_told_of(mails)
        self.explain = explainer(
            {
                self.deliveries[mail.pk][0].reminder.clock.lead_id
                for mail in mails
                if mail.kind == MailKind.REMINDER and mail.pk in self.deliveries
            }
        )

    def is_pointless(self, mail: Mail) -> bool:
        """Every promise the mail would speak of has ended: saying it now would be a false alarm."""
        if mail.kind in REPORTS:
            return not self._is_wanted(mail)
        if mail.kind == MailKind.AGREEMENT:
            return has_nothing_to_sign(mail)
        if mail.kind == MailKind.REVIEW:
            return is_overtaken(mail, self.reviews.get(mail.context["review"]))
        return mail.kind in REMINDERS and not self._open(mail) and mail.pk not in self.notices

    def message(self, mail: Mail, *, only_text: bool = False) -> EmailMultiAlternatives:
        """Raises whatever a template or a lead's data make go wrong; that is this mail's failure."""
        reader = self.readers.get(mail.recipient_id or 0)
        language = reader.language if reader else settings.LANGUAGE_CODE
        with translation.override(language), timezone.override(_zone(reader)):
            context = self._context(mail, reader)
            subject = one_line(context["subject"])[:SUBJECT_LENGTH]
            text = render_to_string(f"sla/mail/{mail.kind}.txt", context)
            html = "" if only_text else render_to_string(f"sla/mail/{mail.kind}.html", context)
        headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
        message = EmailMultiAlternatives(subject, text, to=[mail.address], headers=headers)
        if html:
            message.attach_alternative(html, "text/html")
        if mail.kind == MailKind.REVIEW:
            with translation.override(language):
                attach_calendar(message, self.reviews[mail.context["review"]])
        return message

    def unwritable(self, mail: Mail) -> list[Delivery]:
        """The lines of a digest that raise when written alone."""
        reader = self.readers.get(mail.recipient_id or 0)
        bad = []
        for delivery in self._open(mail):
            try:
                render_to_string("sla/mail/line.txt", {"line": self._line(delivery, reader)})
                render_to_string("sla/mail/line.html", {"line": self._line(delivery, reader)})
            except Exception:
                bad.append(delivery)
        return bad

    def leave_out(self, mail: Mail, deliveries: Sequence[Delivery]) -> None:
        self.deliveries[mail.pk] = [one for one in self.deliveries[mail.pk] if one not in deliveries]

    def _open(self, mail: Mail) -> list[Delivery]:
        return [one for one in self.deliveries.get(mail.pk, []) if one.reminder.clock.is_ticking]

    def _context(self, mail: Mail, reader: User | None) -> dict[str, Any]:
        context: dict[str, Any] = {
            "reader": reader,
            "language": translation.get_language(),
            "site_url": settings.SITE_URL,
            "ledger_url": f"{settings.SITE_URL}/reminders/",
        }
        if mail.kind in REMINDERS:
            lines = [self._line(one, reader) for one in self._open(mail)]
            context |= self._news(self.notices.get(mail.pk, ()))
            context |= {"lines": lines[:LINES], "more": max(0, len(lines) - LINES)}
            said = [*([_subject(lines)] if lines else []), *context["headings"]]
            context["subject"] = capfirst("; ".join(said))
            if mail.kind == MailKind.REMINDER:
                context |= {"line": lines[0], "reasons": _reasons(self.explain(lines[0].lead, self.at))}
            return context
        if mail.kind == MailKind.PASSWORD:
            return context | _password(reader)
        if mail.kind in REPORTS:
            report = self.reports[MailKind(mail.kind)]
            assert reader is not None
            compose = weekly_context if report.kind == MailKind.WEEKLY else report_context
            return context | compose(mail, report, reader, at=self.at)
        if mail.kind == MailKind.AGREEMENT:
            return context | agreement_context(mail)
        if mail.kind == MailKind.REVIEW:
            return context | review_context(self.reviews[mail.context["review"]])
        [notice] = self.notices[mail.pk]
        if mail.kind == MailKind.UNDELIVERABLE:
            return context | self._undelivered(notice, reader)
        if mail.kind in DISPUTES:
            return context | dispute_context(notice)
        if mail.kind == MailKind.TODO:
            return context | todo_context(notice)
        context |= _named(notice.lead)
        context["subject"] = _notice_subject(mail.kind, context["lead_name"])
        return context

    def _is_wanted(self, mail: Mail) -> bool:
        """Somebody who has switched it off, or is no longer meant, gets it no more; a test always comes."""
        report = self.reports[MailKind(mail.kind)]
        if mail.context.get("test"):
            return mail.recipient_id in self.readers
        if not report.is_active or mail.recipient_id not in {
            one.id for one in readers_of(report, self.people)
        }:
            return False
        return report.even_if_empty or not has_nothing_to_tell(mail, report, at=self.at)

    def _news(self, notices: Sequence[Notice]) -> dict[str, Any]:
        """What a digest says beside its reminders: leads by kind of news, and lost mails."""
        by_kind: dict[str, list[Notice]] = {}
        for notice in notices:
            by_kind.setdefault(notice.kind, []).append(notice)
        lost = by_kind.pop(MailKind.UNDELIVERABLE, [])
        news = [
            {
                "heading": _heading(kind, len(own)),
                "next": _next_words(kind),
                "leads": [_told_of(notice) for notice in own[:LINES]],
                "more": max(0, len(own) - LINES),
            }
            for kind, own in by_kind.items()
        ]
        headings = [one["heading"] for one in news]
        if lost:
            headings.append(_heading(MailKind.UNDELIVERABLE, len(lost)))
        return {
            "news": news,
            "lost": [self._lost(notice) for notice in lost[:LINES]],
            "more_lost": max(0, len(lost) - LINES),
            "headings": headings,
        }

    def _line(self, delivery: Delivery, reader: User | None) -> Line:
        clock = delivery.reminder.clock
        keeper = self.book.keeper(clock)
        is_late = clock.due_at < self.at
        first, last = sorted((clock.due_at, self.at))
        seconds = keeper.between(first, last)
        if not is_late:
            seconds += -seconds % 60  # a minute that has begun still counts as left
        words = in_words(seconds, working=clock.time_base == TimeBase.WORKING)
        return Line(
            lead=clock.lead,
            url=lead_url(clock.lead_id),
            promise=_promise(clock),
            since=clock.started_at,
            due_at=clock.due_at,
            late=words if is_late else "",
            left="" if is_late else words,
            owner=one_line(str(clock.owner)) if clock.owner else "",
            is_mine=reader is not None and clock.owner_id == reader.pk,
            role=delivery.role,
            attempts=self.attempts.get(clock.pk, 0),
            agreed=clock.attempts,
            kind=clock.kind,
        )

    def _undelivered(self, notice: Notice, reader: User | None) -> dict[str, Any]:
        lost = self._lost(notice)
        lines = [self._line(one, reader) for one in self.deliveries.get(notice.context["mail"], [])]
        return {
            **lost,
            "subject": _("Could not be delivered: a reminder for %(person)s") % lost,
            "lines": lines[:LINES],
            "more": max(0, len(lines) - LINES),
        }

    def _lost(self, notice: Notice) -> dict[str, str]:
        mail = self.lost[notice.context["mail"]]
        return {
            "person": one_line(str(mail.recipient)) if mail.recipient else mail.address,
            "address": mail.address,
            "error": one_line(str(notice.context.get("error", ""))),
        }


def _password(reader: User | None) -> dict[str, Any]:
    """The link is made while the mail is written, so that no store holds what opens an account."""
    assert reader is not None
    parts = [urlsafe_base64_encode(force_bytes(reader.pk)), reset_tokens.make_token(reader)]
    link = f"{settings.SITE_URL}{reverse('accounts:choose-password', args=parts)}"
    return {"subject": _("Your new password"), "link": link}


def lead_url(lead_id: int) -> str:
    return f"{settings.SITE_URL}/leads/{lead_id}/"


def _reasons(scores: Scores | None) -> list[str]:
    """What weighs most in the lead's scores: "+30 Asked for a price sheet"."""
    lines = sorted(scores.lines, key=lambda line: -abs(line.counted)) if scores else []
    return [f"{line.counted:+d} {one_line(line.name)}" for line in lines[:REASONS] if line.counted]


def _zone(reader: User | None) -> ZoneInfo:
    try:
        return ZoneInfo(reader.time_zone if reader else settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def _named(lead: Lead | None) -> dict[str, str]:
    return {
        "lead_name": one_line(str(lead)) if lead else "",
        "lead_url": lead_url(lead.pk) if lead else "",
    }


def _told_of(notice: Notice) -> dict[str, str]:
    """The lead and where it leads: its page, or that of what is told about it; or what is no lead."""
    named = _named(notice.lead) if notice.lead else {"lead_name": one_line(notice.context.get("name", ""))}
    address = notice.context.get("url")
    return named | {"lead_url": f"{settings.SITE_URL}{address}"} if address else named


def _promise(clock: Clock) -> str:
    window = in_words(clock.minutes * 60, working=clock.time_base == TimeBase.WORKING)
    if clock.time_base == TimeBase.WORKING:
        window = _("%(window)s of working time") % {"window": window}
    says = {
        ClockKind.FIRST_CONTACT: _("First contact within %(window)s"),
        ClockKind.DECISION: _("Convert, postpone or return within %(window)s"),
        ClockKind.AE_DECISION: _("Turn into an opportunity or send back within %(window)s"),
    }
    return says[ClockKind(clock.kind)] % {"window": window}


def _subject(lines: Sequence[Line]) -> str:
    line = lines[0]
    if len(lines) > 1:
        text = ngettext("%(count)d lead is waiting", "%(count)d leads are waiting", len(lines))
        return text % {"count": len(lines)}
    values = {"lead": line.lead_name, "late": line.late, "left": line.left, "owner": line.owner}
    if line.left:
        return _("%(lead)s is waiting: %(left)s left") % values
    if line.is_mine or not line.owner or line.role == Recipient.REP:
        return _("%(lead)s is waiting: %(late)s late") % values
    return _("%(lead)s is waiting for %(owner)s: %(late)s late") % values


def _heading(kind: str, count: int) -> str:
    if kind in DISPUTES:
        return dispute_subject(kind, count)
    says = {
        MailKind.RECYCLED: ngettext(
            "%(count)d lead has gone back to marketing", "%(count)d leads have gone back to marketing", count
        ),
        MailKind.UNASSIGNED: ngettext(
            "nobody is eligible for %(count)d lead", "nobody is eligible for %(count)d leads", count
        ),
        MailKind.TODO: ngettext(
            "%(count)d decision waits to be carried out",
            "%(count)d decisions wait to be carried out",
            count,
        ),
        MailKind.UNDELIVERABLE: ngettext(
            "%(count)d reminder could not be delivered", "%(count)d reminders could not be delivered", count
        ),
    }
    return says[MailKind(kind)] % {"count": count}


def _next_words(kind: str) -> str:
    says = {
        MailKind.RECYCLED: _(
            "marketing nurtures these leads; everything known about them is kept, and they may qualify again."
        ),
        MailKind.UNASSIGNED: _("give these leads to somebody; their clocks are running."),
        MailKind.DISPUTED: _("read what both sides say and decide; it counts in the numbers from then on."),
        MailKind.JUDGED: _("read the mediator's reason; nothing is left to do."),
        MailKind.TODO: _("carry it out and tick it off, or agree on another day."),
    }
    return says[MailKind(kind)]


def _notice_subject(kind: str, lead_name: str) -> str:
    if kind == MailKind.RECYCLED:
        return _("Returned to marketing: %(lead)s") % {"lead": lead_name}
    return _("Nobody is eligible for %(lead)s") % {"lead": lead_name}
