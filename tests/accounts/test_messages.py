"""Texts that are kept, and told in the language of whoever reads them."""

import json

import pytest
from django.utils.translation import override

from smarketing.accounts.enums import Role
from smarketing.accounts.rules.messages import Message, recalled


def told(message: Message, language: str) -> str:
    """After it was kept as JSON by somebody who reads Spanish."""
    with override("es"):
        kept = json.dumps(message.kept)
    with override(language):
        return str(recalled(json.loads(kept)))


LINE = Message("Already in line %(line)d of this file.") % {"line": 4}
NAMES = Message("Changed since: %(names)s") % {"names": [Message("First name"), "First name"]}
STATUS = Message("This import has gone on in the meantime: %(status)s.") % {"status": Role.MARKETER.label}


@pytest.mark.parametrize(
    ("message", "english", "spanish"),
    [
        (LINE, "Already in line 4 of this file.", "Ya figura en la línea 4 de este archivo."),
        (NAMES, "Changed since: First name, First name", "Cambiado desde entonces: Nombre, First name"),
        (
            STATUS,
            "This import has gone on in the meantime: Marketer.",
            "Esta importación ha seguido adelante entretanto: Especialista en marketing.",
        ),
    ],
)
def test_a_message_is_told_in_any_language_with_its_values(
    message: Message, english: str, spanish: str
) -> None:
    """A text among the values stays as it is; a message or a label among them is told, too."""
    assert (told(message, "en"), told(message, "es")) == (english, spanish)


@pytest.mark.parametrize("text", ["100% %(n)d", "", "Ya no."])
def test_a_finished_text_stays_as_it_is(text: str) -> None:
    assert str(recalled(text)) == text
