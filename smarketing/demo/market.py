"""The demo company's campaigns, forms and the people out there. All made up."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from leads.enums import ActivityKind
from leads.models import Campaign, Form

from .names import COUNTRIES, FIRST, LAST, Firm, ascii_of, firms, number_in

SITE = "https://www.lumen-robotics.example"
FAIR = "fair-bilbao"
POOR = "display-raffle"
"""The campaign that brings names and no buyers."""

CAMPAIGNS: tuple[tuple[str, str, str, str, int], ...] = (
    # name, slug, source, cost, days before now when it started
    ("White paper: palletising without fences", "whitepaper-palletising", "Google search", "3200", 182),
    ("Price sheet on the website", "price-sheet", "Google Ads", "9800", 182),
    ("Webinar: automation for mid-sized plants", "webinar-midsize", "Newsletter", "2400", 125),
    ("Reference stories", "reference-stories", "LinkedIn", "4100", 100),
    ("Trade fair Bilbao", FAIR, "Trade fair", "14500", 74),
    ("Display ads: win a tablet", POOR, "Display ads", "11900", 60),
)

FORMS: tuple[tuple[str, str, ActivityKind, str, int], ...] = (
    # name, campaign slug, what a submission means, asset, share of all submissions
    ("White paper download", "whitepaper-palletising", ActivityKind.DOWNLOAD, "white paper", 18),
    ("Price sheet", "price-sheet", ActivityKind.PRICE_SHEET, "price sheet", 24),
    ("Ask for a demo", "price-sheet", ActivityKind.DEMO_REQUEST, "demo", 26),
    ("Webinar registration", "webinar-midsize", ActivityKind.WEBINAR, "webinar mid-sized plants", 10),
    ("Call me about this story", "reference-stories", ActivityKind.CONTACT_REQUEST, "reference story", 8),
    ("Visitors of our stand", FAIR, ActivityKind.CONTACT_REQUEST, "stand", 14),
    ("Win a tablet", POOR, ActivityKind.FORM, "raffle", 14),
)
DEMO_FORM = 2

TITLES = (
    ("CEO", 8),
    ("General manager", 9),
    ("Plant director", 14),
    ("Operations director", 14),
    ("Production manager", 22),
    ("Maintenance engineer", 18),
    ("Purchasing specialist", 10),
    ("Student", 5),
)
DIRECTORS = ("Plant director", "Operations director")
"""Those who ask to be contacted mostly come from companies below the agreed size."""
AGREED_SIZE = 200
"""Employees from which both teams agreed that a company is worth most."""
RAFFLE_TITLES = (("Student", 40), ("Assistant", 35), ("Maintenance engineer", 20), ("Production manager", 5))
COLLEGE = Firm("Universidad del Ebro Alto", "universidad-ebro-alto.example", "Education", "ES", 0)
NEEDS = (
    "Palletising two lines without fences",
    "Replace a manual packing cell",
    "Machine tending at night",
    "Depalletising mixed boxes",
    "Screwing and testing of small gearboxes",
    "Loading an oven, 40 °C and no volunteers",
)
BUDGETS = ("approved, about 60,000 €", "30,000–50,000 €", "asked for in the next budget", "up to 120,000 €")
TIMELINES = ("this quarter", "within six months", "before the summer", "next year")
CONTACTING = frozenset({ActivityKind.DEMO_REQUEST, ActivityKind.CONTACT_REQUEST, ActivityKind.PRICE_SHEET})


@dataclass(frozen=True)
class Visitor:
    """Somebody who fills in a form, as they type it."""

    email: str
    first_name: str
    last_name: str
    job_title: str
    firm: Firm
    phone: str
    need: str

    def values(self, *, kind: str) -> dict[str, str]:
        """Who wants to be contacted says how and what for."""
        values = {
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "job_title": self.job_title,
            "company": self.firm.name,
            "industry": self.firm.industry,
            "country": self.firm.country,
            "company_country": self.firm.country,
            "consent": "yes",
        }
        if self.firm.employees:
            values["employees"] = str(self.firm.employees)
        if kind in CONTACTING and self.phone:
            values["phone"] = self.phone
        if kind == ActivityKind.DEMO_REQUEST:
            values["need"] = self.need
        return values


def open_campaigns(*, at: datetime) -> dict[str, Campaign]:
    return {
        slug: Campaign.objects.create(
            name=name,
            slug=slug,
            source=source,
            cost=Decimal(cost),
            starts_on=(at - timedelta(days=days)).date(),
        )
        for name, slug, source, cost, days in CAMPAIGNS
    }


def build_forms(campaigns: dict[str, Campaign], *, at: datetime) -> list[tuple[Form, int]]:
    """Each form with its share of the submissions."""
    return [
        (
            Form.objects.create(
                name=name,
                campaign=campaigns[slug],
                landing_page=f"{SITE}/{slug}",
                activity_kind=kind,
                asset=asset,
                origins=[SITE],
                consent_text="I agree that Lumen Robotics contacts me about its products.",
                consent_version="2026-1",
                created_at=at,
            ),
            share,
        )
        for name, slug, kind, asset, share in FORMS
    ]


class Market:
    """The people out there; the same ``chance`` gives the same ones."""

    def __init__(self, forms: list[tuple[Form, int]], chance: random.Random) -> None:
        self.forms, self.chance, self.firms = forms, chance, firms()
        self.known: set[str] = set()

    def form_at(self, at: datetime) -> Form:
        """One that was on the web on that day."""
        open_then = [(form, share) for form, share in self.forms if _starts(form, at)]
        return self.chance.choices([form for form, _ in open_then], [share for _, share in open_then])[0]

    def visitor_of(self, form: Form) -> Visitor:
        is_poor = form.campaign is not None and form.campaign.slug == POOR
        title = weighted(self.chance, RAFFLE_TITLES if is_poor else TITLES)
        firm = self.chance.choice(self.firms[weighted(self.chance, COUNTRIES)])
        if title == "Student":
            firm = COLLEGE
        elif title in DIRECTORS and form.activity_kind in CONTACTING and self.chance.random() < 0.4:
            firm = self.chance.choice([one for one in self.firms["ES"] if one.employees < AGREED_SIZE])
        return self.person(title, firm)

    def buyer(self) -> Visitor:
        """Somebody whom sales wants to talk to."""
        large = [firm for firm in self.firms["ES"] if firm.employees >= 120]
        return self.person(weighted(self.chance, TITLES[:5]), self.chance.choice(large))

    def newcomer(self) -> Visitor:
        """A buyer of the first rank whom nobody knows yet."""
        large = [firm for firm in self.firms["ES"] if firm.employees >= AGREED_SIZE]
        known = frozenset(self.known)
        while True:
            found = self.person(weighted(self.chance, TITLES[:4]), self.chance.choice(large))
            if found.email not in known:
                return found

    def person(self, title: str, firm: Firm) -> Visitor:
        first, last = self.chance.choice(FIRST[firm.country]), self.chance.choice(LAST[firm.country])
        email = f"{ascii_of(first)}.{ascii_of(last)}@{firm.domain}"
        self.known.add(email)
        return Visitor(
            email=email,
            first_name=first,
            last_name=last,
            job_title=title,
            firm=firm,
            phone=number_in(firm.country, self.chance),
            need=self.chance.choice(NEEDS),
        )


def _starts(form: Form, at: datetime) -> bool:
    campaign = form.campaign
    return campaign is None or campaign.starts_on is None or campaign.starts_on <= at.date()


def weighted(chance: random.Random, options: tuple[tuple[str, int], ...]) -> str:
    return chance.choices([o for o, _ in options], [w for _, w in options])[0]
