"""The agenda of the demo company's next review again, in plain Python from bare rows: what moved, which
promise broke, which definitions to question, what is still open."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from math import comb
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from funnel.rules.periods import Span
from sla.enums import PromiseKind
from sla.models import Agreement, AgreementPromise, Review
from sla.rules import drift as rule
from sla.selectors.agenda import agenda_of

from .plainly import DAY, HERE, reader, rows, today
from .test_measure_recounted import Bare, Row, counted

pytestmark = pytest.mark.django_db
MOVED = {
    "MQLs of agreed quality": PromiseKind.MQLS,
    "Accepted by sales": PromiseKind.ACCEPTED_SHARE,
    "Contacted in time": PromiseKind.FIRST_CONTACT,
    "Agreed attempts made before giving up": PromiseKind.ATTEMPTS,
    "Decided within seven days": PromiseKind.DECISION,
    "Decided within the AE's week": PromiseKind.AE_DECISION,
}


class Told:
    """The next review and the time that it looks at."""

    def __init__(self) -> None:
        self.review = Review.objects.get(held_at=None)
        self.bare = Bare(timezone.now())
        held = Review.objects.exclude(held_at=None).latest("held_at").held_at
        assert held is not None
        self.first = min(held.astimezone(HERE).date() + DAY, today())
        self.span = Span(self.first, today())
        length = (today() - self.first).days + 1
        self.before = Span(self.first - length * DAY, self.first - DAY)

    def pair(self, kind: PromiseKind, span: Span) -> tuple[int, int]:
        """Kept, of those decided."""
        found = counted(self.bare.rows(kind), span)
        return found["kept"], found["kept"] + found["late"] + found["missed"]

    def handed_over(self, source: str, span: Span) -> list[Row]:
        assert span.first and span.last
        return [
            row
            for row in self.bare.rows(PromiseKind.MQLS)
            if span.first <= row.day <= span.last and (not source or row.source == source)
        ]


@pytest.fixture
def due_review() -> Told:
    return Told()


def shown(client: Client, due_review: Told) -> Any:
    return reader(client, "Marcus").get(f"/reviews/{due_review.review.pk}/").context["agenda"]


def in_words(kind: PromiseKind, pair: tuple[int, int]) -> str:
    if kind == PromiseKind.MQLS:
        return f"{pair[0]}"
    return f"{100 * pair[0] / pair[1]:.1f} % ({pair[0]} of {pair[1]})" if pair[1] else "–"


def test_what_moved(client: Client, due_review: Told) -> None:
    found = {line["name"]: (line["now"], line["before"]) for line in shown(client, due_review)["moved"]}
    assert found == {
        name: tuple(
            in_words(kind, due_review.pair(kind, span)) for span in (due_review.span, due_review.before)
        )
        for name, kind in MOVED.items()
    }


def test_what_moved_opens_the_leads_it_counts(client: Client, due_review: Told) -> None:
    lines = shown(client, due_review)["moved"]
    values = [(line[what], line[f"{what}_url"]) for line in lines for what in ("now", "before")]
    found = [(text, client.get(url).context["page"].paginator.count) for text, url in values if url]
    assert len(found) > 6
    assert found == [(text, int(text.strip(")").split()[-1])) for text, _n in found]
    assert [text for text, url in values if not url] == [text for text, _url in values if text in ("0", "–")]


def due(monthly: Decimal, span: Span) -> int:
    """The days' parts of their months, together rounded half up."""
    assert span.first and span.last
    whole, day = Fraction(), span.first
    while day <= span.last:
        after = (day.replace(day=28) + 4 * DAY).replace(day=1)
        whole += Fraction(int(monthly), (after - day.replace(day=1)).days)
        day += DAY
    return int(whole + Fraction(1, 2))


