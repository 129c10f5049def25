"""Hand-overs from the rooms below; ``reconcile`` makes them true if one was ever missed."""

from typing import Any

from django.dispatch import receiver

from funnel.signals import journey_moved, lead_assigned, targets_agreed
from leads.signals import contact_made, form_tried, leads_merged, merge_undone, scoring_agreed
from smarketing.accounts.signals import company_founded, password_reset_asked

from .selectors import agreed, trying
from .services import defaults, following, notices


@receiver(journey_moved, dispatch_uid="sla.journey_moved")
def on_journey_moved(*, journey: Any, move: Any, at: Any, actor: Any, **_: Any) -> None:
    following.follow_move(journey=journey, move=move, at=at, actor=actor)


@receiver(lead_assigned, dispatch_uid="sla.tell_unassigned")
def on_nobody_eligible(*, assignment: Any, at: Any, **_: Any) -> None:
    if assignment.user_id is None:
        notices.tell_unassigned(assignment=assignment, at=at)


@receiver(lead_assigned, dispatch_uid="sla.tell_assigned")
def on_somebody_assigned(*, assignment: Any, at: Any, actor: Any, **_: Any) -> None:
    notices.tell_assigned(assignment=assignment, actor=actor, at=at)


@receiver(lead_assigned, dispatch_uid="sla.lead_assigned")
def on_lead_assigned(*, journey: Any, assignment: Any, previous_owner_id: Any, at: Any, **_: Any) -> None:
    following.follow_assignment(
        journey=journey, assignment=assignment, previous_owner_id=previous_owner_id, at=at
    )


@receiver(contact_made, dispatch_uid="sla.contact_made")
def on_contact_made(*, lead: Any, activity: Any, at: Any, **_: Any) -> None:
    following.follow_contact(lead=lead, activity=activity, at=at)


@receiver([leads_merged, merge_undone], dispatch_uid="sla.merge")
def on_merge(*, merge: Any, at: Any, **_: Any) -> None:
    following.follow_merge(merge=merge, at=at)


@receiver(form_tried, dispatch_uid="sla.form_tried")
def on_form_tried(*, lead: Any, **_: Any) -> Any:
    return trying.steps_of_trial(lead)


@receiver(password_reset_asked, dispatch_uid="sla.password_reset_asked")
def on_password_reset_asked(*, user: Any, at: Any, **_: Any) -> None:
    notices.send_password_link(user=user, at=at)


@receiver(company_founded, dispatch_uid="sla.company_founded")
def on_company_founded(*, admin: Any, at: Any, **_: Any) -> None:
    defaults.move_to_zone(time_zone=admin.time_zone, at=at)


@receiver(scoring_agreed, dispatch_uid="sla.scoring_agreed")
def on_scoring_asked(*, at: Any, **_: Any) -> Any:
    return agreed.agreed_scoring(at)


@receiver(targets_agreed, dispatch_uid="sla.targets_agreed")
def on_targets_asked(*, month: Any, at: Any, **_: Any) -> Any:
    return agreed.agreed_month(month, at)
