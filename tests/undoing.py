"""A world for many cases, each of which finds it as if it were the first: worlds cost more than cases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy

from django.core.cache import cache
from django.db import transaction
from django.test import Client


@contextmanager
def taken_back() -> Iterator[None]:
    """Rows that are written in here are gone afterwards; as in a test, one may be stored for good here."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        try:
            yield
        finally:
            transaction.set_rollback(True)


def undone(client: Client, ask: Callable[[], int]) -> int | str:
    """The status that ``ask`` gets, or what it raised; then rows, cookies and cache are as before."""
    cookies = copy(client.cookies)
    with taken_back():
        try:
            return ask()
        except Exception as error:
            return repr(error)
        finally:
            client.cookies = cookies
            cache.clear()  # who has no account may not ask often
