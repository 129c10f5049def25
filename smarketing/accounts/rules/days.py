"""Days that people can mean."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
"""Before and after them there is still a midnight, a day before and a day after in every time zone."""


def check_day(day: date) -> None:
    """Raise ValidationError for a day that nobody can mean, such as the 31st of December 9999."""
    if not FIRST <= day <= LAST:
        raise ValidationError(
            _("Choose a day between %(first)s and %(last)s."),
            code="day",
            params={"first": FIRST.year, "last": LAST.year},
        )
