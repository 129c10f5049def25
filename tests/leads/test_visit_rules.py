"""Rules on a visit: where it came from, whether a machine made it, whether it came before."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from leads.rules.addresses import client_address
from leads.rules.bots import is_bot, is_posting_bot
from leads.rules.fingerprint import fingerprint, lock_number
from leads.rules.flood import MOST_KEYS, HitCounter
from leads.rules.touches import page_of, read_touch, source_of

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FORM = UUID("6f1ce4c0-8d0e-4f0c-9c53-0e5f2a1b7c11")
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"


@pytest.mark.parametrize(
    "user_agent",
    [
        "Googlebot/2.1",
        "python-requests/2.32",
        "curl/8.5",
        "Mozilla/5.0",
        "Proofpoint URL Defense",
        "Barracuda",
    ],
)
def test_crawlers_scripts_and_mail_scanners_are_bots(user_agent: str):
    assert is_bot(user_agent) is True


@pytest.mark.parametrize("user_agent", [CHROME, "", "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X)"])
def test_a_browser_is_no_bot(user_agent: str):
    assert is_bot(user_agent) is False


@pytest.mark.parametrize(
    "user_agent",
    [
        "curl/8.5",
        "python-requests/2.32",
        "Java/17.0.2",
        "GuzzleHttp/7",
        "WordPress/6.5; https://acme.example",
    ],
)
def test_a_sites_own_server_posts_for_a_person(user_agent: str):
    assert is_posting_bot(user_agent) is False


@pytest.mark.parametrize(
    "user_agent", ["Googlebot/2.1", "Barracuda", "Mozilla/5.0 (compatible; AhrefsBot/7.0)"]
)
def test_a_crawler_posts_for_nobody(user_agent: str):
    assert is_posting_bot(user_agent) is True


def test_a_touch_keeps_what_the_visit_says():
    values = {"utm_source": "ads", "utm_medium": "", "email": "a@b.com", "referrer": "https://x.org/"}
    assert read_touch(values, form_page="", referer="https://land.example/p", at=AT) == {
        "utm_source": "ads",
        "referrer": "https://x.org/",
        "landing_page": "https://land.example/p",
        "at": "2026-03-02T09:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("posted", "form_page", "referer", "page"),
    [
        ("https://a.org/posted", "https://a.org/form", "https://a.org/ref", "https://a.org/posted"),
        ("", "https://a.org/form", "https://a.org/ref", "https://a.org/form"),
        ("", "", "https://a.org/ref", "https://a.org/ref"),
    ],
)
def test_the_landing_page_is_posted_or_the_forms_or_where_the_form_stood(
    posted: str, form_page: str, referer: str, page: str
):
    touch = read_touch({"landing_page": posted}, form_page=form_page, referer=referer, at=AT)
    assert touch["landing_page"] == page


def test_a_page_is_one_whatever_its_query():
    assert page_of("https://a.org/p?utm_source=x#top") == "https://a.org/p"


def test_a_visit_that_says_nothing_is_no_touch():
    assert read_touch({"email": "a@b.com"}, form_page="", referer="", at=AT) == {}


@pytest.mark.parametrize(
    ("touch", "campaign", "source"),
    [
        ({"utm_source": "ads", "referrer": "https://x.org"}, "fair", "ads"),
        ({"referrer": "https://x.org"}, "fair", "fair"),
        ({"referrer": "https://www.x.org/page"}, "", "x.org"),
        ({"referrer": "http://["}, "", ""),
        ({}, "", ""),
    ],
)
def test_the_source_is_the_link_then_the_campaign_then_the_referring_site(
    touch: dict[str, str], campaign: str, source: str
):
    assert source_of(touch, campaign_source=campaign) == source


def test_the_order_of_fields_makes_no_other_fingerprint():
    assert fingerprint(FORM, {"a": "1", "b": "2"}) == fingerprint(FORM, {"b": "2", "a": "1"})


def test_moving_text_between_fields_makes_another_fingerprint():
    assert fingerprint(FORM, {"a": "1", "b": ""}) != fingerprint(FORM, {"a": "", "b": "1"})


def test_a_lock_number_fits_postgres():
    assert -(2**63) <= lock_number(fingerprint(FORM, {})) < 2**63


def test_hits_are_counted_per_key_until_the_window_ends():
    counter = HitCounter()
    hits = [("a", 0), ("a", 59), ("b", 0), ("a", 60)]
    seen = [counter.hit(key, AT + timedelta(seconds=after))[0] for key, after in hits]
    assert seen == [1, 2, 1, 1]


def test_a_closed_key_opens_when_its_time_has_come():
    counter = HitCounter()
    counter.close("a", AT + timedelta(seconds=10))
    waits = [counter.seconds_closed("a", AT + timedelta(seconds=s)) for s in (0, 9, 10)]
    assert waits == [11, 2, 0]


def test_a_flood_from_many_addresses_takes_bounded_memory():
    counter = HitCounter()
    for number in range(MOST_KEYS + 10):
        counter.hit(number, AT)
    assert len(counter._windows) <= MOST_KEYS


@pytest.mark.parametrize(
    ("forwarded_for", "proxies", "address"),
    [
        ("6.6.6.6", 0, "10.0.0.1"),
        ("6.6.6.6, 8.8.8.8", 1, "8.8.8.8"),
        ("6.6.6.6, 8.8.8.8, 10.0.0.9", 2, "8.8.8.8"),
        ("8.8.8.8", 2, "8.8.8.8"),
        ("", 1, "10.0.0.1"),
        ("nonsense", 1, None),
        ("::ffff:8.8.8.8", 1, "8.8.8.8"),
    ],
)
def test_only_what_our_own_proxies_appended_is_believed(
    forwarded_for: str, proxies: int, address: str | None
):
    assert client_address(remote="10.0.0.1", forwarded_for=forwarded_for, proxies=proxies) == address
