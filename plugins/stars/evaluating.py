"""The one statement by which all members are judged: for a round, a review, a rehearsal, or one person's progress."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Subquery, and_, func, not_, or_, select

from core.api import PackVersion, member_places, organization, packs_in_force, session
from plugins.stars.documents import Document
from plugins.stars.judging import Judged
from plugins.stars.sources import Sources, held_stars

KIND = "stars"
PATHS = ("unit_path", "residence_path", "workplace_path")


def standings(pack: PackVersion, cut_off: dt.date, member_id: uuid.UUID | None = None) -> Subquery:
    """How members stand under a version on a day, both its own facts up to and including that day.

    Columns: member_id, held, due (the level that may be given, 0 for none), reached, keeps, explanation.
    """
    people = _people(pack, cut_off, member_id)
    sources = Sources(cut_off, held_stars(pack.name, dt.date.max), member_id)
    judged = Judged(pack.document, cut_off, sources, people.c.joined_party_on)
    joined = sources.join(people)
    return select(people.c.id.label("member_id"), judged.held().label("held"), judged.due().label("due"), judged.reached().label("reached"),
                  judged.keeps().label("keeps"), judged.explanation().label("explanation")).select_from(joined).subquery("standing")


def still_due(pack: PackVersion, cut_off: dt.date, member_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """What may be given now of what was found at a cut-off day: records may have been withdrawn since. Whoever has left is missing."""
    standing = standings(pack, cut_off, member_ids[0] if len(member_ids) == 1 else None)
    return dict(session().execute(select(standing.c.member_id, standing.c.due).where(standing.c.member_id.in_(member_ids))).all())


def compared(before: Document | None, after: Document, name: str, cut_off: dt.date) -> Select:
    """What a draft gives beside what the version in force gives: member_id, before, after, why. Everybody who gets either.

    Where no version is in force, `before` is the star that is held.
    """
    people = member_places()
    sources = Sources(cut_off, held_stars(name, cut_off))
    new = Judged(after, cut_off, sources, people.c.joined_party_on)
    old = Judged(before, cut_off, sources, people.c.joined_party_on) if before is not None else None
    joined = sources.join(people)
    given = (select(people.c.id.label("member_id"), (old.reached() if old is not None else new.held()).label("before"),
                    new.reached().label("after"), new.explanation().label("why"))
             .select_from(joined).where(people.c.status == "active").subquery("compared"))
    return select(given.c.member_id, given.c.before, given.c.after, given.c.why).where(or_(given.c.before > 0, given.c.after > 0))


def schemes_of(paths: Sequence[str], on: dt.date) -> list[PackVersion]:
    """The versions that hold for somebody with these places on a day: the tenant's, and a county's own before the tenant's of that name."""
    found: dict[str, PackVersion] = {}
    for pack in packs_in_force(KIND, on):
        if pack.organization_id is None:
            found.setdefault(pack.name, pack)
        elif any(path.startswith(organization(pack.organization_id).path) for path in paths):
            found[pack.name] = pack
    return sorted(found.values(), key=lambda pack: pack.name)


def _people(pack: PackVersion, on: dt.date, member_id: uuid.UUID | None) -> Subquery:
    """The active members for whom the version holds."""
    people = member_places(member_id)
    query = select(people).where(people.c.status == "active")
    if pack.organization_id is not None:
        query = query.where(_below(people, organization(pack.organization_id).path))
    else:
        own = [p.organization_id for p in packs_in_force(KIND, on) if p.name == pack.name and p.organization_id is not None]
        query = query.where(*(not_(func.coalesce(_below(people, organization(one).path), False)) for one in own))
    return query.subquery("people")


def _below(people: Subquery, path: str) -> Any:
    return or_(*(and_(people.c[column].is_not(None), people.c[column].bool_op("^@")(path)) for column in PATHS))
