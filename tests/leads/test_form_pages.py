"""Setting up landing-page forms in the browser."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import ConsentText, Form, Submission
from leads.rules.form_fields import STANDARD, Row, rows_of, settings_of
from leads.services.intake import Visit, receive
from smarketing.accounts.enums import Role
from smarketing.accounts.models import ConfigChange
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, make_campaign, make_company, make_form, make_lead

pytestmark = pytest.mark.django_db
TROUBLE = "<script>alert(1)</script>"


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(make_user(role=Role.MARKETER))
    return client


def typed(*rows: dict[str, str], **head: str) -> dict[str, str]:
    """What the editor posts."""
    data = {"name": "Guide", "activity_kind": "download", "rate_per_minute": "60", "is_active": "on"}
    data |= {"row-TOTAL_FORMS": str(len(rows)), "row-INITIAL_FORMS": "0"}
    for place, row in enumerate(rows):
        data |= {f"row-{place}-{part}": value for part, value in row.items()}
    return data | head


EMAIL = {"name": "mail", "label": "Your e-mail", "target": "email", "required": "on"}
SIZE = {"name": "size", "label": "Size", "target": "custom", "kind": "number"}


def test_a_form_is_made_with_its_fields(marketer: Client) -> None:
    marketer.post("/forms/new/", typed(SIZE | {"ORDER": "2"}, EMAIL | {"ORDER": "1"}))
    form = Form.objects.get()
    assert (form.mapping, form.required_fields, form.custom_fields, form.layout) == (
        {"mail": "email"},
        ["mail"],
        [{"name": "size", "label": "Size", "type": "number", "required": False}],
        [{"name": "mail", "label": "Your e-mail"}, {"name": "size", "label": "Size"}],
    )


def test_what_the_editor_made_is_what_the_intake_reads(marketer: Client) -> None:
    marketer.post("/forms/new/", typed(EMAIL, SIZE))
    form = Form.objects.get()
    posted = [("mail", "ana@acme.example"), ("size", "12")]
    receive(form=form, posted=posted, visit=Visit(), at=NOW)
    lead = form.submissions.get().lead
    assert (lead.email, lead.custom) == ("ana@acme.example", {"size": 12})


def test_a_removed_row_is_gone(marketer: Client) -> None:
    form = make_form(mapping={"mail": "email"}, layout=[{"name": "mail", "label": ""}])
    marketer.post(f"/forms/{form.pk}/edit/", typed(EMAIL, SIZE | {"DELETE": "on"}))
    form.refresh_from_db()
    assert form.custom_fields == []


@pytest.mark.parametrize(
    ("rows", "place", "part"),
    [
        ([EMAIL, {"name": "mail", "target": "custom"}], 1, "name"),
        ([EMAIL, {"name": "e-mail 2", "target": "custom"}], 1, "name"),
        ([EMAIL, {"name": "other", "target": "email"}], 1, "target"),
        ([EMAIL, {"name": "budget", "target": "custom"}], 1, "name"),
        ([EMAIL, {"name": "utm_source", "target": "custom"}], 1, "name"),
        ([EMAIL, {"name": "website_url", "target": "custom"}], 1, "name"),
    ],
)
def test_a_wrong_row_is_told_at_the_row(
    marketer: Client, rows: list[dict[str, str]], place: int, part: str
) -> None:
    answer = marketer.post("/forms/new/", typed(*rows, honeypot="website_url"))
    errors = answer.context["rows"].errors
    assert (answer.status_code, [sorted(e) for e in errors][place], Form.objects.count()) == (422, [part], 0)


def test_a_form_that_recognises_nobody_is_refused(marketer: Client) -> None:
    answer = marketer.post("/forms/new/", typed(SIZE))
    assert (answer.status_code, len(answer.context["rows"].non_form_errors())) == (422, 1)


def test_more_rows_keep_what_was_typed_and_store_nothing(marketer: Client) -> None:
    answer = marketer.post("/forms/new/", typed(EMAIL, more="1"))
    names = [form["name"].value() for form in answer.context["rows"]]
    assert (names, Form.objects.count()) == (["mail", None, None, None], 0)


def test_origins_are_written_as_browsers_send_them(marketer: Client) -> None:
    marketer.post("/forms/new/", typed(EMAIL, origins="HTTPS://Example.com:443/\nhttps://b.example"))
    assert Form.objects.get().origins == ["https://example.com", "https://b.example"]


def test_a_change_is_told_in_the_audit_log(marketer: Client) -> None:
    marketer.post("/forms/new/", typed(EMAIL))
    form = Form.objects.get()
    marketer.post(f"/forms/{form.pk}/edit/", typed(EMAIL, name="Other"))
    told = ConfigChange.objects.order_by("pk").values_list("action", flat=True)
    assert list(told) == ["created", "changed"]


def consent(form: Form) -> list[tuple[str, str]]:
    return list(ConsentText.objects.filter(form=form).order_by("pk").values_list("version", "text"))


def test_a_changed_consent_text_is_a_new_version(marketer: Client) -> None:
    marketer.post("/forms/new/", typed(EMAIL, consent_text="I agree."))
    form = Form.objects.get()
    marketer.post(f"/forms/{form.pk}/edit/", typed(EMAIL, consent_text="I agree to mails."))
    form.refresh_from_db()
    assert (form.consent_version, consent(form)) == ("2", [("1", "I agree."), ("2", "I agree to mails.")])


def test_an_unchanged_consent_text_keeps_its_version(marketer: Client) -> None:
    form = make_form(consent_text="I agree.", consent_version="2024-01", mapping={"mail": "email"})
    marketer.post(f"/forms/{form.pk}/edit/", typed(EMAIL, consent_text="I agree.", name="Other"))
    form.refresh_from_db()
    assert (form.name, form.consent_version, consent(form)) == ("Other", "2024-01", [("2024-01", "I agree.")])


def test_consent_that_is_required_needs_words(marketer: Client) -> None:
    answer = marketer.post("/forms/new/", typed(EMAIL, consent_required="on"))
    assert list(answer.context["head"].errors) == ["consent_text"]


@pytest.mark.parametrize("role", [Role.SDR, Role.AE])
@pytest.mark.parametrize("path", ["/forms/", "/forms/new/", "/forms/{pk}/", "/forms/{pk}/edit/", "/inbox/"])
def test_reps_have_no_forms(client: Client, role: Role, path: str) -> None:
    client.force_login(make_user(role=role))
    assert client.get(path.format(pk=make_form().pk)).status_code == 403


@pytest.mark.parametrize("path", ["/forms/new/", "/forms/{pk}/edit/", "/forms/{pk}/test/"])
def test_executives_read_forms_and_change_none(client: Client, path: str) -> None:
    client.force_login(make_user(role=Role.EXECUTIVE))
    form = make_form()
    assert (
        client.get(f"/forms/{form.pk}/").status_code,
        client.post(path.format(pk=form.pk)).status_code,
    ) == (
        200,
        403,
    )


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_costs_the_same_at_any_size(marketer: Client, django_assert_num_queries, many: int) -> None:
    for _ in range(many):
        make_form(campaign=make_campaign())
    with django_assert_num_queries(6):
        marketer.get("/forms/")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["Fair", "Price sheet", "Old"]),
        ({"state": "on"}, ["Fair", "Price sheet"]),
        ({"state": "off"}, ["Old"]),
        ({"q": "price"}, ["Price sheet"]),
        ({"q": "hanover"}, ["Fair", "Old"]),
        ({"q": "hanover", "state": "on"}, ["Fair"]),
        ({"q": "nothing"}, []),
        ({"state": "odd"}, ["Fair", "Price sheet", "Old"]),
    ],
)
def test_the_list_is_narrowed(marketer: Client, asked: dict[str, str], names: list[str]) -> None:
    hanover = make_campaign(name="Hanover")
    make_form(name="Fair", campaign=hanover), make_form(name="Old", campaign=hanover, is_active=False)
    make_form(name="Price sheet")
    answer = marketer.get("/forms/", asked)
    assert [form.name for form in answer.context["page"]] == names
    assert ("Show all forms" in answer.content.decode()) == (not names)


@pytest.mark.parametrize("many", [1, 3])
def test_a_form_costs_the_same_at_any_size(marketer: Client, django_assert_num_queries, many: int) -> None:
    form = make_form(campaign=make_campaign())
    for number in range(many):
        ConsentText.objects.create(form=form, version=str(number), text="I agree.", since=NOW)
    with django_assert_num_queries(6):
        marketer.get(f"/forms/{form.pk}/")


def test_the_code_to_paste_posts_what_the_form_reads(marketer: Client) -> None:
    form = make_form(mapping={"mail": "email"}, layout=[{"name": "mail", "label": TROUBLE}])
    code = marketer.get(f"/forms/{form.pk}/").context["html_code"]
    shown = (
        'name="mail"' in code,
        'name="website_url"' in code,
        f"/api/v1/forms/{form.pk}/submissions" in code,
    )
    assert (shown, TROUBLE in code) == ((True, True, True), False)


def test_the_preview_shows_what_is_typed(marketer: Client) -> None:
    answer = marketer.post(
        "/forms/preview/", typed(EMAIL | {"label": TROUBLE}, SIZE, consent_text="I agree.")
    )
    page = answer.content.decode()
    assert [TROUBLE in page, "&lt;script&gt;" in page, "Size" in page, "I agree." in page] == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize("body", [{}, {"row-TOTAL_FORMS": "x"}, {"row-TOTAL_FORMS": "99999999"}])
def test_the_preview_takes_anything(marketer: Client, body: dict[str, Any]) -> None:
    assert marketer.post("/forms/preview/", body).status_code == 200


def test_rows_come_back_as_they_were_set() -> None:
    rows = [
        Row("mail", "E-mail", "email", required=True),
        Row("size", "Size", kind="number"),
        Row("phone", "", "phone"),
    ]
    chosen = settings_of(rows)
    again = rows_of(
        mapping=chosen.mapping,
        custom_fields=chosen.custom_fields,
        required_fields=chosen.required_fields,
        layout=chosen.layout,
    )
    assert again == rows


def test_a_form_without_any_setting_asks_for_the_usual() -> None:
    assert rows_of(mapping={}, custom_fields=[], required_fields=[], layout=[]) == list(STANDARD)


class TestWhatCameIn:
    def test_every_number_of_the_list_opens_as_many(self, marketer: Client) -> None:
        form, other = make_form(), make_form()
        for number, status in enumerate([*["processed"] * 3, "quarantined", "failed", "rejected"]):
            sent(form, number, status)
        sent(form, 30, "processed"), sent(form, 40, "failed"), sent(other, 1, "processed")
        page = marketer.get("/forms/").content.decode()
        (became,) = re.findall(
            rf'/forms/{form.pk}/submissions/\?status=processed&amp;since=([\d-]+)">3<', page
        )
        listed = marketer.get(f"/forms/{form.pk}/submissions/", {"status": "processed", "since": became})
        waiting = marketer.get("/inbox/", {"form": form.pk})
        assert [answer.context["page"].paginator.count for answer in (listed, waiting)] == [3, 3]
        assert f'/inbox/?form={form.pk}">3<' in page

    @pytest.mark.parametrize(("day", "count"), [("", 1), ("nonsense", 1), ("2020-01-01", 2)])
    def test_the_last_thirty_days_unless_asked(self, marketer: Client, day: str, count: int) -> None:
        form = make_form()
        sent(form, 1, "processed"), sent(form, 31, "processed")
        page = marketer.get(f"/forms/{form.pk}/submissions/", {"since": day}).context["page"]
        assert page.paginator.count == count

    @pytest.mark.parametrize(
        ("status", "path", "text"),
        [
            ("quarantined", "/inbox/?form={form}", "see the quarantine"),
            ("failed", "/inbox/?form={form}", "see the quarantine"),
            ("rejected", "/inbox/?form={form}&amp;status=rejected", "see what was rejected"),
        ],
    )
    def test_what_became_no_lead_is_a_click_away(
        self, marketer: Client, status: str, path: str, text: str
    ) -> None:
        form = make_form()
        sent(form, 1, status)
        link = path.format(form=form.pk)
        page = marketer.get(f"/forms/{form.pk}/submissions/").content.decode()
        assert f'<a href="{link}">{text}</a>' in page
        assert marketer.get(link.replace("&amp;", "&")).context["page"].paginator.count == 1

    def test_what_is_not_processed_yet_leads_nowhere(self, marketer: Client) -> None:
        form = make_form()
        sent(form, 1, "received")
        page = marketer.get(f"/forms/{form.pk}/submissions/").content.decode()
        assert ("not processed yet" in page, f"/inbox/?form={form.pk}" in page) == (True, False)

    def test_the_last_one_is_of_the_last_thirty_days(self, marketer: Client) -> None:
        form = make_form()
        sent(form, 90, "quarantined"), sent(form, 35, "processed")
        (row,) = marketer.get("/forms/").context["rows"]
        assert (row["inbox"].last_at, row["inbox"].waiting) == (None, 1)

    @pytest.mark.parametrize("role", [Role.MARKETER, Role.MANAGER])
    def test_a_lead_is_named_to_who_may_see_it(self, client: Client, role: Role) -> None:
        form = make_form()
        lead = make_lead(last_name="Secretov", owner=make_user(role=Role.SDR))
        sent(form, 1, "processed", lead=lead)
        client.force_login(make_user(role=role))
        page = client.get(f"/forms/{form.pk}/submissions/").content
        assert (b"Secretov" in page, b"a lead of another team" in page) == (
            role == Role.MARKETER,
            role == Role.MANAGER,
        )

    @pytest.mark.parametrize("many", [1, 3])
    def test_it_costs_the_same_at_any_size(
        self, marketer: Client, django_assert_num_queries: Any, many: int
    ) -> None:
        form = make_form()
        for number in range(many):
            sent(form, number, "processed", lead=make_lead(company=make_company()))
        with django_assert_num_queries(7):
            marketer.get(f"/forms/{form.pk}/submissions/")


def sent(form: Form, days: int, status: str, **more: Any) -> None:
    decided = {"rejected_at": NOW} if status == "rejected" else {}
    Submission.objects.create(
        form=form,
        received_at=timezone.now() - timedelta(days=days),
        payload={},
        fingerprint=f"{days} {status}",
        status=status,
        **decided,
        **more,
    )
