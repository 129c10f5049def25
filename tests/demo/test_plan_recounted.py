"""Every number of a plan's page again, by plain SQL and plain Python: equal to the last unit, and where the
page draws by chance, within the error of so many draws."""

import math
import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from statistics import pvariance
from typing import Any

import pytest
from django.test import Client

from sla.models import Agreement

from .plainly import DAY, ORDER, STEPS, reader, ripe_year, rounded, rows

pytestmark = pytest.mark.django_db
FEW = 5
"""Leads from which the short story lets a month speak."""
DRAWS = 4000
SIGMAS = 5

COHORTS = """
    SELECT to_char(day, 'YYYY-MM') AS month, stage, count(*)
      FROM (SELECT (entered_at AT TIME ZONE %(here)s)::date AS day, stage FROM funnel_journey) AS entered
     WHERE day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2"""
WON = """
    SELECT currency, amount FROM funnel_opportunity deal
      JOIN funnel_journey journey ON journey.id = deal.journey_id
     WHERE deal.status = 'won'
       AND (entered_at AT TIME ZONE %(here)s)::date BETWEEN %(first)s AND %(last)s"""


class Plainly:
    """``months``: how many of those that entered in it reached each stage."""

    def __init__(self) -> None:
        self.span = ripe_year()
        self.months: dict[str, Counter[str]] = {}
        for month, stage, n in rows(COHORTS, **self.span):
            counts = self.months.setdefault(month, Counter())
            for reached in ORDER[: ORDER.index(stage) + 1]:
                counts[reached] += n

    def rate(self, stage: str) -> tuple[int, int, Fraction | None, Fraction | None]:
        before = ORDER[ORDER.index(stage) - 1]
        pairs = [(month[before], month[stage]) for month in self.months.values()]
        told = [Fraction(reached, entered) for entered, reached in pairs if entered >= FEW]
        entered, reached = (sum(pair[place] for pair in pairs) for place in (0, 1))
        return entered, reached, min(told, default=None), max(told, default=None)

    def sale(self) -> tuple[str, Decimal | None]:
        """All deals of the demo company are in euros."""
        won = [amount for currency, amount in rows(WON, **self.span) if currency == "EUR"]
        return "EUR", (sum(won) / len(won)).quantize(Decimal("0.01")) if won else None

    def amounts(self) -> list[float]:
        return [float(amount) for _currency, amount in rows(WON, **self.span)]

    def names_a_month(self) -> int:
        year, month = map(int, min(self.months).split("-"))
        days = (self.span["last"] - self.span["last"].replace(year=year, month=month, day=1)).days + 1
        return round(sum(month["new_name"] for month in self.months.values()) / (days * 12 / 365.25))


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> Plainly:
    monkeypatch.setattr("sla.rules.goal.ENOUGH", FEW)
    found = Plainly()
    assert found.rate("engaged")[2] is not None
    return found


@pytest.fixture
def page(client: Client, plainly: Plainly) -> Any:
    """The draft of the next quarter."""
    draft = Agreement.objects.get(proposed_at=None)
    return reader(client, "Marcus").get(f"/agreement/{draft.pk}/plan/").context


def test_rates_with_sample_and_range(page: Any, plainly: Plainly) -> None:
    measured = page["past"].rates
    found = {stage: (one.entered, one.reached, one.low, one.high) for stage, one in measured.items()}
    assert found == {stage: plainly.rate(stage) for stage in STEPS}


def test_what_a_new_plan_begins_with(client: Client, plainly: Plainly) -> None:
    form = reader(client, "Marcus").get("/agreement/new/").context["form"]
    currency, sale = plainly.sale()
    assert (form["currency"].value(), form["sale"].value()) == (currency, sale)
    assert form["have"].value() == 3 * plainly.names_a_month()
    for stage in STEPS:
        entered, reached, _low, _high = plainly.rate(stage)
        begins = max(rounded(Fraction(100 * reached, entered), "0.1"), Decimal("0.1")) if reached else None
        assert form[f"rate_{stage}"].value() == begins, stage
    people = "SELECT count(*) FROM accounts_user WHERE is_active AND role = %(role)s"
    assert [form["sdrs"].value(), form["aes"].value()] == [
        rows(people, role=role)[0][0] for role in ("sdr", "ae")
    ]


