"""How the tenant's plugins are, for its administrator: what failed, where, when and how often, what is suspended and what is kept."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from core.extension.failures import failures
from core.extension.holding import held_back
from core.extension.registry import current
from core.extension.work import redelivery
from core.jobs.models import OPEN, Job
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tenants import activation
from tenants.activation import PluginState, Suspended
from tenants.hook_titles import hook_title


@dataclass(frozen=True, slots=True)
class FailureLine:
    """How often one hook, page, job or measure has failed; `code` is its name, `message` the last error's type and place."""

    title: str
    code: str
    count: int
    first_at: dt.datetime
    last_at: dt.datetime
    message: str


@dataclass(frozen=True, slots=True)
class PluginHealth:
    """One plugin. `kept` events wait to be delivered again, `lost` ones have been tried in vain and wait for a person.

    `refused` says why it could not be loaded, `held` why its tables keep it back, with the command that mends it.
    """

    name: str
    title: str
    on: bool
    suspended: Suspended | None
    waits_for: tuple[str, ...]
    refused: str | None
    failures: tuple[FailureLine, ...]
    kept: int
    lost: int
    held: str | None = None

    @property
    def well(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.suspended or self.waits_for or self.refused or self.held or self.lost)


def plugin_health() -> list[PluginHealth]:
    """The plugins that are on, that failed, or that could not be loaded; those with something to do first."""
    states, refused = activation.plugins(), current().refused
    titles = {state.plugin.name: str(state.plugin.title) for state in states}
    lines: dict[str, list[FailureLine]] = {}
    for one in failures():
        lines.setdefault(one.plugin, []).append(
            FailureLine(hook_title(one.hook), one.hook, one.count, one.first_at, one.last_at, one.message))
    names = {*(s.plugin.name for s in states if s.enabled), *lines, *refused}
    waiting = _waiting(names)
    known: dict[str, PluginState] = {state.plugin.name: state for state in states}
    found = [_health(name, titles, known.get(name), refused.get(name), lines.get(name, ()), waiting) for name in sorted(names)]
    return sorted(found, key=lambda one: one.well)


def _health(name: str, titles: dict[str, str], state: PluginState | None, refused: str | None, lines: Iterable[FailureLine],
            waiting: dict[tuple[str, bool], int]) -> PluginHealth:
    kind, held = redelivery(name), held_back().get(name)
    return PluginHealth(name, titles.get(name, name), state is not None and state.enabled, state.suspended if state else None,
                        tuple(titles.get(n, n) for n in state.waits_for) if state else (), refused, tuple(lines),
                        waiting.get((kind, True), 0), waiting.get((kind, False), 0), held.reason if held else None)


def _waiting(names: Iterable[str]) -> dict[tuple[str, bool], int]:
    """Numbers of events to be delivered again by kind of job, apart for those still to be tried and those given up."""
    is_open = Job.status.in_(OPEN)
    rows = session().execute(select(Job.kind, is_open, func.count()).where(
        Job.tenant_id == tenant_id(), Job.kind.in_([redelivery(name) for name in names]), Job.status.in_((*OPEN, "failed")))
        .group_by(Job.kind, is_open))
    return {(kind, still): count for kind, still, count in rows}
