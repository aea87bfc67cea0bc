"""The hooks: what core asks and tells plugins. Each ships with a plugin that uses it, and is held by docs and tests."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import pluggy

from core.extension.facts import DeedFact, MemberData, Panel, RecordFact

PROJECT = "baodao"
COLLECT, TELL, REQUIRE = "collect", "tell", "require"
hookimpl = pluggy.HookimplMarker(PROJECT)
_hookspec = pluggy.HookspecMarker(PROJECT)
_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """How a hook is asked: by which verb, and of which type its answer's items are. `holders` also asks plugins that are off."""

    verb: str
    item: type | None = None
    many: bool = False
    holders: bool = False


RULES: dict[str, Rule] = {}


def _hook(rule: Rule) -> Callable[[_Function], _Function]:
    def mark(function: _Function) -> _Function:
        RULES[function.__name__] = rule
        return _hookspec(function)

    return mark


@_hook(Rule(COLLECT, Panel, many=True))
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:  # type: ignore[empty-body]
    """Parts for the page of one member.

    When: the page is shown, to the member or to an officer who may see the member.
    Returns: panels; none when there is nothing to show.
    Failure: the plugin's panels are left out.
    """


@_hook(Rule(TELL))
def record_counted(record: RecordFact) -> None:
    """A service record counts from now on: it is verified and the recipient has evaluated it.

    When: in the transaction that makes it count.
    Returns: nothing.
    Failure: the plugin's part is undone and the event is delivered to it again by a job.
    """


@_hook(Rule(TELL, holders=True))
def record_withdrawn(record: RecordFact) -> None:
    """A service record that had counted does so no longer.

    When: in the transaction that withdraws it; a plugin that is off hears of it once it is on again, if it holds rows.
    Returns: nothing.
    Failure: the plugin's part is undone and the event is delivered to it again by a job.
    """


@_hook(Rule(TELL))
def deed_counted(deed: DeedFact) -> None:
    """A deed, a dated fact beside the service records such as an award or a fault, counts from now on: it is approved.

    When: in the transaction that approves it.
    Returns: nothing.
    Failure: the plugin's part is undone and the event is delivered to it again by a job.
    """


@_hook(Rule(TELL, holders=True))
def deed_withdrawn(deed: DeedFact) -> None:
    """A deed that had counted does so no longer.

    When: in the transaction that withdraws it; a plugin that is off hears of it once it is on again, if it holds rows.
    Returns: nothing.
    Failure: the plugin's part is undone and the event is delivered to it again by a job.
    """


@_hook(Rule(REQUIRE, MemberData, many=True, holders=True))
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:  # type: ignore[empty-body]
    """All that the plugin holds about one member.

    When: the member's data are exported; also while the plugin is off, as long as it holds rows of the tenant.
    Returns: tables; none when it holds nothing of this member.
    Failure: the export fails.
    """


@_hook(Rule(REQUIRE, int, holders=True))
def erase_member_data(member_id: uuid.UUID) -> int:  # type: ignore[empty-body]
    """Remove what the plugin holds about one member, or cut its tie to the person where totals must stay.

    When: the member is erased; also while the plugin is off, as long as it holds rows of the tenant.
    Returns: the number of rows that were removed or made anonymous.
    Failure: the erasure fails as a whole.
    """
