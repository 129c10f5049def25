"""The style guide is for who develops; its pieces render with what they are given."""

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client, RequestFactory

from smarketing.accounts.enums import Role
from smarketing.styleguide import EXAMPLES
from tests.accounts.factories import make_user

pytestmark = pytest.mark.django_db


def rendered(source: str, **values) -> str:
    request = RequestFactory().get("/leads/?sort=name&page=3")
    return Template("{% load design %}" + source).render(Context({"request": request, **values}))


def test_in_production_there_is_none(client: Client):
    client.force_login(make_user(role=Role.ADMIN))
    assert client.get("/styleguide/").status_code == 404


def test_in_development_every_piece_is_shown(client: Client, settings):
    settings.DEBUG = True
    client.force_login(make_user(role=Role.ADMIN))
    page = client.get("/styleguide/").content.decode()
    assert [name for name, _title in EXAMPLES if f'<section id="{name}"' not in page] == []


def test_a_component_shows_what_stands_inside():
    page = rendered(
        '{% component "card" title=title %}<p>{{ inside }}</p>{% endcomponent %}', title="<T>", inside="<i>"
    )
    assert ("<h2>&lt;T&gt;</h2>" in page, "<p>&lt;i&gt;</p>" in page) == (True, True)


def test_a_component_leaves_no_value_behind():
    assert rendered('{% component "card" title="T" %}{% endcomponent %}[{{ title }}{{ slot }}]').endswith(
        "[]"
    )


def test_a_component_takes_only_named_values():
    with pytest.raises(TemplateSyntaxError):
        rendered('{% component "card" "T" %}{% endcomponent %}')


def test_a_column_that_sorts_is_turned_by_its_link_and_starts_at_page_one():
    assert 'href="?sort=-name"' in rendered('{% sort "name" "Name" %}')


@pytest.mark.parametrize(("value", "width"), [(0, "0.0"), (40, "50.0"), (200, "100.0")])
def test_a_meter_ends_at_its_target(value: int, width: str):
    assert f'class="meter-fill" width="{width}"' in rendered(
        '{% meter value 80 "MQLs" "words" %}', value=value
    )


def test_breadcrumbs_end_with_the_page_itself():
    page = rendered('{% breadcrumbs "Leads" "/leads/" "Ana" %}')
    assert '<a href="/leads/">Leads</a></li><li aria-current="page">Ana</li>' in page
