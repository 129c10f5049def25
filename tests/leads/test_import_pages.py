"""The pages of an import, step by step, as a browser sends them."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from leads.models import Import, ImportMapping, Lead
from leads.tasks import run_imports
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import make_lead
from tests.leads.imports import FAIR, checked, marketer, outcomes, ran, undo, uploaded

pytestmark = pytest.mark.django_db
KEY = "7f0c1b1e-2e0a-4a7e-9d5e-1f6f3f1f0a01"


@pytest.fixture
def page(client: Client) -> Client:
    client.force_login(marketer())
    return client


def send(client: Client, content: str, *, name: str = "fair.csv", key: str = KEY) -> Any:
    return client.post("/imports/new/", {"file": SimpleUploadedFile(name, content.encode()), "key": key})


def choice(*columns: str, **more: str) -> dict[str, str]:
    return {f"column-{place}": target for place, target in enumerate(columns)} | more


def lines(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_from_upload_to_undo(page: Client) -> None:
    """Small files are done within the requests; nobody has to wait for the jobs."""
    answer = send(page, FAIR)
    imported = Import.objects.get()
    assert answer["Location"] == f"/imports/{imported.pk}/columns/"
    assert b"Ana" in page.get(answer["Location"]).content
    sent = choice("email", "first_name", "last_name", "company_name", "job_title", "custom", source="Fair")
    assert page.post(answer["Location"], sent)["Location"] == f"/imports/{imported.pk}/"
    report = page.get(f"/imports/{imported.pk}/")
    assert report.context["imported"].counts == {"new": 1}
    page.post(f"/imports/{imported.pk}/start/", {"version": "1"})
    done = page.get(f"/imports/{imported.pk}/")
    assert done.context["counts"][0]["url"] == f"/leads/?imported={imported.pk}&outcome=new"
    listed = page.get(done.context["counts"][0]["url"])
    assert [journey.lead.email for journey in listed.context["page"]] == ["ana@acme.example"]
    page.post(f"/imports/{imported.pk}/undo/")
    assert (Lead.objects.count(), Import.objects.get().undone) == (0, {"removed": 1})
    assert page.get(f"/imports/{imported.pk}/").context["counts"][0]["url"] == ""


def test_the_leads_of_an_outcome_are_listed_and_no_others(page: Client) -> None:
    Lead.objects.all().delete()
    ran("email\nold@x.example\n")
    imported = ran("email,nombre\nold@x.example,Old\nnew@x.example,New\n")
    for outcome, email in (("filled", "old@x.example"), ("new", "new@x.example")):
        listed = page.get(f"/leads/?imported={imported.pk}&outcome={outcome}")
        assert [journey.lead.email for journey in listed.context["page"]] == [email]


def test_a_file_that_is_too_large_is_refused_unread(page: Client, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 10
    answer = send(page, FAIR)
    assert (answer.status_code, Import.objects.count()) == (413, 0)
    answer = page.generic(
        "POST", "/imports/new/", b"x" * (2 * 1024 * 1024), content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413


def test_a_file_that_is_no_table_is_told_at_the_field(page: Client) -> None:
    answer = send(page, "email,name\n")
    assert (answer.status_code, "file" in answer.context["form"].errors) == (422, True)


def test_the_upload_is_protected_against_forged_forms() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(marketer())
    assert (send(client, FAIR).status_code, Import.objects.count()) == (403, 0)


def test_sent_twice_it_is_one_import(page: Client) -> None:
    assert send(page, FAIR)["Location"] == send(page, FAIR)["Location"]
    assert Import.objects.count() == 1


def test_a_mapping_with_faults_keeps_what_was_chosen(page: Client) -> None:
    imported = uploaded(FAIR)
    answer = page.post(
        f"/imports/{imported.pk}/columns/", choice("last_name", "last_name", source="Fair in June")
    )
    assert (
        answer.status_code,
        b"Fair in June" in answer.content,
        len(answer.context["form"].non_field_errors()),
    ) == (
        422,
        True,
        2,
    )


TABS = ("email", "first_name", "last_name", "company_name", "job_title", "custom")


def test_a_stale_tab_overwrites_nothing_and_keeps_what_was_chosen(page: Client) -> None:
    """Sent again, it is on purpose."""
    imported = uploaded(FAIR)
    address = f"/imports/{imported.pk}/columns/"
    assert b'name="version" value="0"' in page.get(address).content
    page.post(address, choice(*TABS, source="First tab", version="0"))
    stale = page.post(address, choice(*TABS[:-1], "", source="Second tab", version="0"))
    stored = Import.objects.get()
    assert (stale.status_code, stored.source, stored.columns) == (409, "First tab", list(TABS))
    assert stale.context["told"] == [
        (imported.header[-1], "Keep as a custom field", "Leave out"),
        ("Source", "First tab", "Second tab"),
    ]
    html = stale.content.decode()
    assert 'value="Second tab"' in html and 'name="version" value="1"' in html
    again = page.post(address, choice(*TABS[:-1], "", source="Second tab", version="1"))
    assert (again.status_code, Import.objects.get().source) == (302, "Second tab")


def test_a_stale_tab_with_a_fault_is_still_stale(page: Client) -> None:
    imported = uploaded(FAIR)
    address = f"/imports/{imported.pk}/columns/"
    page.post(address, choice(*TABS, version="0"))
    faulty = page.post(address, choice(*TABS, happened_on="1900-01-01", version="0"))
    assert (faulty.status_code, b'name="version" value="0"' in faulty.content) == (422, True)


def test_a_stale_tab_that_says_the_same_is_told_so(page: Client) -> None:
    imported = uploaded(FAIR)
    address = f"/imports/{imported.pk}/columns/"
    for status in (302, 409):
        answer = page.post(address, choice(*TABS, version="0"))
        assert answer.status_code == status
    assert b"the same as yours" in answer.content


def test_the_preview_reads_the_first_rows_as_chosen(page: Client) -> None:
    imported = uploaded("a,b\nana@acme.example,Ana\nnot an address,Bea\n")
    answer = page.post(f"/imports/{imported.pk}/preview/", choice("email", "first_name", source="Fair"))
    rows = answer.context["rows"]
    told = [str(cell) for _label, cell in rows[0]["cells"]]
    assert (told[0], told[-1], len(rows[1]["read"].faults)) == ("Ana", "Fair", 1)


def test_a_remembered_mapping_is_offered_and_filled_in(page: Client) -> None:
    first = uploaded("A,B\nana@acme.example,Ana\n")
    page.post(
        f"/imports/{first.pk}/columns/", choice("email", "last_name", source="Fair", remember="Fair list")
    )
    known = ImportMapping.objects.get()
    second = uploaded("A,B\nbea@acme.example,Bea\n")
    answer = page.get(f"/imports/{second.pk}/columns/?mapping={known.pk}")
    assert (answer.context["form"]["column-1"].value(), answer.context["form"]["source"].value()) == (
        "last_name",
        "Fair",
    )


def test_the_same_file_again_is_told(page: Client) -> None:
    first, again = ran(FAIR), uploaded(FAIR)
    assert page.get(f"/imports/{again.pk}/columns/").context["earlier"] == first


def test_started_twice_it_runs_once_and_says_so(page: Client) -> None:
    imported = checked(FAIR)
    for _again in range(2):
        answer = page.post(f"/imports/{imported.pk}/start/", {"version": "1"}, follow=True)
    assert (Lead.objects.count(), [str(message) for message in answer.context["messages"]]) == (
        1,
        ["This import has gone on in the meantime: finished."],
    )


def test_what_is_left_is_done_by_the_jobs(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leads.views.importing.AT_ONCE_SECONDS", 0.0)
    imported = checked("email\n" + "".join(f"a{n}@x.example\n" for n in range(50)))
    page.post(f"/imports/{imported.pk}/start/", {"version": "1"})
    running = page.get(f"/imports/{imported.pk}/", headers={"HX-Request": "true"})
    assert (running.context["imported"].done, b"every 2s" in running.content) == (20, True)
    run_imports()
    assert (Lead.objects.count(), b"every 2s" in page.get(f"/imports/{imported.pk}/").content) == (
        50,
        False,
    )


def test_the_error_file_can_be_mended_and_imported_again(page: Client) -> None:
    content = "email,empresa,phone\nbad,=1+1,+34 600 111 222\ngood@x.example,B,\n"
    imported = ran(content)
    rows = lines(page.get(f"/imports/{imported.pk}/errors.csv"))
    assert rows[0] == ["email", "empresa", "phone", "import_line", "import_problem"]
    assert rows[1][:4] == ["bad", "'=1+1", "'+34 600 111 222", "2"]
    rows[1][0] = "mended@x.example"
    mended = io.StringIO()
    csv.writer(mended).writerows(rows)
    again = uploaded(mended.getvalue())
    assert again.columns == ["email", "company_name", "phone", "", ""]
    assert outcomes(ran(mended.getvalue(), columns=again.columns)) == ["new"]
    lead = Lead.objects.get(email="mended@x.example")
    assert (lead.company_name, lead.phone) == ("=1+1", "+34 600 111 222")


def test_our_own_columns_are_left_out_wherever_they_were_moved(page: Client) -> None:
    content = "import_line,email,import_problem,nombre\n7,bad,why,Ana\n"
    imported = ran(content, columns=["", "email", "", "first_name"])
    rows = lines(page.get(f"/imports/{imported.pk}/errors.csv"))
    assert (rows[0], rows[1][:3]) == (
        ["email", "nombre", "import_line", "import_problem"],
        ["bad", "Ana", "2"],
    )


def test_the_report_has_a_line_for_every_row(page: Client) -> None:
    imported = ran("email,nombre\na@x.example,A\nbad,B\n")
    rows = lines(page.get(f"/imports/{imported.pk}/report.csv"))
    assert [row[:3] for row in rows[1:]] == [["2", "new", "a@x.example"], ["3", "failed", ""]]


def test_managers_see_their_own_imports_and_marketing_all(client: Client) -> None:
    manager = make_user(role=Role.MANAGER)
    own, other = uploaded(FAIR, actor=manager), uploaded(FAIR)
    client.force_login(manager)
    assert [found.pk for found in client.get("/imports/").context["page"]] == [own.pk]
    assert client.get(f"/imports/{other.pk}/columns/").status_code == 404
    client.force_login(marketer())
    assert len(client.get("/imports/").context["page"]) == 2


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"q": "FAIR"}, {"fair.csv"}),
        ({"status": "uploaded"}, {"fair.csv", "guests.csv"}),
        ({"status": "done"}, set()),
        ({"status": "odd"}, {"fair.csv", "guests.csv"}),
    ],
)
def test_the_list_is_narrowed(page: Client, asked: dict[str, str], names: set[str]) -> None:
    send(page, FAIR), send(page, FAIR, name="guests.csv", key="3f0e4f16-5a4c-4f0e-9a53-0d1c6e9a9e11")
    answer = page.get("/imports/", asked)
    assert {found.file_name for found in answer.context["page"]} == names
    assert ("Show all imports" in answer.content.decode()) == (not names)


def test_markup_in_a_file_is_text(page: Client) -> None:
    bad = "<script>alert(1)</script>"
    imported = checked(f"email,{bad}\n{bad},{bad}\na@x.example,{bad}\n")
    for path in ("", "columns/"):
        assert bad.encode() not in page.get(f"/imports/{imported.pk}/{path}").content
    assert bad.encode() not in page.get("/imports/").content


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_the_rows(page: Client, rows: int, django_assert_num_queries: Any) -> None:
    Lead.objects.all().delete()
    content = "email,nombre\n" + "".join(f"a{n}@x.example,A\nbad,B\n" for n in range(rows))
    ran("email\n" + "".join(f"a{n}@x.example\n" for n in range(rows)))
    imported = checked(content)
    page.get("/imports/")
    with django_assert_num_queries(4):
        page.get("/imports/")
    with django_assert_num_queries(5):
        page.get(f"/imports/{imported.pk}/")
    with django_assert_num_queries(8):
        page.get(f"/imports/{imported.pk}/columns/")
    undone = undo(ran(f"email,nombre\nb@x.example,{rows}\n"))
    with django_assert_num_queries(5):
        page.get(f"/imports/{undone.pk}/")


def test_the_timeline_tells_an_import_and_its_undoing_apart(page: Client) -> None:
    lead = make_lead(email="ana@x.example")
    imported = ran("email,nombre\nana@x.example,Ana\n")
    assert "Import undone" not in page.get(f"/leads/{lead.pk}/").content.decode()
    undo(imported)
    assert "Import undone" in page.get(f"/leads/{lead.pk}/").content.decode()
