"""English is read on both sides of the Atlantic: the month is a word, the clock has 24 hours."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
MONTH_DAY_FORMAT = "j F"
FIRST_DAY_OF_WEEK = 1
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d %b %Y", "%d %B %Y"]

# Django names no such formats; smarketing/accounts/dates.py asks for them.
SHORT_DAY_FORMAT = "j M"
WEEKDAY_FORMAT = "D j M"
LONG_DAY_FORMAT = "l, j F Y"
SHORT_MONTH_FORMAT = "M Y"
CAPITALS = True
