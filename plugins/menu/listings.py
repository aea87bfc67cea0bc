"""Where an offer stands: each community's officer lists it, under a number that stays, or does not."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.api import Conflict, NotFound, _, audit, new_id, session, settings, tenant_id, today
from plugins.menu.models import MenuListing, MenuOffer, MenuSeries


def place(offer: MenuOffer, community_ids: Sequence[uuid.UUID], *, listed_by: uuid.UUID | None = None) -> None:
    """Let a locked or new offer stand in these communities and in no others; it waits for the officer where the settings say so."""
    wanted, known = set(community_ids), {row.community_id: row for row in _of(offer.id)}
    for community_id in sorted(wanted):
        row = known.get(community_id)
        if row is None:
            row = MenuListing(offer_id=offer.id, community_id=community_id, state="proposed", number=None, reason=None, decided_by=None,
                              decided_on=None, version=1)
            session().add(row)
            if listed_by is not None or settings("menu", community_id)["list_directly"]:
                _put_up(row, listed_by)
        elif row.state == "ended":
            row.state, row.decided_on, row.version = "proposed", None, row.version + 1
    for community_id in known.keys() - wanted:
        known[community_id].state = "ended"
        known[community_id].version += 1
    session().flush()
    follow(offer)


def follow(offer: MenuOffer) -> None:
    """Show in every menu what its owner made of an offer: paused, back again, ended."""
    for row in _of(offer.id):
        if row.state in ("removed", "ended"):
            continue
        state = offer.state if offer.state != "open" else "listed" if row.number is not None and row.decided_on is not None else "proposed"
        if row.state != state:
            row.state, row.version = state, row.version + 1
    session().flush()


def put_up(listing_id: uuid.UUID, version: int, *, by: uuid.UUID) -> None:
    """List an offer in the community's menu. Raises Conflict when it changed or its owner has paused or ended it, NotFound."""
    row = _locked(listing_id, version)
    if row.state not in ("proposed", "removed"):
        raise Conflict(_("这项服务已经处理过，或已由提供者暂停、结束。"))
    offer_state = session().scalar(select(MenuOffer.state).where(MenuOffer.tenant_id == tenant_id(), MenuOffer.id == row.offer_id))
    if offer_state != "open":
        raise Conflict(_("这项服务已由提供者暂停或结束，不能上架。"))
    _put_up(row, by)
    audit("menu.listed", "menu_listing", row.id, {"number": row.number})


def take_down(listing_id: uuid.UUID, version: int, reason: str, *, by: uuid.UUID) -> None:
    """Do not list an offer, or no longer; its owner reads the reason. Raises Conflict, NotFound."""
    row = _locked(listing_id, version)
    if row.state not in ("proposed", "listed", "paused"):
        raise Conflict(_("这项服务已经处理过，请刷新页面。"))
    row.state, row.reason, row.decided_by, row.decided_on = "removed", reason.strip()[:200] or None, by, today()
    row.version += 1
    audit("menu.taken_down", "menu_listing", row.id)


def _put_up(row: MenuListing, by: uuid.UUID | None) -> None:
    if row.number is None:
        row.number = _next_number(row.community_id)
    row.state, row.reason, row.decided_by, row.decided_on = "listed", None, by, today()
    row.version += 1
    session().flush()


def _next_number(community_id: uuid.UUID) -> int:
    """The next number of a community's menu; the insert waits for whoever draws one now."""
    drawn = insert(MenuSeries).values(tenant_id=tenant_id(), id=new_id(), community_id=community_id, last_number=1)
    return int(session().execute(drawn.on_conflict_do_update(index_elements=["tenant_id", "community_id"], set_={
        "last_number": MenuSeries.last_number + 1}).returning(MenuSeries.last_number)).scalar_one())


def _locked(listing_id: uuid.UUID, version: int) -> MenuListing:
    row = session().scalar(select(MenuListing).where(MenuListing.tenant_id == tenant_id(), MenuListing.id == listing_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict(_("刚有别人处理过，请刷新页面，核对后再办。"))
    return row


def _of(offer_id: uuid.UUID) -> Iterable[MenuListing]:
    return session().scalars(select(MenuListing).where(MenuListing.tenant_id == tenant_id(), MenuListing.offer_id == offer_id)
                             .order_by(MenuListing.community_id)).all()
