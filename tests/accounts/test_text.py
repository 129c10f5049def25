"""What `clean_text` keeps, removes and refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.accounts.rules.text import InvalidText, clean_text


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("  Ana   García ", "Ana García"),
        ("Ana\r\nBcc: everybody@example.com", "Ana Bcc: everybody@example.com"),
        ("Ana\u2028García", "Ana García"),
        ("\u200b\u2060\ufeff", ""),
        ("\u3164\u2800", ""),
        ("Ana\u202egpj.exe", "Anagpj.exe"),
        ("\u2067Ana\u2069", "Ana"),
        ("A\x07n\x1ba", "Ana"),
        ("Jose\u0301", "José"),
        ("e\u200b\u0301", "é"),
        ("<script>alert(1)</script>{{ 7*7 }}", "<script>alert(1)</script>{{ 7*7 }}"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("محمد 田中 🎉", "محمد 田中 🎉"),
        ("", ""),
    ],
)
def test_single_line_text_is_cleaned(given_text: str, kept: str):
    assert clean_text(given_text, max_length=100) == kept


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "\udfff"])
def test_what_cannot_be_stored_is_refused(text: str):
    with pytest.raises(InvalidText):
        clean_text(text, max_length=100)


def test_length_counts_after_cleaning():
    assert clean_text("  abc\u200b  ", max_length=3) == "abc"


def test_one_character_too_many_is_refused():
    with pytest.raises(InvalidText, match="longer than 3"):
        clean_text("abcd", max_length=3)


def test_paragraphs_stay_in_multiline_text():
    text = "one \t two\r\nthree\r\r\n\n\n\nfour\u2029five  \n"
    assert clean_text(text, max_length=100, multiline=True) == "one two\nthree\n\nfour\nfive"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), st.booleans())
def test_cleaning_twice_changes_nothing_more(text: str, multiline: bool):
    once = clean_text(text, max_length=10_000, multiline=multiline)
    assert clean_text(once, max_length=10_000, multiline=multiline) == once


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_single_line_text_has_one_line(text: str):
    assert len(clean_text(text, max_length=10_000).splitlines()) <= 1
