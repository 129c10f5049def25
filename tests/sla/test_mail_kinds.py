"""Every kind of mail in both languages, text and HTML: nothing untranslated, nothing unfilled."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail as post
from django.core.mail import EmailMultiAlternatives
from django.utils.html import strip_tags

from funnel.models import Assignment
from leads.models import Lead
from sla.enums import MailKind
from sla.models import Mail
from sla.services.delivery import deliver_due
from sla.services.engine import tick
from sla.services.notices import tell_recycled, tell_unassigned, tell_undeliverable
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.sla.factories import make_handed_off
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db

LATE = MONDAY + timedelta(minutes=7)


def reminder(rep: User) -> None:
    make_ladders([rep])
    tick(at=LATE)


def warning(rep: User) -> None:
    make_ladders([rep], steps=[(-2, ["rep"])])
    tick(at=MONDAY - timedelta(minutes=2))


def digest(rep: User) -> None:
    make_ladders([rep] * 2)
    tick(at=LATE)


def recycled(rep: User, leads: int = 1) -> None:
    make_user(role=Role.MARKETER)
    for _ in range(leads):
        tell_recycled(journey=make_handed_off(owner=rep, at=MONDAY), owner_id=rep.pk, at=MONDAY)
    deliver_due(at=MONDAY)


def to_nobody() -> Assignment:
    journey = make_handed_off(at=MONDAY)
    return Assignment.objects.create(journey=journey, lead=journey.lead, assigned_at=MONDAY, decision={})


def unassigned(rep: User, leads: int = 1) -> None:
    """The reader is the boss here: nobody else hears of it."""
    User.objects.filter(pk=rep.pk).update(role=Role.MANAGER)
    for _ in range(leads):
        tell_unassigned(assignment=to_nobody(), at=MONDAY)
    deliver_due(at=MONDAY)


def undeliverable(rep: User, mails: int = 1) -> None:
    below = make_user(role=Role.SDR, reports_to=rep, first_name="Ida", last_name="Paz", email="ida@x.example")
    for number in range(mails):
        lost = Mail.objects.create(
            key=f"lost{number}",
            message_id=f"<lost{number}>",
            kind=MailKind.REMINDER,
            recipient=below,
            address=below.email,
            created_at=MONDAY,
            next_attempt_at=MONDAY,
            state="dead",
            error="550 5.1.1 no such mailbox",
        )
        tell_undeliverable(mail=lost, reminders=[], at=MONDAY)
    deliver_due(at=MONDAY)


def everything(rep: User) -> None:
    make_ladders([rep])
    make_user(role=Role.MARKETER)
    tell_recycled(journey=make_handed_off(owner=rep, at=MONDAY), owner_id=rep.pk, at=MONDAY)
    User.objects.filter(pk=rep.pk).update(role=Role.MANAGER)
    tell_unassigned(assignment=to_nobody(), at=MONDAY)
    tick(at=LATE)


Say = Callable[[User], None]

SUBJECTS: dict[Say, tuple[str, str]] = {
    reminder: ("{lead} is waiting: 7 minutes late", "{lead} está esperando: 7 minutos de retraso"),
    warning: (
        "{lead} is waiting: 2 minutes left",
        "{lead} está esperando; tiempo restante: 2 minutos",
    ),
    digest: ("2 leads are waiting", "2 prospectos están esperando"),
    recycled: ("Returned to marketing: {lead}", "Devuelto a marketing: {lead}"),
    unassigned: ("Nobody is eligible for {lead}", "No hay nadie disponible para {lead}"),
    undeliverable: (
        "Could not be delivered: a reminder for Ida Paz",
        "No se pudo entregar un recordatorio para Ida Paz",
    ),
    lambda rep: recycled(rep, 2): (
        "2 leads have gone back to marketing",
        "2 prospectos han vuelto a marketing",
    ),
    lambda rep: unassigned(rep, 2): (
        "Nobody is eligible for 2 leads",
        "No hay nadie disponible para 2 prospectos",
    ),
    lambda rep: undeliverable(rep, 2): (
        "2 reminders could not be delivered",
        "No se pudieron entregar 2 recordatorios",
    ),
    everything: (
        "{lead} is waiting: 7 minutes late; 1 lead has gone back to marketing; nobody is eligible for 1 lead",
        "{lead} está esperando: 7 minutos de retraso; 1 prospecto ha vuelto a marketing;"
        " no hay nadie disponible para 1 prospecto",
    ),
}
ENGLISH = re.compile(
    r"\b(the|is|are|lead|leads|waiting|what|next|all|reminder|reminders|due|since|phone|score|with|back|open)\b",
    re.IGNORECASE,
)


def message(say: Say, language: str) -> EmailMultiAlternatives:
    rep, _, _ = make_chain(language=language)
    say(rep)
    rep.refresh_from_db()
    [found] = [one for one in post.outbox if one.to == [rep.email]]
    assert isinstance(found, EmailMultiAlternatives)
    return found


def html_of(found: EmailMultiAlternatives) -> str:
    [alternative] = found.alternatives
    return str(alternative.content)


def without_names(text: str) -> str:
    """Leads and addresses are called something English in these tests."""
    for lead in Lead.objects.all():
        text = text.replace(str(lead), "")
    text = text.replace("550 5.1.1 no such mailbox", "")
    return re.sub(r"https?://\S+|\S+@\S+", "", text)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("say", SUBJECTS)
def test_the_subject_says_what_it_is_about(say: Say, language: str) -> None:
    subject = message(say, language).subject
    named = [str(lead) for lead in Lead.objects.all() if str(lead) in subject] or [""]
    assert subject == SUBJECTS[say][language == "es"].format(lead=named[0])


@pytest.mark.parametrize("say", SUBJECTS)
def test_a_spanish_mail_has_no_english_word(say: Say) -> None:
    found = message(say, "es")
    body = strip_tags(html_of(found).replace(">", "> "))
    for text in (found.subject, str(found.body), body):
        assert ENGLISH.findall(without_names(text)) == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("say", SUBJECTS)
def test_text_and_html_say_the_same_leads(say: Say, language: str) -> None:
    found = message(say, language)
    links = re.compile(r"/leads/(\d+)/")
    assert sorted(links.findall(str(found.body))) == sorted(set(links.findall(html_of(found))))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("say", SUBJECTS)
def test_nothing_is_left_unfilled(say: Say, language: str) -> None:
    found = message(say, language)
    text = f"{found.subject} {found.body} {html_of(found)}"
    assert re.findall(r"%\(|\{\{|\{%|None|\(\)", text) == []


@pytest.mark.parametrize(("language", "tag"), [("en", '<html lang="en">'), ("es", '<html lang="es">')])
def test_the_html_names_its_language(language: str, tag: str) -> None:
    assert tag in html_of(message(digest, language))


def test_markup_in_a_name_stays_text() -> None:
    rep, _, _ = make_chain()
    journey = make_handed_off(owner=rep, at=MONDAY)
    Lead.objects.filter(pk=journey.lead_id).update(first_name="<b>Eve</b>", last_name="")
    make_user(role=Role.MARKETER)
    tell_recycled(journey=journey, owner_id=rep.pk, at=MONDAY)
    recycled(rep)
    [found] = [one for one in post.outbox if one.to == [rep.email]]
    assert ("<b>Eve</b>" in html_of(found), "&lt;b&gt;Eve&lt;/b&gt;" in html_of(found)) == (False, True)
