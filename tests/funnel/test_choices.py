import pytest

from funnel.selectors.choices import CAMPAIGN, PERSON, PERSONA, SOURCE, TEAM, choices_of
from funnel.services.rollups import refresh
from leads.models import Campaign, Persona
from smarketing.accounts.models import User
from tests.accounts.factories import make_team, make_user
from tests.funnel.pools import NOON, entered_lead
from tests.leads.factories import make_campaign

pytestmark = pytest.mark.django_db
KINDS = (CAMPAIGN, TEAM, PERSONA, PERSON, SOURCE)


def test_nothing_is_offered_where_nothing_is() -> None:
    assert choices_of(KINDS) == {kind: [] for kind in KINDS}


def test_all_kinds_by_name_in_one_query(django_assert_num_queries) -> None:
    fair, ads = make_campaign(name="fair"), make_campaign(name="Ads")
    team = make_team(name="Inside sales")
    chief = Persona.objects.create(name="The chief")
    named, nameless = make_user(first_name="Ana", last_name="Ruiz"), make_user(first_name="", last_name="")
    make_user(is_active=False)
    for source in ("web", "event", ""):
        entered_lead(source=source)
    refresh(at=NOON)
    with django_assert_num_queries(1):
        found = choices_of(KINDS)
    assert found == {
        CAMPAIGN: [(str(ads.pk), "Ads"), (str(fair.pk), "fair")],
        TEAM: [(str(team.pk), "Inside sales")],
        PERSONA: [(str(chief.pk), "The chief")],
        PERSON: sorted(
            [(str(named.pk), "Ana Ruiz"), (str(nameless.pk), nameless.email)],
            key=lambda row: row[1].casefold(),
        ),
        SOURCE: [("event", "event"), ("web", "web")],
    }


@pytest.mark.parametrize("kind", [CAMPAIGN, PERSON])
def test_it_is_asked_anew_each_time(kind: str) -> None:
    before = make_campaign(name="Before"), make_user(first_name="Before", last_name="")
    assert [name for _pk, name in choices_of((kind,))[kind]] == ["Before"]
    Campaign.objects.update(name="After")
    User.objects.update(first_name="After")
    assert [name for _pk, name in choices_of((kind,))[kind]] == ["After"]
    assert all(one.delete() for one in before)
    assert choices_of((kind,)) == {kind: []}
