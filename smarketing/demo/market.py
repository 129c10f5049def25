"""The demo company's campaigns, forms and the people out there. All made up."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from leads.enums import ActivityKind
from leads.models import Campaign, Form

SITE = "https://www.lumen-robotics.example"

CAMPAIGNS: tuple[tuple[str, str, str, str, int], ...] = (
    # name, slug, source, cost, months before now when it started
    ("White paper: palletising without fences", "whitepaper-palletising", "organic_search", "3200", 6),
    ("Price sheet on the website", "price-sheet", "paid_search", "9800", 6),
    ("Webinar: automation for mid-sized plants", "webinar-midsize", "email", "2400", 4),
    ("Trade fair Bilbao", "fair-bilbao", "event", "14500", 3),
    ("Display ads, broad", "display-broad", "display", "11900", 2),
)

FORMS: tuple[tuple[str, str, ActivityKind, str, int], ...] = (
    # name, campaign slug, what a submission means, asset, share of all submissions
    ("White paper download", "whitepaper-palletising", ActivityKind.DOWNLOAD, "white paper", 26),
    ("Price sheet", "price-sheet", ActivityKind.PRICE_SHEET, "price sheet", 22),
    ("Ask for a demo", "price-sheet", ActivityKind.DEMO_REQUEST, "demo", 17),
    ("Talk to us", "fair-bilbao", ActivityKind.CONTACT_REQUEST, "consultancy", 15),
    ("Webinar registration", "webinar-midsize", ActivityKind.WEBINAR, "webinar mid-sized plants", 11),
    ("Win a tablet", "display-broad", ActivityKind.FORM, "raffle", 9),
)

# fmt: off
FIRST = (
    "Ana", "Jorge", "Marta", "Iker", "Nuria", "Pablo", "Elena", "Diego", "Sofía", "Hugo", "Carmen",
    "Raúl", "Laura", "Marc", "Alba", "Javier", "Emma", "Jonas", "Mia", "Felix", "Lea", "Paul", "Nina",
    "Jan", "Amelie", "Lukas", "Chloé", "Louis", "Camille", "Hugo", "Giulia", "Luca", "Sara", "Matteo",
    "Ingrid", "Lars",
)
# fmt: on
# fmt: off
LAST = (
    "García", "Martín", "Serrano", "Ibáñez", "Ortega", "Blanco", "Castro", "Navarro", "Vega", "Fuentes",
    "Herrera", "Campos", "Meyer", "Schulz", "Becker", "Wolf", "Krause", "Vogel", "Dubois", "Laurent",
    "Moreau", "Rossi", "Bianchi", "Conti", "Hansen", "Berg", "Nilsen",
)
# fmt: on
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
# fmt: off
WORDS = (
    "Alba", "Norte", "Delta", "Forja", "Orion", "Sauce", "Puente", "Ribera", "Acero", "Tejo", "Granit",
    "Kolben", "Werk", "Moulin", "Faro", "Lago",
)
# fmt: on
TRADES = (
    ("Food & beverage", "foods"),
    ("Automotive", "auto"),
    ("Logistics", "logistics"),
    ("Plastics", "plast"),
)
COUNTRIES = (("ES", 60), ("DE", 18), ("FR", 12), ("IT", 6), ("NO", 4))


@dataclass(frozen=True)
class Visitor:
    """Somebody who fills in a form, as they type it."""

    email: str
    first_name: str
    last_name: str
    job_title: str
    company: str
    employees: int
    country: str

    def values(self) -> dict[str, str]:
        return {
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "job_title": self.job_title,
            "company": self.company,
            "employees": str(self.employees),
            "country": self.country,
        }


def open_campaigns(*, at: datetime) -> dict[str, Campaign]:
    return {
        slug: Campaign.objects.create(
            name=name,
            slug=slug,
            source=source,
            cost=Decimal(cost),
            starts_on=(at - timedelta(days=30 * months)).date(),
        )
        for name, slug, source, cost, months in CAMPAIGNS
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


def visitor(chance: random.Random, number: int) -> Visitor:
    """The ``number``-th visitor; the same ``chance`` gives the same people."""
    word, (industry, suffix) = chance.choice(WORDS), chance.choice(TRADES)
    first, last = chance.choice(FIRST), chance.choice(LAST)
    title = weighted(chance, TITLES)
    country = weighted(chance, COUNTRIES)
    size = int(chance.choice((12, 35, 60, 90, 140, 220, 260, 400, 750, 1200)) * chance.uniform(0.8, 1.2))
    domain = f"{word}-{suffix}.example".lower()
    if title == "Student":
        domain, size = "gmail.com", 0
    handle = f"{first}.{last}.{number}".lower().translate(str.maketrans("áéíóúñ", "aeioun"))
    company = f"{word} {industry.split()[0]}" if size else ""
    return Visitor(f"{handle}@{domain}", first, last, title, company, size, country)


def weighted(chance: random.Random, options: tuple[tuple[str, int], ...]) -> str:
    return chance.choices([o for o, _ in options], [w for _, w in options])[0]