class Month:
    """A month of the agreement, as far as it was in force."""

    def __init__(self, agreement: Agreement, told: Told, first: dt.date) -> None:
        assert agreement.in_force_from and agreement.in_force_until
        end = (first.replace(day=28) + 4 * DAY).replace(day=1) - DAY
        self.span = Span(max(first, agreement.in_force_from), min(end, agreement.in_force_until))
        assert self.span.first and self.span.last
        self.is_over = self.span.last < today()
        self.agreement, self.told = agreement, told
        self.until = min(self.span.last, today())
        days = (self.span.first, self.until)
        self.days = " – ".join(date_format(day, "SHORT_DATE_FORMAT") for day in days)

    def count(self, promise: AgreementPromise) -> tuple[str, bool]:
        """What is told of it, and whether it is short of what was due."""
        assert promise.amount is not None and self.span.first
        mine = self.told.handed_over(promise.source, Span(self.span.first, self.until))
        unit, done = "", len(mine)
        if promise.kind == PromiseKind.MQL_VALUE:
            unit = f" {self.agreement.currency}"
            done = int(value(self.agreement, self.told.bare, mine))
        must = self.until if self.is_over else self.until - DAY
        is_short = must >= self.span.first and done < due(promise.amount, Span(self.span.first, must))
        wanted = due(promise.amount, Span(self.span.first, self.until))
        return f"{done:,}{unit} of {wanted:,}{unit} due", is_short

    def share(self, promise: AgreementPromise) -> tuple[str, bool]:
        kind = PromiseKind(promise.kind)
        target = Decimal(100) if kind == PromiseKind.ATTEMPTS else promise.target_percent
        kept, of = self.told.pair(kind, self.span)
        assert target is not None
        is_short = bool(of) and Fraction(100 * kept, of) < Fraction(target)
        return f"{in_words(kind, (kept, of))}, promised {target:.1f} %", is_short


def test_which_promise_broke_and_which_is_behind(client: Client, due_review: Told) -> None:
    """In a month that goes on only what will not be made good at this rate."""
    agreement = Agreement.objects.get(pk=due_review.review.agreement_id)
    before = due_review.first - DAY
    months = [
        Month(agreement, due_review, first)
        for first in sorted({before.replace(day=1), due_review.first.replace(day=1), today().replace(day=1)})
    ]
    over: set[str] = set()
    going_on: set[str] = set()
    for month in months:
        for promise in agreement.promises.order_by("pk"):
            kind = PromiseKind(promise.kind)
            label = str(kind.label) + (f" from {promise.source}" if promise.source else "")
            is_count = kind in (PromiseKind.MQLS, PromiseKind.MQL_VALUE)
            words, is_short = month.count(promise) if is_count else month.share(promise)
            if is_short:
                is_final = month.is_over or kind == PromiseKind.ATTEMPTS
                (over if is_final else going_on).add(f"{label}: {words} ({month.days})")
    agenda = shown(client, due_review)
    broken, behind = ({line["text"] for line in agenda[what]} for what in ("broken", "behind"))
    assert (broken, behind - going_on) == (over, set())
    page = client.get(f"/agreement/{agreement.pk}/measure/")
    late = {block["stretch"].term.kind for block in page.context["blocks"] if block["standing"] == "behind"}
    assert len(behind) == len(late)
    for text in going_on - behind:
        [block] = [one for one in page.context["blocks"] if text.startswith(str(one["term"].kind.label))]
        assert block["stretch"].pace.middle >= block["stretch"].goal, text


def value(agreement: Agreement, bare: Bare, mine: list[Row]) -> Decimal:
    """As agreed, else as measured before the agreement."""
    frozen = agreement.frozen or {}
    if not frozen.get("worth"):
        assert agreement.in_force_from is not None
        worth = bare.worth(agreement.in_force_from)
        return sum((worth.get(row.level, worth["~"]) for row in mine), Decimal())
    average = Fraction(agreement.sale)
    for stage in ("sql", "opportunity", "customer"):
        average *= Fraction(frozen["rates"][stage]["percent"]) / 100
    weights = {row["group"]: Fraction(row["weight"]) for row in frozen["worth"]["rows"]}
    each = {row.level: average * weights.get(row.level, Fraction(1)) for row in mine}
    return sum((Decimal(round(100 * each[row.level])) / 100 for row in mine), Decimal())


HANDED_OVER = """
    SELECT CASE WHEN struck OR (status IN ('recycled', 'disqualified') AND NOT unfair
                                AND reason NOT IN ('not_decided', 'duplicate')) THEN 'returned'
                WHEN status = 'lost' THEN 'lost' WHEN sql_at IS NOT NULL THEN 'accepted' END,
           persona, source, form, country, seniority, size
      FROM (SELECT journey.status, reason, sql_at, journey.source, lead.country, seniority,
                   coalesce(persona_id::text, '') AS persona,
                   CASE WHEN employees < 200 THEN 'small' WHEN employees < 1000 THEN 'middle'
                        WHEN employees >= 1000 THEN 'large' ELSE '' END AS size,
                   coalesce((SELECT form_id::text FROM leads_submission sent
                              WHERE sent.lead_id = lead.id AND received_at <= mql_at
                              ORDER BY received_at DESC LIMIT 1), '') AS form,
                   EXISTS (SELECT FROM sla_dispute d WHERE d.journey_id = journey.id
                            AND d.kind = 'no_mql' AND d.state = 'upheld') AS struck,
                   EXISTS (SELECT FROM sla_dispute d WHERE d.journey_id = journey.id
                            AND d.kind = 'unfair_return' AND d.state = 'upheld') AS unfair
              FROM funnel_journey journey
              JOIN leads_lead lead ON lead.id = journey.lead_id
              LEFT JOIN leads_company company ON company.id = lead.company_id
             WHERE (imported_at IS NULL OR stage_since > imported_at)
               AND (mql_at AT TIME ZONE %(here)s)::date BETWEEN %(first)s AND %(last)s) AS passage"""
