"""How a wish is held while something is done to it: the lock, the sealed words, the steps of its way."""
from __future__ import annotations

import uuid
from contextlib import suppress

from sqlalchemy import select, update

from core.api import (
    Conflict,
    NotFound,
    _,
    audit,
    lock_matter,
    new_id,
    now,
    seal,
    session,
    tenant_id,
    unseal,
    void_codes,
)
from plugins.wishes.models import WishesEvent, WishesWish

TABLE = "wishes_wish"
RECEIPT = "wishes.receipt"  # the purpose of the code on the receipt slip
SEALED = ("text", "name", "phone", "address", "proof", "remark", "answer", "comment")


def locked(wish_id: uuid.UUID, version: int | None = None) -> WishesWish:
    """The wish under a row lock; its matter, if it is one, is locked first, as core does. Raises NotFound, Conflict for another version."""
    with suppress(NotFound):  # not accepted yet
        lock_matter(wish_id)
    row = session().scalar(select(WishesWish).where(WishesWish.tenant_id == tenant_id(), WishesWish.id == wish_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def require(row: WishesWish, *states: str) -> None:
    """Raise Conflict unless the wish is in one of the states."""
    if row.state not in states:
        raise Conflict(_("这个心愿已经办理过，请刷新页面查看最新状态。"))


def put(row: WishesWish, column: str, text: str | None) -> None:
    """Seal a text into one of the wish's columns; an empty one is none."""
    setattr(row, column, seal(TABLE, column, row.id, (text or "").strip() or None))


def words(row: WishesWish, column: str) -> str | None:
    """A sealed text of the wish in clear; the caller may show it."""
    return unseal(TABLE, column, row.id, getattr(row, column))


def step(row: WishesWish, kind: str, *, by: uuid.UUID | None, note: str | None = None) -> None:
    """Write a step of the way, count the version up and note it in the log."""
    session().flush()  # a new wish stands before its step
    event_id = new_id()
    session().add(WishesEvent(id=event_id, wish_id=row.id, kind=kind, by=by, at=now(),
                              note=seal("wishes_event", "note", event_id, (note or "").strip()[:300] or None)))
    row.version += 1
    session().flush()
    audit(f"wishes.{kind}", TABLE, row.id)


def forget(row: WishesWish) -> None:
    """Remove all that tells who the resident is, or what they and others have said; the title and the dates stay."""
    for column in SEALED:
        setattr(row, column, None)
    row.name_mark = row.phone_mark = row.rating = None
    row.erased = True
    void_codes(RECEIPT, row.id)
    session().execute(update(WishesEvent).where(WishesEvent.tenant_id == tenant_id(), WishesEvent.wish_id == row.id).values(note=None))
    session().flush()
