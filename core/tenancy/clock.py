"""One clock for the whole house, so that the demo's year and the tests can be lived in a moment."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
_frozen: ContextVar[dt.datetime | None] = ContextVar("baodao_clock", default=None)


def now() -> dt.datetime:
    """This moment, aware, in UTC."""
    return _frozen.get() or dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The calendar day in Asia/Shanghai; every deadline is a day of this calendar."""
    return now().astimezone(LOCAL).date()


@contextmanager
def set_clock(moment: dt.datetime | dt.date) -> Iterator[None]:
    """Let `now()` answer `moment` (a date means 10:00 in Shanghai) inside the block."""
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time(10), LOCAL)
    token = _frozen.set(moment.astimezone(dt.UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