NAMES = ("persona", "source", "form", "country", "seniority", "size")
SETS = (("persona",), ("source",), ("form",), ("country",), ("seniority", "size"), ("seniority",), ("size",))


class Groups:
    """Judged leads by what they have in common, tested exactly."""

    def __init__(self, last: dt.date) -> None:
        passages = rows(HANDED_OVER, first=last - dt.timedelta(days=182), last=last)
        judged = [
            (row[0] == "returned", dict(zip(NAMES, row[1:], strict=True))) for row in passages if row[0]
        ]
        self.total, self.returned = len(judged), sum(back for back, _of in judged)
        found: defaultdict[Any, list[int]] = defaultdict(lambda: [0, 0])
        for back, of in judged:
            for some in SETS:
                if all(of[name] for name in some):
                    facts = tuple((name, of[name]) for name in some)
                    found[facts][0] += 1
                    found[facts][1] += back
        self.found = {facts: (n, back) for facts, (n, back) in found.items()}

    def p(self, n: int, back: int) -> Fraction:
        """Chance of so many returns or more if they were dealt out blindly."""
        ways = sum(
            comb(self.returned, k) * comb(self.total - self.returned, n - k)
            for k in range(back, min(n, self.returned) + 1)
        )
        return Fraction(ways, comb(self.total, n))

    def hints(self, *, fewest: int, returned: int, false: Fraction) -> list[Any]:
        tested = sorted(
            (self.p(n, back), -len(facts), facts, n, back)
            for facts, (n, back) in self.found.items()
            if n >= fewest and self.total - n >= fewest
        )
        passing = max((k for k, row in enumerate(tested, 1) if row[0] <= false * k / len(tested)), default=0)
        told: list[Any] = []
        for _p, _length, facts, n, back in tested[:passing]:
            others, others_back = self.total - n, self.returned - back
            is_more = not others_back or Fraction(back, n) >= Fraction(3, 2) * Fraction(others_back, others)
            nested = any(set(facts) <= set(one[0]) or set(one[0]) <= set(facts) for one in told)
            if back >= returned and is_more and not nested:
                told.append((facts, (back, n, others_back, others)))
        return told


@pytest.mark.parametrize(
    ("fewest", "returned", "false"),
    [(rule.FEWEST, rule.FEWEST_RETURNED, Fraction(1, 20)), (3, 1, Fraction(9, 10))],
)
def test_which_definitions_to_question(
    due_review: Told, monkeypatch: pytest.MonkeyPatch, fewest: int, returned: int, false: Fraction
) -> None:
    """As the product asks, and so loosely that the short story has something to say."""
    for name, limit in (("FEWEST", fewest), ("FEWEST_RETURNED", returned), ("FALSE_HINTS", float(false))):
        monkeypatch.setattr(rule, name, limit)
    found = [
        (
            tuple((feature, value) for feature, value in hint["facts"]),
            tuple(hint["counts"][key] for key in ("returned", "n", "others_returned", "others")),
        )
        for hint in agenda_of(due_review.review, at=timezone.now())["hints"]
    ]
    expected = Groups(today()).hints(fewest=fewest, returned=returned, false=false)
    assert found == expected
    assert expected or fewest == rule.FEWEST


def test_disputes_and_what_is_still_open(due_review: Told) -> None:
    agenda = agenda_of(due_review.review, at=timezone.now())
    states = "SELECT state, (decided_at AT TIME ZONE %(here)s)::date FROM sla_dispute"
    disputes = [(state, day) for state, day in rows(states)]
    assert agenda["disputes"] == {
        "upheld": sum(state == "upheld" and day >= due_review.first for state, day in disputes),
        "refused": sum(state == "refused" and day >= due_review.first for state, day in disputes),
        "open": sum(state == "open" for state, _day in disputes),
    }
    undone = rows("SELECT text, due_on FROM sla_reviewdecision WHERE done_at IS NULL ORDER BY due_on, id")
    assert [(row["text"], dt.date.fromisoformat(row["due_on"])) for row in agenda["open"]] == undone
