"""Who sees which leads."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from leads.models import Lead
from leads.selectors import leads_visible_to
from leads.selectors.visibility import sees_all
from leads.services.leads import set_owner
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def people() -> dict[str, User]:
    boss = make_user(Role.MANAGER)
    lead = make_user(Role.MANAGER, reports_to=boss)
    return {
        "boss": boss,
        "rep": make_user(Role.SDR, reports_to=lead),
        "mate": make_user(Role.SDR, reports_to=lead),
        "stranger": make_user(Role.AE),
        "other_boss": make_user(Role.MANAGER),
        "marketer": make_user(Role.MARKETER),
        "executive": make_user(Role.EXECUTIVE),
        "admin": make_user(Role.ADMIN),
    }


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("rep", ["own"]),
        ("mate", []),
        ("stranger", ["foreign"]),
        ("boss", ["own", "nobody"]),
        ("other_boss", ["nobody"]),
        ("marketer", ["own", "foreign", "nobody"]),
        ("executive", ["own", "foreign", "nobody"]),
        ("admin", ["own", "foreign", "nobody"]),
    ],
)
def test_a_person_sees_by_role_and_reporting_line(people: dict[str, User], who: str, sees: list[str]) -> None:
    for name, owner in (("own", people["rep"]), ("foreign", people["stranger"]), ("nobody", None)):
        Lead.objects.create(first_name=name, owner=owner, created_at=AT, updated_at=AT)
    found = leads_visible_to(people[who]).order_by("pk").values_list("first_name", flat=True)
    assert (list(found), sees_all(people[who])) == (sees, len(sees) == 3)


def test_nobody_sees_anything_without_signing_in(db: None) -> None:
    Lead.objects.create(created_at=AT, updated_at=AT)
    assert (leads_visible_to(AnonymousUser()).count(), sees_all(AnonymousUser())) == (0, False)


def test_somebody_who_left_sees_nothing() -> None:
    Lead.objects.create(created_at=AT, updated_at=AT)
    assert leads_visible_to(make_user(Role.ADMIN, is_active=False)).count() == 0


def test_the_owner_changes(people: dict[str, User]) -> None:
    lead = Lead.objects.create(created_at=AT, updated_at=AT)
    set_owner(lead=lead, owner=people["rep"])
    lead.refresh_from_db()
    assert lead.owner == people["rep"]
