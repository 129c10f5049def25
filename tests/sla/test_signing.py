"""From draft to signed: who may, what is frozen, and that the database keeps it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from funnel.errors import NotAllowed
from sla.enums import AgreementStatus, PromiseKind
from sla.errors import AgreementStands, NotReady, StaleAgreement
from sla.models import Agreement, AgreementPersona, AgreementPromise, AgreementRate, AgreementSignature
from sla.rules.document import fingerprint, plain
from sla.selectors.agreements import agreement_in_force, promises_of, signatures_of, versions_of
from sla.services.agreements import save_plan
from sla.services.drafting import Promised, discard, new_version, save_terms
from sla.services.signing import propose, sign, withdraw
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange, User
from tests.accounts.factories import make_user

from .agreeing import HALVES, NOON, PLAN, PROMISES, drafted, proposed, sign_both, signed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def head_of(made: Agreement) -> User:
    assert made.sales_head
    return made.sales_head


class TestDrafts:
    def test_promises_are_written_with_their_side(self) -> None:
        rows = promises_of(drafted())
        assert [(row.kind, row.side, row.amount, row.minutes, row.days) for row in rows] == [
            ("mqls", "marketing", 270, None, None),
            ("first_contact", "sales", None, 10, None),
            ("attempts", "sales", 6, None, None),
            ("decision", "sales", None, None, 5),
        ]

    def test_what_was_changed_is_in_the_audit_log(self) -> None:
        made = drafted()
        told = ConfigChange.objects.filter(kind="sla.agreement", action="changed").get()
        assert {change["field"] for change in told.changes} == {
            "marketing_head",
            "sales_head",
            "rule_set",
            "promises",
        }
        assert told.object_id == str(made.pk)

    @pytest.mark.parametrize("role", [Role.MARKETER, Role.SDR, Role.AE, Role.EXECUTIVE])
    def test_only_heads_write(self, role: Role) -> None:
        made, other = drafted(), make_user(role=role)
        with pytest.raises(NotAllowed):
            save_terms(agreement=made, values={}, promises=(), persona_ids=(), actor=other, at=NOON)
        with pytest.raises(NotAllowed):
            propose(agreement=made, actor=other, at=NOON)
        assert made.promises.count() == len(PROMISES)

    def test_a_draft_is_thrown_away(self) -> None:
        made = drafted()
        discard(agreement=made, actor=head_of(made), at=NOON)
        assert not Agreement.objects.exists()
        assert ConfigChange.objects.filter(kind="sla.agreement", action="deleted").count() == 1

    def test_two_sides_are_two_people(self) -> None:
        made = drafted()
        with pytest.raises(IntegrityError), transaction.atomic():
            Agreement.objects.filter(pk=made.pk).update(marketing_head=made.sales_head)


class TestProposing:
    def test_the_content_is_frozen_with_its_definitions(self) -> None:
        made = proposed()
        assert made.frozen is not None
        assert (made.proposals, made.proposed_by, made.status_on(NOON.date())) == (
            1,
            made.sales_head,
            AgreementStatus.PROPOSED,
        )
        assert made.frozen["scoring"]["thresholds"] == [
            {"stage": "mql", "fit": 30, "interest": 0, "intent": 40}
        ]
        assert made.frozen["revenue"] == "100000"

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"promises": PROMISES[:1]}, "Sales promises nothing yet."),
            ({"promises": PROMISES[1:]}, "Marketing promises nothing yet."),
            ({"terms": {"marketing_head": None}}, "Nobody is named as head of marketing."),
            ({"terms": {"sales_head": None}}, "Nobody is named as head of sales."),
            ({"terms": {"rule_set": None}}, "It is not said which scoring version counts."),
            (
                {"first_day": date(2026, 1, 1), "last_day": date(2026, 3, 31)},
                "The period is over.",
            ),
        ],
    )
    def test_what_is_missing_is_told(self, changed: dict[str, Any], words: str) -> None:
        made = drafted(**changed)
        with pytest.raises(NotReady) as refused:
            propose(agreement=made, actor=make_user(role=Role.MANAGER), at=NOON)
        assert refused.value.problems == (words,)

    def test_who_has_left_cannot_be_asked_to_sign(self) -> None:
        made = drafted()
        User.objects.filter(pk=head_of(made).pk).update(is_active=False)
        with pytest.raises(NotReady, match="cannot sign in"):
            propose(agreement=made, actor=make_user(role=Role.MANAGER), at=NOON)

    def test_days_that_are_agreed_already_are_not_proposed(self) -> None:
        signed()
        other = drafted(first_day=date(2026, 6, 30), last_day=date(2026, 9, 30))
        with pytest.raises(NotReady, match=r"Spring is agreed from .*2026 to .*2026, and only .* Choose"):
            propose(agreement=other, actor=head_of(other), at=NOON)

    def test_another_version_may_have_the_same_days(self) -> None:
        made = signed()
        again = new_version(agreement=made, actor=head_of(made), at=NOON)
        assert propose(agreement=again, actor=head_of(made), at=NOON).proposals == 1

    def test_what_was_proposed_is_edited_no_more(self) -> None:
        made = proposed()
        boss = head_of(made)
        with pytest.raises(AgreementStands):
            save_plan(agreement=made, values=PLAN, rates=HALVES, actor=boss, at=NOON)
        with pytest.raises(AgreementStands):
            save_terms(agreement=made, values={}, promises=(), persona_ids=(), actor=boss, at=NOON)
        with pytest.raises(AgreementStands):
            propose(agreement=made, actor=boss, at=NOON)
        with pytest.raises(AgreementStands):
            discard(agreement=made, actor=boss, at=NOON)


class TestSigning:
    def test_with_the_second_signature_it_is_in_force(self) -> None:
        made = proposed()
        assert made.marketing_head
        made = sign(agreement=made, actor=made.marketing_head, at=NOON)
        assert (made.status_on(NOON.date()), agreement_in_force(NOON)) == (AgreementStatus.PROPOSED, None)
        made = sign(agreement=made, actor=head_of(made), at=NOON)
        assert (made.in_force_from, made.in_force_until) == (PLAN["first_day"], PLAN["last_day"])
        assert agreement_in_force(NOON) == made
        assert agreement_in_force(NOON - DAY) is None
        assert [(row.side, row.user) for row in signatures_of(made)] == [
            ("marketing", made.marketing_head),
            ("sales", made.sales_head),
        ]
        assert {row.fingerprint for row in signatures_of(made)} == {fingerprint(made.frozen or {})}

    def test_it_begins_on_its_first_day_or_when_signed(self) -> None:
        early = signed(at=NOON - 20 * DAY)
        assert (early.in_force_from, early.status_on((NOON - DAY).date())) == (
            date(2026, 4, 1),
            AgreementStatus.SIGNED,
        )
        late = signed(at=NOON + 100 * DAY, last_day=date(2026, 8, 1), first_day=date(2026, 7, 1))
        assert late.in_force_from == (NOON + 100 * DAY).date()

    @pytest.mark.parametrize("role", list(Role))
    def test_nobody_else_signs(self, role: Role) -> None:
        with pytest.raises(NotAllowed):
            sign(agreement=proposed(), actor=make_user(role=role), at=NOON)

    def test_one_person_signs_once(self) -> None:
        made = proposed()
        sign(agreement=made, actor=head_of(made), at=NOON)
        with pytest.raises(AgreementStands):
            sign(agreement=made, actor=head_of(made), at=NOON)
        assert AgreementSignature.objects.count() == 1

    def test_what_was_read_is_what_is_signed(self) -> None:
        made = proposed()
        withdraw(agreement=made, actor=head_of(made), at=NOON)
        with pytest.raises(StaleAgreement):
            sign(agreement=made, actor=head_of(made), at=NOON)
        save_plan(agreement=made, values={**PLAN, "sdrs": 9}, rates=HALVES, actor=head_of(made), at=NOON)
        propose(agreement=made, actor=head_of(made), at=NOON)
        with pytest.raises(StaleAgreement):
            sign(agreement=made, actor=head_of(made), at=NOON, seen=fingerprint(made.frozen or {}))

    def test_a_day_belongs_to_one_agreement(self) -> None:
        other = proposed(first_day=date(2026, 6, 30), last_day=date(2026, 9, 30))
        signed()
        with pytest.raises(NotReady, match=r"Spring is agreed from .*2026 to .*2026, and only .* Withdraw"):
            sign_both(other)

    def test_a_period_that_is_over_is_not_signed(self) -> None:
        made = proposed()
        with pytest.raises(NotReady, match="over"):
            sign_both(made, at=NOON + 200 * DAY)

    def test_a_withdrawn_signature_stays_on_record_and_does_not_count(self) -> None:
        made = proposed()
        sign(agreement=made, actor=head_of(made), at=NOON)
        lapsed = withdraw(agreement=made, actor=head_of(made), at=NOON)
        assert [row.user for row in lapsed] == [head_of(made)]
        made.refresh_from_db()
        assert (signatures_of(made), AgreementSignature.objects.count()) == ([], 1)
        with pytest.raises(AgreementStands, match="kept"):
            discard(agreement=made, actor=head_of(made), at=NOON)
        again = sign_both(propose(agreement=made, actor=head_of(made), at=NOON))
        assert (again.proposals, len(signatures_of(again)), AgreementSignature.objects.count()) == (2, 2, 3)
        with pytest.raises(AgreementStands):
            withdraw(agreement=again, actor=head_of(again), at=NOON)


class TestVersions:
    def test_the_next_version_takes_over_from_the_day_it_is_signed(self) -> None:
        first = signed()
        second = new_version(agreement=first, actor=head_of(first), at=NOON)
        assert (second.version, second.previous, str(second)) == (2, first, "Spring (v2)")
        assert [row.kind for row in promises_of(second)] == [row.kind for row in promises_of(first)]
        assert list(versions_of(first)) == [first, second]
        later = datetime(2026, 5, 15, 9, tzinfo=UTC)
        assert agreement_in_force(later) == first
        sign_both(propose(agreement=second, actor=head_of(first), at=later), at=later)
        first.refresh_from_db()
        assert (first.in_force_until, first.superseded_at) == (date(2026, 5, 14), later)
        assert (agreement_in_force(later), agreement_in_force(later - DAY)) == (second, first)
        assert [one.status_on(later.date()) for one in versions_of(second)] == ["superseded", "in_force"]

    def test_a_version_that_never_began_is_superseded_at_once(self) -> None:
        early = NOON - 20 * DAY
        first = signed(at=early)
        second = new_version(agreement=first, actor=head_of(first), at=early)
        sign_both(propose(agreement=second, actor=head_of(first), at=early), at=early)
        first.refresh_from_db()
        assert [one.status_on(early.date()) for one in versions_of(first)] == ["superseded", "signed"]
        assert agreement_in_force(NOON) == Agreement.objects.get(version=2)

    @pytest.mark.parametrize(
        ("begins", "until"), [(date(2026, 5, 10), date(2026, 5, 9)), (date(2026, 6, 10), date(2026, 5, 31))]
    )
    def test_a_version_may_begin_before_one_that_has_not_begun(self, begins: date, until: date) -> None:
        """Or after it, when that one counts until then. What is in force goes on until either begins."""
        first = signed()
        second = new_version(agreement=first, actor=head_of(first), at=NOON)
        Agreement.objects.filter(pk=second.pk).update(first_day=date(2026, 6, 1))
        sign_both(propose(agreement=second, actor=head_of(first), at=NOON))
        third = new_version(agreement=second, actor=head_of(first), at=NOON + DAY)
        Agreement.objects.filter(pk=third.pk).update(first_day=begins)
        sign_both(propose(agreement=third, actor=head_of(first), at=NOON + DAY), at=NOON + DAY)
        first.refresh_from_db()
        assert (first.in_force_until, first.superseded_at) == (until, NOON)
        found = {day: agreement_in_force(NOON + timedelta(days=day)) for day in range(91)}
        start = (begins - NOON.date()).days
        assert {day for day, one in found.items() if one == third} == set(range(start, 91))
        assert {day for day, one in found.items() if one == second} == set(range(61, start))

    def test_there_is_one_next_version_and_only_of_what_is_signed(self) -> None:
        draft = drafted(first_day=date(2027, 4, 1), last_day=date(2027, 6, 30))
        first = signed()
        new_version(agreement=first, actor=head_of(first), at=NOON)
        for agreement in (first, draft):
            with pytest.raises(NotReady):
                new_version(agreement=agreement, actor=head_of(first), at=NOON)

    @pytest.mark.parametrize("days", [-40, 0, 30, 100])
    def test_status_and_filter_say_the_same(self, days: int) -> None:
        first = signed()
        second = new_version(agreement=first, actor=head_of(first), at=NOON)
        sign_both(propose(agreement=second, actor=head_of(first), at=NOON + 20 * DAY), at=NOON + 20 * DAY)
        drafted(first_day=date(2027, 4, 1), last_day=date(2027, 6, 30))
        proposed(first_day=date(2027, 4, 1), last_day=date(2027, 6, 30))
        signed(first_day=date(2027, 4, 1), last_day=date(2027, 6, 30))
        day = (NOON + timedelta(days=days)).date()
        for status in AgreementStatus:
            found = set(Agreement.objects.in_status(status, day))
            assert found == {one for one in Agreement.objects.all() if one.status_on(day) == status}


class TestTheDatabaseKeepsIt:
    @pytest.mark.parametrize(
        "write",
        [
            lambda pk: Agreement.objects.filter(pk=pk).update(revenue=1),
            lambda pk: Agreement.objects.filter(pk=pk).update(frozen={}),
            lambda pk: Agreement.objects.filter(pk=pk).update(proposed_at=None),
            lambda pk: Agreement.objects.filter(pk=pk).update(in_force_until=date(2027, 1, 1)),
            lambda pk: Agreement.objects.filter(pk=pk).update(signed_at=NOON + DAY),
            lambda pk: AgreementRate.objects.filter(agreement=pk).update(percent=1),
            lambda pk: AgreementRate.objects.filter(agreement=pk).delete(),
            lambda pk: AgreementPromise.objects.filter(agreement=pk).update(minutes=99),
            lambda pk: AgreementPromise.objects.create(
                agreement_id=pk, kind=PromiseKind.MQL_VALUE, side="marketing", amount=1
            ),
            lambda pk: AgreementPersona.objects.create(agreement_id=pk, persona_id=1),
            lambda pk: AgreementSignature.objects.filter(agreement=pk).update(user=None),
            lambda pk: AgreementSignature.objects.filter(agreement=pk).delete(),
        ],
    )
    def test_what_is_signed_stays(self, write: Any) -> None:
        made = signed()
        with pytest.raises(DatabaseError, match=r"not changed|signature stays"), transaction.atomic():
            write(made.pk)

    def test_two_agreements_never_share_a_day(self) -> None:
        signed()
        other = proposed(first_day=date(2026, 7, 1), last_day=date(2026, 9, 30))
        stamps = {
            "signed_at": NOON,
            "in_force_from": date(2026, 6, 30),
            "in_force_until": date(2026, 7, 1),
        }
        with pytest.raises(IntegrityError, match="agreement_one_in_force"), transaction.atomic():
            Agreement.objects.filter(pk=other.pk).update(**stamps)

    @pytest.mark.parametrize(
        "promise",
        [
            Promised(PromiseKind.MQLS),
            Promised(PromiseKind.MQLS, amount=Decimal(0)),
            Promised(PromiseKind.FIRST_CONTACT, target_percent=Decimal(90)),
            Promised(PromiseKind.DECISION, target_percent=Decimal(90)),
            Promised(PromiseKind.ACCEPTED_SHARE, target_percent=Decimal(101)),
            Promised(PromiseKind.ATTEMPTS, amount=Decimal(5), source="ads"),
        ],
    )
    def test_a_promise_has_its_number(self, promise: Promised) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            drafted(promises=(promise,))


def test_numbers_are_written_without_idle_zeros() -> None:
    values = (Decimal("100000.00"), Decimal("12.50"), Decimal("1E+2"), None)
    assert [plain(value) for value in values] == ["100000", "12.5", "100", None]
