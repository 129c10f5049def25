"""What a mail says, in whose language and by whose clock."""

from datetime import timedelta

import pytest
from django.core import mail as post
from django.urls import reverse
from django.utils import translation

from leads.models import Lead
from sla.rules.durations import in_words
from sla.selectors import letters
from sla.services.engine import tick
from tests.leads.factories import live_rule_set, make_activity, make_company, one_group
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def mail_to_rep(*, late: timedelta = 7 * MINUTE, lead=None, clock=None, **rep):
    person, _, _ = make_chain(**rep)
    [one] = make_ladders([person], **(clock or {}))
    Lead.objects.filter(pk=one.lead_id).update(**(lead or {}))
    tick(at=MONDAY + late)
    return post.outbox[0], one


def test_it_says_who_waits_and_how_long():
    message, _ = mail_to_rep(lead={"first_name": "Ana", "last_name": "Gil"})
    assert message.subject == "Ana Gil is waiting: 7 minutes late"
    assert message.body.splitlines()[0] == "Ana Gil is waiting for you, 7 minutes longer than promised."


def test_it_links_to_the_lead(settings):
    settings.SITE_URL = "https://crm.example"
    message, clock = mail_to_rep()
    assert f"https://crm.example/leads/{clock.lead_id}/" in message.body.splitlines()


def test_it_links_to_the_page_of_the_lead(settings):
    """Rooms to the right know no URLs of their own project: the path is written out, and held here."""
    settings.SITE_URL = "https://crm.example"
    assert letters.lead_url(7) == "https://crm.example" + reverse("funnel:lead", args=[7])


def test_it_links_to_the_page_of_all_reminders(settings):
    settings.SITE_URL = "https://crm.example"
    message, _ = mail_to_rep()
    html = message.alternatives[0].content
    assert f'href="https://crm.example{reverse("sla:reminders")}"' in html


def test_the_message_id_comes_from_the_clock_the_step_and_the_person(settings):
    settings.SITE_URL = "https://crm.example"
    message, clock = mail_to_rep()
    expected = f"<reminder.{clock.pk}.0.{clock.owner_id}@crm.example>"
    assert message.message()["Message-ID"] == expected


def test_it_counts_the_attempts_since_the_hand_off():
    person, _, _ = make_chain()
    [clock] = make_ladders([person], kind="decision", due_at=MONDAY + 1440 * MINUTE, steps=[(-1440, ["rep"])])
    make_activity(clock.lead, "call", at=clock.started_at, is_contact=True)
    make_activity(clock.lead, "call", at=clock.started_at - MINUTE, is_contact=True)
    make_activity(clock.lead, "download", at=clock.started_at)
    tick(at=MONDAY)
    assert "Attempts so far: 1 of 5 agreed" in post.outbox[0].body


def test_times_are_the_readers():
    message, _ = mail_to_rep(time_zone="America/Mexico_City")
    assert "Due: 9 March 2026, 04:00" in message.body


def test_an_unknown_time_zone_does_not_keep_the_mail_back():
    message, _ = mail_to_rep(time_zone="Mars/Olympus")
    assert "Due: 9 March 2026, 10:00" in message.body


def test_dates_are_in_the_readers_language():
    message, _ = mail_to_rep(language="es")
    assert "9 de marzo de 2026" in message.body


def test_the_process_language_is_left_as_it_was():
    mail_to_rep(language="es")
    assert translation.get_language() == "en"


def test_a_warning_says_how_much_is_left():
    message, _ = mail_to_rep(late=-2 * MINUTE, clock={"steps": [(-2, ["rep"])]})
    assert message.subject.endswith("is waiting: 2 minutes left")


def test_the_boss_reads_whose_lead_it_is():
    rep, _, _ = make_chain(first_name="Eva", last_name="Sol")
    make_ladders([rep], steps=[(0, ["boss"])])
    tick(at=MONDAY + MINUTE)
    assert "is waiting for Eva Sol: 1 minute late" in post.outbox[0].subject
    assert "ask Eva Sol to make contact" in post.outbox[0].body


def test_a_line_break_in_a_name_starts_no_header():
    message, _ = mail_to_rep(lead={"first_name": "Eve\r\nBcc: all@example.com", "last_name": "\x85X"})
    assert message.subject == "Eve Bcc: all@example.com X is waiting: 7 minutes late"
    assert message.recipients() == [message.to[0]]
    assert message.message()["Bcc"] is None


def test_markup_is_text_in_both_parts():
    message, _ = mail_to_rep(lead={"first_name": "<b>{{ 7 }}</b>", "last_name": "&"})
    assert "<b>{{ 7 }}</b> &" in message.body
    html = message.alternatives[0].content
    assert "&lt;b&gt;{{ 7 }}&lt;/b&gt; &amp;" in html


def test_many_at_once_become_one_mail_that_lists_the_first_and_links_to_the_rest(monkeypatch):
    monkeypatch.setattr(letters, "LINES", 2)
    person, _, _ = make_chain()
    make_ladders([person] * 5)
    tick(at=MONDAY + MINUTE)
    [message] = post.outbox
    assert message.subject == "5 leads are waiting"
    assert message.body.count("1 minute late") == 2
    assert "and 3 more:" in message.body


def test_the_company_and_the_grade_are_named():
    company = make_company(name="Acme")
    message, _ = mail_to_rep(lead={"company": company, "grade": "A1", "job_title": "CEO", "fit": 80})
    assert ", Acme (CEO)" in message.body
    assert "Score: A1 (fit 80, interest 0, intent 0)" in message.body


def test_it_says_why_the_score_is_what_it_is():
    live_rule_set(groups=(one_group(kind="price_sheet", dimension="intent", points=30),))
    person, _, _ = make_chain()
    [clock] = make_ladders([person])
    make_activity(clock.lead, "price_sheet", at=clock.started_at)
    tick(at=MONDAY)
    assert "  +30 price_sheet counts" in post.outbox[0].body.splitlines()


@pytest.mark.parametrize(
    ("seconds", "working", "words"),
    [
        (0, True, "less than a minute"),
        (60, True, "1 minute"),
        (3600 * 26 + 61, True, "26 hours 1 minute"),
        (3600 * 26 + 61, False, "1 day 2 hours"),
        (86400 * 3 + 59, False, "3 days"),
        (3600 * 99 + 61, True, "99 hours 1 minute"),
        (3600 * 1029 + 3061, True, "1,029 hours"),
        (-5, False, "less than a minute"),
    ],
)
def test_durations_in_words(seconds, working, words):
    assert in_words(seconds, working=working) == words
