"""A world for many cases, each of which finds it as if it were the first: worlds cost more than cases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import timedelta
from typing import Any, TypeVar

import time_machine
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

World = TypeVar("World")


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


@contextmanager
def made_before(make: Callable[[], World], blocker: Any) -> Iterator[World]:
    """What ``make`` writes, for all tests of a class or module. It is a minute old at each of them: they
    all begin at the same moment, and what was still made then would be yet to come."""
    with blocker.unblock(), taken_back():
        with time_machine.travel(timezone.now() - timedelta(minutes=1), tick=True):
            world = make()
        connection.check_constraints()  # here, or after each test again
        yield world


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
