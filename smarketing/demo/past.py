"""What the demo company had in its old CRM: the year before the story, loaded in bulk like any other past.

The story alone is too short to tell how well forecasts hold: a forecast needs thirty customers, and its
period must be over. As many of these leads come as far as in the story, on plainer ways.
"""

import csv
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from funnel.enums import Reason, Stage
from funnel.rules.mapping import read_mapping
from funnel.services.history import import_history
from leads.models import Form

from . import deals
from .market import TITLES, Market, Visitor, weighted
from .names import COUNTRIES
from .story import Story, begin

DAYS = 365
SHARE = 1.8
"""Leads of that year for each of the story."""
STAGES = ((Stage.NEW_NAME, 5), (Stage.ENGAGED, 22), (Stage.TARGET, 38), (Stage.MQL, 35))
"""How far a hundred of them came before sales had them."""
SOURCES = (("Google search", 34), ("Trade fair", 24), ("Referral", 22), ("Newsletter", 20))
TOOK_UP, WON = 0.55, 0.6
"""Of the MQLs sales made a deal of; of the deals won."""
GIVEN_UP = (Reason.UNREACHABLE, Reason.NO_BUDGET, Reason.NO_NEED, Reason.NOT_READY, Reason.WRONG_FIT)
LOST = (Reason.PRICE, Reason.COMPETITOR, Reason.NO_NEED, Reason.NO_BUDGET)
SIZES = {"CEO": Decimal("1.4"), "General manager": Decimal("1.3"), "Production manager": Decimal("0.7")}
"""Who decides buys more; of others a deal has the usual size."""
SDRS, AES = ("tom", "lucia"), ("oskar", "ines")
LEAD = (
    "external_id", "entered_at", "stage", "disqualified_at", "reason", "source", "email", "first_name",
    "last_name", "phone", "job_title", "company_name", "country",
)  # fmt: skip
DEAL = ("lead", "sql_at", "opportunity_at", "won_at", "lost_at", "reason", "sdr", "ae", "amount")
MAPPING = {
    "leads": {"file": "contacts.csv", "columns": {name: name for name in LEAD}},
    "deals": {"file": "deals.csv", "columns": {name: name for name in DEAL}},
}

Row = Mapping[str, object]


@dataclass
class OldCrm:
    """``known``: addresses that belong to somebody of the story."""

    market: Market
    chance: random.Random
    form: Form
    known: frozenset[str]
    contacts: list[Row] = field(default_factory=list)
    deals: list[Row] = field(default_factory=list)

    def enter(self, number: int, at: datetime) -> None:
        stage = Stage(weighted(self.chance, STAGES))
        person = self._newcomer(is_buyer=stage == Stage.MQL)
        row = {
            "external_id": f"old-{number}",
            "entered_at": at,
            "stage": stage,
            "source": weighted(self.chance, SOURCES),
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "phone": person.phone,
            "job_title": person.job_title,
            "company_name": person.firm.name,
            "country": person.firm.country,
        }
        if stage == Stage.MQL and self.chance.random() < TOOK_UP:
            self.deals.append({"lead": row["external_id"], **self._deal(person, at)})
        elif stage == Stage.MQL:
            row["disqualified_at"] = at + timedelta(days=self.chance.uniform(1, 16))
            row["reason"] = self.chance.choice(GIVEN_UP)
        self.contacts.append(row)

    def _newcomer(self, *, is_buyer: bool) -> Visitor:
        seen = {*self.known, *self.market.known}
        while (person := self._buyer() if is_buyer else self.market.visitor_of(self.form)).email in seen:
            pass
        return person

    def _buyer(self) -> Visitor:
        firm = self.chance.choice(self.market.firms[weighted(self.chance, COUNTRIES)])
        return self.market.person(weighted(self.chance, TITLES[:5]), firm)

    def _deal(self, person: Visitor, at: datetime) -> Row:
        sql_at = at + timedelta(days=self.chance.uniform(0.5, 6))
        opened = sql_at + timedelta(days=self.chance.uniform(0.5, 4))
        days = min(90.0, max(7.0, deals.MEDIAN_DAYS * self.chance.lognormvariate(0, 0.5)))
        ended = opened + timedelta(days=days)
        is_won = self.chance.random() < WON
        end = {"won_at": ended} if is_won else {"lost_at": ended, "reason": self.chance.choice(LOST)}
        return {
            "sql_at": sql_at,
            "opportunity_at": opened,
            "sdr": self.chance.choice(SDRS),
            "ae": self.chance.choice(AES),
            "amount": deals.terms(self.chance, opened)["amount"] * SIZES.get(person.job_title, 1),
            **end,
        }


def load(story: Story, *, leads: int, seed: int) -> None:
    """Deals that were open when the story began were finished in the old CRM."""
    chance = random.Random(seed)
    old = OldCrm(Market(story.forms, chance), chance, story.forms[0][0], known=frozenset(story.market.known))
    first = begin(story.now) - timedelta(days=DAYS)
    for number, at in enumerate(sorted(_entered(first, chance) for _lead in range(leads)), start=1):
        old.enter(number, at)
    with TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "contacts.csv", LEAD, old.contacts)
        _write(folder / "deals.csv", DEAL, old.deals)
        import_history(
            mapping=read_mapping(MAPPING), folder=folder, report=folder / "report.csv", at=story.now
        )


def _entered(first: datetime, chance: random.Random) -> datetime:
    """A working day; growth makes later ones likelier, as in the story."""
    at = first + timedelta(days=DAYS - 3) * chance.random() ** 0.8
    return at + timedelta(days=max(0, at.weekday() - 4) and 7 - at.weekday())


def _write(path: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
