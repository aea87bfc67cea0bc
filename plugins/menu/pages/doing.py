"""What every page of the menu shares: names of providers and places."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import select

from core.api import (
    _,
    acting,
    member_places,
    organization_names,
    session,
    settings,
    split_name,
    term,
    visible_members,
)
from plugins.menu.times import slot_said, times_said, wished_said

Route = tuple[str, str, Callable[..., Any], list[str]]
FOUND = 20
GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]


def member_names(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Names of several members in one query."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    people = member_places()
    return {row.id: row.name for row in session().execute(select(people.c.id, people.c.name).where(people.c.id.in_(wanted)))}


def find_members(text: str) -> list[Any]:
    """Active members within the officer's reach whose name, pinyin or initials begin with a text: id, name, unit_name."""
    people = visible_members(acting().paths("menu.enter"), text[:50])
    return list(session().execute(select(people.c.id, people.c.name, people.c.unit_name).order_by(people.c.sort_key, people.c.id).limit(FOUND)))


def provider_words(rows: Iterable[Any]) -> Callable[[Any], str]:
    """How to call whoever was asked: a function of a row with member_id and unit_id, two queries for all rows."""
    listed = list(rows)
    people, units = member_names(row.member_id for row in listed), organization_names(row.unit_id for row in listed)
    return lambda row: people.get(row.member_id) or units.get(row.unit_id) or "—"


def public_name(name: str | None, unit: str | None, community_id: uuid.UUID) -> str:
    """What a resident reads of whoever offers: a unit's name, and of a member what the setting allows."""
    shown = settings("menu", community_id)["name_display"]
    if unit is not None:
        return unit
    if not name or shown == "none":
        return term("member")
    return name if shown == "full" else _("%(surname)s同志", surname=split_name(name)[0] or name[:1])


WORDS: dict[str, Callable[..., str]] = {"slot_said": slot_said, "times_said": times_said, "wished_said": wished_said}
