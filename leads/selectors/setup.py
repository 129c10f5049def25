"""How far the intake of a new installation has come."""

from ..models import Form, Submission


def has_forms() -> bool:
    return Form.objects.exists()


def has_submissions() -> bool:
    return Submission.objects.exists()
