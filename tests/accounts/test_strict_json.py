"""What the strict decoder refuses, and that it accepts what the standard one does."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.accounts.rules.strict_json import InvalidJson, decode, loads

STORABLE = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | STORABLE,
    lambda inner: st.lists(inner) | st.dictionaries(STORABLE, inner),
)


@given(VALUES, st.booleans())
def test_acceptable_values_come_back(value: object, ascii_only: bool):
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert loads(decode(text.encode())) == value


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"email": "a", "email": "b"}', "email"),
        ('{"email": "a", "\\u0065mail": "b"}', "email"),
        ('{"name": "a\\u0000b"}', "name"),
        ('{"leads": [{"name": "\\ud800"}]}', "leads.0.name"),
        ('{"a\\u0000": 1}', "a\\x00"),
        ('{"a\\ud83d": 1}', "a\\ud83d"),
    ],
)
def test_the_faulty_field_is_named(text: str, field: str):
    with pytest.raises(InvalidJson) as refusal:
        loads(text)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "NaN",
        "[Infinity]",
        "[-Infinity]",
        "1e999",
        "9" * 4_000,
        "[" * 33 + "]" * 33,
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"a": 1,}',
        "{'a': 1}",
        '"raw \x00 nul"',
        '"' + '\\"' * 100_000,
    ],
)
def test_refused(text: str):
    with pytest.raises(InvalidJson):
        loads(text)


def test_brackets_in_texts_are_no_depth():
    assert loads('["%s"]' % ("[{" * 100)) == ["[{" * 100]


def test_32_levels_are_accepted():
    assert json.dumps(loads("[" * 32 + "]" * 32)) == "[" * 32 + "]" * 32


def test_a_pair_of_surrogates_is_one_character():
    assert loads('"\\ud83c\\udf89"') == "🎉"


def test_an_unfinished_text_is_refused_in_linear_time():
    started = time.perf_counter()
    with pytest.raises(InvalidJson):
        loads("[" * 40 + '"' + '\\"' * 500_000)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("charset", ["utf-16", "bogus", "latin-1"])
def test_other_charsets_are_refused(charset: str):
    with pytest.raises(InvalidJson, match="UTF-8"):
        decode(b"{}", charset=charset)


def test_invalid_utf8_is_refused_with_its_place():
    with pytest.raises(InvalidJson, match="byte 2"):
        decode(b'{"\xff": 1}')


def test_a_byte_order_mark_is_no_fault():
    assert decode(b"\xef\xbb\xbf{}") == "{}"
