"""Where a visitor came from: UTM, referrer and landing page of one visit."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
TOUCH_FIELDS = (*UTM, "referrer", "landing_page")
MAX_TOUCH = 500


def read_touch(values: Mapping[str, str], *, referer: str, at: datetime) -> dict[str, str]:
    """The touch a submission carries, without what is blank; `at` as ISO 8601.

    `values` are the posted ones; the browser's Referer names the landing page when the page
    itself does not (it is where the form stood).
    """
    touch = {name: values[name][:MAX_TOUCH] for name in TOUCH_FIELDS if values.get(name)}
    if "landing_page" not in touch and referer:
        touch["landing_page"] = referer[:MAX_TOUCH]
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
