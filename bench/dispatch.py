"""What asking the plugins costs beside a plain loop: 20 plugins are loaded, 4 of them are on, none touches the database.

The plain loop calls the same four functions with the same argument, each in a try of its own with a handler that drops its
answers, makes a tuple of each answer, checks the type of each item and collects them in one tuple. It does nothing else: no
tenant, no switches, no clock, no savepoint, no isolation of the context.
"""
from __future__ import annotations

import statistics
import time
import types
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from bench.installation import Installation
from bench.results import Result
from core.db import database
from core.extension.dispatch import collect
from core.extension.facts import Panel
from core.extension.hookspecs import hookimpl
from core.extension.manifest import Plugin
from core.extension.models import PluginActivation
from core.extension.registry import Registry, using
from core.tenancy import Tenant, now, session, tenant_scope, unscoped

LOADED, ON, TENANT = 20, 4, 1
ROUNDS, TIMES = 40, 2000
MEMBER = uuid.uuid4()
Hook = Callable[[uuid.UUID], Iterable[Panel]]


def measure(installation: Installation) -> list[Result]:
    """One ratio: `collect` against the plain loop, asked in turn."""
    database.configure(installation.site("dispatch").config().database_url)
    hooks = [_hook(number) for number in range(LOADED)]
    with using(Registry()) as registry:
        for number, hook in enumerate(hooks):
            assert registry.register(_plugin(number, hook)), registry.refused
        _switch_on([f"plugin{number}" for number in range(0, LOADED, LOADED // ON)])
        with tenant_scope(TENANT):
            result = _compare(hooks[::LOADED // ON])
    database.dispose()
    return [result]


def _compare(on: list[Hook]) -> Result:
    expected = _plain(on, MEMBER)
    assert collect("member_panels", member_id=MEMBER) == expected
    assert len(expected) == ON
    pairs = [(_seconds(lambda: collect("member_panels", member_id=MEMBER)), _seconds(lambda: _plain(on, MEMBER))) for _ in range(ROUNDS)]
    one, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    note = f"{one * 1e6:.1f} µs against {other * 1e6:.1f} µs; {LOADED} plugins loaded, {ON} on, each answers one panel"
    return Result("dispatch", statistics.median(a / b for a, b in pairs), 2.0, "lower", ON, note)


def _plain(functions: list[Hook], member_id: uuid.UUID) -> tuple[Panel, ...]:
    answers: list[Panel] = []
    for function in functions:
        try:
            items = tuple(function(member_id))
            for item in items:
                if not isinstance(item, Panel):
                    raise TypeError(item)  # noqa: TRY301
        except Exception:  # noqa: BLE001  as the dispatch leaves a failing plugin out
            continue
        answers += items
    return tuple(answers)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(TIMES):
        work()
    return (time.perf_counter() - began) / TIMES


def _hook(number: int) -> Hook:
    def member_panels(member_id: uuid.UUID) -> list[Panel]:
        return [Panel(f"Panel {number}", "bench/panel.html", {"member": member_id, "number": number})]
    return member_panels


def _plugin(number: int, hook: Hook) -> Plugin:
    hooks: Any = types.SimpleNamespace(member_panels=hookimpl(hook))
    return Plugin(name=f"plugin{number}", title="", description="", version="1", hooks=hooks)


def _switch_on(names: list[str]) -> None:
    with unscoped() as opened:
        opened.add(Tenant(id=TENANT, code="420001", slug="bench", name="bench", short_name="bench", created_at=now()))
    with tenant_scope(TENANT):
        session().add_all(PluginActivation(plugin=name, enabled=True, changed_at=now()) for name in names)
