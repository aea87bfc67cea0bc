"""Finds a selection or a nomination, under its lock where it is about to change, and writes a nomination's history."""
from __future__ import annotations

import uuid

from sqlalchemy import select

from core.api import Conflict, Invalid, NotFound, _, acting, now, session, tenant_id
from plugins.awards.models import AwardEvent, AwardNomination, AwardSelection


def selection(selection_id: uuid.UUID) -> AwardSelection:
    """One selection. Raises NotFound."""
    row = session().get(AwardSelection, (tenant_id(), selection_id))
    if row is None:
        raise NotFound
    return row


def nomination(nomination_id: uuid.UUID) -> AwardNomination:
    """One nomination. Raises NotFound."""
    row = session().get(AwardNomination, (tenant_id(), nomination_id))
    if row is None:
        raise NotFound
    return row


def locked_selection(selection_id: uuid.UUID, version: int | None = None) -> AwardSelection:
    """A selection under its lock, behind which all its nominations change. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalar(select(AwardSelection).where(AwardSelection.tenant_id == tenant_id(), AwardSelection.id == selection_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    _same(row.version, version)
    return row


def locked_nomination(nomination_id: uuid.UUID, version: int | None = None) -> tuple[AwardSelection, AwardNomination]:
    """A nomination with its selection, both under their locks, the selection first. Raises NotFound, Conflict as above."""
    selection_id = session().scalar(select(AwardNomination.selection_id).where(AwardNomination.tenant_id == tenant_id(),
                                                                              AwardNomination.id == nomination_id))
    if selection_id is None:
        raise NotFound
    above = locked_selection(selection_id)
    row = session().scalars(select(AwardNomination).where(AwardNomination.tenant_id == tenant_id(), AwardNomination.id == nomination_id)
                            .with_for_update().execution_options(populate_existing=True)).one()
    _same(row.version, version)
    return above, row


def of_selection(selection_id: uuid.UUID, *states: str) -> list[AwardNomination]:
    """Its nominations in some states, in the order in which they came; the caller holds the selection's lock."""
    return list(session().scalars(select(AwardNomination).where(
        AwardNomination.tenant_id == tenant_id(), AwardNomination.selection_id == selection_id, AwardNomination.state.in_(states))
        .order_by(AwardNomination.id).execution_options(populate_existing=True)))


def moved(row: AwardNomination, state: str, event: str, *, note: str | None = None, level: str | None = None) -> None:
    """Let a nomination be in a state from now on, and write the line of its history."""
    row.state = state
    row.version += 1
    session().add(AwardEvent(nomination_id=row.id, kind=event, level=level, note=note or None, by=acting().account_id, at=now()))
    session().flush()


def needed(text: str, field: str = "reason") -> str:
    """A reason that says something, cut to what the form takes. Raises Invalid."""
    if len(text.strip()) < 2:
        raise Invalid(_("请写明理由。"), {field: [_("请填写")]})
    return text.strip()[:300]


def _same(version: int, read: int | None) -> None:
    if read is not None and version != read:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
