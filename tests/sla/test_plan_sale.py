"""What a sale brings is part of a plan's chance: drawn where it was measured, certain where it was typed."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.enums import Stage
from funnel.models import Opportunity
from sla.models import Agreement
from sla.rules.chance import Chance, Lots, Sales, chance
from sla.rules.goal import STEPS, Goal, Measured, needs, sale_needed
from sla.services.drafting import new_version
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey

from .test_agreements import typed

HALF = {after: Measured(1000, 500) for _before, after in STEPS}
ALIKE: Lots = ((1000.0, 40),)
WIDE: Lots = ((100.0, 20), (500.0, 10), (1000.0, 6), (6750.0, 4))
"""1,000 on average."""
DRAWS = 2000


def drawn(lots: Lots | None, *, goal: int = 100, count: int = 800, revenue: float | None = None) -> Chance:
    sales = Sales(1000.0 * goal if revenue is None else revenue, lots) if lots else None
    return chance(stage=Stage.MQL, count=count, goal=goal, history=HALF, sales=sales, draws=DRAWS)


class TestChance:
    @given(count=st.integers(0, 2000), goal=st.integers(1, 200), amount=st.integers(1, 10**7))
    @settings(max_examples=30, deadline=None)
    def test_sales_that_are_all_alike_change_nothing(self, count: int, goal: int, amount: int) -> None:
        """Only that what is not reached with whole sales needs one more of them."""
        cents = amount / 100
        alike = drawn(((cents, 7),), goal=goal, count=count, revenue=cents * (goal - 0.5))
        certain = drawn(None, goal=goal, count=count)
        assert (alike.percent, alike.low, alike.high) == (certain.percent, certain.low, certain.high)
        assert alike.risk == pytest.approx(certain.risk)
        assert alike.sale_risk == pytest.approx(0, abs=1e-9)

    @given(
        amounts=st.lists(st.floats(0, 1e6), min_size=1, max_size=12),
        counts=st.lists(st.integers(1, 90), min_size=12, max_size=12),
        more=st.floats(1e-3, 1e3),
    )
    @settings(max_examples=30, deadline=None)
    def test_the_shares_of_the_risk_add_up_and_no_currency_matters(
        self, amounts: list[float], counts: list[int], more: float
    ) -> None:
        lots = tuple(zip([*amounts, 1e6], [*counts, 1], strict=False))
        found = drawn(lots, revenue=1e7)
        assert sum(found.risk.values()) + found.sale_risk == pytest.approx(100)
        other = drawn(tuple((amount * more, n) for amount, n in lots), revenue=1e7 * more)
        assert other.percent == pytest.approx(found.percent, abs=100 / DRAWS)
        assert other.sale_risk == pytest.approx(found.sale_risk)

    def test_amounts_that_differ_bring_risk_and_widen_the_range(self) -> None:
        alike, wide = drawn(ALIKE), drawn(WIDE)
        assert (round(alike.sale_risk), alike.low, alike.high) == (0, wide.low, wide.high)
        assert wide.sale_risk > 50
        assert alike.revenue and wide.revenue
        assert wide.revenue[0] < alike.revenue[0] < alike.revenue[1] < wide.revenue[1]

    def test_a_goal_far_off_is_likelier_and_a_sure_one_less_sure(self) -> None:
        far, sure = 150_000.0, 70_000.0
        assert drawn(ALIKE, revenue=far).percent < 1 < 5 < drawn(WIDE, revenue=far).percent
        assert drawn(WIDE, revenue=sure).percent < 95 < drawn(ALIKE, revenue=sure).percent

    def test_on_average_it_is_the_average(self) -> None:
        """A goal at the mean of so many sales that luck evens out is a coin toss."""
        many = tuple((amount, 1000 * n) for amount, n in WIDE)
        assert 45 < drawn(many, count=80_000, goal=10_000).percent < 55

    @given(counts=st.lists(st.integers(0, 5000), min_size=2, max_size=2), sale=st.integers(1, 10**6))
    def test_the_sale_that_is_needed_is_enough_and_falls_with_more_leads(
        self, counts: list[int], sale: int
    ) -> None:
        goal = Goal(Decimal(100_000), Decimal(sale) / 100, {after: Fraction(1, 2) for _b, after in STEPS})
        few, many = (sale_needed(goal, stage=Stage.MQL, count=count) for count in sorted(counts))
        assert few is None or (many is not None and many <= few)
        for needed, count in ((few, min(counts)), (many, max(counts))):
            if needed is not None:
                assert needs(Goal(goal.revenue, needed, goal.rates))[Stage.MQL] <= count


@pytest.mark.django_db
class TestPage:
    @pytest.fixture
    def head(self, client: Client) -> User:
        """Won deals of half a year ago: 500, 1,000 and 3,000."""
        at = timezone.now() - timedelta(days=180)
        stamps = {"currency": "EUR", "status": "won", "opened_at": at, "closed_at": at}
        for amount in (500, 1000, 3000):
            journey = make_journey(Stage.CUSTOMER, entered_at=at)
            Opportunity.objects.create(journey=journey, amount=amount, **stamps)
        user = make_user(role=Role.MANAGER)
        client.force_login(user)
        return user

    def planned(self, client: Client, **changed: str) -> Agreement:
        assert client.post("/agreement/new/", typed(**changed)).status_code == 302
        return Agreement.objects.latest("pk")

    def sale(self, client: Client, path: str, **changed: str) -> dict[str, Any]:
        answer = client.post(path, {**typed(**changed), "try": "1"})
        found: dict[str, Any] = answer.context["sale"]
        said = "The average sale was typed by hand, so it counts as certain." in answer.content.decode()
        assert said is (found["deals"] == 0)
        return found

    def test_the_measured_average_brings_its_part_of_the_risk(self, client: Client, head: User) -> None:
        measured = self.sale(client, "/agreement/new/", sale="1500")
        assert (measured["deals"], measured["risk"] > 0) == (3, True)
        by_hand = self.sale(client, "/agreement/new/", sale="1501")
        assert (by_hand["deals"], by_hand["risk"]) == (0, 0)
        assert self.sale(client, "/agreement/new/", sale="1500", currency="USD")["deals"] == 0

    def test_a_stored_plan_remembers_whether_its_average_was_measured(
        self, client: Client, head: User
    ) -> None:
        made, by_hand = self.planned(client, sale="1500"), self.planned(client, sale="2000")
        assert (made.sale_deals, by_hand.sale_deals) == (3, 0)
        Opportunity.objects.filter(amount=3000).update(amount=6000)
        path = f"/agreement/{made.pk}/plan/"
        assert self.sale(client, path, sale="1500")["deals"] == 3
        assert self.sale(client, path, sale="1700")["deals"] == 0
        assert client.post(path, typed(sale="1700")).status_code == 302
        made.refresh_from_db()
        assert made.sale_deals == 0

    def test_amounts_are_moved_to_the_average_that_was_planned(self, client: Client, head: User) -> None:
        made = self.planned(client, sale="1500")
        Opportunity.objects.update(amount=6000)
        form = client.get(f"/agreement/{made.pk}/plan/").context["form"]
        stored = type(form)(
            {name: form[name].value() for name in form.fields}, instance=made, before=form.before
        )
        assert stored.is_valid()
        assert stored.lots() == ((1500.0, 1),) * 3

    def test_a_new_version_remembers_it_too(self, client: Client, head: User) -> None:
        made = self.planned(client, sale="1500")
        Agreement.objects.filter(pk=made.pk).update(sales_head=head, marketing_head=make_user())
        Agreement.objects.filter(pk=made.pk).update(proposed_at=timezone.now(), frozen={})
        Agreement.objects.filter(pk=made.pk).update(
            signed_at=timezone.now(), in_force_from=made.first_day, in_force_until=made.last_day
        )
        assert new_version(agreement=made, actor=head, at=timezone.now()).sale_deals == 3

    def test_what_the_sale_would_have_to_be(self, client: Client, head: User) -> None:
        """400 MQLs of which an eighth buys are 50 customers for 100,000."""
        found = self.sale(client, "/agreement/new/", have="400", have_stage="mql", sale="1000")
        assert (found["planned"], found["needed"]) == (1000, 2000)
        assert self.sale(client, "/agreement/new/", have="3", have_stage="mql")["needed"] is None

    @pytest.mark.parametrize(
        ("language", "missing", "enough"),
        [
            ("en", "500 EUR are missing, or 32 leads.", "That is enough."),
            ("es", "faltan 500 EUR, o 32 prospectos.", "Con eso basta."),
        ],
    )
    def test_what_is_enough_on_average_only_is_not_enough(
        self, client: Client, head: User, language: str, missing: str, enough: str
    ) -> None:
        """99,500 are a hundred sales of 1,000, so 6,400 new names by halves."""
        User.objects.filter(pk=head.pk).update(language=language)
        halves = {f"rate_{after}": "50" for _before, after in STEPS}
        told = []
        for have in ("6368", "6400"):
            goal = {"revenue": "99500", "sale": "1000", "have_stage": "new_name", "have": have}
            answer = client.post("/agreement/new/", {**typed(**goal, **halves), "try": "1"})
            text, levers = answer.content.decode(), answer.context["levers"]
            told.append((missing in text, enough in text, {lever["is_enough"] for lever in levers}))
        assert told == [(True, False, {False}), (False, True, {True})]


def tried(client: Client) -> str:
    client.force_login(make_user(role=Role.MANAGER))
    halves = {f"rate_{after}": "100" if after == Stage.TARGET else "50" for _before, after in STEPS}
    goal = {"revenue": "100000", "sale": "1000", "have": ""}
    return client.post("/agreement/new/", {**typed(**goal, **halves), "try": "1"}).content.decode()


@pytest.mark.django_db
def test_without_any_history_no_chance_is_told(client: Client) -> None:
    """Nobody knows a rate that was never measured; what the plan takes is reckoned all the same."""
    text = tried(client)
    assert ("<strong>3,200</strong>" in text, "chance of reaching the goal" in text) == (True, False)
    assert text.count("othing was measured yet") == 2 + text.count("say how many average MQLs")
    assert "Why so many?" in text and "Why not as measured?" not in text


@pytest.mark.django_db
def test_a_step_that_was_never_measured_is_named(client: Client) -> None:
    """Two leads came as far as being engaged; of what follows nothing is known."""
    at = timezone.now()
    for _one in range(2):
        make_journey(Stage.ENGAGED, entered_at=at - timedelta(days=3), engaged_at=at)
    text = tried(client)
    assert "chance of reaching the goal" in text
    assert "as likely as another: MQL, SQL, Opportunity, Customer." in text
