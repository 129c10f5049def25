import socket

import pytest
from django.utils import translation
from email_validator import EmailNotValidError, validate_email
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.rules.identity import Address, InvalidIdentity, company_domain, parse_email, phone_key
from leads.rules.seniority import seniority_of


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Ana.Pérez@Example.COM", "ana.pérez@example.com"),
        ("ana@BÜCHER.de", "ana@xn--bcher-kva.de"),
        ("ana@xn--bcher-kva.de", "ana@xn--bcher-kva.de"),
        ("Ana+spring@gmail.com", "ana+spring@gmail.com"),
    ],
)
def test_spellings_of_one_address_share_a_key(typed: str, key: str):
    assert parse_email(typed).key == key


def test_the_address_to_write_to_keeps_its_local_part():
    assert parse_email("Ana.Perez@EXAMPLE.com").email == "Ana.Perez@example.com"


@pytest.mark.parametrize(
    "typed", ["", "ana", "a@b", "a b@example.com", "a@[127.0.0.1]", "a@x.test", "@a.com"]
)
def test_what_is_no_address_is_refused(typed: str):
    with pytest.raises(InvalidIdentity):
        parse_email(typed)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("a b@example.com", "«a b@example.com» no es una dirección de correo"),
        ("ana@x.test", "A «x.test» no se puede enviar correo"),
    ],
)
def test_it_is_refused_in_the_readers_words(typed: str, said: str):
    with translation.override("es"), pytest.raises(InvalidIdentity, match=said):
        parse_email(typed)


@given(st.emails())
def test_a_key_is_its_own_key(typed: str):
    try:
        key = parse_email(typed).key
    except InvalidIdentity:
        return
    assert parse_email(key).key == key


LABELS = st.text("az09-", min_size=1, max_size=8) | st.just("a" * 64)
ADDRESSES = st.builds(
    "{}@{}.{}".format,
    st.text("az09._+-", min_size=1, max_size=66),
    st.lists(st.text("az09-", min_size=1, max_size=8) | st.just("a" * 64), min_size=1, max_size=3).map(
        ".".join
    ),
    st.text("az", min_size=2, max_size=4) | st.sampled_from(["test", "local", "9z"]),
)


@given(ADDRESSES)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_short_check_says_what_the_full_one_says(typed: str):
    try:
        full = validate_email(typed, check_deliverability=False)
    except EmailNotValidError:
        with pytest.raises(InvalidIdentity):
            parse_email(typed)
    else:
        assert parse_email(typed) == Address(full.normalized, full.normalized, full.ascii_domain)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("+34 600 11-12.22", "tel:+34600111222"),
        ("0034600111222", "tel:+34600111222"),
        ("(600) 111 222", "tel:600111222"),
        ("600111222 ext. 12", "tel:600111222"),
    ],
)
def test_spellings_of_one_number_share_a_key(typed: str, key: str):
    assert phone_key(typed) == key


@pytest.mark.parametrize("typed", ["", "12345", "call me", "+34 600 111 222 333 444 555", "+", "6001112٣2"])
def test_what_is_no_number_is_refused(typed: str):
    with pytest.raises(InvalidIdentity):
        phone_key(typed)


@pytest.mark.parametrize(
    ("domain", "company"),
    [
        ("mail.acme.co.uk", "acme.co.uk"),
        ("acme.com.br", "acme.com.br"),
        ("xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("gmail.com", ""),
        ("yahoo.com.br", ""),
        ("hotmail.es", ""),
        ("proton.me", ""),
        ("proton.com", "proton.com"),
        ("co.uk", ""),
        ("mail.acme.example", "acme.example"),
        ("localhost", ""),
    ],
)
def test_the_company_is_the_registrable_domain_unless_it_is_free_mail(domain: str, company: str):
    assert company_domain(domain) == company


def test_domains_are_read_without_the_network(monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert company_domain("never-seen-before.example.org") == "example.org"
    assert parse_email("somebody@never-seen-before.example.org").domain == "never-seen-before.example.org"


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("CEO", "chief"),
        ("Directora General", "chief"),
        ("Gerente general", "chief"),
        ("Co-founder & CTO", "chief"),
        ("Diretor Geral", "chief"),
        ("Vice President, Sales", "director"),
        ("Area director", "director"),
        ("Head of Marketing", "director"),
        ("Jefe de compras", "manager"),
        ("Responsável de TI", "manager"),
        ("Product Owner", "specialist"),
        ("Assistant to the CEO", "specialist"),
        ("Técnico de sistemas", "specialist"),
        ("Estudiante de ADE", "student"),
        ("Doctor", ""),
        ("", ""),
    ],
)
def test_a_title_says_how_senior_somebody_is(title: str, level: str):
    assert seniority_of(title) == level
