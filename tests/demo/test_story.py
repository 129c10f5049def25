"""What a visitor of the demo finds: a company at work, with its trouble."""

import pytest
from django.db.models import Q
from django.utils import timezone

from funnel.enums import Move, OpportunityStatus, Reason, Stage, Status
from funnel.models import Assignment, Journey, Opportunity, ReturnDecision, SavedView, StageChange
from leads.enums import ImportStatus, SubmissionStatus
from leads.models import Form, Import, Lead, Merge, Notification, Submission
from sla.enums import ClockKind, ClockState
from sla.models import Calendar, Clock
from sla.rules.calendar import working_between
from sla.selectors.policies import company_calendar
from smarketing.accounts.models import Organization, User
from smarketing.demo.market import FORMS, POOR
from smarketing.demo.people import DOMAIN

from .conftest import LEADS

pytestmark = pytest.mark.django_db


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@{DOMAIN}")


def waiting() -> list[Clock]:
    return list(Clock.objects.ticking().filter(kind=ClockKind.FIRST_CONTACT))


def test_leads_wait_for_a_first_contact_in_time_and_late() -> None:
    assert {clock.due_at > timezone.now() for clock in waiting()} == {True, False}


def test_nobody_waits_for_a_first_contact_longer_than_a_working_day() -> None:
    calendar = company_calendar()
    assert calendar is not None
    assert max(working_between(calendar, one.started_at, timezone.now()) for one in waiting()) < 9 * 3600


def test_decisions_are_due_in_the_next_days() -> None:
    kinds = (ClockKind.DECISION, ClockKind.AE_DECISION)
    assert Clock.objects.filter(kind__in=kinds, state=ClockState.RUNNING, due_at__gt=timezone.now()).exists()


def test_deals_are_open_won_and_lost_with_reasons() -> None:
    assert set(Opportunity.objects.values_list("status", flat=True)) == set(OpportunityStatus)
    assert not Opportunity.objects.filter(status=OpportunityStatus.LOST, reason="").exists()
    assert Opportunity.objects.exclude(next_step="").exclude(name="").exists()


def test_breaches_were_made_good() -> None:
    assert Clock.objects.filter(kind=ClockKind.FIRST_CONTACT, state=ClockState.MET_LATE).exists()


def test_leads_of_who_is_on_leave_were_given_away() -> None:
    priya = person("priya")
    assert priya.absences.filter(starts_at__lte=timezone.now(), ends_at__gt=timezone.now()).exists()
    assert not Journey.objects.filter(
        is_current=True, lead__owner=priya, stage=Stage.MQL, status__in=(Status.ACTIVE, Status.POSTPONED)
    ).exists()
    taken = Assignment.objects.filter(actor=person("renata"), decision__reason="Priya is on leave.")
    assert taken.filter(decision__before=priya.pk).exclude(user=priya).exists()


def test_one_campaign_does_not_convert() -> None:
    from_poor = Journey.objects.filter(campaign__slug=POOR)
    assert from_poor.exists() and not from_poor.filter(status=Status.WON).exists()
    assert Journey.objects.exclude(campaign__slug=POOR).filter(status=Status.WON).exists()


def test_a_definition_drifts_and_is_asked_about() -> None:
    """In the full story; this one is too short to say so."""
    small = Q(company__employees__lt=200) | Q(company=None)
    leads = Lead.objects.filter(small, seniority="director")
    verdicts = set(
        StageChange.objects.filter(lead__in=leads, move=Move.RECYCLE).values_list("reason", flat=True)
    )
    assert Reason.NO_AUTHORITY in verdicts


def test_marketing_decided_about_most_of_what_came_back() -> None:
    returned = StageChange.objects.filter(move=Move.RECYCLE)
    undecided = returned.filter(decisions=None).count()
    assert undecided < returned.count() / 2
    assert ReturnDecision.objects.exists()


def test_some_submissions_are_in_quarantine_and_one_keeps_failing() -> None:
    kept = Submission.objects.filter(status=SubmissionStatus.QUARANTINED).count()
    assert (kept, Submission.objects.filter(status=SubmissionStatus.FAILED).count()) == (3, 1)


def test_a_file_was_imported() -> None:
    (imported,) = Import.objects.all()
    assert (imported.status, imported.total, imported.results["failed"]) == (ImportStatus.DONE, 25, 1)


def test_two_leads_were_one_person() -> None:
    assert Merge.objects.count() == 1


def test_lists_are_kept_for_oneself_and_for_others() -> None:
    named = SavedView.objects.exclude(name="")
    assert set(named.values_list("sharing", flat=True)) == set(SavedView.Sharing)


def test_the_company_has_a_name_and_keeps_spanish_holidays() -> None:
    assert Organization.objects.get().name == "Lumen Robotics"
    calendar = Calendar.objects.get()
    assert calendar.time_zone == "Europe/Madrid"
    assert calendar.holidays.filter(day__month=12, day__day=25).exists()


def test_leads_have_numbers_and_say_what_they_need() -> None:
    assert Lead.objects.exclude(phone="").count() > LEADS / 4
    assert Lead.objects.exclude(budget="").exclude(need="").exclude(timeline="").exists()


def test_sources_have_names_that_people_use() -> None:
    assert not Lead.objects.filter(source__contains="_").exists()


def test_most_notifications_were_read() -> None:
    told = Notification.objects.exclude(user=person("admin"))
    assert told.filter(read_at=None).count() < told.count() / 2


def test_every_form_brought_somebody() -> None:
    assert Form.objects.filter(submissions__isnull=False).distinct().count() == len(FORMS)
