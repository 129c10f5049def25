"""A marketer imports a list from a fair in a real browser, with scripts and without, and takes it back."""

import pytest

from leads.models import Import, Lead
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_user
from tests.leads.factories import make_lead

from .conftest import Watched
from .test_every_page import overflow, violations
from .world import PAYLOADS

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"locale": "es-ES", "viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
DESKTOP = {"locale": "en-GB"}
PLAIN = {"locale": "en-GB", "java_script_enabled": False}
LIST = (
    "E-mail;Nombre;Empresa;Interesado en;Sin nombre\n"
    f"ana@acme.example;Ana;{PAYLOADS[0]};robots;{PAYLOADS[3]}\n"
    "known@acme.example;Bea;Acme;;\n"
    f"nobody at all;{PAYLOADS[2]};;;\n"
).encode("cp1252")


def sound(watched: Watched) -> None:
    """The page that is open is accessible, fits and complains of nothing."""
    assert (overflow(watched), violations(watched), watched.heard(422)) == (0, [], [])


def press(watched: Watched, action: str) -> None:
    """Press the button that posts to this address, and wait for the page after it."""
    with watched.page.expect_navigation():
        watched.page.click(f'[formaction$="/{action}/"], form[action$="/{action}/"] button')


def upload(watched: Watched) -> None:
    make_lead(email="known@acme.example")
    watched.become(make_user(role=Role.MARKETER))
    watched.open("/imports/new/")
    file = {"name": "<b>fair</b>.csv", "mimeType": "text/csv", "buffer": LIST}
    watched.page.set_input_files("#id_file", file)  # type: ignore[arg-type]
    with watched.page.expect_navigation():
        watched.page.click("[data-upload-submit]")


@pytest.mark.parametrize("watched", [DESKTOP, PHONE], indirect=True, ids=["desktop-en", "phone-es-dark"])
def test_from_upload_to_undo(watched: Watched) -> None:
    upload(watched)
    page = watched.page
    sound(watched)
    assert "robots" not in (page.text_content("#preview") or "")
    page.select_option("#id_column-3", "custom")
    page.wait_for_selector("#preview >> text=robots")
    page.select_option("#id_column-3", "need")
    with page.expect_navigation():
        page.click("#columns-form button.btn-primary")
    sound(watched)
    assert Import.objects.get().counts == {"new": 1, "filled": 1, "failed": 1}
    press(watched, "start")
    sound(watched)
    assert (Lead.objects.count(), Lead.objects.get(email="ana@acme.example").need) == (2, "robots")
    page.click('form[action$="/undo/"] button')
    sound(watched)
    assert Lead.objects.count() == 2  # it asks first
    with page.expect_navigation():
        page.locator("#confirm [data-confirm-yes]").click()
    sound(watched)
    assert (Lead.objects.get().first_name, Import.objects.get().undone) == ("", {"removed": 1, "emptied": 1})
    watched.open("/imports/")
    sound(watched)


@pytest.mark.parametrize("watched", [PLAIN], indirect=True, ids=["no-scripts"])
def test_every_step_works_without_scripts(watched: Watched) -> None:
    upload(watched)
    with watched.page.expect_navigation():
        watched.page.click("#columns-form button.btn-primary")
    press(watched, "start")
    assert Lead.objects.count() == 2
    press(watched, "undo")
    assert (Lead.objects.count(), watched.heard()) == (1, [])
