"""How often may one address post? Counting in windows, in the memory of one process."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(seconds=60)
MOST_KEYS = 20_000


@dataclass(slots=True)
class _Window:
    ends_at: datetime
    hits: int = 0
    closed: bool = False


@dataclass(slots=True)
class HitCounter:
    """Counts hits per key; safe between threads. A key is (form, address)."""

    window: timedelta = WINDOW
    _windows: dict[object, _Window] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def hit(self, key: object, at: datetime) -> tuple[int, datetime]:
        """How many hits of `key` its present window has seen with this one, and when it ends."""
        with self._lock:
            current = self._windows.get(key)
            if current is None or current.ends_at <= at:
                if len(self._windows) >= MOST_KEYS:
                    self._forget(at)
                current = self._windows[key] = _Window(ends_at=at + self.window)
            current.hits += 1
            return current.hits, current.ends_at

    def close(self, key: object, until: datetime) -> None:
        """Refuse `key` until then: somebody who counts for all processes said so."""
        with self._lock:
            self._windows[key] = _Window(ends_at=until, closed=True)

    def seconds_closed(self, key: object, at: datetime) -> int:
        """Whole seconds until `key` may come again; 0 when it may now."""
        current = self._windows.get(key)
        if current is None or not current.closed or current.ends_at <= at:
            return 0
        return int((current.ends_at - at).total_seconds()) + 1

    def _forget(self, at: datetime) -> None:
        """Memory stays bounded under a flood from many addresses: the past goes, then all."""
        kept = {key: value for key, value in self._windows.items() if value.ends_at > at}
        self._windows = kept if len(kept) < MOST_KEYS else {}
