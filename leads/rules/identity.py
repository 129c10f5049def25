"""Who is it? Normal forms that two spellings of one person or company share."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from publicsuffixlist import PublicSuffixList

from smarketing.accounts.rules.messages import Message as _

MAX_EMAIL = 254
PLAIN = re.compile(
    r"(?=.{1,64}@)([a-z0-9]+(?:[._+-][a-z0-9]+)*)"
    r"@((?:(?=[^.]{1,63}\.)[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,20})"
)
"""How nearly every address is written; the full check says the same of it and takes ten times as long."""
RESERVED = tuple(SPECIAL_USE_DOMAIN_NAMES)
PHONE_FILLER = re.compile(r"[\s().\-/\u2010-\u2015]+")
PHONE_DIGITS = re.compile(r"(\+?)([0-9]{6,15})")
PHONE_EXTENSION = re.compile(r"(?:ext\.?|x|#)\s*\d{1,6}$", re.IGNORECASE)

BRANDS = """
gmail googlemail hotmail outlook live msn yahoo ymail rocketmail icloud aol gmx yandex zoho
protonmail tutanota hushmail mailinator yopmail guerrillamail
"""
FREE_MAIL_BRANDS = frozenset(BRANDS.split())
"""Providers who run one brand under many suffixes (yahoo.es, yahoo.com.br, gmx.at…)."""

DOMAINS = """
me.com mac.com mail.com email.com mail.ru inbox.ru list.ru bk.ru ya.ru pm.me proton.me tuta.io
tuta.com fastmail.com hey.com duck.com web.de t-online.de freenet.de arcor.de orange.fr wanadoo.fr
wanadoo.es free.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it alice.it terra.es terra.com
terra.com.br ya.com telefonica.net movistar.es ono.com euskalnet.net uol.com.br bol.com.br ig.com.br
globo.com r7.com oi.com.br comcast.net verizon.net att.net sbcglobal.net btinternet.com sky.com
virginmedia.com qq.com 163.com 126.com sina.com naver.com daum.net hanmail.net rediffmail.com
10minutemail.com tempmail.com sharklasers.com trashmail.com
"""
FREE_MAIL_DOMAINS = frozenset(DOMAINS.split())


@cache
def _suffixes() -> PublicSuffixList:
    """The list that comes with the package; read by whoever needs it first, as most processes do not."""
    return PublicSuffixList(only_icann=True)


class InvalidIdentity(ValueError):
    """The address or number cannot belong to anybody; written for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Address:
    """`email` as it should be written to, `key` to match on, `domain` in ASCII form."""

    email: str
    key: str
    domain: str


@lru_cache(maxsize=4096)
def parse_email(value: str) -> Address:
    """The normal form of an e-mail address, or InvalidIdentity. Never asks the network.

    The key is in lower case with the domain in its ASCII form, so `Ana@BÜCHER.de` and
    `ana@xn--bcher-kva.de` are one person. Everything after a plus sign stays: whether it is part
    of the mailbox is known to its server alone, and two people must never become one.
    """
    if plain := PLAIN.fullmatch(value):
        domain = plain[2]
        if any(f".{domain}".endswith(f".{name}") for name in RESERVED):
            raise InvalidIdentity(_("No mail can be sent to “%(domain)s”.") % {"domain": domain})
        if len(value) <= MAX_EMAIL:
            return Address(email=value, key=value, domain=domain)
    try:
        found = validate_email(value, check_deliverability=False)
    except EmailNotValidError:
        # What the library says is English only.
        text = _("“%(text)s” is not an e-mail address; one looks like name@company.com.")
        raise InvalidIdentity(text % {"text": value[:80]}) from None
    domain = (found.ascii_domain or found.domain).lower()
    key = f"{found.local_part.casefold()}@{domain}"
    if len(found.normalized) > MAX_EMAIL or len(key) > MAX_EMAIL:
        raise InvalidIdentity(_("The e-mail address is too long."))
    return Address(email=found.normalized, key=key, domain=domain)


def phone_key(value: str) -> str:
    """The identity of somebody who left only a number: `tel:+34600111222`; InvalidIdentity else.

    `00` is read as `+`. Without either the number stays national: guessing the country would
    make strangers one person. No mail address begins like this, so both share one column.
    """
    compact = PHONE_FILLER.sub("", PHONE_EXTENSION.sub("", value.strip()))
    if compact.startswith("00"):
        compact = f"+{compact[2:]}"
    match = PHONE_DIGITS.fullmatch(compact)
    if match is None:
        raise InvalidIdentity(_("This is not a phone number."))
    return f"tel:{match[1]}{match[2]}"


@lru_cache(maxsize=4096)
def company_domain(email_domain: str) -> str:
    """The registrable domain (`mail.acme.co.uk` → `acme.co.uk`); empty for free mail or none."""
    domain = _suffixes().privatesuffix(email_domain) or ""
    if domain in FREE_MAIL_DOMAINS or domain.partition(".")[0] in FREE_MAIL_BRANDS:
        return ""
    return domain
