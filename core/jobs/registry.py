"""Which kinds of job there are, who owns them, and which of them may run for the tenant at hand."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.i18n import LazyString
    from core.jobs.context import JobContext

Run = Callable[["JobContext"], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Handler:
    """What runs a kind of job. `plugin` owns it ("" is core); `resumable` handlers may commit parts with `checkpoint`."""

    kind: str
    run: Run
    label: str | LazyString
    plugin: str = ""
    resumable: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """When a kind of job comes round for each tenant: daily from `at` (minutes past midnight, Shanghai), or `every` so long."""

    kind: str
    at: int | None = None
    every: dt.timedelta | None = None


_handlers: dict[str, Handler] = {}
_periods: dict[str, Period] = {}
_routines: list[Callable[[], object]] = []
_plugin_check: list[Callable[[str], bool]] = [lambda _plugin: True]
_plugin_blame: list[Callable[[Handler, int, dict[str, Any], BaseException, bool], None]] = []


def handler(kind: str, *, label: str | LazyString, plugin: str = "", resumable: bool = False) -> Callable[[Run], Run]:
    """Register the decorated function for `kind`. Its return value is the job's result: ids and counts, or None.

    It runs in one transaction with its effect and may be tried up to five times. Raises ValueError when `kind` is taken.
    """
    def register(run: Run) -> Run:
        if kind in _handlers and _handlers[kind].run is not run:
            raise ValueError(f"two handlers for jobs of kind {kind!r}")
        _handlers[kind] = Handler(kind, run, label, plugin, resumable)
        return run
    return register


def periodic(kind: str, *, at: str | None = None, every: dt.timedelta | None = None) -> None:
    """Let jobs of `kind` be written for each tenant once a day from `at` ("02:00", Shanghai) on, or once in `every`."""
    if (at is None) == (every is None):
        raise ValueError("give either at or every")
    if at is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at):
        raise ValueError(f"not a time of day: {at!r}")
    _periods[kind] = Period(kind, None if at is None else int(at[:2]) * 60 + int(at[3:]), every)


def routine(work: Callable[[], object]) -> None:
    """Let the scheduler do `work` with each sweep, outside any scope: for what goes from one tenant to another, and so is no tenant's job."""
    if work not in _routines:
        _routines.append(work)


def routines() -> tuple[Callable[[], object], ...]:
    """What is done with each sweep."""
    return tuple(_routines)


def periods() -> tuple[Period, ...]:
    """All periodic kinds."""
    return tuple(_periods.values())


def set_plugin_check(check: Callable[[str], bool]) -> None:
    """Let `check(plugin)` tell whether a plugin is on for the open scope's tenant; core.extension wires it."""
    _plugin_check[:] = [check]


def set_plugin_blame(blame: Callable[[Handler, int, dict[str, Any], BaseException, bool], None]) -> None:
    """Let `blame(handler, tenant, payload, error, hung)` hear of each failure of a plugin's job; core.extension wires it."""
    _plugin_blame[:] = [blame]


def failed(kind: str, tenant: int, payload: dict[str, Any], error: BaseException, *, hung: bool = False) -> None:
    """Tell of a job that failed, or that has hung with its worker, if it is a plugin's. To be called outside any scope."""
    known = _handlers.get(kind)
    if known is not None and known.plugin and _plugin_blame:
        _plugin_blame[0](known, tenant, payload, error, hung)


def get(kind: str) -> Handler:
    """The handler of `kind`; raises KeyError when no installed code knows it, but of such a kind no job is ever claimed."""
    return _handlers[kind]


def label(kind: str) -> str:
    """The kind's name for people."""
    known = _handlers.get(kind)
    return kind if known is None else str(known.label)


def runnable_kinds() -> list[str]:
    """The kinds that may run now in the open scope: a job of any other kind waits, shown as paused."""
    on: dict[str, bool] = {"": True}
    for plugin in {known.plugin for known in _handlers.values()} - {""}:
        on[plugin] = _plugin_check[0](plugin)
    return [kind for kind, known in _handlers.items() if on[known.plugin]]
