"""What a plan's page says of capacity and of the value of leads again, by plain SQL and plain Python."""

import datetime as dt
import math
import random
from collections import Counter, defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from sla.models import Agreement
from sla.selectors.worth import LENT

from .plainly import DAY, HERE, reader, ripe_year, rounded, rows
from .test_plan_recounted import Goal

pytestmark = pytest.mark.django_db
STAGE = {"sdr": "mql", "ae": "sql"}
DRAWS = 3000

HOURS = """
    SELECT weekday, start_minute, end_minute FROM sla_workinghours hours
      JOIN sla_calendar calendar ON calendar.id = hours.calendar_id"""
PEOPLE = """
    SELECT person.id, role, coalesce(team.name, ''), first_name FROM accounts_user person
      LEFT JOIN accounts_team team ON team.id = team_id
     WHERE person.is_active AND role IN ('sdr', 'ae')"""
BOUNDS = """
    SELECT user_id, max(capacity) FROM funnel_routingmember member
      JOIN funnel_routingrule rule ON rule.id = rule_id AND rule.is_active
     WHERE member.is_active GROUP BY 1 HAVING bool_and(capacity IS NOT NULL)"""
MQLS = """
    SELECT seniority, CASE WHEN status = 'won' THEN amount END FROM (
      SELECT seniority, deal.status, deal.amount FROM funnel_journey journey
        JOIN leads_lead lead ON lead.id = journey.lead_id
        LEFT JOIN funnel_opportunity deal ON deal.journey_id = journey.id AND deal.currency = %(currency)s
       WHERE journey.stage IN ('mql', 'sql', 'opportunity', 'customer')
         AND (mql_at AT TIME ZONE %(here)s)::date BETWEEN %(first)s AND %(last)s) AS handed_over"""


@pytest.fixture
def page(client: Client) -> Any:
    """The draft of the next quarter, as the CEO sees it, who may know everybody's hours."""
    return reader(client, "Helena").get(f"/agreement/{draft().pk}/plan/").context


def draft() -> Agreement:
    return Agreement.objects.get(proposed_at=None)


class Desks:
    """Working minutes one by one."""

    def __init__(self) -> None:
        ((zone,),) = rows("SELECT time_zone FROM sla_calendar")
        self.zone = zone
        self.hours: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for weekday, start, end in rows(HOURS):
            self.hours[weekday].append((start, end))
        self.holidays = {day for (day,) in rows("SELECT day FROM sla_holiday")}
        self.away = rows("SELECT user_id, starts_at, ends_at FROM accounts_absence")

    def minutes(self, person: int, first: dt.date, last: dt.date) -> int:
        """From the project's midnight to its midnight."""
        at, end = (dt.datetime.combine(day, dt.time(), HERE) for day in (first, last + DAY))
        gone = [(start, until) for who, start, until in self.away if who == person]
        found, minute, zone = 0, dt.timedelta(minutes=1), ZoneInfo(self.zone)
        at, end = at.astimezone(dt.UTC), end.astimezone(dt.UTC)
        while at < end:
            wall = at.astimezone(zone)
            place = wall.hour * 60 + wall.minute
            works = wall.date() not in self.holidays and any(
                start <= place < until for start, until in self.hours[wall.weekday()]
            )
            found += works and not any(start <= at < until for start, until in gone)
            at += minute
        return found


def months(first: dt.date, last: dt.date) -> list[tuple[dt.date, dt.date]]:
    days = [first + n * DAY for n in range((last - first).days + 1)]
    keys = sorted({(day.year, day.month) for day in days})
    return [(min(own), max(own)) for key in keys if (own := [d for d in days if (d.year, d.month) == key])]


