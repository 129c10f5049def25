"""The code that opens the first steps while nobody can sign in: who reads the server's output has it.

Made of the installation's secret key, so every process knows the same one and nothing has to keep it.
It ends with the first person who can sign in, because the page that asks for it does.
"""

import base64

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "smarketing.accounts.setup_code"
LENGTH = 10


def setup_code() -> str:
    """``SETUP_CODE`` where the operator chose one; else ten letters and digits in two halves."""
    if settings.SETUP_CODE:
        return str(settings.SETUP_CODE)
    digest = salted_hmac(SALT, "first steps", algorithm="sha256").digest()
    text = base64.b32encode(digest).decode()[:LENGTH]
    return f"{text[: LENGTH // 2]}-{text[LENGTH // 2 :]}"


def is_setup_code(typed: str) -> bool:
    """However it was typed: small or capital, with or without the hyphen."""
    return constant_time_compare(_bare(typed), _bare(setup_code()))


def setup_address(site: str) -> str:
    return f"{site}/setup/?code={setup_code()}"


def _bare(text: str) -> str:
    return text.replace("-", "").replace(" ", "").upper()
