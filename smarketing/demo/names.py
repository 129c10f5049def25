"""People and companies of the demo: they sound real, none exists, and no mail or call reaches anybody.

Addresses end in ``.example``; numbers are of ranges that are not given out or kept for films.
"""

import random
import unicodedata
from dataclasses import dataclass

# fmt: off
FIRST = {
    "ES": ("Ana", "Jorge", "Marta", "Iker", "Nuria", "Pablo", "Elena", "Diego", "Sofía", "Hugo", "Carmen",
           "Raúl", "Laura", "Marc", "Alba", "Javier", "Pilar", "Andrés", "Inmaculada", "Sergio"),
    "DE": ("Emma", "Jonas", "Mia", "Felix", "Lea", "Paul", "Nina", "Jan", "Katrin", "Lukas"),
    "FR": ("Chloé", "Louis", "Camille", "Antoine", "Amélie", "Julien", "Manon", "Théo"),
    "PT": ("Beatriz", "Tiago", "Mariana", "João", "Rita", "Duarte"),
}
LAST = {
    "ES": ("García", "Martín", "Serrano", "Ibáñez", "Ortega", "Blanco", "Castro", "Navarro", "Vega",
           "Fuentes", "Herrera", "Campos", "Aguirre", "Montero", "Peña", "Solano", "Lozano", "Bravo"),
    "DE": ("Meyer", "Schulz", "Becker", "Wolf", "Krause", "Vogel", "Hoffmann", "Lindner"),
    "FR": ("Dubois", "Laurent", "Moreau", "Girard", "Lefèvre", "Rousseau", "Fontaine"),
    "PT": ("Sousa", "Carvalho", "Almeida", "Teixeira", "Pinto", "Moura"),
}
MAKES: dict[str, tuple[tuple[str, str], ...]] = {
    # what the company is called by, and its industry
    "ES": (("Conservas", "Food & beverage"), ("Talleres", "Metal"), ("Plásticos", "Plastics"),
           ("Bodegas", "Food & beverage"), ("Cerámicas", "Ceramics"), ("Embalajes", "Packaging"),
           ("Logística", "Logistics"), ("Fundiciones", "Metal"), ("Lácteos", "Food & beverage"),
           ("Recambios", "Automotive"), ("Papelera", "Packaging"), ("Aceites", "Food & beverage")),
    "DE": (("Werkzeugbau", "Metal"), ("Getränke", "Food & beverage"), ("Kunststoffwerk", "Plastics")),
    "FR": (("Ateliers", "Metal"), ("Emballages", "Packaging"), ("Laiterie", "Food & beverage")),
    "PT": (("Cortiças", "Packaging"), ("Moldes", "Plastics"), ("Transportes", "Logistics")),
}
PLACES = {
    "ES": ("Urbialde", "Valdehoz", "Montsanet", "Ribarroja Norte", "Sotoverde", "Altomira", "Arlanza Sur"),
    "DE": ("Hartmoor", "Lindenaue", "Kolbental", "Westerbruch"),
    "FR": ("Vaubrun", "Clairmont-sur-Orge", "Bellerive", "Saint-Aubrac"),
    "PT": ("Vale Mourão", "Serra Alta", "Ribalonga"),
}
ENDINGS = {"ES": "S.L.", "DE": "GmbH", "FR": "SAS", "PT": "Lda."}
SIZES = (14, 28, 45, 60, 85, 120, 160, 210, 260, 320, 450, 780, 1300)
COUNTRIES = (("ES", 64), ("DE", 14), ("FR", 13), ("PT", 9))
NUMBERS = {
    "ES": ("+34 555 {0:03} {1:03}",),
    "DE": ("+49 30 23125 {0:03}", "+49 171 39200{2:02}"),
    "FR": ("+33 1 99 00 {2:02} {3:02}", "+33 6 39 98 {2:02} {3:02}"),
}
# fmt: on


@dataclass(frozen=True)
class Firm:
    name: str
    domain: str
    industry: str
    country: str
    employees: int


def firms() -> dict[str, tuple[Firm, ...]]:
    """By country; the same every time."""
    return {country: tuple(_firms_of(country)) for country in MAKES}


def _firms_of(country: str) -> list[Firm]:
    found = []
    for row, (make, industry) in enumerate(MAKES[country]):
        for column, place in enumerate(PLACES[country]):
            if (row + column) % 2:
                continue
            size = SIZES[(row * 5 + column * 3) % len(SIZES)]
            name, domain = f"{make} {place}", f"{ascii_of(make)}-{ascii_of(place)}.example"
            found.append(Firm(f"{name} {ENDINGS[country]}", domain, industry, country, size))
    return found


def ascii_of(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", "-")


def number_in(country: str, chance: random.Random) -> str:
    """Blank where no range is known to be nobody's."""
    patterns = NUMBERS.get(country)
    if patterns is None:
        return ""
    digits = [chance.randint(0, 999) for _ in range(2)] + [chance.randint(0, 99) for _ in range(2)]
    return chance.choice(patterns).format(*digits)
