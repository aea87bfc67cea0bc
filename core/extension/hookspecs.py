"""The hooks: what core asks and tells plugins. Each ships with a plugin that uses it, and is held by docs and tests."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import pluggy

from core.extension.facts import (
    ClaimFact,
    ClaimPart,
    DeedFact,
    DeskItem,
    FeedbackArrival,
    MatterDraft,
    MatterFact,
    MatterMaker,
    MemberData,
    MemberYearPart,
    Panel,
    RecordFact,
)
from core.extension.figures import Figure, FigureRequest

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


@_hook(Rule(TELL))
def matter_opened(matter: MatterFact) -> None:
    """A matter was put up for members to take on, or was opened again.

    When: in the transaction that does so.
    Returns: nothing.
    Failure: the plugin's part is undone and the event is delivered to it again by a job.
    """


@_hook(Rule(TELL, holders=True))
def matter_closed(matter: MatterFact) -> None:
    """A matter was closed: done, or nobody needs it any longer.

    When: in the transaction that closes it; a plugin that is off hears of it once it is on again, if it holds rows.
    Returns: nothing.
    Failure: the plugin's part is undone and the event is delivered to it again by a job.
    """


@_hook(Rule(TELL))
def claim_taken(claim: ClaimFact) -> None:
    """A member or a unit holds a claim from now on: it was just made, or has moved up from the waiting list.

    When: in the transaction that gives the place.
    Returns: nothing.
    Failure: the plugin's part is undone and the event is delivered to it again by a job.
    """


@_hook(Rule(TELL, holders=True))
def claim_ended(claim: ClaimFact) -> None:
    """A claim has ended: done, released, or lapsed with its matter. One that was only waiting is not told of.

    When: in the transaction that ends it; a plugin that is off hears of it once it is on again, if it holds rows.
    Returns: nothing.
    Failure: the plugin's part is undone and the event is delivered to it again by a job.
    """


@_hook(Rule(COLLECT, MatterMaker, many=True))
def matter_makers() -> Iterable[MatterMaker]:  # type: ignore[empty-body]
    """Pages on which something else, such as a need, is made into a matter.

    When: the page of a need offers what can become of it.
    Returns: makers.
    Failure: the plugin's makers are left out.
    """


@_hook(Rule(COLLECT, MatterDraft, many=True))
def matter_drafts(origin: str, origin_id: uuid.UUID) -> Iterable[MatterDraft]:  # type: ignore[empty-body]
    """What is known already about a matter that is to be made of `origin_id` of the plugin `origin`.

    When: the form for a new matter opens with an origin, and again when it is sent; the acting person has the right to make it.
    Returns: one draft from the plugin whose name is `origin`, if the acting person may read it; nothing from all others.
    Failure: the form opens empty.
    """


@_hook(Rule(COLLECT, ClaimPart, many=True))
def claim_parts(claim_ids: tuple[uuid.UUID, ...]) -> Iterable[ClaimPart]:  # type: ignore[empty-body]
    """Columns for the work registers.

    When: a page of a register is shown or written to a workbook, once for all its claims; before that with no claims, for the titles.
    Returns: the same columns each time, with the texts of the claims that have one.
    Failure: the plugin's columns are left out.
    """


@_hook(Rule(COLLECT, Panel, many=True))
def claim_panels(claim_id: uuid.UUID, own: bool) -> Iterable[Panel]:  # type: ignore[empty-body]
    """Parts for the page of one claim.

    When: the page is shown; `own` says that the member reads it whose claim it is, else an officer or liaison who may see the claim.
    Returns: panels; none when there is nothing to show.
    Failure: the plugin's panels are left out.
    """


@_hook(Rule(TELL))
def feedback_arrived(arrival: FeedbackArrival) -> None:
    """Feedback from another tenant has arrived for a unit of this one, or a unit elsewhere answers what was sent from here.

    When: in the transaction that takes the envelope, once an envelope.
    Returns: nothing.
    Failure: the plugin's part is undone and the event is delivered to it again by a job.
    """


@_hook(Rule(COLLECT, Figure, many=True))
def overview_figures(request: FigureRequest) -> Iterable[Figure]:  # type: ignore[empty-body]
    """Numbers for the overview of places and units.

    When: the hourly job counts some hundred communities or units at once, a community's or unit's page is shown; without any reach for titles.
    Returns: the same figures each time, each counted by one statement for all places; none for a side by which the plugin cannot count.
    Failure: the plugin's figures are left out.
    """


@_hook(Rule(COLLECT, DeskItem, many=True))
def desk_items(unit_ids: tuple[uuid.UUID, ...]) -> Iterable[DeskItem]:  # type: ignore[empty-body]
    """What waits for these units today, for their start page.

    When: the page is shown, to somebody who may read the units' desk; the plugin asks itself whether that person may do the work.
    Returns: items with a count; those that are 0 are not shown.
    Failure: the plugin's items are left out.
    """


@_hook(Rule(COLLECT, MemberYearPart, many=True))
def member_year_parts(community_ids: tuple[uuid.UUID, ...],  # type: ignore[empty-body]
                      begins_on: dt.date, ends_on: dt.date) -> Iterable[MemberYearPart]:
    """Numbers of communities' members for the letters in which these tell their units how they served.

    When: letters are made, once for the fifty communities or fewer of a batch; `begins_on` and `ends_on` are the first and the last day.
    Returns: the same parts each time, each read by one statement for all these communities and only of what belongs to them.
    Failure: the plugin's numbers are left out.
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
    Returns: the number of rows removed or made anonymous; a model with `__kept_when_erased__` keeps its rows without personal words.
    Failure: the erasure fails as a whole.
    """
