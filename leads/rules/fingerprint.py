"""Is this the same submission again?"""

import hashlib
import json
from collections.abc import Mapping
from uuid import UUID


def fingerprint(form_id: UUID, values: Mapping[str, str]) -> str:
    """SHA-256 over form and values; their order does not matter."""
    body = json.dumps([str(form_id), sorted(values.items())], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def lock_number(print_: str) -> int:
    """A fingerprint as the signed 64 bits that a PostgreSQL advisory lock takes."""
    return int.from_bytes(bytes.fromhex(print_[:16]), "big", signed=True)
