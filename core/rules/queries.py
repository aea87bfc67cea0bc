"""Reads rule packs: which version holds on a day at a place, and which versions there are."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, or_, select

from core.errors import NotFound
from core.extension.rule_kinds import PackVersion
from core.organizations.lineage import lineage
from core.rules.models import RulePack
from core.tenancy import scope_cache, session
from core.tenancy.scope import tenant_id

COLUMNS = tuple(getattr(RulePack, name) for name in (
    "id", "kind", "name", "version", "title", "document", "effective_from", "ended_on", "announced_on", "organization_id"))
_KEY = "rule_packs"


def pack_in_force(kind: str, name: str, on: dt.date, place_id: uuid.UUID | None = None) -> PackVersion | None:
    """The version of a scheme that holds on a day: the nearest county's own above the place, else the tenant's. None: no rule."""
    lines = [None] if place_id is None else [None, *lineage(place_id)]
    for organization_id in reversed(lines):
        held = [p for p in _published(kind) if p.name == name and p.organization_id == organization_id and _holds(p, on)]
        if held:
            return max(held, key=_begins)
    return None


def packs_in_force(kind: str, on: dt.date) -> tuple[PackVersion, ...]:
    """The versions of all the tenant's schemes of a kind that hold on a day, counties' own included, by name."""
    newest: dict[tuple[str, uuid.UUID | None], PackVersion] = {}
    for pack in sorted((p for p in _published(kind) if _holds(p, on)), key=_begins):
        newest[pack.name, pack.organization_id] = pack
    return tuple(sorted(newest.values(), key=lambda p: (p.name, str(p.organization_id or ""))))


def published_packs(kind: str) -> tuple[PackVersion, ...]:
    """All published versions of a kind, from the earliest on; rules that no longer hold are among them."""
    return tuple(_published(kind))


def pack_version(pack_id: uuid.UUID) -> PackVersion:
    """One version or draft. Raises NotFound, for a discarded draft too."""
    row = session().execute(select(*COLUMNS).where(RulePack.tenant_id == tenant_id(), RulePack.id == pack_id,
                                                   RulePack.status != "discarded")).one_or_none()
    if row is None:
        raise NotFound
    return PackVersion(*row)


def history(kind: str, name: str, organization_id: uuid.UUID | None = None) -> Sequence[Row[Any]]:
    """Versions and the draft of one scheme without their documents, the newest first."""
    return session().execute(_listed().where(
        RulePack.kind == kind, RulePack.name == name, RulePack.organization_id.is_not_distinct_from(organization_id),
        RulePack.status != "discarded").order_by(RulePack.version.desc())).all()


def listed(kinds: Sequence[str], organizations: Sequence[uuid.UUID] | None = None) -> Sequence[Row[Any]]:
    """Drafts and published versions of these kinds without their documents; with `organizations`, the tenant's and theirs only."""
    query = _listed().where(RulePack.kind.in_(kinds), RulePack.status != "discarded")
    if organizations is not None:
        query = query.where(or_(RulePack.organization_id.is_(None), RulePack.organization_id.in_(organizations)))
    return session().execute(query.order_by(RulePack.kind, RulePack.name, RulePack.organization_id, RulePack.version.desc())).all()


def forget() -> None:
    """Read the packs again in this scope; to be called after a change."""
    scope_cache().pop(_KEY, None)


def _listed() -> Select[Any]:
    query: Any = select(RulePack.id, RulePack.kind, RulePack.name, RulePack.organization_id, RulePack.version, RulePack.status, RulePack.title,
                  RulePack.effective_from, RulePack.ended_on, RulePack.announced_on, RulePack.note, RulePack.created_by, RulePack.created_at,
                  RulePack.published_by, RulePack.published_at)
    found: Select[Any] = query.where(RulePack.tenant_id == tenant_id())
    return found


def _published(kind: str) -> list[PackVersion]:
    """Read once in each scope: events of the same transaction ask again and again."""
    known: dict[str, list[PackVersion]] = scope_cache().setdefault(_KEY, {})
    if kind not in known:
        rows = session().execute(select(*COLUMNS).where(RulePack.tenant_id == tenant_id(), RulePack.kind == kind,
                                                        RulePack.status == "published")
                                 .order_by(RulePack.effective_from, RulePack.version))
        known[kind] = [PackVersion(*row) for row in rows]
    return known[kind]


def _holds(pack: PackVersion, on: dt.date) -> bool:
    begun = pack.effective_from is not None and pack.effective_from <= on
    return begun and (pack.ended_on is None or on < pack.ended_on)


def _begins(pack: PackVersion) -> tuple[dt.date, int]:
    return pack.effective_from or dt.date.max, pack.version
