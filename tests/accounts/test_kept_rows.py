import pytest
from django.core.exceptions import ObjectDoesNotExist

from leads.models import Form, Persona, RuleGroup, RuleSet
from leads.services.defaults import install_defaults
from sla.models import Agreement, AgreementPromise, AgreementSignature
from smarketing.accounts.models import User
from smarketing.accounts.selectors.kept_rows import rows_with_names
from smarketing.accounts.services.audit import snapshot
from tests.accounts.factories import make_user
from tests.leads.factories import make_form
from tests.sla.agreeing import NOON, signed

pytestmark = pytest.mark.django_db


def facts(obj):
    return {field.attname: getattr(obj, field.attname) for field in obj._meta.concrete_fields}


def same(model, by, value, *, named):
    """As Django reads it, and what is pointed at without asking again."""
    expected = list(model._base_manager.filter(**{by: value}).select_related(*named))
    found = rows_with_names(model, by, [value])
    assert [facts(row) for row in found] == [facts(row) for row in expected]
    for row, other in zip(found, expected, strict=True):
        for name in named:
            assert type(row)._meta.get_field(name).get_cached_value(row) == getattr(other, name)
    return found


def test_a_row_that_points_at_nothing():
    (found,) = same(User, "pk", make_user().pk, named=("team", "reports_to"))
    assert found.reports_to is None


def test_a_row_that_points_at_another_of_its_kind():
    boss = make_user()
    (found,) = same(User, "pk", make_user(reports_to=boss).pk, named=("team", "reports_to"))
    assert str(found.reports_to) == str(boss)


def test_values_that_are_not_kept_as_they_are_read():
    form = make_form(mapping={"mail": "email"}, layout=[{"field": "email"}])
    same(Form, "pk", form.pk, named=("campaign",))
    Persona.objects.create(name="Buyer", criteria={"country": ["ES"]})
    same(Persona, "pk", Persona.objects.get().pk, named=())


def test_rows_of_one_owner_in_their_order():
    install_defaults(at=NOON)
    rules = RuleSet.objects.get()
    assert len(same(RuleGroup, "rule_set", rules.pk, named=("rule_set",))) > 3


def test_a_row_that_points_at_many(django_assert_num_queries):
    made = signed()
    people = ("marketing_head", "sales_head", "mediator", "proposed_by")
    (found,) = same(Agreement, "pk", made.pk, named=("previous", "rule_set", *people))
    with django_assert_num_queries(3):  # the agreement, its rules, its people at once
        rows_with_names(Agreement, "pk", [made.pk])
    assert found.previous is None and found.sales_head != found.marketing_head
    assert len(same(AgreementPromise, "agreement", made.pk, named=("agreement",))) == 4
    assert len(same(AgreementSignature, "agreement", made.pk, named=("agreement", "user"))) == 2


def test_a_second_reading_sees_what_changed_and_what_is_gone():
    person = make_user(first_name="Ana")
    assert rows_with_names(User, "pk", [person.pk])[0].first_name == "Ana"
    User.objects.filter(pk=person.pk).update(first_name="Eva")
    assert rows_with_names(User, "pk", [person.pk])[0].first_name == "Eva"
    User.objects.filter(pk=person.pk).delete()
    assert rows_with_names(User, "pk", [person.pk]) == []
    with pytest.raises(ObjectDoesNotExist):
        snapshot(person)
