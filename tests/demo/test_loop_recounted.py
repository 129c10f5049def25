"""What brings revenue in the demo company again, by plain SQL from bare rows: equal to the cent."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

import pytest
from django.test import Client

from sla.forms.closed_loop import By

from .plainly import DAY, number, reader, rows, today

pytestmark = pytest.mark.django_db

TOUCH = r"""coalesce(nullif(lead.{0}->>'utm_source', ''),
                     substring(lead.{0}->>'referrer' from '^[A-Za-z]+://(?:www\.)?([^/:?#]+)'), '')"""
LABELS = {
    By.SOURCE: "journey.source",
    By.CAMPAIGN: "coalesce(campaign.name, '')",
    By.PERSONA: "coalesce((SELECT name FROM leads_persona persona WHERE persona.id = lead.persona_id), '')",
    By.FORM: """coalesce((SELECT form.name FROM leads_submission sent
                   JOIN leads_form form ON form.id = form_id
                  WHERE sent.lead_id = lead.id ORDER BY received_at, sent.id LIMIT 1), '')""",
    By.FIRST_TOUCH: TOUCH.format("first_touch"),
    By.LAST_TOUCH: TOUCH.format("last_touch"),
}
PASSAGES = """
    SELECT {label},
           (entered_at AT TIME ZONE %(here)s)::date BETWEEN %(first)s AND %(last)s, stage = 'customer',
           coalesce((customer_at AT TIME ZONE %(here)s)::date BETWEEN %(first)s AND %(last)s, false),
           extract(epoch FROM customer_at - entered_at) / 86400, deal.amount, deal.currency,
           journey.source <> '' OR journey.campaign_id IS NOT NULL, coalesce(campaign.name, 'no campaign')
      FROM funnel_journey journey
      JOIN leads_lead lead ON lead.id = journey.lead_id
      LEFT JOIN leads_campaign campaign ON campaign.id = journey.campaign_id
      LEFT JOIN funnel_opportunity deal ON deal.journey_id = journey.id AND deal.status = 'won'"""


def span() -> dict[str, Any]:
    return {"first": today() - 120 * DAY, "last": today() - 3 * DAY}


def passages(by: By) -> list[tuple[Any, ...]]:
    return rows(PASSAGES.format(label=LABELS[by]), **span())


def page(client: Client, **query: str) -> Any:
    days = {"period": "own", "entered_from": str(span()["first"]), "entered_to": str(span()["last"])}
    return reader(client, "Marcus").get("/closed-loop/", {**days, **query}).context


@pytest.mark.parametrize("by", list(By))
def test_leads_customers_revenue_and_cycle(client: Client, by: By) -> None:
    entered, became, won = defaultdict[str, int](int), defaultdict[str, int](int), defaultdict[str, int](int)
    money, days = defaultdict[str, Decimal](Decimal), defaultdict[str, list[float]](list)
    for label, is_new, is_customer, was_won, took, amount, _currency, *_origin in passages(by):
        entered[label] += is_new
        became[label] += is_new and is_customer
        if was_won:
            won[label] += 1
            money[label] += amount
            days[label].append(float(took))
    found = {row.head.value: row.cells for row in page(client, by=by.value)["table"].rows}
    expected = {label or "none" for label in {*(k for k, n in entered.items() if n), *won}}
    assert set(found) == expected and sum(won.values()) > 5
    for label in {*entered, *won}:
        if (label or "none") not in expected:
            continue
        new, customers, rate, sold, revenue, cycle = found[label or "none"]
        assert (new.value, customers.value, sold.value) == (entered[label], became[label], won[label]), label
        share = 100 * became[label] / entered[label] if entered[label] else None
        assert rate.value == (None if share is None else pytest.approx(share, abs=0.0501)), label
        assert revenue.value == (f"{money[label]:,.2f} EUR" if won[label] else ""), label
        took = median(days[label]) if days[label] else None
        assert cycle.value == (None if took is None else pytest.approx(took, abs=0.0501)), label


def test_marketings_share_and_commission(client: Client) -> None:
    """By campaign, with one of no campaign, less what it cost."""
    shown = page(client, percent="7.25", deduct="on")
    whole = Decimal()
    brought = defaultdict[str, Decimal](Decimal)
    for _label, _new, _customer, was_won, _took, amount, _currency, is_marketing, campaign in passages(
        By.SOURCE
    ):
        if was_won:
            whole += amount
            if is_marketing:
                brought[campaign] += amount
    (euros,) = shown["marketing"]
    assert (number(euros["whole"]), number(euros["brought"])) == (whole, sum(brought.values()))
    cost = dict(rows("SELECT name, coalesce(cost, 0) FROM leads_campaign"))
    expected = {}
    for campaign, revenue in brought.items():
        net = revenue - cost.get(campaign, 0)
        share = (max(net, Decimal()) * Decimal("7.25") / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
        expected[campaign] = (revenue, net, share)
    found = {
        one["name"]: [number(one[key]) for key in ("revenue", "net", "amount")] for one in shown["lines"]
    }
    assert found == {name: list(row) for name, row in expected.items()}
    (sums,) = shown["sums"]
    assert [number(sums[key]) for key in ("revenue", "net", "amount")] == [
        sum(row[place] for row in expected.values()) for place in range(3)
    ]
