"""Which pack holds for an event: the county's own, else the tenant's, else the plain rule of the settings (one kind of pack, one code)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.api import DEFAULT_SCHEME, PackVersion, pack_in_force, published_packs, settings
from plugins.points.calendar import following, period_of
from plugins.points.plain import plain_document
from plugins.points.schema import RULE_KIND


@dataclass(frozen=True, slots=True)
class Held:
    """What holds on a day at a place. `pack_id` None: the plain rule of the settings. `key` names it among kept statements.

    `versions` are the documents of the scheme that hold at any time of the period around, `place` this one's number among them, and
    `pack_ids` their packs; most often there is one.
    """

    pack_id: uuid.UUID | None
    document: Mapping[str, Any]
    key: tuple[Any, ...] = field(compare=False)
    versions: tuple[Mapping[str, Any], ...] = ()
    pack_ids: tuple[uuid.UUID | None, ...] = ()
    place: int = 0


def held_by(place_id: uuid.UUID | None, on: dt.date) -> Held | None:
    """What holds for something done at a place on a day; None when the scheme had come to its end by then."""
    local = any(p.organization_id is not None for p in published_packs(RULE_KIND))
    pack = pack_in_force(RULE_KIND, DEFAULT_SCHEME, on, place_id if local else None)
    if pack is None:
        begun = any(p.organization_id is None and p.effective_from is not None and p.effective_from <= on for p in published_packs(RULE_KIND))
        return None if begun else plain(place_id)
    return _line(pack, on)


def _line(pack: PackVersion, on: dt.date) -> Held:
    start = period_of(on, pack.document["period"])
    end = following(start, pack.document["period"])
    line = [p for p in published_packs(RULE_KIND) if p.name == pack.name and p.organization_id == pack.organization_id
            and p.effective_from is not None and p.effective_from < end and (p.ended_on is None or p.ended_on > start)]
    # Earlier versions that were over before the period began say nothing in it.
    begun = [p for p in line if p.effective_from is not None and p.effective_from <= start]
    line = [p for p in line if p not in begun[:-1] or p.id == pack.id]
    ids = tuple(p.id for p in line)
    return Held(pack.id, pack.document, ids, tuple(p.document for p in line), ids, ids.index(pack.id))


def plain(place_id: uuid.UUID | None = None) -> Held:
    """The rule of the settings as they hold at a place, as a document like any other."""
    values = settings("points", place_id)
    document = plain_document(values)
    return Held(None, document, ("plain", values["points_per_hour"], values["hours_cap"], values["dissatisfied_earns"]), (document,), (None,))


def for_tenant(on: dt.date) -> Held:
    """What holds for the tenant as a whole: periods, redemption, cards, notices and units follow it."""
    return held_by(None, on) or plain()


def of_pack(pack_id: uuid.UUID, on: dt.date) -> Held:
    """What one version says, beside the others of its scheme in the period around a day."""
    pack = next(p for p in published_packs(RULE_KIND) if p.id == pack_id)
    return _line(pack, on)
