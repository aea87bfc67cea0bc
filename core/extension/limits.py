"""How much a plugin may fail before it is suspended in a tenant: what the operator may lay down, with the reasons."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from core.config import PLUGIN_FAILURES, PLUGIN_SECONDS
from core.memory import memory

#: Over which failures are added up. An event that always fails is tried five times in it (core.jobs.lease.Policy), so four such
#: events, or twenty pages, suspend; one event that cannot be taken in, or one page that cannot be shown, does not.
WINDOW = dt.timedelta(minutes=10)
HEAVIEST = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """`failures` within WINDOW suspend a plugin, 0: never. A call that takes longer than `seconds` counts as a failure.

    20: enough that two people's retries do not suspend, few enough that a page that fails for everybody does so within minutes.
    1 second: a page asks several plugins one after another, and people wait for all of them together.
    """

    failures: int = PLUGIN_FAILURES
    seconds: float = PLUGIN_SECONDS

    def weight(self, seconds: float) -> int:
        """What one failure that took so long counts: as much as the time that people waited for it, 5 at most.

        So a plugin that sleeps for five seconds is suspended after four calls.
        """
        return max(1, min(HEAVIEST, int(seconds / self.seconds))) if self.seconds else 1

    def bulk(self, grown: int) -> int:
        """What a call counts that made the process grow by so many bytes, while that is looked at: one a step, 5 at most; 0: not worth it."""
        return min(HEAVIEST, grown // step) if (step := memory().step) else 0

    def slow(self, seconds: float) -> bool:
        """Whether a call that succeeded took too long."""
        return 0 < self.seconds < seconds


_limits = [Limits()]


def limits() -> Limits:
    """The limits of this process."""
    return _limits[0]


def set_limits(wanted: Limits) -> None:
    """Lay down the limits of this process; done once when it is made ready."""
    _limits[0] = wanted
