"""A Redis cache that forgets instead of failing.

A cache may lose anything at any time, so an unreachable Redis is an empty cache. After one
failure it is left alone for a while: a Redis that swallows packets would otherwise cost every
request its socket time-out.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger(__name__)

LEFT_ALONE_SECONDS = 5.0


class ForgivingRedisCache(RedisCache):
    """Every read answers "not there" and every write "not stored" while Redis is away."""

    # Shared by all threads of the process: the outage is a fact about Redis, not about one of them.
    _away_until = 0.0

    def _ask(self, command: Callable[[], Any], otherwise: Any) -> Any:
        cls = type(self)
        if time.monotonic() < cls._away_until:
            return otherwise
        try:
            return command()
        except redis.RedisError as error:
            cls._away_until = time.monotonic() + LEFT_ALONE_SECONDS
            logger.warning("The cache is away: %s", error)
            return otherwise

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(
            self._ask(lambda: super(ForgivingRedisCache, self).add(key, value, *args, **kwargs), False)
        )

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        self._ask(lambda: super(ForgivingRedisCache, self).set(key, value, *args, **kwargs), None)

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(self._ask(lambda: super(ForgivingRedisCache, self).touch(key, *args, **kwargs), False))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._ask(lambda: super(ForgivingRedisCache, self).delete(key, version), False))

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        return dict(self._ask(lambda: super(ForgivingRedisCache, self).get_many(keys, version), {}))

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return list(self._ask(lambda: super(ForgivingRedisCache, self).set_many(data, *args, **kwargs), []))

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self._ask(lambda: super(ForgivingRedisCache, self).delete_many(keys, version), None)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Away: `delta`, as if this were the first time. An unknown key is a ValueError, as always."""
        return int(self._ask(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), delta))

    def clear(self) -> None:
        self._ask(super().clear, None)
