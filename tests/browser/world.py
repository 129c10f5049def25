"""What the browser tests look at: one person for each role, and one lead with markup in every field."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import CharField, Model, TextField

from funnel.models import Journey
from leads.enums import ActivityKind
from leads.models import Activity, Company, Lead, Persona, Rule, RuleGroup, Submission
from leads.services.drafts import draft_from_live
from leads.services.intake import Visit, receive
from sla.models import Agreement
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.pools import make_pool
from tests.leads.factories import NOW, live_rule_set, make_campaign, make_form
from tests.sla.agreeing import drafted
from tests.sla.factories import make_policy

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }}{% debug %}",
    "javascript:alert(1)",
    "'-alert(1)-'",
)


@dataclass(frozen=True)
class World:
    lead_id: int
    people: dict[Role, User]
    draft_id: int
    rule_id: int
    persona_id: int
    agreement_id: int
    campaign_id: int
    form_id: UUID

    @property
    def journey_id(self) -> int:
        """Where the lead stands now."""
        return Journey.objects.get(lead=self.lead_id, is_current=True).pk


def build_world() -> World:
    """A form made the lead; it is routed to the SDR, whose boss is the manager, and has a clock."""
    live_rule_set(at=NOW)
    make_policy()
    boss = make_user(role=Role.EXECUTIVE, email="executive@example.com")
    manager = make_user(role=Role.MANAGER, email="manager@example.com", reports_to=boss)
    people = {Role.EXECUTIVE: boss, Role.MANAGER: manager}
    for role in (Role.SDR, Role.AE, Role.MARKETER, Role.ADMIN):
        people[role] = make_user(role=role, email=f"{role}@example.com", reports_to=manager)
    make_pool(people[Role.SDR])
    lead_id = receive_lead()
    quarantine_another()
    mark_up(Lead, "email", "custom")
    mark_up(Company, "domain")
    mark_up(Activity)
    User.objects.filter(pk=people[Role.SDR].pk).update(last_name=PAYLOADS[1])
    rule = make_draft(people[Role.MARKETER])
    persona = Persona.objects.earliest("position")
    Persona.objects.filter(pk=persona.pk).update(name=PAYLOADS[1], description=PAYLOADS[0])
    agreement = make_agreement(people, persona)
    form = Submission.objects.get(lead=lead_id).form
    assert form is not None and form.campaign_id is not None
    return World(
        lead_id,
        people,
        rule.group.rule_set_id,
        rule.pk,
        persona.pk,
        agreement.pk,
        form.campaign_id,
        form.pk,
    )


def make_agreement(people: dict[Role, User], persona: Persona) -> Agreement:
    """A draft with markup in what people type, that lacks nothing but its second head."""
    days = {"first_day": NOW.date(), "last_day": NOW.date() + timedelta(days=900)}
    return drafted(
        terms={"marketing_head": people[Role.EXECUTIVE], "sales_head": None, "notes": PAYLOADS[0]},
        personas=[persona.pk],
        name=PAYLOADS[1],
        **days,
    )


def make_draft(author: User) -> Rule:
    """New rules with markup in their texts; the one that is returned counts otherwise than the live one."""
    draft = draft_from_live(actor=author, at=NOW, note=PAYLOADS[0])
    rule = Rule.objects.filter(group__rule_set=draft, field="company.employees").get()
    RuleGroup.objects.filter(pk=rule.group_id).update(name=PAYLOADS[1])
    Rule.objects.filter(pk=rule.pk).update(name=PAYLOADS[0], points=7)
    return rule


def receive_lead() -> int:
    campaign = make_campaign(name=PAYLOADS[1])
    form = make_form(activity_kind=ActivityKind.CONTACT_REQUEST, asset=PAYLOADS[0], campaign=campaign)
    posted = {
        "email": "ana@acme.example",
        "first_name": PAYLOADS[0],
        "last_name": PAYLOADS[1],
        "job_title": "CEO " + PAYLOADS[2],
        "company": PAYLOADS[1],
        "phone": "+34 600 000 000",
        "employees": "250",
        "country": "ES",
        "need": PAYLOADS[2],
        "utm_source": PAYLOADS[1],
        "utm_campaign": PAYLOADS[0],
        "something else " + PAYLOADS[0]: PAYLOADS[1],
    }
    visit = Visit(referer="https://example.com/?q=" + PAYLOADS[1])
    receipt = receive(form=form, posted=list(posted.items()), visit=visit, at=NOW)
    lead_id = Submission.objects.get(pk=receipt.submission_id).lead_id
    assert lead_id is not None
    return lead_id


def quarantine_another() -> None:
    """Who filled the trap waits in the inbox, and became nobody's lead."""
    form = make_form(honeypot="website")
    posted = {"email": "bot@bots.example", "website": PAYLOADS[1], "need": PAYLOADS[0]}
    receive(form=form, posted=list(posted.items()), visit=Visit(), at=NOW)


def mark_up(model: type[Model], *but: str) -> None:
    """Markup in every text of every row, also in those that no form fills."""
    texts = [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField)
        and field.name not in but
        and not (field.choices or field.unique or field.primary_key)
        and (field.max_length is None or field.max_length > len(PAYLOADS[1]))
    ]
    values = {field.name: PAYLOADS[number % len(PAYLOADS)] for number, field in enumerate(texts)}
    model._default_manager.update(**values)
