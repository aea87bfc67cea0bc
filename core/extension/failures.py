"""Counts what goes wrong in plugins, tenant by tenant, for the health page; a count outlives the undone part of the plugin."""
from __future__ import annotations

import signal
import traceback
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.extension.models import PluginFailure
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

log = structlog.get_logger(__name__)
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGABRT, signal.SIGALRM)


def record_failure(plugin: str, hook: str, error: BaseException) -> None:
    """Log the failure and count it, in a savepoint of its own within the scope's transaction."""
    place = describe(error)
    log.error("plugin_failed", plugin=plugin, hook=hook, tenant=tenant_id(), error=place, exc_info=error)
    moment = now()
    row = {"plugin": plugin, "hook": hook, "count": 1, "first_at": moment, "last_at": moment, "message": place}
    statement = insert(PluginFailure).values(tenant_id=tenant_id(), **row)
    with session().begin_nested():
        session().execute(statement.on_conflict_do_update(
            index_elements=["tenant_id", "plugin", "hook"],
            set_={"count": PluginFailure.count + 1, "last_at": moment, "message": place}))


def failures() -> list[PluginFailure]:
    """The tenant's failures, the latest first."""
    return list(session().scalars(select(PluginFailure).where(PluginFailure.tenant_id == tenant_id())
                                  .order_by(PluginFailure.last_at.desc(), PluginFailure.plugin, PluginFailure.hook)))


def describe(error: BaseException) -> str:
    """The error's type and the place where it arose; never its text, which may name a person."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" @ {Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].name}" if frames else ""
    return f"{type(error).__qualname__}{place}"


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