class Goal:
    """A plan as it is stored, in whole numbers: money in cents, rates in thousandths of a percent."""

    def __init__(self) -> None:
        kept = Agreement.objects.get(proposed_at=None)
        self.first, self.last, self.heads = kept.first_day, kept.last_day, {"mql": kept.sdrs, "sql": kept.aes}
        self.revenue, self.sale = int(kept.revenue * 100), int(kept.sale * 100)
        self.rates = {row.stage: int(row.percent * 1000) for row in kept.rates.all()}

    def needs(self, rates: dict[str, int] | None = None) -> dict[str, int]:
        rates = rates or self.rates
        found = {"customer": -(-self.revenue // self.sale)}
        for stage in reversed(STEPS):
            found[ORDER[ORDER.index(stage) - 1]] = -(-found[stage] * 100_000 // rates[stage])
        return found

    def days(self, total: int) -> dict[Any, int]:
        """Each lead on its day: by the end of a day so many have come, rounded half up."""
        n = (self.last - self.first).days + 1
        come = [(2 * total * day + n) // (2 * n) for day in range(n + 1)]
        return {self.first + day * DAY: come[day + 1] - come[day] for day in range(n)}


def test_need_by_stage_month_week_and_head(page: Any) -> None:
    goal, shown = Goal(), page["shown"]
    for row in shown.rows:
        total = goal.needs()[row.stage]
        by_month, by_week = Counter[Any](), Counter[Any]()
        for day, n in goal.days(total).items():
            by_month[day.replace(day=1)] += n
            by_week[day - day.weekday() * DAY] += n
        assert row.total == total
        assert row.months == [by_month[month] for month in sorted(by_month)]
        assert row.weeks == [by_week[week] for week in sorted(by_week)]
        heads = goal.heads.get(row.stage)
        assert row.each == (math.ceil(total / heads) if heads else None)


def test_what_the_leads_at_hand_give_and_what_would_close_the_gap(page: Any, plainly: Plainly) -> None:
    goal, back = Goal(), page["shown"].backward
    have = plainly.names_a_month() * len(page["shown"].months)
    whole = Fraction(have)
    for stage in STEPS:
        whole *= Fraction(goal.rates[stage], 100_000)
    revenue = rounded(whole * Fraction(goal.sale, 100))
    assert (back.count, back.revenue) == (have, revenue)
    assert back.missing == max(0, goal.needs()["new_name"] - have)
    needed, arrives = goal.needs(), have
    for line in page["levers"]:
        tenths = -(-1000 * needed[line["stage"]] // arrives) if arrives else 1001
        assert line["needed"] == (Decimal(tenths) / 10 if tenths <= 1000 else None), line["stage"]
        arrives = arrives * goal.rates[line["stage"]] // 100_000
    assert back.gap == Decimal(max(0, goal.revenue - arrives * goal.sale)) / 100
    rise = next(n for n in range(1_000_000) if lifted(goal, n)["new_name"] <= have)
    assert page["together"] == (Decimal(rise) / 10 if rise else None)


def lifted(goal: Goal, thousandths: int) -> dict[str, int]:
    """Needed when every rate is higher by a part of itself; in units so fine that none is rounded."""
    rates = {stage: min(100_000_000, rate * (1000 + thousandths)) for stage, rate in goal.rates.items()}
    found = {"customer": -(-goal.revenue // goal.sale)}
    for stage in reversed(STEPS):
        found[ORDER[ORDER.index(stage) - 1]] = -(-found[stage] * 100_000_000 // rates[stage])
    return found


def futures(plainly: Plainly, have: int) -> list[int]:
    """Customers, lead by lead."""
    chance, found = random.Random(1), []
    for _draw in range(DRAWS):
        leads = have
        for stage in STEPS:
            entered, reached, _low, _high = plainly.rate(stage)
            rate = chance.betavariate(reached + 1, entered - reached + 1)
            leads = sum(chance.random() < rate for _lead in range(leads))
        found.append(leads)
    return found


def share_is(found: float, expected: float) -> bool:
    """Within what so many draws differ by, mine and the page's."""
    error = math.sqrt(max(expected * (1 - expected), 1 / DRAWS) * (1 / DRAWS + 1 / 20_000))
    return abs(found - expected) <= SIGMAS * error


def test_chance_and_range_by_a_plain_simulation(page: Any, plainly: Plainly) -> None:
    back, drawn = page["shown"].backward, futures(plainly, page["shown"].backward.count)
    goal = Goal().needs()["customer"]
    assert share_is(back.chance.percent / 100, sum(n >= goal for n in drawn) / DRAWS)
    for percentile, found in ((0.1, back.chance.low), (0.5, back.chance.middle), (0.9, back.chance.high)):
        below, until = (sum(n < edge for n in drawn) / DRAWS for edge in (found, found + 1))
        assert below <= percentile or share_is(below, percentile)
        assert until >= percentile or share_is(until, percentile)


def test_chance_with_what_sales_bring(client: Client, plainly: Plainly) -> None:
    """A new plan whose average sale is the measured one, for about what its leads are to bring."""
    form = reader(client, "Marcus").get("/agreement/new/").context["form"]
    amounts, have = plainly.amounts(), form["have"].value()
    expected = have * math.prod(float(form[f"rate_{stage}"].value()) / 100 for stage in STEPS)
    revenue = round(expected * float(form["sale"].value()))
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    body = {**typed, "revenue": revenue, "try": "1"}
    found = client.post("/agreement/new/", body).context["shown"].backward.chance
    chance, brought, means = random.Random(2), [], []
    for customers in futures(plainly, have):
        weights = [chance.gammavariate(1, 1) for _deal in amounts]
        brought.append(sum(chance.choices(amounts, weights, k=customers)))
        means.append(sum(map(math.prod, zip(amounts, weights, strict=True))) / sum(weights))
    assert share_is(found.percent / 100, sum(one >= revenue for one in brought) / DRAWS)
    for percentile, edge in zip((0.1, 0.9), found.revenue, strict=True):
        below, until = (sum(one < edge + off for one in brought) / DRAWS for off in (-1, 1))
        assert below <= percentile or share_is(below, percentile)
        assert until >= percentile or share_is(until, percentile)
    mean, logs = sum(amounts) / len(amounts), [math.log(one) for one in means]
    luck = pvariance(amounts) / mean**2 / max(1.0, sum(futures(plainly, have)) / DRAWS)
    parts = risks(plainly, have)
    whole = pvariance(logs) + luck + sum(parts.values())
    assert found.sale_risk == pytest.approx(100 * (pvariance(logs) + luck) / whole, rel=0.1, abs=0.5)


def test_share_of_the_risk_as_it_is_by_formula(page: Any, plainly: Plainly) -> None:
    back = page["shown"].backward
    parts = risks(plainly, back.count)
    whole = sum(parts.values())
    assert back.chance.risk == pytest.approx(
        {k: 100 * v / whole for k, v in parts.items()}, rel=0.08, abs=0.2
    )
    assert back.chance.sale_risk == 0  # the average of the draft was typed


def risks(plainly: Plainly, have: int) -> dict[str, float]:
    """The variance of a Beta's logarithm is a sum of squares; luck adds what a binomial has."""
    parts, arrived = {}, float(have)
    for stage in STEPS:
        entered, reached, _low, _high = plainly.rate(stage)
        mean = (reached + 1) / (entered + 2)
        unknown = sum(1 / k**2 for k in range(reached + 1, entered + 2))
        parts[stage] = unknown + (1 - mean) / (arrived * mean)
        arrived *= mean
    return parts
