"""Sums by owner follow the lead's owner, whoever changes it and whatever happens at the same time."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from funnel.enums import Stage
from funnel.models import Journey, RollupDelta
from funnel.rules.report import Filters
from funnel.selectors.funnel_report import funnel_report
from funnel.services import rollups
from leads.models import Lead
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import NOON, bare_lead, make_journey
from tests.funnel.test_rollups import won

pytestmark = pytest.mark.django_db


def of(user: User) -> tuple[int, list[Any]]:
    """Journeys and revenue of somebody's leads."""
    report = funnel_report(filters=Filters(owner_ids=frozenset({user.pk})))
    return report.journeys.count, [money.amount for money in report.revenue]


@pytest.fixture
def reps() -> list[User]:
    return [make_user(role="sdr", email=f"{name}@example.com") for name in ("ana", "ben")]


@pytest.fixture
def deal(reps: list[User]) -> Journey:
    """A deal of the first of them, folded."""
    journey = make_journey(Stage.CUSTOMER, lead=bare_lead(owner=reps[0]))
    won(journey)
    rollups.refresh(at=NOON)
    return journey


def test_a_lead_given_away_takes_its_journeys_and_revenue_along(reps: list[User], deal: Journey) -> None:
    Lead.objects.filter(pk=deal.lead_id).update(owner=reps[1])
    assert [of(rep) for rep in reps] == [(0, []), (1, [100])]
    rollups.refresh(at=NOON)
    assert [of(rep) for rep in reps] == [(0, []), (1, [100])]


def test_a_journey_moved_to_another_lead_counts_for_its_owner(reps: list[User], deal: Journey) -> None:
    Journey.objects.filter(pk=deal.pk).update(lead=bare_lead(owner=reps[1]))
    assert [of(rep) for rep in reps] == [(0, []), (1, [100])]


def test_a_lead_without_owner_counts_for_nobody(reps: list[User], deal: Journey) -> None:
    Lead.objects.filter(pk=deal.lead_id).update(owner=None)
    assert ([of(rep) for rep in reps], funnel_report(filters=Filters()).journeys.count) == ([(0, [])] * 2, 1)


def test_a_lead_deleted_by_hand_before_its_journey_leaves_nothing(reps: list[User], deal: Journey) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_lead WHERE id = %s", [deal.lead_id])
        cursor.execute("DELETE FROM funnel_opportunity WHERE journey_id = %s", [deal.pk])
        cursor.execute("DELETE FROM funnel_journey WHERE id = %s", [deal.pk])
    assert (of(reps[0]), funnel_report(filters=Filters()).journeys.count) == ((0, []), 0)


def test_a_lead_touched_without_a_new_owner_tells_nothing(deal: Journey, reps: list[User]) -> None:
    Lead.objects.filter(pk=deal.lead_id).update(owner=reps[0], interest=7)
    assert RollupDelta.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_move_and_a_new_owner_at_once_count_once(reps: list[User], deal: Journey) -> None:
    """Whichever comes first, the other waits for it and tells what it then finds."""

    def move() -> None:
        Journey.objects.filter(pk=deal.pk).update(source="other")

    def give() -> None:
        Lead.objects.filter(pk=deal.lead_id).update(owner=reps[1])

    def restore() -> None:
        Lead.objects.filter(pk=deal.lead_id).update(owner=reps[0])
        Journey.objects.filter(pk=deal.pk).update(source="")

    for first, second in ((move, give), (give, move)):
        at_once(first, second)
        assert [of(rep) for rep in reps] == [(0, []), (1, [100])]
        rollups.refresh(at=NOON)
        assert [of(rep) for rep in reps] == [(0, []), (1, [100])]
        restore()


def at_once(first: Callable[[], None], second: Callable[[], None]) -> None:
    """``second`` begins when ``first`` is done but not committed."""
    done, waits = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            first()
            done.set()
            waits.wait(0.3)
        connection.close()

    thread = threading.Thread(target=late)
    thread.start()
    assert done.wait(10)
    second()
    thread.join()
