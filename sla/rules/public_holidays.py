"""Public holidays by country and region, computed by the holidays library; nothing is downloaded.

The library is loaded by whoever asks first: that takes a tenth of a second, and most processes never do.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """(two-letter code, English name), by name."""
    import holidays
    from holidays.registry import COUNTRIES

    known = holidays.list_supported_countries(include_aliases=False)
    rows = ((names[1], re.sub(r"(?<=[a-z])(?=[A-Z])", " ", names[0])) for names in COUNTRIES.values())
    return tuple(sorted(((code, name) for code, name in rows if code in known), key=lambda row: row[1]))


@cache
def regions(country: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of the regions of a country that have holidays of their own; the code when nameless."""
    import holidays

    if country not in dict(countries()):
        return ()
    found = holidays.country_holidays(country)
    names: dict[str, str] = {}
    for name, code in found.subdivisions_aliases.items():
        names.setdefault(code, name)
    return tuple(
        sorted(((code, names.get(code, code)) for code in found.subdivisions), key=lambda row: row[1])
    )


def public_holidays(*, country: str, region: str = "", years: Iterable[int]) -> dict[date, str]:
    """Days off with their names in the country's own language, in order. Empty for unknown places."""
    import holidays

    if country not in dict(countries()) or (region and region not in dict(regions(country))):
        return {}
    language = holidays.country_holidays(country).default_language
    found = holidays.country_holidays(country, subdiv=region or None, years=sorted(years), language=language)
    return dict(sorted(found.items()))
