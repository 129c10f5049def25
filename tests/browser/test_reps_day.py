"""An SDR's and an AE's day at the queue, in a real browser, with scripts and without."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from funnel.enums import Stage
from funnel.models import Journey, Opportunity
from leads.models import Activity, Lead
from sla.enums import ClockKind
from sla.models import Clock
from sla.services.clocks import start_clock
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import bare_lead
from tests.funnel.pools import make_pool
from tests.leads.factories import live_rule_set
from tests.sla.factories import make_handed_off, make_policy

from .conftest import Watched

pytestmark = pytest.mark.django_db(transaction=True)

DESKTOP = {"locale": "en-GB"}
PHONE = {"locale": "es-ES", "viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
PLAIN = {"locale": "en-GB", "java_script_enabled": False}


@pytest.fixture
def sdr() -> User:
    live_rule_set(at=timezone.now())
    # Wall time, so that the countdown runs at whatever hour the tests do.
    for kind, minutes in (
        (ClockKind.FIRST_CONTACT, 30),
        (ClockKind.DECISION, 9000),
        (ClockKind.AE_DECISION, 9000),
    ):
        make_policy(kind, minutes=minutes, time_base="wall")
    boss = make_user(role=Role.MANAGER, email="boss@example.com")
    make_pool(make_user(role=Role.AE, email="ae@example.com", reports_to=boss), role="ae")
    return make_user(role=Role.SDR, email="rep@example.com", reports_to=boss)


def hand_off(owner: User, name: str = "Ana", *, stage: str = Stage.MQL) -> Lead:
    at = timezone.now() - timedelta(minutes=1)
    lead = bare_lead(first_name=name, last_name="Gil", phone="+34 600 000 000", owner=owner, at=at)
    journey = make_handed_off(lead=lead, owner=owner, at=at, stage=stage, entered_at=at)
    kind = ClockKind.AE_DECISION if stage == Stage.SQL else ClockKind.FIRST_CONTACT
    start_clock(journey=journey, lead=lead, kind=kind, owner=owner, at=at)
    return lead


def contacts() -> int:
    return Activity.objects.filter(is_contact=True).count()


@pytest.mark.parametrize("watched", [DESKTOP, PHONE], indirect=True, ids=["desktop-en", "phone-es-dark"])
def test_an_sdr_logs_a_call_and_takes_it_back(watched: Watched, sdr: User) -> None:
    hand_off(sdr)
    page = watched.page
    watched.sign_in(sdr.email)
    assert page.url.endswith("/queue/")
    assert page.title().startswith("(1) ")
    page.click("#queue .row-actions .btn-primary")
    page.fill("#dialog textarea", "Wants an offer.")
    page.click("#dialog button.btn-primary")
    page.wait_for_selector("#toasts [data-toast-undo]")
    assert contacts() == 1
    page.wait_for_selector("#queue[data-waiting='0']")
    assert not page.title().startswith("(")
    page.click("#toasts [data-toast-undo]")
    page.wait_for_selector("#queue[data-waiting='1']")
    assert (contacts(), page.title()[:4]) == (0, "(1) ")
    assert Clock.objects.get(ended_at=None).kind == ClockKind.FIRST_CONTACT
    assert watched.complaints == []


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_the_time_that_is_left_runs(watched: Watched, sdr: User) -> None:
    hand_off(sdr)
    watched.sign_in(sdr.email)
    before = watched.page.inner_text("#queue [data-seconds]")
    watched.page.wait_for_function(
        "t => document.querySelector('#queue [data-seconds]').textContent !== t", arg=before
    )
    after = watched.page.inner_text("#queue [data-seconds]")
    assert re.fullmatch(r"2[89] min \d\d s", before)
    assert after < before


@pytest.mark.parametrize("watched", [{**DESKTOP, "permissions": ["notifications"]}], indirect=True)
def test_a_new_hand_off_appears_by_itself(watched: Watched, sdr: User) -> None:
    watched.sign_in(sdr.email)
    hand_off(sdr, "Berta")
    watched.page.wait_for_selector("#queue tr[data-clock]", timeout=15_000)
    assert (watched.page.title()[:4], watched.page.inner_text("#queue-news")) == (
        "(1) ",
        "New hand-off: Berta Gil",
    )
    assert watched.complaints == []


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_a_refused_form_stays_with_what_was_typed(watched: Watched, sdr: User) -> None:
    hand_off(sdr)
    page = watched.page
    watched.sign_in(sdr.email)
    page.click("#queue details.actions summary")
    page.click("#queue .actions-sheet a[href$='/return/']")
    page.select_option("#dialog select", "other")
    page.click("#dialog button.btn-primary")
    page.wait_for_selector("#dialog .errorlist")
    assert page.input_value("#dialog select") == "other"
    page.fill("#dialog textarea", "Asked for May.")
    page.click("#dialog button.btn-primary")
    page.wait_for_selector("#toasts [data-toast]")
    assert Journey.objects.filter(status="recycled").count() == 1


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_a_stale_dialog_tells_what_happened(watched: Watched, sdr: User) -> None:
    lead = hand_off(sdr)
    page = watched.page
    watched.sign_in(sdr.email)
    page.click("#queue details.actions summary")
    page.click("#queue .actions-sheet a[href$='/qualify/']")
    page.fill("#dialog textarea", "Ready to buy.")
    Journey.objects.filter(lead=lead).update(version=9)
    page.click("#dialog button.btn-primary")
    page.wait_for_selector("#dialog .alert")
    assert page.input_value("#dialog textarea") == "Ready to buy."


@pytest.mark.parametrize("watched", [PLAIN], indirect=True, ids=["no-script"])
def test_a_day_without_scripts(watched: Watched, sdr: User) -> None:
    hand_off(sdr)
    page = watched.page
    watched.sign_in(sdr.email)
    page.click("#queue .row-actions .btn-primary")
    page.fill("textarea", "Spoke to them.")
    page.click("main button.btn-primary")
    assert (page.url.endswith("/queue/"), contacts()) == (True, 1)
    page.click("#toasts button")
    assert (page.url.endswith("/queue/"), contacts()) == (True, 0)


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_an_ae_converts(watched: Watched, sdr: User) -> None:
    ae = User.objects.get(email="ae@example.com")
    hand_off(ae, stage=Stage.SQL)
    page = watched.page
    watched.sign_in(ae.email)
    page.click("#queue details.actions summary")
    page.click("#queue .actions-sheet a[href$='/convert/']")
    page.fill("#dialog input[name=amount]", "1200.50")
    page.fill("#dialog input[name=expected_close]", (timezone.now() + timedelta(days=30)).date().isoformat())
    page.click("#dialog button.btn-primary")
    page.wait_for_selector("#toasts [data-toast]")
    assert str(Opportunity.objects.get().amount) == "1200.50"
    assert watched.complaints == []
