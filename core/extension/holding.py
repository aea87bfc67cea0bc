"""Holds a plugin back while its tables are missing or do not fit its code: as if it were off, in every tenant, and nothing else is.

It is looked at when the plugins are loaded, and while one is held back again every few seconds at most, so that it works without a
restart as soon as `baodao db upgrade` has run. One that has been found in order is not looked at again.
"""
from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from core.db import database
from core.errors import ConfigurationError
from core.extension.histories import History, existing, versions
from core.extension.locating import located
from core.extension.manifest import Plugin
from core.extension.registry import Registry, current
from core.i18n import _l

AGAIN = 3.0  # seconds between two looks at plugins that are held back
UPGRADE = "baodao db upgrade"
log = structlog.get_logger(__name__)

_REASONS = {
    "unwritten": _l("还没有迁移。请插件的作者运行 %(command)s，再运行 baodao db upgrade。"),
    "missing": _l("数据表还没有建立。请运行 %(command)s。"),
    "behind": _l("数据表比程序旧。请运行 %(command)s。"),
    "ahead": _l("数据表比程序新（%(detail)s）。请安装插件的新版本。"),
    "branches": _l("有几个最新的迁移（%(detail)s）。请插件的作者把它们接成一串。"),
    "broken": _l("迁移不能读取：%(detail)s"),
    "tables": _l("迁移中没有表 %(detail)s。请插件的作者运行 %(command)s。"),
    "needs": _l("所需的插件 %(detail)s 暂停使用。"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """Why a plugin is held back, and which of its tables do not exist. `command` mends it, if a command can."""

    kind: str
    detail: str = ""
    command: str = ""
    missing: frozenset[str] = frozenset()

    @property
    def reason(self) -> str:
        """The reason in a sentence that says what to do."""
        return str(_REASONS[self.kind]) % {"detail": self.detail, "command": self.command}

    def __str__(self) -> str:
        return self.reason


@dataclass(slots=True)
class _State:
    """What is known of one registry's plugins. `waiting` are those that were not in order, or not looked at yet."""

    waiting: set[str]
    held: dict[str, Held] = field(default_factory=dict)
    next_look: float = 0.0


_one_looks = threading.Lock()
_clock: Callable[[], float] = time.monotonic


def held_back() -> Mapping[str, Held]:
    """The plugins that are held back, by name, with the reason; looks again when it is time to.

    Costs nothing while all are in order. Where the database does not answer, what was known last still holds.
    """
    state = _state(current())
    if (state.waiting or state.held) and _clock() >= state.next_look and _one_looks.acquire(blocking=False):
        try:
            look()
        finally:
            _one_looks.release()
    return state.held


def look() -> None:
    """Look at the database now, for all plugins that were not in order yet."""
    registry = current()
    state = _state(registry)
    plugins = [plugin for plugin in registry.plugins.values() if plugin.name in state.waiting]
    try:
        engine = database.engine
    except ConfigurationError:  # not connected yet; whoever connects loads the plugins afterwards
        return
    state.next_look = _clock() + AGAIN
    try:
        with engine.connect() as connection:
            found = {plugin.name: reason for plugin in plugins if (reason := _reason(connection, plugin)) is not None}
    except SQLAlchemyError:
        return
    state.waiting = set(found)
    held = found | dict(_dependent(registry, found))
    for name in held.keys() - state.held.keys():
        log.error("plugin_held_back", plugin=name, reason=held[name].reason)
    for name in state.held.keys() - held.keys():
        log.info("plugin_works_again", plugin=name)
    state.held = held


def reasons(connection: Connection) -> dict[str, Held]:
    """The same for a connection of one's own and for every plugin, whatever is known already; for commands."""
    registry = current()
    found = {plugin.name: reason for plugin in registry.plugins.values() if (reason := _reason(connection, plugin)) is not None}
    return found | dict(_dependent(registry, found))


def _state(registry: Registry) -> _State:
    state = registry.tables
    if not isinstance(state, _State):
        state = registry.tables = _State(set())
    if registry.unseen:
        state.waiting |= {name for name in registry.unseen if name in registry.plugins and registry.plugins[name].migrations is not None}
        registry.unseen.clear()
        state.next_look = 0.0
    return state


def _dependent(registry: Registry, found: Mapping[str, Held]) -> Iterator[tuple[str, Held]]:
    """Those that need a plugin that is held back; the registry has each after those that it needs."""
    held = set(found)
    for plugin in registry.plugins.values():
        if plugin.name not in held and (needed := [name for name in plugin.requires if name in held]):
            held.add(plugin.name)
            yield plugin.name, Held("needs", "、".join(needed))


def _reason(connection: Connection, plugin: Plugin) -> Held | None:
    if plugin.migrations is None:
        return None
    history = History(plugin.name, plugin.migrations)
    write = f'baodao plugin migration {plugin.name} -m "…"'
    missing = frozenset(plugin.tables) - existing(connection, list(plugin.tables))
    at = versions(connection, history)
    try:
        heads, known = history.heads(), history.revisions()
    except Exception as error:  # noqa: BLE001  a migration is the plugin's code and may raise anything
        return Held("broken", located(error, plugin.package), missing=missing)
    if not heads and not plugin.models:
        return None
    if not heads:
        return Held("unwritten", command=write, missing=missing)
    if len(heads) > 1:
        return Held("branches", "、".join(sorted(heads)), missing=missing)
    if at == set(heads):
        return Held("tables", "、".join(sorted(missing)), write, missing) if missing else None
    if at - known:
        return Held("ahead", "、".join(sorted(at - known)), missing=missing)
    return Held("behind" if at else "missing", command=UPGRADE, missing=missing)
