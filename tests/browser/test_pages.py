"""Each role's way through the pages in a real browser: nothing complains, nothing overflows."""

import pytest

from leads.enums import ActivityKind
from leads.models import Submission
from leads.services.intake import Visit, receive
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.pools import make_pool
from tests.leads.factories import NOW, live_rule_set, make_campaign, make_form
from tests.sla.factories import make_policy

from .conftest import Watched

pytestmark = pytest.mark.django_db(transaction=True)

DESKTOP = {"locale": "en-GB"}
PHONE = {"locale": "es-ES", "viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }}{% debug %}",
    "javascript:alert(1)",
)


@pytest.fixture
def handed_off() -> int:
    """Id of a lead that a form made, with markup in every field, routed to an SDR with a clock."""
    live_rule_set(at=NOW)
    make_policy()
    make_pool(make_user(role=Role.SDR, email="rep@example.com"))
    make_user(role=Role.MARKETER, email="marketer@example.com")
    form = make_form(
        activity_kind=ActivityKind.CONTACT_REQUEST,
        asset=PAYLOADS[0],
        campaign=make_campaign(name=PAYLOADS[1]),
    )
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
    }
    visit = Visit(referer="https://example.com/?q=" + PAYLOADS[1])
    receipt = receive(form=form, posted=list(posted.items()), visit=visit, at=NOW)
    lead_id = Submission.objects.get(pk=receipt.submission_id).lead_id
    assert lead_id is not None
    return lead_id


@pytest.mark.parametrize("watched", [DESKTOP, PHONE], indirect=True, ids=["desktop-en", "phone-es-dark"])
@pytest.mark.parametrize("email", ["rep@example.com", "marketer@example.com"])
def test_pages_open_without_a_complaint(watched: Watched, handed_off: int, email: str) -> None:
    watched.sign_in(email)
    for path in (
        "/funnel/",
        "/leads/",
        f"/leads/{handed_off}/",
        "/reminders/",
        f"/leads/{handed_off}/clocks/",
    ):
        assert (path, watched.open(path)) == (path, 200)
        width = watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert (path, width) == (path, 0)
    assert watched.complaints == []


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_markup_in_a_lead_is_shown_as_text(watched: Watched, handed_off: int) -> None:
    watched.sign_in("marketer@example.com")
    watched.open(f"/leads/{handed_off}/")
    heading = watched.page.inner_text("h1")
    assert (PAYLOADS[0] in heading, PAYLOADS[1] in heading, watched.complaints) == (True, True, [])


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_a_number_of_the_funnel_leads_to_the_lead(watched: Watched, handed_off: int) -> None:
    watched.sign_in("marketer@example.com")
    watched.page.click(".zone-middle a.count")
    watched.page.click("tbody th a")
    watched.page.wait_for_load_state("networkidle")
    assert watched.page.url.endswith(f"/leads/{handed_off}/")
    # The clocks belong to another room and are fetched into the page.
    assert "First contact" in watched.page.inner_text("section[aria-labelledby=promise-title]")


@pytest.mark.parametrize("watched", [{"java_script_enabled": False}], indirect=True, ids=["no-script"])
def test_everything_can_be_reached_without_scripts(watched: Watched, handed_off: int) -> None:
    watched.sign_in("marketer@example.com")
    watched.open("/leads/?q=ana")
    watched.page.click("tbody th a")
    watched.page.click("section[aria-labelledby=promise-title] a")
    assert "First contact" in watched.page.inner_text("main")


@pytest.mark.parametrize("watched", [DESKTOP], indirect=True)
def test_language_and_appearance_are_chosen_in_the_menu(watched: Watched, handed_off: int) -> None:
    watched.sign_in("marketer@example.com")
    watched.page.click("details.menu summary")
    watched.page.click("button[data-theme=dark]")
    assert watched.page.get_attribute("html", "data-bs-theme") == "dark"
    watched.page.click("button[lang=es]")
    watched.page.wait_for_load_state("networkidle")
    assert watched.page.get_attribute("html", "lang") == "es"
    assert User.objects.get(email="marketer@example.com").language == "en"
    assert watched.complaints == []
