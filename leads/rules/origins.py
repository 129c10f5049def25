"""Which web origins may show a form, and how two spellings of an origin compare."""

from collections.abc import Iterable
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


def normal_origin(text: str) -> str:
    """`HTTPS://Example.com:443/` → `https://example.com`; empty when it is no origin."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = f":{port}" if port not in (None, DEFAULT_PORTS[parts.scheme]) else ""
    return f"{parts.scheme}://{host}{shown}"


def is_allowed(origin: str, allowed: Iterable[str]) -> bool:
    """Whether a browser's Origin header is one of a form's; "null" never is."""
    normal = normal_origin(origin)
    return bool(normal) and any(normal == normal_origin(one) for one in allowed)
