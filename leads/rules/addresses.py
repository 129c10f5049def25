"""Which address did a request really come from?"""

from ipaddress import ip_address


def client_address(*, remote: str, forwarded_for: str, proxies: int) -> str | None:
    """The address as seen by the outermost of our `proxies` (0: X-Forwarded-For is not believed).

    Each proxy of ours appends what it saw, so only the last `proxies` entries are ours; whatever
    a visitor writes in front of them gains nothing. None when there is no valid address.
    """
    seen = [entry.strip() for entry in forwarded_for.split(",") if entry.strip()] if proxies else []
    candidate = seen[-min(proxies, len(seen))] if seen else remote
    try:
        address = ip_address(candidate.split("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
