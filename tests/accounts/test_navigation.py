"""Who sees which sections, and where each room names them."""

import pytest
from django.test import Client
from django.urls import reverse

from smarketing.accounts.enums import Role
from smarketing.accounts.navigation import Entry, Group, entries, groups_for

from .factories import make_user

FOR_MARKETERS = Entry("Forms", "leads:forms", Group.MARKETING, "form", roles=frozenset({Role.MARKETER}))


def test_every_entry_leads_to_a_page():
    assert all(reverse(entry.url_name).startswith("/") for entry in entries())


def test_no_two_sections_share_a_picture():
    pictures = [entry.icon for entry in entries() if entry.group != Group.SETTINGS]
    assert len(set(pictures)) == len(pictures)


def test_entries_stand_in_the_order_of_groups():
    places = [list(Group).index(entry.group) for entry in entries()]
    assert places == sorted(places)


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "seen"), [(Role.MARKETER, True), (Role.SDR, False), (Role.ADMIN, False)])
def test_an_entry_is_for_its_roles(role: Role, seen: bool):
    assert FOR_MARKETERS.is_for(make_user(role=role)) is seen


@pytest.mark.django_db
def test_all_settings_are_for_staff_of_any_role():
    (entry,) = (entry for entry in entries() if entry.url_name == "admin:index")
    people = make_user(role=Role.SDR), make_user(role=Role.SDR, is_staff=True), make_user(role=Role.ADMIN)
    assert [entry.is_for(person) for person in people] == [False, True, True]


@pytest.mark.django_db
def test_the_present_page_is_marked_also_from_below_it():
    groups = groups_for(make_user(), "funnel:lead")
    current = [item["entry"].url_name for group in groups for item in group["items"] if item["current"]]
    assert current == ["funnel:leads"]


def test_each_section_is_its_own_page():
    """By which a navigation that was drawn once is known."""
    assert len({entry.url_name for entry in entries()}) == len(entries())


@pytest.mark.django_db
def test_it_is_drawn_for_the_role_the_place_and_the_language(client: Client):
    def shown(path: str, language: str = "en", role: Role = Role.SDR) -> list[tuple[str, bool]]:
        client.force_login(make_user(role=role, language=language))
        text = (
            client.get(path, follow=True)
            .content.decode()
            .partition("side-nav-fixed")[2]
            .partition("</nav>")[0]
        )
        return [
            (item.partition("<span>")[2].partition("<")[0], "aria-current" in item)
            for item in text.split("<li>")[1:]
        ]

    for _ in range(2):
        assert ("Leads", True) in shown("/leads/")
        assert ("Leads", False) in shown("/profile/")
        assert ("Prospectos", True) in shown("/leads/", "es")
        assert {name for name, _lit in shown("/leads/", role=Role.ADMIN)} > {
            name for name, _ in shown("/leads/")
        }


@pytest.mark.django_db
def test_the_navigation_costs_no_query(client: Client, django_assert_num_queries):
    user = make_user()
    with django_assert_num_queries(0):
        groups_for(user, "funnel:report")
