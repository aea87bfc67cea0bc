"""Finds a pack under its lock and notes that it changed or was answered; tells somebody whose page is older than the pack."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from core.api import Conflict, NotFound, _, audit, session, tenant_id
from plugins.feedback.models import FeedbackPack


def locked(pack_id: uuid.UUID, version: int | None = None) -> FeedbackPack:
    """A pack under a row lock. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalars(select(FeedbackPack).where(FeedbackPack.tenant_id == tenant_id(), FeedbackPack.id == pack_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    stale(row, version)
    return row


def stale(row: FeedbackPack, version: int | None) -> None:
    """Raises Conflict when the pack changed since `version`."""
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))


def changed(row: FeedbackPack) -> None:
    """Note that it changed; written at once."""
    row.version += 1
    session().flush()


def answered(row: FeedbackPack, on: dt.date) -> None:
    """Note that the unit's answer to a locked pack is there, which it has read by then, whether it came from here or from another tenant."""
    row.state, row.answered_on, row.read_on = "answered", on, row.read_on or on
    changed(row)
    audit("feedback.answered", "feedback_pack", row.id)
