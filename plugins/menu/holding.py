"""The locks of the menu: a request, an offer whose monthly limit counts, and the calendars of members whose time is taken."""
from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from core.api import Conflict, NotFound, _, lock_matter, new_id, now, session, tenant_id
from plugins.menu.models import MenuCalendar, MenuOffer, MenuRequest, MenuStep

_TAKEN = "23505"  # PostgreSQL's unique_violation


def request_locked(request_id: uuid.UUID, version: int | None = None) -> MenuRequest:
    """A request under a row lock, which every act on it takes first. Raises NotFound; Conflict when it changed since `version`.

    Its matter is locked before it, where there is one, as when core tells of a claim that ended: so two sides at once wait in one line.
    """
    with suppress(NotFound):
        lock_matter(request_id)
    row = session().scalar(select(MenuRequest).where(MenuRequest.tenant_id == tenant_id(), MenuRequest.id == request_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人办理过，您的操作没有保存。请刷新页面，核对后再办。"))
    return row


def offer_locked(offer_id: uuid.UUID, version: int | None = None) -> MenuOffer:
    """An offer under a row lock. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalar(select(MenuOffer).where(MenuOffer.tenant_id == tenant_id(), MenuOffer.id == offer_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def calendar_locked(member_id: uuid.UUID | None, unit_id: uuid.UUID | None) -> MenuCalendar:
    """The calendar of a member or a unit under a row lock, made where there is none yet."""
    mine = MenuCalendar.unit_id == unit_id if member_id is None else MenuCalendar.member_id == member_id
    session().execute(insert(MenuCalendar).values(tenant_id=tenant_id(), id=new_id(), member_id=member_id,
                                                  unit_id=None if member_id else unit_id).on_conflict_do_nothing())
    return session().scalars(select(MenuCalendar).where(MenuCalendar.tenant_id == tenant_id(), mine)
                             .with_for_update().execution_options(populate_existing=True)).one()


def members_locked(member_ids: Iterable[uuid.UUID]) -> None:
    """Lock the time of several members, always in the same order."""
    for member_id in sorted(set(member_ids)):
        calendar_locked(member_id, None)


def added(row: Any) -> bool:
    """Add a row whose id a form bears; False when the same form, sent a second time at the same moment, was faster."""
    try:
        with session().begin_nested():
            session().add(row)
            session().flush()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _TAKEN:
            raise
        return False
    return True


def step(request: MenuRequest, kind: str, side: str, offer_id: uuid.UUID | None = None) -> None:
    """Add a line to a request's history; its version goes on."""
    request.version += 1
    session().add(MenuStep(request_id=request.id, kind=kind, side=side, offer_id=offer_id, at=now()))
