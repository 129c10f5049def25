"""An agreement in force sets targets, deadlines and scoring, and nobody else does."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import funnel.errors
import leads.errors
from funnel.enums import Stage
from funnel.models import StageTarget
from funnel.services.targets import set_targets
from leads.enums import RuleSetStatus
from leads.models import RuleSet, Threshold
from leads.services.drafts import create_draft, draft_from_live
from leads.services.editing import discard_draft
from leads.services.publishing import publish
from sla.enums import AgreedPart, ClockKind, PromiseKind, TimeBase
from sla.errors import AgreedNumber, AgreementStands
from sla.models import Agreement, Policy
from sla.rules.policy import Step
from sla.selectors.agreed import conflicts_of
from sla.services.defaults import install_defaults
from sla.services.drafting import Promised, new_version
from sla.services.in_force import enter_due, restore
from sla.services.policies import save_policy
from sla.services.signing import propose
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user

from .agreeing import NOON, PROMISES, drafted, live_rules, sign_both, signed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
APRIL, MAY, JUNE, JULY = (date(2026, month, 1) for month in (4, 5, 6, 7))


@pytest.fixture(autouse=True)
def defaults() -> None:
    install_defaults(at=NOON)


def targets(stage: Stage) -> list[tuple[int, int]]:
    rows = StageTarget.objects.filter(stage=stage).order_by("month")
    return [(row.month.month, row.count) for row in rows]


def first_contact() -> Policy:
    return Policy.objects.get(kind=ClockKind.FIRST_CONTACT)


def save(policy: Policy | None = None, **changed: Any) -> Policy:
    names = ("name", "kind", "position", "conditions", "calendar", "time_base", "minutes", "attempts")
    known = policy or first_contact()
    values = {name: getattr(known, name) for name in (*names, "is_active")}
    steps = [Step(step.offset, tuple(step.recipients)) for step in known.steps.all()]
    return save_policy(
        policy=policy, values={**values, **changed}, steps=steps, actor=make_user(role=Role.ADMIN), at=NOON
    )


def head() -> User:
    return make_user(role=Role.MANAGER)


def rules(fit: int) -> RuleSet:
    draft = draft_from_live(actor=None, at=NOON)
    draft.thresholds.update(min_fit=fit)
    return draft


class TestEntering:
    def test_targets_are_the_plan_by_month_and_what_marketing_promises(self) -> None:
        signed()
        assert targets(Stage.NEW_NAME) == [(4, 1055), (5, 1090), (6, 1055)]
        assert targets(Stage.CUSTOMER) == [(4, 33), (5, 34), (6, 33)]
        assert targets(Stage.MQL) == [(4, 270), (5, 270), (6, 270)]

    def test_deadlines_and_attempts_are_those_that_were_promised(self) -> None:
        made = signed()
        policy = first_contact()
        assert (policy.minutes, policy.attempts, policy.time_base) == (10, 6, TimeBase.WORKING)
        week = Policy.objects.get(kind=ClockKind.DECISION)
        assert (week.minutes, week.time_base) == (5 * 1440, TimeBase.WALL)
        assert Policy.objects.get(kind=ClockKind.AE_DECISION).minutes == 7 * 1440
        assert (made.entered_at, conflicts_of(made).parts) == (NOON, [])

    def test_a_draft_of_the_rules_goes_live(self) -> None:
        live_rules()
        agreed = rules(50)
        signed(terms={"rule_set": agreed})
        agreed.refresh_from_db()
        assert agreed.status == RuleSetStatus.LIVE

    def test_signed_early_it_waits_for_its_first_day(self) -> None:
        made = signed(at=NOON - 20 * DAY)
        assert (made.entered_at, StageTarget.objects.count()) == (None, 0)
        assert [enter_due(at=at) for at in (NOON - DAY, NOON, NOON)] == [0, 1, 0]
        made.refresh_from_db()
        assert (made.entered_at, len(targets(Stage.MQL))) == (NOON, 3)

    def test_a_new_version_sets_the_months_from_its_own_on(self) -> None:
        first = signed()
        at = datetime(2026, 5, 15, 9, tzinfo=UTC)
        second = new_version(agreement=first, actor=head(), at=at)
        second.promises.filter(kind=PromiseKind.MQLS).update(amount=300)
        sign_both(propose(agreement=second, actor=head(), at=at), at=at)
        assert targets(Stage.MQL) == [(4, 270), (5, 300), (6, 300)]

    def test_mqls_by_source_add_up_and_a_month_in_part_holds_its_part(self) -> None:
        by_source = (
            Promised(PromiseKind.MQLS, amount=Decimal(60), source="ads"),
            Promised(PromiseKind.MQLS, amount=Decimal(30), source="fair"),
            *PROMISES[1:],
        )
        signed(promises=by_source, last_day=date(2026, 5, 10))
        assert targets(Stage.MQL) == [(4, 90), (5, 29)]

    def test_what_cannot_be_set_is_a_conflict_and_stops_nothing(self) -> None:
        """The ladder warns two minutes before the end of a window that would have two."""
        short = (PROMISES[0], Promised(PromiseKind.FIRST_CONTACT, minutes=2, target_percent=Decimal(90)))
        made = signed(promises=short)
        assert (first_contact().minutes, len(targets(Stage.MQL))) == (5, 3)
        assert [(one.field, one.agreed, one.actual) for one in conflicts_of(made).policies] == [
            ("minutes", 2, 5)
        ]


class TestOneSource:
    def test_targets_of_its_months_are_set_nowhere_else(self) -> None:
        signed()
        boss = head()
        for month in (APRIL, date(2026, 6, 17)):
            with pytest.raises(funnel.errors.AgreedNumber, match="Spring"):
                set_targets(month=month, counts={Stage.MQL: 1}, actor=boss, at=NOON)
        for month in (date(2026, 3, 1), JULY):
            set_targets(month=month, counts={Stage.MQL: 1}, actor=boss, at=NOON)
        assert targets(Stage.MQL) == [(3, 1), (4, 270), (5, 270), (6, 270), (7, 1)]

    def test_months_that_are_over_keep_what_was_agreed(self) -> None:
        signed()
        with pytest.raises(funnel.errors.AgreedNumber):
            set_targets(month=JUNE, counts={Stage.MQL: 1}, actor=head(), at=NOON + 200 * DAY)

    @pytest.mark.parametrize(
        "changed",
        [
            {"minutes": 9},
            {"minutes": 11},
            {"attempts": 5},
            {"time_base": TimeBase.WALL},
            {"is_active": False},
            {"kind": ClockKind.DECISION},
            {"conditions": [{"field": "country", "operator": "equals", "value": "ES"}]},
        ],
    )
    def test_the_policy_stays_as_agreed(self, changed: dict[str, Any]) -> None:
        signed()
        with pytest.raises(AgreedNumber, match="Spring says this"):
            save(first_contact(), **changed)

    def test_what_is_not_agreed_of_a_policy_may_change(self) -> None:
        signed()
        save(first_contact(), name="Quick")
        save(Policy.objects.get(kind=ClockKind.AE_DECISION), minutes=3 * 1440)
        assert first_contact().name == "Quick"

    def test_some_leads_may_be_promised_more_and_never_less(self) -> None:
        signed()
        spain = [{"field": "country", "operator": "equals", "value": "ES"}]
        save(name="Spain", conditions=spain, minutes=4, attempts=7, position=0)
        Policy.objects.filter(name__startswith="First").update(position=5)
        with pytest.raises(AgreedNumber):
            save(Policy.objects.get(name="Spain"), minutes=30)
        with pytest.raises(AgreedNumber):
            save(Policy.objects.get(name="Spain"), conditions=[])

    def test_other_rules_are_not_published(self) -> None:
        signed()
        other = rules(90)
        with pytest.raises(leads.errors.AgreedNumber, match="Spring"):
            publish(rule_set_id=other.pk, actor=head(), at=NOON)
        same = draft_from_live(actor=None, at=NOON)
        publish(rule_set_id=same.pk, actor=head(), at=NOON)
        assert RuleSet.objects.get(status=RuleSetStatus.LIVE) == same

    def test_after_it_everything_is_free_again(self) -> None:
        signed()
        later = NOON + 200 * DAY
        publish(rule_set_id=rules(90).pk, actor=head(), at=later)
        set_targets(month=date(2026, 10, 1), counts={Stage.MQL: 1}, actor=head(), at=later)
        assert RuleSet.objects.get(status=RuleSetStatus.LIVE).thresholds.get().min_fit == 90

    def test_a_draft_of_rules_that_is_named_is_not_thrown_away(self) -> None:
        live_rules()
        agreed = rules(50)
        drafted(terms={"rule_set": agreed})
        with pytest.raises(leads.errors.InvalidValue, match="names version 2"):
            discard_draft(rule_set_id=agreed.pk, actor=head(), at=NOON)


class TestConflicts:
    def test_each_part_is_found_and_set_back(self) -> None:
        made, boss = signed(), head()
        StageTarget.objects.filter(month=MAY, stage=Stage.MQL).update(count=1)
        StageTarget.objects.filter(month=JUNE, stage=Stage.SQL).delete()
        Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(minutes=60)
        other = create_draft(actor=None, at=NOON)
        Threshold.objects.create(rule_set=other, stage="mql", min_fit=1)
        RuleSet.objects.filter(status=RuleSetStatus.LIVE).update(status=RuleSetStatus.RETIRED)
        RuleSet.objects.filter(pk=other.pk).update(status=RuleSetStatus.LIVE, published_at=NOON)
        found = conflicts_of(made)
        assert found.targets == {MAY: {Stage.MQL: (270, 1)}, JUNE: {Stage.SQL: (132, None)}}
        assert [(one.field, one.agreed, one.actual) for one in found.policies] == [("minutes", 10, 60)]
        for part in AgreedPart:
            assert part in conflicts_of(made).parts
            restore(agreement=made, part=part, actor=boss, at=NOON)
            assert part not in conflicts_of(made).parts
        assert RuleSet.objects.get(status=RuleSetStatus.LIVE).thresholds.get().min_fit == 30

    def test_rules_that_were_changed_after_they_were_agreed_are_not_published(self) -> None:
        live_rules()
        agreed = rules(50)
        made = drafted(terms={"rule_set": agreed})
        propose(agreement=made, actor=head(), at=NOON)
        agreed.thresholds.update(min_fit=5)
        made = sign_both(Agreement.objects.get(pk=made.pk))
        assert conflicts_of(made).parts == [AgreedPart.SCORING]
        with pytest.raises(leads.errors.StaleRules):
            restore(agreement=made, part=AgreedPart.SCORING, actor=head(), at=NOON)
        with pytest.raises(leads.errors.AgreedNumber):
            publish(rule_set_id=agreed.pk, actor=head(), at=NOON)

    def test_no_policy_for_every_lead_is_a_conflict(self) -> None:
        made = signed()
        Policy.objects.filter(kind=ClockKind.DECISION).update(is_active=False)
        assert [(one.kind, one.policy_id) for one in conflicts_of(made).policies] == [("decision", None)]

    @pytest.mark.parametrize("role", [Role.MARKETER, Role.SDR, Role.AE, Role.EXECUTIVE])
    def test_only_the_heads_set_it_back(self, role: Role) -> None:
        made = signed()
        with pytest.raises(funnel.errors.NotAllowed):
            restore(agreement=made, part=AgreedPart.TARGETS, actor=make_user(role=role), at=NOON)

    def test_only_what_is_in_force_is_set(self) -> None:
        with pytest.raises(AgreementStands):
            restore(agreement=drafted(), part=AgreedPart.TARGETS, actor=head(), at=NOON)
