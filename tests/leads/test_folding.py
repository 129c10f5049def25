"""Letters without accents, here and in the database."""

import unicodedata

import pytest
from django.db.models import Value

from leads.models import Lead
from leads.models.folding import folded
from leads.rules.folding import FROM, TO, fold
from tests.funnel.factories import bare_lead

TEXTS = ["PÉREZ Núñez", "Zoë Øster", "Łukasz", "plain", "Perez"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", TEXTS)
def test_the_database_folds_as_the_program_does(text: str) -> None:
    bare_lead()
    assert Lead.objects.values_list(folded(Value(text)), flat=True).get() == fold(text)


def test_each_letter_has_its_plain_one() -> None:
    own = {"ø": "o", "Ø": "o", "ł": "l", "Ł": "l"}
    plain = [own.get(letter) or unicodedata.normalize("NFD", letter)[0].lower() for letter in FROM]
    assert list(TO) == plain


def test_letters_that_were_typed_in_two_strokes_are_one() -> None:
    assert fold("Pe\u0301rez") == "perez"
