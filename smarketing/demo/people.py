"""Who works at the demo company. Every name is made up; mail goes to a domain that cannot exist."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import Absence, Team, User

PASSWORD = "smarketing-demo"  # shown on the terminal at every start
DOMAIN = "lumen-robotics.example"

STAFF: tuple[tuple[str, str, Role, str, str, str], ...] = (
    # first name, last name, role, team, reports to, language
    ("Helena", "Vidal", Role.EXECUTIVE, "", "", "es"),
    ("Marcus", "Lindt", Role.MANAGER, "Marketing", "helena", "en"),
    ("Clara", "Osei", Role.MARKETER, "Marketing", "marcus", "en"),
    ("Bruno", "Acosta", Role.MARKETER, "Marketing", "marcus", "es"),
    ("Renata", "Molina", Role.MANAGER, "Sales", "helena", "es"),
    ("Tom", "Brandt", Role.SDR, "Sales development", "renata", "en"),
    ("Lucía", "Ferrer", Role.SDR, "Sales development", "renata", "es"),
    ("Priya", "Nair", Role.SDR, "Sales development", "renata", "en"),
    ("Oskar", "Weiss", Role.AE, "Account executives", "renata", "en"),
    ("Inés", "Prado", Role.AE, "Account executives", "renata", "es"),
    ("Admin", "Lumen", Role.ADMIN, "", "helena", "en"),
)
SHOWN = ("helena", "renata", "clara", "tom", "oskar", "admin")
"""One sign-in per role for the terminal, the CEO first."""

LEAVES: tuple[tuple[str, int, int, str], ...] = (
    # who, first and last day from now, note
    ("lucia", -110, -96, "Summer holiday"),
    ("ines", -75, -68, "Training"),
    ("priya", -4, 10, "Holiday"),
)


def hire(*, at: datetime) -> dict[str, User]:
    """Everybody, by lower-case first name, with their leaves; SDR Priya is on leave around ``at``."""
    marketing = Team.objects.create(name="Marketing", side=Side.MARKETING)
    sales = Team.objects.create(name="Sales", side=Side.SALES)
    teams = {"Marketing": marketing, "Sales": sales}
    for name in ("Sales development", "Account executives"):
        teams[name] = Team.objects.create(name=name, side=Side.SALES, parent=sales)
    people: dict[str, User] = {}
    # One slow hash for everybody: eleven of them would be most of the demo's start.
    hashed = User(email="x")
    hashed.set_password(PASSWORD)
    for first, last, role, team, boss, language in STAFF:
        people[key(first)] = User.objects.create(
            email=f"{key(first)}@{DOMAIN}",
            external_id=key(first),
            first_name=first,
            last_name=last,
            role=role,
            team=teams.get(team),
            reports_to=people.get(boss),
            language=language,
            time_zone="Europe/Madrid",
            is_staff=role == Role.ADMIN,
            is_superuser=role == Role.ADMIN,
            password=hashed.password,
        )
    today = at.astimezone(ZoneInfo("Europe/Madrid")).replace(hour=0, minute=0, second=0, microsecond=0)
    for name, first_day, last_day, note in LEAVES:
        Absence.objects.create(
            user=people[name],
            starts_at=today + timedelta(days=first_day),
            ends_at=today + timedelta(days=last_day + 1),
            note=note,
        )
    return people


def key(first_name: str) -> str:
    return first_name.lower().replace("í", "i").replace("é", "e")
