"""One lead changed in place, and merged with who is the same person."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from leads.models import Activity, Lead, Merge
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from smarketing.accounts.toasts import undo_url
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey
from tests.leads.factories import make_company, make_lead

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def marketer(client: Client) -> User:
    user = make_user(role=Role.MARKETER)
    client.force_login(user)
    return user


def known(**fields) -> Lead:
    lead = make_lead(**{"first_name": "Ana", "last_name": "Gil", "phone": "+34600111222", **fields})
    make_journey(lead=lead)
    return lead


def filled(client: Client, lead: Lead, **changes: str) -> dict[str, str]:
    """The form as the page shows it, with these changes typed in."""
    form = client.get(f"/leads/{lead.pk}/edit/").context["form"]
    shown = {field.name: field.value() for field in form}
    return {name: "" if value is None else str(value) for name, value in shown.items()} | changes


def test_a_change_is_saved_with_what_it_was(client: Client, marketer: User) -> None:
    lead = known(budget="5 k")
    answer = client.post(f"/leads/{lead.pk}/edit/", filled(client, lead, budget="10 k"))
    lead.refresh_from_db()
    note = Activity.objects.get(lead=lead, kind="note")
    assert (answer.headers["Location"], lead.budget, note.data["changed"], note.actor) == (
        f"/leads/{lead.pk}/",
        "10 k",
        {"budget": ["5 k", "10 k"]},
        marketer,
    )


def test_the_timeline_shows_from_and_to(client: Client, marketer: User) -> None:
    lead = known(budget="5 k")
    client.post(f"/leads/{lead.pk}/edit/", filled(client, lead, budget="10 k"))
    assert "budget: <del>5 k</del> → 10 k" in client.get(f"/leads/{lead.pk}/").content.decode()


def test_a_dialog_loads_the_lead_anew(client: Client, marketer: User) -> None:
    lead = known()
    answer = client.post(f"/leads/{lead.pk}/edit/", filled(client, lead, need="Arms"), headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/leads/{lead.pk}/")


@pytest.mark.parametrize(
    ("name", "value"), [("email", "not an address"), ("country", "1x"), ("employees", "many")]
)
def test_what_cannot_be_accepted_is_named(client: Client, marketer: User, name: str, value: str) -> None:
    lead = known(company=make_company())
    answer = client.post(f"/leads/{lead.pk}/edit/", filled(client, lead, **{name: value}))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [name])


def test_the_address_of_another_lead_is_refused(client: Client, marketer: User) -> None:
    other, lead = make_lead(), known()
    answer = client.post(f"/leads/{lead.pk}/edit/", filled(client, lead, email=other.email))
    assert (answer.status_code, "email" in answer.context["form"].errors) == (422, True)


def test_a_stale_tab_sees_both_versions_and_may_insist(client: Client, marketer: User) -> None:
    lead = known(budget="5 k")
    sent = filled(client, lead, budget="10 k")
    Lead.objects.filter(pk=lead.pk).update(budget="7 k", updated_at=timezone.now())
    refused = client.post(f"/leads/{lead.pk}/edit/", sent)
    page = refused.content.decode()
    again = {**sent, "expected": refused.context["form"]["expected"].value()}
    done = client.post(f"/leads/{lead.pk}/edit/", again)
    lead.refresh_from_db()
    assert (refused.status_code, "7 k" in page, "10 k" in page, done.status_code, lead.budget) == (
        409,
        True,
        True,
        302,
        "10 k",
    )


def test_similar_leads_are_found_and_merged_and_taken_apart(client: Client, marketer: User) -> None:
    lead, other = known(), known(first_name="A.")
    shown = client.get(f"/leads/{lead.pk}/similar/", headers=HTMX)
    merged = client.post(f"/leads/{lead.pk}/merge/{other.pk}/", {"keep": str(lead.pk)})
    other.refresh_from_db()
    (message,) = get_messages(merged.wsgi_request)
    assert (b"<html" in shown.content, f"/merge/{other.pk}/" in shown.content.decode()) == (False, True)
    assert other.merged_into == lead
    client.post(undo_url(message))
    other.refresh_from_db()
    assert (other.merged_into, Merge.objects.get().undone_by) == (None, marketer)


def test_the_other_one_may_be_kept(client: Client, marketer: User) -> None:
    lead, other = known(), known()
    client.post(f"/leads/{lead.pk}/merge/{other.pk}/", {"keep": str(other.pk)})
    lead.refresh_from_db()
    assert lead.merged_into == other


def test_merging_with_itself_is_refused(client: Client, marketer: User) -> None:
    lead = known()
    assert client.post(f"/leads/{lead.pk}/merge/{lead.pk}/", {}).status_code == 422


@pytest.mark.parametrize("keep_first", [True, False])
def test_a_second_page_is_told_that_they_are_merged_and_led_to_the_one_kept(
    client: Client, marketer: User, keep_first: bool
) -> None:
    lead, other = known(), known()
    kept = lead if keep_first else other
    address = f"/leads/{lead.pk}/merge/{other.pk}/"
    client.post(address, {"keep": str(kept.pk)})
    again = client.post(address, {"keep": str(kept.pk)})
    told = [str(message) for message in get_messages(again.wsgi_request)]
    assert (again.headers["Location"], told[-1]) == (
        f"/leads/{kept.pk}/",
        "These two leads are merged already.",
    )
    client.post(f"/merges/{Merge.objects.get().pk}/undo/")
    assert client.get(address).status_code == 200


def test_who_does_not_see_the_kept_lead_is_not_told_of_its_merge(client: Client, marketer: User) -> None:
    lead, other = known(), known()
    address = f"/leads/{lead.pk}/merge/{other.pk}/"
    client.post(address, {"keep": str(lead.pk)})
    client.force_login(make_user(role=Role.SDR))
    assert client.get(address).status_code == 404


def test_an_old_merge_stays(client: Client, marketer: User) -> None:
    lead, other = known(), known()
    client.post(f"/leads/{lead.pk}/merge/{other.pk}/", {})
    Merge.objects.update(at=timezone.now() - timedelta(days=31))
    client.post(f"/merges/{Merge.objects.get().pk}/undo/")
    assert Merge.objects.get().undone_at is None


@pytest.mark.parametrize("many", [1, 3])
def test_the_similar_cost_the_same_at_any_number(
    client: Client, marketer: User, django_assert_num_queries, many: int
) -> None:
    lead = known(company=make_company())
    for _ in range(many):
        known(company=lead.company)
    with django_assert_num_queries(6):
        client.get(f"/leads/{lead.pk}/similar/", headers=HTMX)


def test_a_merge_of_leads_that_one_does_not_see_is_not_found(client: Client) -> None:
    rep = make_user(role=Role.SDR)
    mine, other = known(owner=rep), known(owner=make_user(role=Role.SDR))
    client.force_login(rep)
    assert client.post(f"/leads/{mine.pk}/merge/{other.pk}/", {}).status_code == 404
