"""Finds a pledge under its lock, and keeps its place on the board in step with its state."""
from __future__ import annotations

import uuid

from sqlalchemy import select

from core.api import Conflict, NotFound, _, session, tenant_id
from plugins.pledges.models import Pledge

_BOARD = {"open": "open", "kept": "kept", "kept_late": "kept", "not_kept": "not_kept"}


def place(row: Pledge) -> None:
    """Put it where the board shows it: by its deadline while it is open, then by the day it ended; unpublished and released ones nowhere."""
    row.board = _BOARD.get(row.state) if row.published_on is not None else None
    row.board_on = None if row.board is None else row.ended_on or row.deadline


def locked(pledge_id: uuid.UUID, version: int | None = None) -> Pledge:
    """A pledge under a row lock. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalars(select(Pledge).where(Pledge.tenant_id == tenant_id(), Pledge.id == pledge_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def changed(row: Pledge) -> None:
    """Note that it changed: its place, its version; written at once."""
    place(row)
    row.version += 1
    session().flush()
