"""What Django's Spanish formats do not name. Months and weekdays are written small."""

SHORT_DAY_FORMAT = "j b"
WEEKDAY_FORMAT = "D j b"
LONG_DAY_FORMAT = r"l, j \d\e F \d\e Y"
SHORT_MONTH_FORMAT = "b Y"
CAPITALS = False
