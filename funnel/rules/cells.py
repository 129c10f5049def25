"""Cells of files that people open in spreadsheets."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def inert(value: str) -> str:
    """A cell that a spreadsheet would take for a formula is quoted."""
    value = value.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value
