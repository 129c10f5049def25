"""How far the agreement of a new installation has come."""

from smarketing.accounts.models import ConfigChange


def has_own_calendar() -> bool:
    """Somebody has changed a working calendar; the one installed first only guesses."""
    return ConfigChange.objects.filter(kind="sla.calendar", actor__isnull=False).exists()
