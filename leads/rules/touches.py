"""Where a visitor came from: UTM, referrer and landing page of one visit."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
TOUCH_FIELDS = (*UTM, "referrer", "landing_page")
MAX_TOUCH = 500


def read_touch(values: Mapping[str, str], *, form_page: str, referer: str, at: datetime) -> dict[str, str]:
    """The touch a submission carries, without what is blank; `at` as ISO 8601.

    `values` are the posted ones. The landing page is the one posted, else that of the form, else
    the browser's Referer (where the form stood).
    """
    touch = {name: values[name][:MAX_TOUCH] for name in TOUCH_FIELDS if values.get(name)}
    if page := touch.get("landing_page") or form_page or referer:
        touch["landing_page"] = page[:MAX_TOUCH]
    return {**touch, "at": at.isoformat()} if touch else {}


def source_of(touch: Mapping[str, str], *, campaign_source: str = "") -> str:
    """One word for "where from": the link's own, else the campaign's, else the referring site."""
    named = touch.get("utm_source") or campaign_source
    if named:
        return named[:120]
    try:
        return (urlsplit(touch.get("referrer", "")).hostname or "").removeprefix("www.")[:120]
    except ValueError:  # "http://[": typed by a visitor or a script, worth no refusal
        return ""


def page_of(address: str) -> str:
    """An address without query and fragment, so that one page is one row in a report."""
    return address.partition("#")[0].partition("?")[0]
