"""A version that takes over in mid-month: each counts its own days, both together are the month."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from funnel.enums import Stage
from funnel.models import Journey
from funnel.rules.periods import Span
from sla.enums import Per, PromiseKind, SplitBy
from sla.models import Agreement, AgreementPromise
from sla.rules.measure import Stretch
from sla.selectors.measure import cards, period_of, present, terms_of
from sla.selectors.report_letters import _against_plan, _whole_month, marketing_cards
from sla.selectors.whole_stretch import others_in, versions_in, whole_of, wholes
from sla.services.drafting import new_version
from sla.services.signing import propose
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey
from tests.sla.agreeing import NOON, PROMISES, Promised, sign_both, signed

pytestmark = [pytest.mark.django_db, pytest.mark.at("2026-04-25T12:00")]
DAY = timedelta(days=1)
TODAY, AT = date(2026, 4, 25), datetime(2026, 4, 25, 12, tzinfo=UTC)
CAME = (0, 0, 3, 11, 19, 20, 20, 22, 24)
"""Days after 1 April on which MQLs came: five in the days of the first version, four in the second's."""


@pytest.fixture
def two() -> tuple[Agreement, Agreement]:
    """270 MQLs a month until 20 April, 300 from the 21st on."""
    worth = Promised(PromiseKind.MQL_VALUE, amount=Decimal(9000))
    first = signed(promises=(*PROMISES, worth))
    assert first.sales_head
    at = NOON + 20 * DAY
    made = new_version(agreement=first, actor=first.sales_head, at=at)
    AgreementPromise.objects.filter(agreement=made, kind=PromiseKind.MQLS).update(amount=300)
    second = sign_both(propose(agreement=made, actor=first.sales_head, at=at), at)
    first.refresh_from_db()
    assert (second.in_force_from, first.in_force_until) == (date(2026, 4, 21), date(2026, 4, 20))
    for day in CAME:
        make_journey(Stage.MQL, entered_at=NOON + (day - 1) * DAY, mql_at=NOON + day * DAY)
    return first, second


def told(agreement: Agreement, day: date, per: Per = Per.MONTH) -> tuple[Stretch, Stretch | None]:
    """Of the MQLs: what the version counts, and all together."""
    now = present(AT)
    shown = cards(
        terms_of(agreement),
        period=period_of(agreement),
        day=day,
        per=per,
        by=SplitBy.TEAM,
        now=now,
    )
    [own] = [one.now for one in shown if one.term.kind == PromiseKind.MQLS]
    found = wholes([one.now for one in shown], others_in(agreement, own.span, day, per), now=now)
    return own, found.get(own.term.id or 0)


def recounted(first: date, last: date) -> int:
    days = [stamp.date() for stamp in Journey.objects.values_list("mql_at", flat=True) if stamp]
    return sum(first <= day <= last for day in days)


def test_the_month_is_the_sum_of_both_by_a_count_of_bare_rows(two: tuple[Agreement, Agreement]) -> None:
    first, second = two
    month = recounted(date(2026, 4, 1), date(2026, 4, 30))
    before, after = recounted(date(2026, 4, 1), date(2026, 4, 20)), recounted(date(2026, 4, 21), TODAY)
    assert (before, after, month) == (5, 4, 9)
    own, whole = told(second, TODAY)
    assert whole is not None
    # 270 · 20/30 = 180 and 300 · 10/30 = 100; five of the ten days have come.
    assert (own.done, own.due, own.plan) == (after, 50, 100)
    assert (whole.done, whole.due, whole.plan) == (month, 230, 280)
    own, whole_again = told(first, date(2026, 4, 20))
    assert (own.done, own.plan) == (before, 180)
    assert whole_again is not None and (whole_again.done, whole_again.plan) == (month, 280)
    assert whole.span == whole_again.span == Span(date(2026, 4, 1), date(2026, 4, 30))