def test_what_the_team_can_work(page: Any) -> None:
    form, shown, plan = page["form"], page["capacity"], draft()
    each = {
        "mql": int(form["attempts"].value()) * int(form["attempt_minutes"].value()),
        "sql": int(form["sql_minutes"].value()),
    }
    percent, desks, bounds = int(form["lead_percent"].value()), Desks(), dict(rows(BOUNDS))
    spans = months(plan.first_day, plan.last_day)
    can: dict[int, list[int]] = {}
    hours: dict[int, int] = {}
    for person, role, _team, _name in rows(PEOPLE):
        minutes = [desks.minutes(person, *span) for span in spans]
        hours[person] = sum(minutes) // 60 // len(spans)
        can[person] = [n * percent // (100 * each[STAGE[role]]) for n in minutes]
        if person in bounds:
            most = [bounds[person] * ((last - first).days + 1) // 30 for first, last in spans]
            can[person] = [min(pair) for pair in zip(can[person], most, strict=True)]
    planned = {"mql": page["value"]["count"], "sql": Goal().needs()["sql"]}
    for load in shown["loads"]:
        mine = [can[person] for person, role, *_rest in rows(PEOPLE) if STAGE[role] == load["stage"]]
        heads = {"mql": plan.sdrs, "sql": plan.aes}[load["stage"]]
        by_month = Counter[Any]()
        for day, n in Goal().days(planned[load["stage"]]).items():
            by_month[day.replace(day=1)] += n
        assert [row[2] for row in load["months"]] == [
            sum(month) * heads // len(mine) for month in zip(*mine, strict=True)
        ]
        assert [row[1] for row in load["months"]] == [by_month[month] for month in sorted(by_month)]
    teams = defaultdict[Any, list[int]](list)
    for person, role, team, _name in rows(PEOPLE):
        teams[team, STAGE[role]].append(sum(can[person]))
    assert {(one["name"], one["stage"]): (one["heads"], one["can"]) for one in shown["teams"]} == {
        key: (len(found), sum(found) // len(spans)) for key, found in teams.items()
    }
    assert {(one["name"].split()[0], one["hours"], one["can"]) for one in shown["people"]} == {
        (name, hours[person], sum(can[person]) // len(spans)) for person, _role, _team, name in rows(PEOPLE)
    }


class Worths:
    """By level: MQLs and what each brought."""

    def __init__(self) -> None:
        self.brought: defaultdict[str, list[Decimal]] = defaultdict(list)
        for level, amount in rows(MQLS, currency=draft().currency, **ripe_year()):
            self.brought[level].append(amount or Decimal())
        self.leads = [amount for found in self.brought.values() for amount in found]
        self.mean = Fraction(sum(self.leads)) / len(self.leads)

    def weights(self) -> dict[str, Fraction]:
        lent = {
            level: (Fraction(sum(found)) + LENT * self.mean) / (len(found) + LENT)
            for level, found in self.brought.items()
        }
        unit = sum(len(self.brought[level]) * value for level, value in lent.items()) / len(self.leads)
        return {level: value / unit for level, value in lent.items()}

    def drawn(self) -> dict[str, list[float]]:
        """Every MQL weighed anew, and every one that is borrowed."""
        chance, found = random.Random(3), defaultdict[str, list[float]](list)
        for _draw in range(DRAWS):
            values = {level: self._one(chance, level) for level in self.brought}
            unit = sum(len(self.brought[level]) * value for level, value in values.items()) / len(self.leads)
            for level, value in values.items():
                found[level].append(value / unit)
        return found

    def _one(self, chance: random.Random, level: str) -> float:
        money = whole = 0.0
        own = [(amount, 1.0) for amount in self.brought[level]]
        for amount, shape in [*own, *((amount, LENT / len(self.leads)) for amount in self.leads)]:
            weight = chance.gammavariate(shape, 1)
            money, whole = money + weight * float(amount), whole + weight
        return money / whole


def test_value_of_leads_as_measured_and_its_range(client: Client) -> None:
    """As a new plan begins."""
    worths, form = Worths(), reader(client, "Marcus").get("/agreement/new/").context["worth"]
    weights, drawn = worths.weights(), worths.drawn()
    shown = dict(zip(form.groups, form.rows(), strict=True))
    assert {group for group, row in shown.items() if row.seen.leads} == set(weights)
    for level, weight in weights.items():
        row, brought = shown[level], worths.brought[level]
        won = [amount for amount in brought if amount]
        assert (row.seen.leads, row.seen.won, row.seen.revenue) == (len(brought), len(won), sum(won))
        assert row.measured == rounded(weight)
        percent = Fraction(100 * len(brought), len(worths.leads))
        places = "0.1" if percent >= 10 else "0.01" if percent >= 1 else "0.001"
        assert row.share.value() == rounded(percent, places).normalize()
        for percentile, edge in ((0.1, row.low), (0.9, row.high)):
            reached = sum(one <= float(edge) + 0.005 for one in drawn[level]) / DRAWS
            beyond = edge == row.measured  # then the range reaches until there
            assert beyond or reached == pytest.approx(percentile, abs=0.07), level


def test_leads_of_the_mix_and_what_they_are_worth(page: Any) -> None:
    goal, shown, plan = Goal(), page["value"], draft()
    cleaned = page["worth"].as_sent()
    assert cleaned.is_valid()
    mix = [(one.group, Fraction(one.weight), Fraction(one.share)) for one in cleaned.worths() if one.share]
    shares = sum(share for _group, _weight, share in mix)
    quality = rounded(sum(weight * share for _group, weight, share in mix) / shares)
    need = goal.needs()["mql"]
    count = math.ceil(need / Fraction(quality))
    assert (shown["need"], shown["mix"], shown["count"]) == (need, quality, count)
    average = Fraction(goal.sale, 100)
    for stage in ("sql", "opportunity", "customer"):
        average *= Fraction(goal.rates[stage], 100_000)
    each = rounded(average * Fraction(quality))
    assert (shown["average"], shown["each"], shown["value"]) == (rounded(average), each, count * each)
    days = (plan.last_day - plan.first_day).days + 1
    month = Fraction(Decimal("30.4375")) / days
    assert shown["count_a_month"] == math.ceil(count * month)
    assert shown["value_a_month"] == math.ceil(Fraction(plan.revenue) * month)
    assert [(one["leads"], one["money"]) for one in shown["quota"]] == [
        (math.ceil(count / heads), rounded(Fraction(plan.revenue) / heads)) for heads in (plan.sdrs, plan.aes)
    ]
    leads, until, so_far = {}, 0, Fraction()
    for group, _weight, share in mix:
        so_far += count * share / shares
        leads[group], until = math.floor(so_far + Fraction(1, 2)) - until, math.floor(so_far + Fraction(1, 2))
    dearest = sorted(mix, key=lambda one: -one[1])
    assert [(row["leads"], row["each"]) for row in shown["rows"]] == [
        (leads[group], rounded(average * weight)) for group, weight, _share in dearest
    ]
    assert [row["value"] for row in shown["rows"]] == [row["leads"] * row["each"] for row in shown["rows"]]
