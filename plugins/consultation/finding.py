"""Finds whom to ask about and which communities to ask: names typed as a list, and the report-ins that say where each belongs."""
from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select

from core.api import acting, confirmed_report_ins, member_places, organization, organization_names, session, visible_members

MOST = 200
_SEPARATORS = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True, slots=True)
class Person:
    """A member within the asker's reach with the communities that may be asked: id, name and basis of each."""

    id: uuid.UUID
    name: str
    unit: str
    communities: tuple[tuple[uuid.UUID, str, str], ...] = ()


@dataclass(slots=True)
class Found:
    """What came of a list of names: people, names that several bear, and names that nobody bears within reach."""

    people: list[Person] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)


def names_in(text: str) -> list[str]:
    """The names of a pasted list, each once; by line, comma or blank."""
    return list(dict.fromkeys(part for part in _SEPARATORS.split(text) if part))[:MOST]


def by_names(path: str, text: str) -> Found:
    """The active members of these names below the asker's path, the asking person left out; two queries."""
    names = names_in(text)
    shown = visible_members((path,))
    rows = session().execute(select(shown.c.id, shown.c.name, shown.c.unit_name).where(shown.c.name.in_(names))
                             .order_by(shown.c.sort_key, shown.c.id).limit(MOST)).all() if names else []
    borne = [row.name for row in rows]
    return Found(_people([row for row in rows if row.id != acting().member_id]), {name for name in borne if borne.count(name) > 1},
                 [name for name in names if name not in borne])


def by_ids(path: str, ids: Iterable[uuid.UUID]) -> list[Person]:
    """The same for ids that a form sent back; those out of reach, and the asking person, are left out."""
    shown = visible_members((path,))
    wanted = [one for one in ids if one != acting().member_id][:MOST]
    return _people(session().execute(select(shown.c.id, shown.c.name, shown.c.unit_name).where(shown.c.id.in_(wanted))
                                     .order_by(shown.c.sort_key, shown.c.id)).all() if wanted else [])


def roster(path: str) -> Sequence[Row]:
    """The members of a unit to tick, where they are few enough; else nothing, and names are typed."""
    shown = visible_members((path,))
    rows = session().execute(select(shown.c.id, shown.c.name, shown.c.unit_name).order_by(shown.c.sort_key, shown.c.id).limit(MOST + 1)).all()
    return [row for row in rows if row.id != acting().member_id] if len(rows) <= MOST else []


def _people(rows: Sequence[Row]) -> list[Person]:
    reports = confirmed_report_ins()
    at: dict[uuid.UUID, list[Any]] = {}
    for row in session().execute(select(reports).where(reports.c.member_id.in_([row.id for row in rows])).order_by(reports.c.basis)) if rows else ():
        at.setdefault(row.member_id, []).append(row)
    names = organization_names(row.community_id for found in at.values() for row in found)
    return [Person(row.id, row.name, row.unit_name or "", tuple((one.community_id, names.get(one.community_id, ""), one.basis)
                                                                for one in at.get(row.id, []))) for row in rows]


def communities_of(organization_id: uuid.UUID) -> list[tuple[uuid.UUID, str, int]]:
    """The communities in which the members of a unit and its sub-units report in, with how many each: the most first (R81)."""
    path = organization(organization_id).path
    people, reports = member_places(), confirmed_report_ins()
    counts: dict[uuid.UUID, int] = {}
    for row in session().execute(select(reports.c.community_id).join(people, people.c.id == reports.c.member_id)
                                 .where(people.c.status == "active", people.c.unit_path.bool_op("^@")(path))):
        counts[row.community_id] = counts.get(row.community_id, 0) + 1
    names = organization_names(counts)
    return sorted(((one, names.get(one, ""), count) for one, count in counts.items()), key=lambda found: (-found[2], found[1]))
