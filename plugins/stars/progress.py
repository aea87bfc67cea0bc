"""One member's way to the next star in each scheme: what is held, what is reached, what lacks. No comparison with anybody."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import Row, select

from core.api import NotFound, PackVersion, member_places, session, tenant_id, today
from plugins.stars import documents, explaining
from plugins.stars.evaluating import PATHS, schemes_of, standings
from plugins.stars.models import LIVE, StarCase


@dataclass(frozen=True, slots=True)
class SchemeProgress:
    """How a member stands in one scheme. `next` is None at the highest level; `case` is what is under way; `waits_until` is the
    coming cut-off day, None where one may be evaluated at any time.
    """

    pack: PackVersion
    held: int
    held_name: str
    next: int | None
    next_name: str
    ways: list[explaining.WayStanding]
    kept_out: list[str]
    due: int
    case: Row | None
    waits_until: dt.date | None


def places_of(member_id: uuid.UUID) -> Row:
    """A member's name and places. Raises NotFound."""
    people = member_places(member_id)
    row = session().execute(select(people).where(people.c.status != "erased")).one_or_none()
    if row is None:
        raise NotFound
    return row


def schemes_for(places: Row) -> list[PackVersion]:
    """The schemes that hold today for a member with these places."""
    return schemes_of([path for name in PATHS if (path := getattr(places, name))], today())


def schemes(member_id: uuid.UUID) -> list[SchemeProgress]:
    """Every scheme that holds for the member today, each judged by one statement."""
    found = schemes_for(places_of(member_id))
    live = {row.scheme: row for row in session().execute(select(
        StarCase.id, StarCase.scheme, StarCase.state, StarCase.level, StarCase.step_level, StarCase.version).where(
        StarCase.tenant_id == tenant_id(), StarCase.member_id == member_id, StarCase.state.in_(LIVE)))} if found else {}
    return [one for pack in found if (one := _progress(pack, member_id, live.get(pack.name))) is not None]


def _progress(pack: PackVersion, member_id: uuid.UUID, live: Row | None) -> SchemeProgress | None:
    standing = standings(pack, today(), member_id)
    row = session().execute(select(standing.c.held, standing.c.due, standing.c.explanation)).one_or_none()
    if row is None:
        return None
    numbers = [level["number"] for level in documents.levels(pack.document)]
    following = row.due or next((number for number in numbers if number > row.held), None)
    return SchemeProgress(pack, row.held, documents.level_name(pack.document, row.held) if row.held else "", following,
                          documents.level_name(pack.document, following) if following else "",
                          explaining.ways(row.explanation, pack.document, following) if following else [],
                          explaining.kept_out(row.explanation, pack.document), row.due, live, documents.next_cut_off(pack.document, today()))
