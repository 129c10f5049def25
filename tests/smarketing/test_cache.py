"""The cache forgets when Redis is away, quickly, and remembers again afterwards."""

import socket
import time

import pytest

from smarketing import cache as module
from smarketing.cache import ForgivingRedisCache


@pytest.fixture
def make_cache(monkeypatch):
    monkeypatch.setattr(ForgivingRedisCache, "_away_until", 0.0)

    def make(url: str) -> ForgivingRedisCache:
        return ForgivingRedisCache(url, {"OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}})

    return make


def test_remembers_while_redis_is_there(make_cache, redis_server):
    cache = make_cache(redis_server.url)
    cache.set("a", 1)
    assert (cache.get("a"), cache.incr("a"), cache.add("a", 5)) == (1, 2, False)


def test_unknown_counter_is_an_error_as_always(make_cache, redis_server):
    with pytest.raises(ValueError):
        make_cache(redis_server.url).incr("unknown")


def test_forgets_while_redis_refuses(make_cache, redis_server):
    redis_server.stop()
    try:
        cache = make_cache(redis_server.url)
        cache.set("a", 1)
        assert (cache.get("a", "gone"), cache.add("a", 1), cache.incr("a", 3)) == ("gone", False, 3)
        assert (cache.get_many(["a"]), cache.set_many({"a": 1}), cache.delete("a")) == ({}, [], False)
    finally:
        redis_server.start()


def test_remembers_again_after_the_pause(make_cache, redis_server, monkeypatch):
    cache = make_cache(redis_server.url)
    redis_server.stop()
    cache.set("b", 1)
    redis_server.start()
    assert cache.add("b", 1) is False  # still left alone
    later = time.monotonic() + module.LEFT_ALONE_SECONDS
    monkeypatch.setattr(module.time, "monotonic", lambda: later)
    assert cache.add("b", 1) is True


def test_black_hole_costs_one_timeout_not_one_per_call(make_cache):
    with socket.create_server(("127.0.0.1", 0)) as hole:  # accepts by backlog, never answers
        cache = make_cache(f"redis://127.0.0.1:{hole.getsockname()[1]}/0")
        started = time.monotonic()
        for _ in range(100):
            cache.get("a")
        assert time.monotonic() - started < 1.0
