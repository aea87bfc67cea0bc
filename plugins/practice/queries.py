"""Reads the library: published entries for everybody who may read it, drafts within reach, what stands in the public column."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, func, not_, or_, select

from core.api import (
    Forbidden,
    NotFound,
    acting,
    allowed,
    column_in_reach,
    consent_refused,
    organization_names,
    place_target,
    session,
    tenant_id,
)
from plugins.practice.models import PracticeEntry, PracticeUse

PAGE = 30
TABS = ("practice", "story", "draft", "withdrawn")
COLUMNS = (PracticeEntry.id, PracticeEntry.sort, PracticeEntry.theme, PracticeEntry.title, PracticeEntry.effect, PracticeEntry.state,
            PracticeEntry.organization_id, PracticeEntry.published_on, PracticeEntry.recommended_on, PracticeEntry.recommended_by,
            PracticeEntry.in_column, PracticeEntry.version)


def listed(tab: str, text: str = "", theme: str = "", after: uuid.UUID | None = None) -> list[dict[str, Any]]:
    """A page of one tab, the newest first, and one row more where it goes on; `text` is looked for in title, text and effect."""
    query = _uses().where(PracticeEntry.tenant_id == tenant_id(), *_which(tab))
    if text:
        query = query.where(or_(*(func.strpos(column, text) > 0 for column in (PracticeEntry.title, PracticeEntry.body, PracticeEntry.effect))))
    if theme:
        query = query.where(PracticeEntry.theme == theme)
    if after is not None:
        query = query.where(PracticeEntry.id < after)
    return _named(session().execute(query.order_by(PracticeEntry.id.desc()).limit(PAGE + 1)).all())


def _uses() -> Select:
    used = (select(func.count()).where(PracticeUse.tenant_id == tenant_id(), PracticeUse.entry_id == PracticeEntry.id)
            .correlate(PracticeEntry).scalar_subquery())
    return select(*COLUMNS, used.label("uses"))


def _which(tab: str) -> tuple[Any, ...]:
    if tab in ("practice", "story"):
        return PracticeEntry.state == "published", PracticeEntry.sort == tab, not_(refused())
    return PracticeEntry.state == tab, column_in_reach(PracticeEntry.organization_id, "practice.write")


def refused() -> Any:
    """The condition that an entry is about a member who does not want to be on public boards."""
    return and_(PracticeEntry.member_id.is_not(None), consent_refused("board", PracticeEntry.member_id))


def _named(rows: Sequence[Row]) -> list[dict[str, Any]]:
    names = organization_names({one for row in rows for one in (row.organization_id, row.recommended_by)})
    return [{**row._mapping, "place": names.get(row.organization_id, ""), "recommended": names.get(row.recommended_by, "")} for row in rows]


def entry(entry_id: uuid.UUID) -> PracticeEntry:
    """A published one, or one within reach; of a member who took consent to public boards back, within reach only. Raises NotFound."""
    row = session().get(PracticeEntry, (tenant_id(), entry_id))
    if row is None:
        raise NotFound
    shown = row.state == "published" and not (row.member_id and session().scalar(select(consent_refused("board", row.member_id))))
    if not shown and not allowed(acting(), "practice.write", place_target(row.organization_id)):
        raise NotFound
    return row


def written(entry_id: uuid.UUID, permission: str) -> PracticeEntry:
    """One on which the acting person may act by a permission. Raises NotFound, Forbidden."""
    row = entry(entry_id)
    if not allowed(acting(), permission, place_target(row.organization_id)):
        raise Forbidden
    return row


def uses(entry_id: uuid.UUID) -> list[dict[str, Any]]:
    """Who uses it too."""
    rows = session().execute(select(PracticeUse.organization_id, PracticeUse.remark, PracticeUse.used_on).where(
        PracticeUse.tenant_id == tenant_id(), PracticeUse.entry_id == entry_id).order_by(PracticeUse.id).limit(500)).all()
    names = organization_names({row.organization_id for row in rows})
    return [{**row._mapping, "place": names.get(row.organization_id, "")} for row in rows]


def of_member(member_id: uuid.UUID) -> Sequence[Row]:
    """Stories about a member."""
    return session().execute(select(*COLUMNS, PracticeEntry.body, PracticeEntry.consent_on).where(
        PracticeEntry.tenant_id == tenant_id(), PracticeEntry.member_id == member_id).order_by(PracticeEntry.id.desc()).limit(100)).all()


def column(after: uuid.UUID | None = None) -> list[dict[str, Any]]:
    """A page of the public column."""
    query = _uses().where(PracticeEntry.tenant_id == tenant_id(), *_public())
    if after is not None:
        query = query.where(PracticeEntry.id < after)
    return _named(session().execute(query.order_by(PracticeEntry.id.desc()).limit(PAGE + 1)).all())


def public_one(entry_id: uuid.UUID) -> PracticeEntry:
    """One that stands in the public column. Raises NotFound."""
    row = session().scalar(select(PracticeEntry).where(PracticeEntry.tenant_id == tenant_id(), PracticeEntry.id == entry_id, *_public()))
    if row is None:
        raise NotFound
    return row


def _public() -> tuple[Any, ...]:
    return PracticeEntry.state == "published", PracticeEntry.in_column, not_(refused())
