"""Is the engine running, and does it keep up?"""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from sla import context_processors
from sla.models import EngineBeat, Mail, Reminder
from sla.selectors.health import engine_state
from sla.services.engine import tick
from tests.sla.ladders import MONDAY, make_chain, make_ladders

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def test_it_is_fine_right_after_a_tick():
    tick(at=MONDAY)
    assert engine_state(MONDAY + SECOND).is_ok


def test_it_is_not_fine_before_the_first_tick():
    assert not engine_state(MONDAY).is_ok


@pytest.mark.parametrize(("seconds", "fine"), [(89, True), (91, False)])
def test_it_stands_still_when_nobody_ticks(seconds, fine):
    tick(at=MONDAY)
    state = engine_state(MONDAY + seconds * SECOND)
    assert (state.is_ok, state.still_since) == ((True, None) if fine else (False, MONDAY))


def test_it_stands_still_when_ticks_get_nowhere():
    rep, _, _ = make_chain()
    make_ladders([rep])
    EngineBeat.objects.create(name="tick", beat_at=MONDAY + 100 * SECOND)
    state = engine_state(MONDAY + 100 * SECOND)
    assert (state.is_ok, state.still_since) == (False, MONDAY)


def test_a_reminder_that_cannot_be_decided_does_not_make_it_stand_still():
    rep, _, _ = make_chain()
    make_ladders([rep])
    Reminder.objects.update(retry_at=MONDAY + 200 * SECOND)
    EngineBeat.objects.create(name="tick", beat_at=MONDAY + 100 * SECOND)
    assert engine_state(MONDAY + 100 * SECOND).is_ok


def test_it_names_the_mail_that_waits_longest():
    rep, _, _ = make_chain()
    make_ladders([rep])
    tick(at=MONDAY)
    Mail.objects.update(state="pending", created_at=MONDAY)
    assert engine_state(MONDAY + SECOND).oldest_mail == MONDAY


def test_the_state_costs_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        engine_state(MONDAY)


def test_beats_are_written_at_most_every_five_seconds():
    tick(at=MONDAY)
    tick(at=MONDAY + 3 * SECOND)
    assert EngineBeat.objects.get().beat_at == MONDAY
    tick(at=MONDAY + 6 * SECOND)
    assert EngineBeat.objects.get().beat_at == MONDAY + 6 * SECOND


def banner(rf) -> str:
    context_processors.forget()
    return render_to_string("sla/engine_banner.html", request=rf.get("/"))


def test_the_banner_shows_while_it_stands_still(rf):
    tick(at=timezone.now() - 100 * SECOND)
    assert "The deadline engine stands still." in banner(rf)


def test_there_is_no_banner_while_it_runs(rf):
    tick(at=timezone.now())
    assert banner(rf).strip() == ""


def test_the_banner_asks_the_database_once_in_five_seconds(rf, django_assert_num_queries):
    with django_assert_num_queries(1):
        banner(rf)
        render_to_string("sla/engine_banner.html", request=rf.get("/"))


def test_a_page_that_shows_no_banner_asks_nothing(rf, django_assert_num_queries):
    context_processors.forget()
    with django_assert_num_queries(0):
        context_processors.engine(rf.get("/"))
