"""The reporting line and leaving."""

from datetime import UTC, datetime

import pytest

from smarketing.accounts.enums import Role
from smarketing.accounts.errors import ReportingCycle
from smarketing.accounts.models import User
from smarketing.accounts.selectors import subordinate_ids
from smarketing.accounts.services.users import deactivate, set_boss

from .factories import make_token, make_user

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def line() -> list[User]:
    """CEO ← manager ← rep."""
    ceo = make_user(role=Role.EXECUTIVE)
    manager = make_user(role=Role.MANAGER, reports_to=ceo)
    return [ceo, manager, make_user(role=Role.SDR, reports_to=manager)]


def test_subordinates_are_found_at_any_depth(line: list[User]):
    assert subordinate_ids(line[0]) == {line[1].pk, line[2].pk}


def test_a_rep_has_no_subordinates(line: list[User]):
    assert subordinate_ids(line[2]) == set()


def test_a_colleague_is_no_subordinate(line: list[User]):
    make_user(role=Role.SDR)
    assert subordinate_ids(line[1]) == {line[2].pk}


def test_a_cycle_in_the_data_ends(line: list[User]):
    User.objects.filter(pk=line[0].pk).update(reports_to=line[2])
    assert subordinate_ids(line[0]) == {line[1].pk, line[2].pk}


def test_subordinates_cost_one_query(line: list[User], django_assert_num_queries):
    with django_assert_num_queries(1):
        subordinate_ids(line[0])


@pytest.mark.parametrize("boss", [0, 1, 2])
def test_a_reporting_cycle_is_refused(line: list[User], boss: int):
    with pytest.raises(ReportingCycle):
        set_boss(user=line[0], boss=line[boss])


def test_a_boss_can_be_changed(line: list[User]):
    set_boss(user=line[2], boss=line[0])
    assert User.objects.get(pk=line[2].pk).reports_to == line[0]


def test_a_boss_can_be_taken_away(line: list[User]):
    set_boss(user=line[2], boss=None)
    assert User.objects.get(pk=line[2].pk).reports_to is None


def test_who_leaves_is_inactive(line: list[User]):
    deactivate(user=line[2], at=AT)
    assert User.objects.get(pk=line[2].pk).is_active is False


def test_the_tokens_of_who_leaves_end(line: list[User]):
    token, _plain = make_token(line[2])
    deactivate(user=line[2], at=AT)
    token.refresh_from_db()
    assert token.revoked_at == AT
