"""Campaigns, forms and the inbox in the admin."""

import pytest
from django.test import Client

from leads.enums import SubmissionStatus
from leads.models import Form, Submission
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, make_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(role=Role.ADMIN))
    return client


@pytest.mark.parametrize("page", ["campaign/", "campaign/add/", "form/", "form/add/", "submission/"])
def test_every_page_opens(admin: Client, page: str):
    make_form()
    assert admin.get(f"/admin/leads/{page}").status_code == 200


def add(admin: Client, **fields: str):
    form = {"name": "Guide", "activity_kind": "download", "rate_per_minute": "60", "is_active": "on"}
    form |= {"mapping": "{}", "custom_fields": "[]", **fields}
    return admin.post("/admin/leads/form/add/", form)


def test_a_form_is_made(admin: Client):
    add(admin, mapping='{"mail": "email"}', origins="https://www.example.com")
    form = Form.objects.get()
    assert (form.mapping, form.origins) == ({"mail": "email"}, ["https://www.example.com"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mapping", '{"mail": "score"}'),
        ("mapping", '["email"]'),
        ("custom_fields", '{"name": "size"}'),
        ("custom_fields", '[{"name": "size", "type": "colour"}]'),
        ("origins", "https://www.example.com/page"),
    ],
)
def test_a_mistake_is_told_at_its_field(admin: Client, field: str, value: str):
    answer = add(admin, **{field: value})
    assert list(answer.context["adminform"].form.errors) == [field]


def test_a_quarantined_submission_is_let_in(admin: Client):
    submission = Submission.objects.create(
        form=make_form(),
        received_at=NOW,
        payload={"email": "ana@acme.example"},
        fingerprint="x",
        status=SubmissionStatus.QUARANTINED,
    )
    admin.post("/admin/leads/submission/", {"action": "process", "_selected_action": [submission.pk]})
    submission.refresh_from_db()
    assert (submission.status, submission.lead.email) == ("processed", "ana@acme.example")
