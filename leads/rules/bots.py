"""Machines that open, click and submit: their traces are kept, but say nothing about a person."""

import re
from functools import lru_cache

from crawlerdetect import CrawlerDetect

MAIL_SCANNERS = re.compile(
    "barracuda|proofpoint|mimecast|safelinks|ms-?defender|forefront|bitdefender|trendmicro|"
    "symantec|fireeye|trellix|sophos|cloudmark|messagelabs|ironport|zscaler|forcepoint|"
    "google-?imageproxy|googleimageproxy|yahoomailproxy|outlook-?safety|mailscanner|linkcheck|urlscan",
    re.IGNORECASE,
)
"""Products that open every link of a mail before its reader does."""

MAIL_PRIVACY = "Mozilla/5.0"
"""Apple's Mail Privacy Protection fetches every picture under exactly this name, read or not."""

SITES = re.compile(
    "curl|wget|python|aiohttp|httpx|java|okhttp|apache-httpclient|guzzle|php|wordpress|go-http-client|"
    "node|axios|got |undici|ruby|faraday|perl|libwww|dart|restsharp|dotnet|zapier|postman|insomnia",
    re.IGNORECASE,
)
"""Programs by which a site passes on what somebody typed there; they are among the scripts that
crawlers are known by, but a crawler gives its own name."""


def is_posting_bot(user_agent: str) -> bool:
    """Whether a *form* was sent by a machine of nobody's: a site's own server may send it for a person.

    What machines send all the same is caught by the honeypot, the rate and the quarantine.
    """
    return is_bot(user_agent) and not SITES.match(user_agent)


@lru_cache(maxsize=4096)
def is_bot(user_agent: str) -> bool:
    """Whether this is a known crawler, script or mail scanner; an absent name proves nothing."""
    if not user_agent:
        return False
    if user_agent.strip() == MAIL_PRIVACY or MAIL_SCANNERS.search(user_agent):
        return True
    return bool(CrawlerDetect().is_crawler(user_agent))
