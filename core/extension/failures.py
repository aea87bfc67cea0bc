"""Counts what goes wrong in plugins, tenant by tenant and over all processes, and suspends a plugin that fails too often.

It is written after the scope in which it happened, in a transaction of its own: so it outlives a page that is rolled back,
and two pages that fail at the same time do not wait for each other's count.
"""
from __future__ import annotations

import signal
import traceback
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record, set_actor
from core.errors import Unavailable
from core.extension.activation import hold_back
from core.extension.limits import WINDOW, limits
from core.extension.models import PluginFailure
from core.extension.suspension import suspend
from core.extension.work import redelivery
from core.jobs.registry import Handler, set_plugin_blame
from core.memory import MIB, Growth
from core.tenancy import in_scope, now, scope_cache, session, tenant_scope
from core.tenancy.scope import open_scope, tenant_id

log = structlog.get_logger(__name__)
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGABRT, signal.SIGALRM)
_DRIVERS = ("sqlalchemy", "psycopg", "jinja2")  # where an error arises, but not where it was made
_KEY = "plugin_failures"


class Costly(Exception):
    """A plugin's code came to its end, but cost too much."""


class Slow(Costly):
    """It took too long."""


class Grown(Costly):
    """It made a process grow that had grown too much already."""


class Unanswered(Unavailable):
    """A plugin could not answer what another asked of it. The failure is counted where it arose, and not with the other."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: `hook` is the hook, route or job, `place` the error's type and place, `weight` what it counts."""

    plugin: str
    hook: str
    place: str
    weight: int


def note_cost(plugin: str, hook: str, seconds: float, growth: Growth | None) -> None:
    """Count a call that took too long, or made the process grow by too much (None: not looked at)."""
    if limits().slow(seconds):
        note_failure(plugin, hook, Slow(f"{seconds:.1f} s"), seconds=seconds)
    if growth is not None and (weight := limits().bulk(grown := growth.bytes())) > 0:
        note_failure(plugin, hook, Grown(f"{grown // MIB} MiB"), weight=weight)


def note_failure(plugin: str, hook: str, error: BaseException, *, seconds: float = 0, weight: int | None = None, fatal: bool = False,
                 tenant: int | None = None) -> None:
    """Log the failure, and count it when the scope has ended; at once where none is open, for `tenant`.

    It counts `weight`, else by the `seconds` it took. `fatal`: it cost the caller's work too, so one is enough to suspend the plugin.
    Raises ScopeError without any tenant.
    """
    costly = isinstance(error, Costly)
    place = f"{type(error).__name__} {error}" if costly else describe(error)
    tenant = tenant_id() if tenant is None else tenant
    log.error("plugin_failed", plugin=plugin, hook=hook, tenant=tenant, error=place, exc_info=None if costly else error)
    failure = Failure(plugin, hook, place, max(1, limits().failures) if fatal else weight or limits().weight(seconds))
    if in_scope():
        _pend(tenant, failure)
    else:
        _write_at_last(tenant, [failure])


def failures() -> list[PluginFailure]:
    """The tenant's failures, the latest first."""
    return list(session().scalars(select(PluginFailure).where(PluginFailure.tenant_id == tenant_id())
                                  .order_by(PluginFailure.last_at.desc(), PluginFailure.plugin, PluginFailure.hook)))


def describe(error: BaseException) -> str:
    """The error's type, the rule of the database that it broke, and the place where it arose; never its text, which may name a person."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not set(_DRIVERS) & set(Path(frame.filename).parts)] or frames
    place = f" @ {Path(own[-1].filename).name}:{own[-1].lineno} {own[-1].name}" if own else ""
    diagnosis = getattr(getattr(error, "orig", error), "diag", None)
    rule = getattr(diagnosis, "constraint_name", None)
    return f"{type(error).__qualname__}{f' {rule}' if rule else ''}{place}"


def is_exit(error: BaseException) -> bool:
    """Whether the error is the process being told to stop, or a job's time being up, and not the plugin's own doing.

    A plugin's sys.exit() is a failure like any other; the same exception out of a signal handler must pass.
    """
    if isinstance(error, KeyboardInterrupt):
        return True
    handlers = {getattr(getattr(h, "__func__", h), "__code__", None) for h in map(signal.getsignal, _SIGNALS)} - {None}
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code in handlers:
            return True
        frame = frame.tb_next
    return False


def _pend(tenant: int, failure: Failure) -> None:
    """To be counted when the scope ends; one that has failed too often in it is left alone for the rest of it."""
    pending: list[Failure] = scope_cache().setdefault(_KEY, [])
    if not pending:
        open_scope().afterwards.append(partial(_write_at_last, tenant, pending))
    pending.append(failure)
    most = limits().failures
    if most and sum(one.weight for one in pending if one.plugin == failure.plugin) >= most:
        hold_back(failure.plugin, failure.hook)


def _write_at_last(tenant: int, pending: list[Failure]) -> None:
    """Where nothing waits for it any more: what cannot be counted is in the log."""
    try:
        _write(tenant, pending)
    except Exception:
        log.exception("plugin_failures_not_counted", tenant=tenant)


def _write(tenant: int, pending: list[Failure]) -> None:
    with set_actor("system"), tenant_scope(tenant):
        for (plugin, hook), count in sorted(Counter((one.plugin, one.hook) for one in pending).items()):  # in order: no deadlock
            same = [one for one in pending if (one.plugin, one.hook) == (plugin, hook)]
            _count(same[-1], count, sum(one.weight for one in same))
        for plugin in sorted({one.plugin for one in pending}):
            hook = next(one.hook for one in reversed(pending) if one.plugin == plugin)
            if _too_much(plugin) and suspend(plugin, hook):
                record("plugin.suspended", "plugin", None, {"plugin": plugin, "hook": hook})
                log.error("plugin_suspended", plugin=plugin, hook=hook, tenant=tenant)


def _count(last: Failure, count: int, weight: int) -> None:
    moment = now()
    fresh = PluginFailure.weighed_since > moment - WINDOW
    statement = insert(PluginFailure).values(
        tenant_id=tenant_id(), plugin=last.plugin, hook=last.hook, count=count, first_at=moment, last_at=moment, message=last.place,
        weight=weight, weighed_since=moment)
    session().execute(statement.on_conflict_do_update(
        index_elements=["tenant_id", "plugin", "hook"],
        set_={"count": PluginFailure.count + count, "last_at": moment, "message": last.place,
              "weight": case((fresh, PluginFailure.weight + weight), else_=weight),
              "weighed_since": case((fresh, PluginFailure.weighed_since), else_=moment)}))


def _too_much(plugin: str) -> bool:
    if not (most := limits().failures):
        return False
    weighed = session().scalar(select(func.sum(PluginFailure.weight)).where(
        PluginFailure.tenant_id == tenant_id(), PluginFailure.plugin == plugin, PluginFailure.weighed_since > now() - WINDOW))
    return (weighed or 0) >= most


def _blame_job(handler: Handler, tenant: int, payload: dict[str, Any], error: BaseException, hung: bool) -> None:
    """Count a failure of a plugin's job; that of telling it again under the hook that failed. One that hangs holds a whole worker."""
    if isinstance(error, Unanswered):
        return
    told_again = handler.kind == redelivery(handler.plugin)
    note_failure(handler.plugin, payload["hook"] if told_again else handler.kind, error, fatal=hung, tenant=tenant)


set_plugin_blame(_blame_job)
