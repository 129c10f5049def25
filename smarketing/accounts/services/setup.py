"""The first hour of an installation: its company, its first administrator, the steps after that."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ..enums import Role
from ..errors import NotAllowed
from ..models import Organization, User
from ..selectors.setup import is_untouched
from ..signals import company_founded
from .audit import changing, record_created
from .users import lock_people


@transaction.atomic
def found_company(*, company: str, password: str, values: Mapping[str, Any], at: datetime) -> User:
    """The company and its first administrator; sends ``company_founded``. ``values``: fields of ``User``,
    with ``email``.

    Raises NotAllowed once anybody can sign in: two who open the page at once take turns, and the
    second comes too late.
    """
    lock_people()
    if not is_untouched():
        raise NotAllowed(_("Somebody has set this installation up already. Sign in, or ask them."))
    admin = User.objects.create_superuser(password=password, **values)
    record_created(admin, actor=admin, at=at)
    rename_company(name=company, actor=admin, at=at)
    company_founded.send(User, admin=admin, at=at)
    return admin


@transaction.atomic
def rename_company(*, name: str, actor: User, at: datetime) -> Organization:
    """Write down what the company is called. Raises NotAllowed."""
    _must_be_admin(actor)
    company = Organization.objects.select_for_update().first()
    if company is None:
        company = Organization.objects.create(pk=1, name=name)
        record_created(company, actor=actor, at=at)
        return company
    with changing(company, actor=actor, at=at):
        company.name = name
        company.save(update_fields=["name"])
    return company


@transaction.atomic
def tick_step(*, key: str, done: bool, actor: User, at: datetime) -> None:
    """Tick a first step off, or take the tick away. Raises NotAllowed."""
    _must_be_admin(actor)
    company = Organization.objects.select_for_update().get()
    with changing(company, actor=actor, at=at):
        others = [one for one in company.steps_done if one != key]
        company.steps_done = [*others, key] if done else others
        company.save(update_fields=["steps_done"])


@transaction.atomic
def step_was_done(*, key: str, actor: User, at: datetime) -> None:
    """Tick a first step off because somebody has just done it; once, and while the setup goes on."""
    company = Organization.objects.select_for_update().filter(setup_finished_at=None).first()
    if company is None or key in company.steps_done:
        return
    with changing(company, actor=actor, at=at):
        company.steps_done = [*company.steps_done, key]
        company.save(update_fields=["steps_done"])


@transaction.atomic
def finish_setup(*, actor: User, at: datetime) -> None:
    """The first steps are no longer offered by themselves; the first time counts. Raises NotAllowed."""
    _must_be_admin(actor)
    company = Organization.objects.select_for_update().get()
    if company.setup_finished_at is None:
        with changing(company, actor=actor, at=at):
            company.setup_finished_at = at
            company.save(update_fields=["setup_finished_at"])


def _must_be_admin(actor: User) -> None:
    if actor.role != Role.ADMIN or not actor.is_active:
        raise NotAllowed(_("Only administrators set the company up."))
