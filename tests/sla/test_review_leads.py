"""The leads behind what moved since the review before: the same for everybody, as many as were counted."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from funnel.enums import Stage
from sla.models import Review
from sla.services.reviews import hold_review
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey
from tests.sla.agreeing import signed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHAT = ("mqls", "accepted_share", "first_contact", "attempts", "decision", "ae_decision")


@pytest.fixture
def review(client: Client) -> Review:
    """Of the last ten days; its reader is an SDR without leads."""
    at = timezone.now()
    days = {"first_day": timezone.localdate() - 9 * DAY, "last_day": timezone.localdate() + 60 * DAY}
    agreement = signed(at - 9 * DAY, **days)
    client.force_login(make_user(role=Role.SDR))
    return Review.objects.create(
        agreement=agreement, organizer=make_user(role=Role.MANAGER), starts_at=at + DAY, planned_at=at
    )


def handed_over(count: int, *, ago: int, **values: Any) -> None:
    for _one in range(count):
        at = timezone.now() - ago * DAY
        make_journey(Stage.MQL, entered_at=at - DAY, mql_at=at, **values)


def lines(client: Client, review: Review) -> dict[str, Any]:
    agenda = client.get(f"/reviews/{review.pk}/").context["agenda"]
    return {line["name"]: line for line in agenda["moved"]}


def test_each_value_opens_as_many_as_it_counts(client: Client, review: Review) -> None:
    handed_over(3, ago=1)
    handed_over(1, ago=2, status="recycled", closed_at=timezone.now(), is_current=False)
    handed_over(2, ago=15)
    found = lines(client, review)
    mqls, accepted = found["MQLs of agreed quality"], found["Accepted by sales"]
    assert (mqls["now"], mqls["before"], accepted["now"]) == ("4", "2", "0.0 % (0 of 1)")
    opened = [
        client.get(url).context["page"].paginator.count
        for url in (mqls["now_url"], mqls["before_url"], accepted["now_url"])
    ]
    assert (opened, accepted["before_url"]) == ([4, 2, 1], "")


def test_names_only_of_leads_that_the_reader_may_see(client: Client, review: Review) -> None:
    handed_over(1, ago=1)
    page = client.get(lines(client, review)["MQLs of agreed quality"]["now_url"])
    assert [row["is_seen"] for row in page.context["rows"]] == [False]
    assert "a lead of another team" in page.content.decode()


def test_an_acceptance_is_neither_in_time_nor_late(client: Client, review: Review) -> None:
    """And an MQL that was delivered has no result at all."""
    handed_over(1, ago=2, status="recycled", closed_at=timezone.now(), is_current=False)
    found = lines(client, review)
    accepted, mqls = (
        client.get(found[name]["now_url"]) for name in ("Accepted by sales", "MQLs of agreed quality")
    )
    assert [row["outcome"] for row in accepted.context["rows"]] == ["Returned"]
    heads = [
        page.content.decode().partition("<thead>")[2].partition("</thead>")[0] for page in (accepted, mqls)
    ]
    assert [("Result" in head, "Due" in head) for head in heads] == [(True, False), (False, False)]


def test_a_meeting_that_was_held_says_that_leads_go_on(client: Client, review: Review) -> None:
    handed_over(1, ago=1)
    head = review.agreement.sales_head
    assert head
    hold_review(review_id=review.pk, actor=head, at=timezone.now())
    handed_over(1, ago=0)
    page = client.get(lines(client, review)["MQLs of agreed quality"]["now_url"])
    assert "The agenda keeps the numbers of the meeting" in page.content.decode()
    assert page.context["page"].paginator.count == 2


@pytest.mark.parametrize("what", WHAT)
def test_every_line_has_its_page(client: Client, review: Review, what: str) -> None:
    assert client.get(f"/reviews/{review.pk}/leads/{what}/?outcome=decided").status_code == 200


@pytest.mark.parametrize("what", ["mql_value", "x"])
def test_what_no_line_tells_is_not_found(client: Client, review: Review, what: str) -> None:
    assert client.get(f"/reviews/{review.pk}/leads/{what}/").status_code == 404


@pytest.mark.parametrize("many", [1, 3])
def test_it_costs_the_same_at_any_size(
    client: Client, review: Review, many: int, django_assert_num_queries: Any
) -> None:
    handed_over(many, ago=1)
    path = f"/reviews/{review.pk}/leads/mqls/"
    client.get(path)
    with django_assert_num_queries(7):
        client.get(path)
