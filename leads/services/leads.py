"""Writers of one lead: made by hand or by another system, changed with its history kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from smarketing.accounts.enums import REP_ROLES
from smarketing.accounts.models import User

from ..enums import ActivityKind, ActivitySource, ScoreCause
from ..errors import InvalidValues, LeadExists, StaleLead
from ..models import Activity, Company, Lead
from ..rules.edits import Changes, read_changes
from ..rules.identity import InvalidIdentity, company_domain, phone_key
from ..rules.seniority import seniority_of
from ..selectors import leads_visible_to
from ..selectors.prepared import write
from .matching import match_company, private_company, rescore_colleagues
from .readers import refuse_readers
from .scoring import score_lead

CLEARED_TO_NULL = frozenset({"external_id"})


def set_owner(*, lead: Lead, owner: User | None) -> None:
    """Note who owns the lead now (None: nobody); the funnel decides who, and keeps the history.

    A new lead that still waits to be written (``newcomers``) is written with its owner.
    """
    lead.owner = owner
    if not lead._state.adding:
        write("UPDATE leads_lead SET owner_id = %s WHERE id = %s", [owner and owner.pk, lead.pk])


@transaction.atomic
def create_lead(
    *, values: Mapping[str, Any], actor: User | None, at: datetime, source: str = ActivitySource.API
) -> Lead:
    """A new lead with these values (the names of ``rules.edits.EDITABLE``), scored at once.

    It needs an e-mail address, a phone number or an external id. Raises NotAllowed, InvalidValues,
    and LeadExists when one of the three is another lead's. A rep's own find is the rep's from the
    start; everybody else's waits for routing. An activity notes who entered it.
    """
    refuse_readers(actor)
    changes = _checked(values)
    lead = Lead(created_at=at, updated_at=at, custom=_given(changes.custom))
    if actor is not None and actor.role in REP_ROLES:
        lead.owner = actor
    _apply(lead, changes)
    if not (lead.email_key or lead.external_id):
        message = _("An e-mail address, a phone number or an external id is needed.")
        raise InvalidValues({"email": [message]})
    _refuse_taken(lead)
    lead.company = _company_of(lead, changes, at)
    _insert(lead)
    note_change(lead, {"created": True}, actor, at, source)
    score_lead(lead=lead, at=at, cause=ScoreCause.CREATED, actor=actor, created=True, events=[])
    return lead


@transaction.atomic
def update_lead(
    *,
    lead_id: int,
    changes: Mapping[str, Any],
    actor: User | None,
    at: datetime,
    expected: datetime | None = None,
    source: str = ActivitySource.UI,
) -> Lead:
    """Change a lead that ``actor`` may see, keep what it was as a note, score it again.

    ``expected`` is the ``updated_at`` that was read: StaleLead when the lead changed since then.
    Raises NotAllowed, Lead.DoesNotExist (also for a lead the actor may not see), InvalidValues,
    LeadExists.
    Facts of the company are changed for all its leads, who are scored again within a minute.
    """
    visible = leads_visible_to(actor) if actor is not None else Lead.objects.all()
    lead = visible.select_related("company").select_for_update(of=("self",)).get(pk=lead_id)
    refuse_readers(actor)
    if expected is not None and lead.updated_at != expected:
        raise StaleLead(_("Somebody changed this lead in the meantime."))
    if lead.merged_into_id is not None:
        raise StaleLead(_("This lead was merged into another one."))
    read = _checked(changes)
    before = {name: getattr(lead, name) for name in (*read.lead, "seniority")}
    custom_before = dict(lead.custom)
    _apply(lead, read)
    history = {name: [old, getattr(lead, name)] for name, old in before.items() if old != getattr(lead, name)}
    history |= {
        f"custom.{name}": [custom_before.get(name), value]
        for name, value in read.custom.items()
        if custom_before.get(name) != value
    }
    history |= _change_company(lead, read, at)
    if not history:
        return lead
    _refuse_taken(lead)
    lead.updated_at = at
    columns = [*before, "email_key", "custom", "company", "updated_at"]
    lead.save(update_fields=columns)
    note_change(lead, {"changed": history}, actor, at, source)
    score_lead(lead=lead, at=at, cause=ScoreCause.EDITED, actor=actor)
    return lead


def _checked(values: Mapping[str, Any]) -> Changes:
    changes = read_changes(values)
    if changes.errors:
        raise InvalidValues({name: [str(t) for t in texts] for name, texts in changes.errors.items()})
    return changes


def _apply(lead: Lead, changes: Changes) -> None:
    """Put the values on the lead; identity and level follow from what they are derived from."""
    derived = lead.seniority in ("", seniority_of(lead.job_title))
    for name, value in changes.lead.items():
        setattr(lead, name, None if name in CLEARED_TO_NULL and not value else value)
    if "seniority" not in changes.lead and derived:
        lead.seniority = seniority_of(lead.job_title)
    lead.custom = _given({**lead.custom, **changes.custom})
    if "email" in changes.lead or "phone" in changes.lead:
        lead.email_key = _key(lead, changes)


def _key(lead: Lead, changes: Changes) -> str | None:
    if changes.address is not None:
        return changes.address.key
    if lead.email:
        return lead.email_key
    try:
        return phone_key(lead.phone) if lead.phone else None
    except InvalidIdentity as error:
        raise InvalidValues({"phone": [str(error)]}) from None


def _refuse_taken(lead: Lead) -> None:
    """Tell which field is another's; the unique constraints stand behind this for races."""
    others = Lead.objects.exclude(pk=lead.pk)
    if lead.email_key and others.filter(email_key=lead.email_key).exists():
        field = "email" if lead.email else "phone"
        raise LeadExists(_("Another lead has this already."), field=field)
    if lead.external_id and others.filter(external_id=lead.external_id).exists():
        raise LeadExists(_("Another lead has this already."), field="external_id")


def _insert(lead: Lead) -> None:
    try:
        with transaction.atomic():
            lead.save(force_insert=True)
    except IntegrityError:  # somebody else was faster by a moment
        raise LeadExists(_("Another lead has this already."), field="email") from None


def _company_of(lead: Lead, changes: Changes, at: datetime) -> Company | None:
    facts = {"name": lead.company_name, **_given(changes.company)}
    if domain := company_domain(changes.address.domain) if changes.address else "":
        return match_company(domain=domain, facts=facts, at=at)
    return private_company(lead=lead, facts=facts, at=at)


def _change_company(lead: Lead, changes: Changes, at: datetime) -> dict[str, list[Any]]:
    """Facts of the lead's company, and the company itself while there is none; what changed."""
    company = lead.company
    if company is None:
        if changes.company or changes.address is not None:
            lead.company = _company_of(lead, changes, at)
        return {"company": [None, str(lead.company)]} if lead.company else {}
    changed = {}
    for name, value in changes.company.items():
        value = "" if value is None and not Company._meta.get_field(name).null else value
        if getattr(company, name) != value:
            changed[f"company.{name}"] = [_plain(getattr(company, name)), _plain(value)]
            setattr(company, name, value)
    if changed:
        company.save(update_fields=[name.removeprefix("company.") for name in changed])
        rescore_colleagues(company=company, besides=lead.pk, at=at)
    return changed


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | None) else str(value)


def note_change(lead: Lead, data: dict[str, Any], actor: User | None, at: datetime, source: str) -> None:
    """Tell the timeline what a person or another system changed; it earns no points."""
    Activity.objects.create(
        lead=lead,
        kind=ActivityKind.NOTE,
        occurred_at=at,
        recorded_at=at,
        source=source,
        actor=actor,
        data=data,
        is_scored=False,
    )
