"""How far an installation has come."""

from ..models import User


def is_untouched() -> bool:
    """Nobody can sign in yet. Imported people of the past cannot, so they do not count."""
    return not User.objects.filter(is_active=True).exists()


def has_colleagues() -> bool:
    """More than the first administrator; answered by the second row found."""
    return User.objects.filter(is_active=True)[:2].count() > 1
