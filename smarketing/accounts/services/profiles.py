"""What people change about themselves, and asking for a new password."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from ..models import User
from ..signals import password_reset_asked
from .audit import changing

OWN_FIELDS = (
    "first_name",
    "last_name",
    "language",
    "time_zone",
    "colour_scheme",
    "keyboard_shortcuts",
    "weekly_mail",
    "nightly_mail",
)


def change_profile(*, user: User, values: Mapping[str, object], muted: Collection[str], at: datetime) -> User:
    """Only what is theirs to change: never role, team or boss. ``muted``: kinds not told inside.

    What ``values`` does not name stays as it is.
    """
    with changing(user, actor=user, at=at):
        given = [name for name in OWN_FIELDS if name in values]
        for name in given:
            setattr(user, name, values[name])
        user.muted_notifications = sorted(muted)
        user.save(update_fields=[*given, "muted_notifications"])
    return user


@transaction.atomic
def ask_password_reset(*, email: str, at: datetime) -> None:
    """Whoever may sign in with that address gets a mail; nobody learns whether there is somebody.

    Sends `password_reset_asked`: the room with the outbox writes the mail.
    """
    for user in User.objects.filter(email__iexact=email.strip(), is_active=True):
        password_reset_asked.send(User, user=user, at=at)
