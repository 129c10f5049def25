"""Cells of files that people open in spreadsheets."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def inert(value: str) -> str:
    """A cell that a spreadsheet would take for a formula is quoted."""
    value = value.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def plain(value: str) -> str:
    """What ``inert`` quoted, as it was: our own files come back as they went."""
    return value[1:] if value.startswith("'") and value[1:].startswith(FORMULA_STARTS) else value
