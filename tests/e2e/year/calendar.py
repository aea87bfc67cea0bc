"""A calendar that a test turns: the served site and the test itself live on the same day."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from core.tenancy.clock import LOCAL, set_clock

YEAR = 2027


class Calendar:
    """The day and hour, in Shanghai, on which everybody lives."""

    def __init__(self) -> None:
        self.moment = dt.datetime(YEAR, 1, 4, 9, tzinfo=LOCAL)

    def turn(self, month: int, day: int, hour: int = 10) -> dt.date:
        """Go on to a day; answers it."""
        self.moment = dt.datetime(YEAR, month, day, hour, tzinfo=LOCAL)
        return self.moment.date()

    @property
    def day(self) -> dt.date:
        """Today."""
        return self.moment.date()

    def lived(self, site: Any) -> Any:
        """The application, each of whose answers is made on that day."""
        def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            with set_clock(self.moment):
                found = site(environ, start)
                try:
                    return list(found)
                finally:
                    if hasattr(found, "close"):
                        found.close()
        return answer