def test_the_week_too_and_a_day_is_never_shared(two: tuple[Agreement, Agreement]) -> None:
    _first, second = two
    own, whole = told(second, date(2026, 4, 21), Per.WEEK)  # Monday is the 20th
    assert whole is not None
    assert (own.done, whole.done) == (4, recounted(date(2026, 4, 20), date(2026, 4, 26))) == (4, 5)
    assert told(second, date(2026, 4, 21), Per.DAY)[1] is None


def test_a_whole_month_of_one_version_asks_nobody(
    two: tuple[Agreement, Agreement], django_assert_num_queries: Any
) -> None:
    _first, second = two
    may = date(2026, 5, 4)
    with django_assert_num_queries(0):
        assert others_in(second, whole_of(may, Per.MONTH), may, Per.MONTH) == []
    assert told(second, may)[1] is None


def test_a_promise_of_one_version_only_has_no_whole() -> None:
    first = signed()
    assert first.sales_head
    made = new_version(agreement=first, actor=first.sales_head, at=NOON + 20 * DAY)
    AgreementPromise.objects.filter(agreement=made, kind=PromiseKind.MQLS).update(source="fair")
    second = sign_both(propose(agreement=made, actor=first.sales_head, at=NOON + 20 * DAY), NOON + 20 * DAY)
    assert told(second, TODAY)[1] is None


def test_a_version_that_never_began_holds_no_day(two: tuple[Agreement, Agreement]) -> None:
    first, second = two
    month = Span(date(2026, 4, 1), date(2026, 4, 30))
    assert [part.agreement for part in versions_in(first, month)] == [first, second]
    assert [part.agreement for part in versions_in(first, Span(TODAY, TODAY))] == [second]


def test_the_page_says_what_it_counts_and_where_the_rest_is(
    client: Client, two: tuple[Agreement, Agreement]
) -> None:
    first, second = two
    for role in (Role.MARKETER, Role.SDR):
        client.force_login(make_user(role=role))
        answer = client.get(f"/agreement/{second.pk}/measure/", {"per": "month"})
        page = answer.content.decode()
        assert "4 of 50 due by now (plan: 100)" in page
        assert "The whole month, all versions together: 9 of 230 due by now (plan: 280)" in page
        [other] = answer.context["others"]
        assert other["label"] == "1 Apr 2026 – 20 Apr 2026: version 1"
        there = client.get(other["url"])
        assert (there.context["agreement"], there.context["stretch"]) == (first, "1 Apr 2026 – 20 Apr 2026")
        assert "5 of 180 planned" in there.content.decode()
        whole_may = client.get(f"/agreement/{second.pk}/measure/", {"per": "month", "on": "2026-05-04"})
        assert "Only the days on which" in page
        assert "Only the days on which" not in whole_may.content.decode()


def test_its_number_opens_as_many_leads(client: Client, two: tuple[Agreement, Agreement]) -> None:
    client.force_login(make_user(role=Role.MARKETER))
    for agreement, n in zip(two, (5, 4), strict=True):
        term = next(term for term in terms_of(agreement) if term.kind == PromiseKind.MQLS)
        asked = {"first": "2026-04-01", "last": "2026-04-30"}
        listed = client.get(f"/agreement/{agreement.pk}/measure/{term.id}/", asked)
        assert listed.context["page"].paginator.count == n


def test_the_nightly_mail_tells_both(two: tuple[Agreement, Agreement]) -> None:
    now = present(AT)
    months, days = (marketing_cards(now, TODAY, per=per) for per in (Per.MONTH, Per.DAY))
    said = _against_plan(months[0], days[0], _whole_month(months, now, TODAY).get(months[0].term.id or 0))
    assert said.lines[1:3] == [
        "This version of the agreement, 21 Apr 2026 – 30 Apr 2026: 4 of 50 due by now (plan: 100)",
        "The whole month, all versions together: 9 of 230 due by now (plan: 280)",
    ]
