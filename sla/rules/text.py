"""Text for places that hold one line."""


def one_line(text: str) -> str:
    """Printable and without line breaks: what a header may hold."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
