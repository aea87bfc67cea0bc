"""Stops asking a plugin for pages' parts while it keeps failing, so that a broken one costs no time (security rule 21)."""
from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


class Breaker:
    """Opens after `limit` failures of a plugin in one tenant within `window` seconds; closes as they grow old.

    Each process counts for itself. Events are never held back by it, only parts of pages.
    """

    def __init__(self, limit: int = 5, window: float = 60, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._window, self._clock = limit, window, clock
        self._failures: dict[tuple[int, str], deque[float]] = {}

    def count(self, tenant_id: int, plugin: str) -> None:
        """Note a failure."""
        self._failures.setdefault((tenant_id, plugin), deque(maxlen=self._limit)).append(self._clock())

    def is_open(self, tenant_id: int, plugin: str) -> bool:
        """Whether the plugin should be left alone for now."""
        times = self._failures.get((tenant_id, plugin))
        return times is not None and len(times) == self._limit and self._clock() - times[0] < self._window

    def reset(self) -> None:
        """Forget all failures."""
        self._failures.clear()


breaker = Breaker()
