"""The agreement as pages: reading it, writing promises, the steps to both signatures, what differs."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail as post
from django.test import Client
from django.utils import timezone

from funnel.enums import Stage
from funnel.models import StageTarget
from sla.enums import ClockKind, MailKind, PromiseKind
from sla.models import Agreement, Mail, Policy
from sla.rules.document import fingerprint
from sla.selectors.agreements import promises_of
from sla.services.defaults import install_defaults
from sla.services.drafting import Promised, new_version
from sla.services.engine import tick
from sla.services.signing import propose, sign, withdraw
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user

from .agreeing import NOON, drafted, proposed, sign_both, signed

pytestmark = pytest.mark.django_db
READERS = [Role.MARKETER, Role.SDR, Role.AE, Role.EXECUTIVE]


def this_quarter() -> dict[str, date]:
    """Days around today, so that what is signed now is in force now."""
    today = timezone.localdate()
    return {"first_day": today - timedelta(days=10), "last_day": today + timedelta(days=60)}


def now_in_force() -> Agreement:
    install_defaults(at=NOON)
    return signed(at=timezone.now(), **this_quarter())


def as_(client: Client, user: User | None) -> Client:
    assert user is not None
    client.force_login(user)
    return client


@pytest.fixture
def head(client: Client) -> Client:
    return as_(client, make_user(role=Role.MANAGER))


def said(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


class TestPlan:
    def test_numbers_stand_as_they_were_typed(self, head: Client) -> None:
        form = head.get(f"/agreement/{drafted().pk}/plan/").context["form"]
        shown = [str(form[name].value()) for name in ("revenue", "sale", "rate_mql", "rate_target")]
        assert shown == ["100000", "1000", "50", "100"]


class TestReading:
    @pytest.mark.parametrize("role", list(Role))
    def test_everybody_reads_it(self, client: Client, role: Role) -> None:
        made = signed()
        as_(client, make_user(role=role))
        text = client.get(f"/agreement/{made.pk}/").content.decode()
        for words in (
            "270 MQLs a month",
            "90 % of hand-offs are contacted within 10 minutes of working time",
            "At least 6 attempts before a lead is given up",
            "95 % are decided within 5 days of the first contact",
            "fit at least 30 and intent at least 40",
            "100,000 EUR",
            "3,200",
            str(made.sales_head),
        ):
            assert words in text, words

    def test_what_is_frozen_reads_as_it_was_agreed(self, head: Client) -> None:
        made = signed()
        assert made.rule_set
        made.rule_set.thresholds.update(min_fit=99)
        assert "fit at least 30" in head.get(f"/agreement/{made.pk}/").content.decode()

    def test_a_draft_says_what_it_lacks(self, head: Client) -> None:
        made = drafted(promises=(), terms={"mediator": None, "sales_head": None}, **this_quarter())
        answer = head.get(f"/agreement/{made.pk}/")
        assert answer.context["missing"] == [
            "Nobody is named as head of sales.",
            "Marketing promises nothing yet.",
            "Sales promises nothing yet.",
        ]
        assert "Propose it for signing" not in answer.content.decode()

    def test_the_list_is_filtered_by_where_they_stand(self, head: Client) -> None:
        running = now_in_force()
        draft = drafted()
        both, one, none, odd = (
            head.get(f"/agreement/?status={status}") for status in ("", "in_force", "ended", "nonsense")
        )
        assert {row["agreement"] for row in both.context["rows"]} == {running, draft}
        assert [row["agreement"] for row in one.context["rows"]] == [running]
        assert (none.context["rows"], len(odd.context["rows"])) == ([], 2)
        assert "No agreement stands like this" in none.content.decode()

    @pytest.mark.parametrize("many", [1, 3])
    def test_the_document_costs_the_same_for_any_number_of_versions(
        self, head: Client, many: int, django_assert_num_queries: Any
    ) -> None:
        made = signed()
        for _one in range(many - 1):
            after = new_version(agreement=made, actor=make_user(role=Role.MANAGER), at=NOON)
            made = sign_both(propose(agreement=after, actor=make_user(role=Role.MANAGER), at=NOON))
        with django_assert_num_queries(8):
            head.get(f"/agreement/{made.pk}/")


class TestTerms:
    def typed(self, made: Agreement, **changed: Any) -> dict[str, Any]:
        return {
            "marketing_head": made.marketing_head_id,
            "sales_head": made.sales_head_id,
            "rule_set": made.rule_set_id,
            "review_every": "fortnight",
            "mqls": "300",
            "first_contact": "92.5",
            "first_contact_minutes": "15",
            "sources-TOTAL_FORMS": "1",
            "sources-INITIAL_FORMS": "0",
            "sources-0-source": "ads",
            "sources-0-count": "40",
            **changed,
        }

    def test_promises_are_stored(self, head: Client) -> None:
        made = drafted()
        answer = head.post(f"/agreement/{made.pk}/terms/", self.typed(made))
        assert answer.headers["Location"] == f"/agreement/{made.pk}/"
        made.refresh_from_db()
        assert made.review_every == "fortnight"
        assert [(row.kind, row.source, row.amount, row.minutes) for row in promises_of(made)] == [
            ("mqls", "", 300, None),
            ("mqls", "ads", 40, None),
            ("first_contact", "", None, 15),
        ]

    def test_the_page_begins_with_plan_deadlines_and_people(self, head: Client) -> None:
        install_defaults(at=NOON)
        made = drafted(promises=())
        form = head.get(f"/agreement/{made.pk}/terms/").context["form"]
        begins = {name: form[name].value() for name in ("mqls", "first_contact_minutes", "decision_days")}
        assert begins == {"mqls": 268, "first_contact_minutes": 5, "decision_days": 7}

    def test_it_shows_what_is_stored(self, head: Client) -> None:
        made = drafted()
        form = head.get(f"/agreement/{made.pk}/terms/").context["form"]
        names = ("mqls", "first_contact", "first_contact_minutes", "attempts", "decision", "decision_days")
        assert [str(form[name].value()) for name in names] == ["270", "90", "10", "6", "95", "5"]

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"first_contact_minutes": ""}, "first_contact_minutes"),
            ({"first_contact": ""}, "first_contact"),
            ({"first_contact": "101"}, "first_contact"),
            ({"mqls": "0"}, "mqls"),
            ({"mqls": "many"}, "mqls"),
            ({"decision": "90"}, "decision_days"),
            ({"marketing_head": "0"}, "marketing_head"),
            ({"review_every": "never"}, "review_every"),
        ],
    )
    def test_what_is_wrong_is_told_at_the_field(
        self, head: Client, changed: dict[str, str], field: str
    ) -> None:
        made = drafted()
        answer = head.post(f"/agreement/{made.pk}/terms/", self.typed(made, **changed))
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
        assert made.promises.count() == 4

    def test_one_person_is_not_both_heads(self, head: Client) -> None:
        made = drafted()
        answer = head.post(
            f"/agreement/{made.pk}/terms/", self.typed(made, marketing_head=made.sales_head_id)
        )
        assert list(answer.context["form"].errors) == ["sales_head"]

    @pytest.mark.parametrize(
        ("changed", "words"),
        [({"sources-0-count": ""}, "How many a month?"), ({"sources-0-source": ""}, "From which source?")],
    )
    def test_a_source_has_its_count(self, head: Client, changed: dict[str, str], words: str) -> None:
        made = drafted()
        answer = head.post(f"/agreement/{made.pk}/terms/", self.typed(made, **changed))
        assert (answer.status_code, words in answer.content.decode()) == (422, True)

    @pytest.mark.parametrize("role", READERS)
    def test_others_neither_see_nor_send_it(self, client: Client, role: Role) -> None:
        made = drafted()
        as_(client, make_user(role=role))
        path = f"/agreement/{made.pk}/terms/"
        assert [client.get(path).status_code, client.post(path).status_code] == [403, 403]

    def test_what_was_proposed_is_read_instead(self, head: Client) -> None:
        made = proposed()
        path = f"/agreement/{made.pk}/"
        assert [head.get(path + "terms/").headers["Location"], head.get(path + "plan/").status_code] == [
            path,
            200,
        ]
        assert head.post(path + "plan/", {}).status_code == 403


class TestSteps:
    def test_from_a_draft_to_both_signatures(self, client: Client) -> None:
        install_defaults(at=NOON)
        made = drafted(**this_quarter())
        as_(client, made.sales_head)
        client.post(f"/agreement/{made.pk}/propose/")
        for person in (made.sales_head, made.marketing_head):
            page = as_(client, person).get(f"/agreement/{made.pk}/")
            assert "Yes, I sign" in page.content.decode()
            client.post(f"/agreement/{made.pk}/sign/", {"seen": page.context["seen"]})
        answer = client.get(f"/agreement/{made.pk}/")
        assert (answer.context["status"], answer.context["conflicts"]) == ("in_force", [])
        assert "Yes, I sign" not in answer.content.decode()
        assert StageTarget.objects.filter(stage=Stage.MQL).exists()
        shown = client.get("/dashboard/").content.decode()
        assert f'<a href="/agreement/{made.pk}/">Spring</a>' in shown

    @pytest.mark.parametrize("part", ["propose", "withdraw", "version", "discard", "restore/targets"])
    @pytest.mark.parametrize("role", READERS)
    def test_only_heads_take_steps(self, client: Client, role: Role, part: str) -> None:
        made = {"propose": drafted, "withdraw": proposed, "discard": drafted}.get(part, signed)()
        as_(client, make_user(role=role))
        assert client.post(f"/agreement/{made.pk}/{part}/").status_code == 403

    @pytest.mark.parametrize("role", list(Role))
    def test_nobody_but_the_named_signs(self, client: Client, role: Role) -> None:
        made = proposed()
        as_(client, make_user(role=role))
        assert client.post(f"/agreement/{made.pk}/sign/").status_code == 403
        assert "Yes, I sign" not in client.get(f"/agreement/{made.pk}/").content.decode()

    def test_what_is_missing_is_said(self, head: Client) -> None:
        made = drafted(promises=(), **this_quarter())
        answer = head.post(f"/agreement/{made.pk}/propose/", follow=True)
        assert said(answer) == "Marketing promises nothing yet. Sales promises nothing yet."

    def test_another_text_than_was_read_is_not_signed(self, client: Client) -> None:
        made = proposed()
        as_(client, made.sales_head)
        answer = client.post(f"/agreement/{made.pk}/sign/", {"seen": "old"}, follow=True)
        assert "Read it again before you sign." in said(answer)
        assert not made.signatures.exists()

    def test_withdrawing_says_whose_signature_lapses(self, client: Client) -> None:
        made = proposed()
        assert made.marketing_head
        sign(agreement=made, actor=made.marketing_head, at=NOON)
        as_(client, made.sales_head)
        name = str(made.marketing_head)
        assert f"{name} has signed this text" in client.get(f"/agreement/{made.pk}/").content.decode()
        answer = client.post(f"/agreement/{made.pk}/withdraw/", follow=True)
        assert said(answer) == f"It is a draft again. The signature of {name} does not count any more."
        assert "no longer count" in answer.content.decode()

    def test_a_new_version_and_what_it_changes(self, head: Client) -> None:
        made = signed()
        head.post(f"/agreement/{made.pk}/version/")
        second = Agreement.objects.get(version=2)
        second.promises.filter(kind=PromiseKind.FIRST_CONTACT).update(minutes=30)
        second.promises.filter(kind=PromiseKind.ATTEMPTS).delete()
        Agreement.objects.filter(pk=second.pk).update(revenue=200_000)
        found = head.get(f"/agreement/{second.pk}/changes/").context["differences"]
        assert [(one.what, one.before, one.after) for one in found if one.where != "What it takes"] == [
            ("Revenue goal", "100,000 EUR", "200,000 EUR"),
            (
                "First contact in time",
                "90 % of hand-offs are contacted within 10 minutes of working time",
                "90 % of hand-offs are contacted within 30 minutes of working time",
            ),
            ("Attempts per lead before giving up", "At least 6 attempts before a lead is given up", ""),
        ]
        assert ("Customer", "100", "200") in [(one.what, one.before, one.after) for one in found]
        assert head.get(f"/agreement/{made.pk}/changes/").status_code == 404
        back = head.get(f"/agreement/{made.pk}/changes/?with={second.pk}").context["differences"]
        assert len(back) == len(found)

    def test_a_draft_is_thrown_away(self, head: Client) -> None:
        made = drafted()
        assert head.post(f"/agreement/{made.pk}/discard/").headers["Location"] == "/agreement/"
        assert not Agreement.objects.exists()


class TestConflicts:
    def test_they_are_shown_and_set_back_by_a_button(self, head: Client) -> None:
        made = now_in_force()
        Policy.objects.filter(kind=ClockKind.FIRST_CONTACT).update(minutes=60)
        month = StageTarget.objects.filter(stage=Stage.MQL).order_by("month").last()
        assert month
        StageTarget.objects.filter(pk=month.pk).update(count=1)
        page = head.get(f"/agreement/{made.pk}/")
        assert [conflict.part for conflict in page.context["conflicts"]] == ["targets", "policies"]
        assert "the window – agreed 10 minutes, set to 1 hour" in page.content.decode()
        part = head.get(f"/agreement/{made.pk}/conflicts/").content.decode()
        assert ("MQL 1 instead of" in part, "<html" in part) == (True, False)
        for name in ("targets", "policies"):
            head.post(f"/agreement/{made.pk}/restore/{name}/")
        assert head.get(f"/agreement/{made.pk}/").context["conflicts"] == []
        assert head.post(f"/agreement/{made.pk}/restore/nonsense/").status_code == 404

    def test_the_pages_of_the_numbers_are_read_only(self, client: Client) -> None:
        made = now_in_force()
        as_(client, make_user(role=Role.ADMIN))
        this_month = f"/targets/?month={timezone.localdate():%Y-%m}"
        page = client.get(this_month).content.decode()
        assert (f'href="/agreement/{made.pk}/"' in page, "Save the targets" in page) == (True, False)
        refused = client.post(this_month, {"mql": "1"})
        assert (refused.status_code, "Begin a new version" in refused.content.decode()) == (409, True)
        policy = Policy.objects.get(kind=ClockKind.FIRST_CONTACT)
        form = client.get(f"/settings/policies/{policy.pk}/").context["form"]
        off = {name for name, field in form.fields.items() if field.disabled}
        assert off == {"amount", "unit", "attempts", "kind", "time_base", "is_active"}
        assert made.name in client.get("/scoring/").content.decode()


class TestTelling:
    def mails(self, person: User | None) -> list[str]:
        found = Mail.objects.filter(kind=MailKind.AGREEMENT, recipient=person).order_by("pk")
        return [mail.context["news"] for mail in found]

    def test_the_heads_are_asked_and_told(self) -> None:
        mediator = make_user(role=Role.EXECUTIVE)
        made = signed(terms={"mediator": mediator})
        assert [self.mails(person) for person in (made.sales_head, made.marketing_head, mediator)] == [
            ["sign", "signed"],
            ["sign", "signed"],
            ["signed"],
        ]

    def test_the_mail_says_what_to_do_in_the_readers_language(self) -> None:
        made = drafted()
        User.objects.filter(pk=made.sales_head_id).update(language="es")
        propose(agreement=made, actor=make_user(role=Role.MANAGER), at=NOON)
        tick(at=NOON)
        subjects = sorted(letter.subject for letter in post.outbox)
        assert subjects == ["Please sign: Spring", "Por firmar: Spring"]
        assert f"/agreement/{made.pk}/" in str(post.outbox[0].body)

    def test_who_has_signed_is_not_asked_any_more(self) -> None:
        made = proposed()
        assert made.sales_head
        sign(agreement=made, actor=made.sales_head, at=NOON)
        tick(at=NOON)
        assert made.marketing_head
        assert [letter.to for letter in post.outbox] == [[made.marketing_head.email]]

    def test_a_proposal_that_was_withdrawn_is_not_asked_for(self) -> None:
        made = proposed()
        assert made.sales_head
        withdraw(agreement=made, actor=made.sales_head, at=NOON)
        tick(at=NOON)
        assert [letter.subject for letter in post.outbox] == [
            "Withdrawn, so there is nothing to sign: Spring"
        ]

    def test_everybody_sees_it_inside_the_product(self, client: Client) -> None:
        made = now_in_force()
        as_(client, reader := make_user(role=Role.SDR))
        assert not reader.notifications.exists()
        assert made.sales_head
        as_(client, made.sales_head)
        page = client.get("/notifications/").content.decode()
        texts = ("Spring is in force", "Both sides have signed Spring", "Please sign Spring")
        assert [page.count(text) for text in texts] == [1, 1, 1]

    def test_the_fingerprint_is_that_of_the_text(self) -> None:
        made = signed()
        assert {row.fingerprint for row in made.signatures.all()} == {fingerprint(made.frozen or {})}


NEEDED = "The plan needs 268 MQLs a month"


def of_mqls(count: int) -> tuple[Promised, ...]:
    return (Promised(PromiseKind.MQLS, amount=Decimal(count)),)


@pytest.mark.parametrize(
    ("promised", "said_so"),
    [
        (250, [f"{NEEDED}, marketing promises 250: that carries 93,284 of the 100,000 EUR."]),
        (268, []),
        (270, []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", ["", "terms/"])
def test_a_promise_below_the_plan_is_told(head: Client, promised: int, said_so: list[str], page: str) -> None:
    """800 MQLs in 91 days: 268 a month."""
    made = drafted(promises=of_mqls(promised))
    found = head.get(f"/agreement/{made.pk}/{page}")
    assert found.context["short"] == said_so
    assert [text for text in said_so if text not in found.content.decode()] == []


def test_a_value_below_the_plan_is_told_where_leads_are_told_apart(head: Client) -> None:
    promises = (Promised(PromiseKind.MQL_VALUE, amount=Decimal(20_000)),)
    made = drafted(promises=promises)
    assert head.get(f"/agreement/{made.pk}/").context["short"] == []
    made.worths.create(group="chief", weight=Decimal(1), share=Decimal(100))
    [text] = head.get(f"/agreement/{made.pk}/").context["short"]
    assert text.startswith("The plan needs MQLs worth 33,448 EUR a month, marketing promises 20,000 EUR:")


def test_a_source_of_its_own_is_part_of_the_whole(head: Client) -> None:
    promises = (*of_mqls(270), Promised(PromiseKind.MQLS, source="fair", amount=Decimal(10)))
    assert head.get(f"/agreement/{drafted(promises=promises).pk}/").context["short"] == []
