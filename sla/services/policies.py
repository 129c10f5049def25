"""What follows an edit of policies and calendars."""

from uuid import uuid4

from django.db import transaction

from ..models import PolicyRevision


@transaction.atomic
def renew_policies() -> None:
    """Tell every process that a policy or a calendar has changed, once this transaction commits.

    Running clocks keep the values they copied; the next clock starts by the new ones.
    """
    PolicyRevision.objects.update_or_create(pk=1, defaults={"token": uuid4()})
