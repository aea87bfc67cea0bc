"""What core tells plugins and what they answer: small frozen values, never an entity, never a person's data."""
from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class RecordFact:
    """A service record at the moment when it begins, or ceases, to count (R42, R70, R78).

    `evaluation` is the recipient's grade, `hours_source` says where the minutes come from, a collective record stands for one of
    several members who served together, and `outside_hours` says that it was on a day off or begun outside working hours. `waived`: public
    work that counts without a recipient's judgement (R78). A record that was corrected after it had counted is withdrawn, and a new one
    counts that says in `replaces` which it stands for.
    """

    record_id: uuid.UUID
    member_id: uuid.UUID
    unit_id: uuid.UUID | None
    community_id: uuid.UUID
    kind: str
    minutes: int
    happened_on: dt.date
    evaluation: str | None = None
    collective: bool = False
    recipient_group: str | None = None
    hours_source: str | None = None
    recipient_kind: str | None = None
    outside_hours: bool = False
    counted_on: dt.date | None = None
    replaces: uuid.UUID | None = None
    waived: bool = False


@dataclass(frozen=True, slots=True)
class DeedFact:
    """A deed at the moment when it begins, or ceases, to count: an award, a recruitment, a fault, an election ... (R82, R83).

    It stands beside the service records; `member_id` is None for a unit's own deed. `quantity` is in the unit that the deed's
    kind names (times, people, yuan), `level` one of the kind's levels.
    """

    deed_id: uuid.UUID
    member_id: uuid.UUID | None
    unit_id: uuid.UUID | None
    kind: str
    level: str | None
    quantity: int
    happened_on: dt.date
    approved_on: dt.date


@dataclass(frozen=True, slots=True)
class MatterFact:
    """A matter that members can take on, when it is put up and when it is closed (R30). `origin` and `origin_id` say what it was made of,
    such as a resident's need; `served` is the number of service records that came of it.
    """

    matter_id: uuid.UUID
    source: str
    community_id: uuid.UUID
    kind: str
    state: str
    origin: str | None = None
    origin_id: uuid.UUID | None = None
    served: int = 0


@dataclass(frozen=True, slots=True)
class ClaimFact:
    """A claim on a matter (R30, R38): `state` is held when it was just taken, else done, released or lapsed.

    `member_id` is None for a unit's own claim (R23); `parent_id` is the unit's claim under which a member serves. `due_on` is the
    deadline, `reason` why it was released.
    """

    claim_id: uuid.UUID
    matter_id: uuid.UUID
    source: str
    community_id: uuid.UUID
    state: str
    member_id: uuid.UUID | None = None
    unit_id: uuid.UUID | None = None
    parent_id: uuid.UUID | None = None
    due_on: dt.date | None = None
    ended_on: dt.date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FeedbackArrival:
    """Feedback that has come from a community in another tenant to a unit of ours, or a unit's answer back (core.exchange; D12, D13).

    `unit_id` is the unit as it is known here, `members` those of whom the content speaks, in its order, as known here (None: gone).
    `about` is the sender's id of the letter, `answer_to` the envelope id (as `send_feedback` gave it) that an answer is for.
    """

    envelope_id: uuid.UUID
    incoming_id: uuid.UUID
    sender_name: str
    unit_id: uuid.UUID
    community_name: str
    about: uuid.UUID
    answer_to: uuid.UUID | None = None
    members: tuple[uuid.UUID | None, ...] = ()

    @property
    def content(self) -> Mapping[str, Any]:
        """What the sender's plugin wrote, opened from the envelope that is kept encrypted: no job's payload ever holds it."""
        return _content_reader[0](self.incoming_id)


_content_reader: list[Callable[[uuid.UUID], Mapping[str, Any]]] = []


def set_content_reader(read: Callable[[uuid.UUID], Mapping[str, Any]]) -> None:
    """Let `read(incoming_id)` open the content of feedback; core.exchange wires it."""
    _content_reader[:] = [read]


@dataclass(frozen=True, slots=True)
class MatterMaker:
    """A plugin's page on which an officer makes a matter out of something else, such as a need: its address takes `origin` and `origin_id`."""

    title: str
    endpoint: str
    permission: str
    order: int = 100


@dataclass(frozen=True, slots=True)
class MatterDraft:
    """What somebody has already written down about a matter to be made, so that nobody types it again. `recipient`, `phone` and `address`
    are a resident's, in clear: they go straight into the new matter's encrypted columns and nowhere else.
    """

    title: str
    community_id: uuid.UUID
    description: str = ""
    kind: str | None = None
    place: str | None = None
    recipient_kind: str = "person"
    recipient_group: str | None = None
    recipient: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimPart:
    """A column that a plugin adds to the work registers (R20, R55): its title, and the text of each claim that has one."""

    title: str
    values: Mapping[uuid.UUID, str]
    order: int = 100


@dataclass(frozen=True, slots=True)
class DeskItem:
    """Something that waits for a unit in a plugin: what it is, how much of it, and the page on which it is done, an endpoint without arguments."""

    title: str
    count: int
    endpoint: str
    order: int = 100


@dataclass(frozen=True, slots=True)
class MemberYearPart:
    """A number that a plugin adds to what a community feeds back on its members for a period (R25, R72), such as pledges kept.

    `key` names it for good, `title` heads its column, `values` has, by community and member, the numbers that are not 0.
    """

    key: str
    title: str
    values: Mapping[tuple[uuid.UUID, uuid.UUID], int]
    order: int = 100


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a member's page or of a claim's: a template of the plugin with what it shows. `order` sorts the panels, small first."""

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    order: int = 100


@dataclass(frozen=True, slots=True)
class MemberData:
    """One table of a member's data for the export that the law gives every person; values must be JSON's."""

    title: str
    rows: tuple[Mapping[str, Any], ...]


def encode(fact: Any) -> dict[str, Any]:
    """The fact's fields as JSON values, for a job's payload."""
    return {f.name: _plain(getattr(fact, f.name)) for f in dataclasses.fields(fact)}


def decode(kind: type[F], values: Mapping[str, Any]) -> F:
    """The fact of type `kind` that `encode` wrote; fields that have been added since take their defaults."""
    hints = typing.get_type_hints(kind)
    return kind(**{name: _typed(hints[name], value) for name, value in values.items() if name in hints})


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _typed(hint: Any, value: Any) -> Any:
    if isinstance(hint, types.UnionType):
        hint = next(part for part in hint.__args__ if part is not types.NoneType)
    if isinstance(value, list):
        return tuple(_typed(typing.get_args(hint)[0], one) for one in value)
    if value is None or not isinstance(value, str):
        return value
    if hint is uuid.UUID:
        return uuid.UUID(value)
    return hint.fromisoformat(value) if hint in (dt.date, dt.datetime) else value
