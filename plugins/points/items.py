"""What can be had for points: put up by the pack, restocked, repriced and taken down by officers."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert

from core.api import Conflict, Invalid, NotFound, _, audit, new_id, session, tenant_id
from plugins.points.fields import hundredths
from plugins.points.models import PointsItem

MOST = 500


def put_up(document: Mapping[str, Any]) -> None:
    """Make a pack's items known: a new one with its stock, a known one with its new name and price; the stock that is there stays."""
    for item in document["redemption"]["items"] if document["redemption"]["enabled"] else ():
        known = {"title": item["title"], "price": hundredths(item["price"]), "for_others": item["for_others"]}
        session().execute(insert(PointsItem).values(
            tenant_id=tenant_id(), id=new_id(), key=item["key"], stock=item["stock"], active=True, version=1, **known)
            .on_conflict_do_update(index_elements=["tenant_id", "key"], set_=known | {"version": PointsItem.version + 1}))


def listed(*, active: bool = True) -> Sequence[Row]:
    """The items by price."""
    of = PointsItem
    query = select(of.id, of.title, of.price, of.stock, of.for_others, of.active, of.version).where(of.tenant_id == tenant_id())
    if active:
        query = query.where(of.active)
    return session().execute(query.order_by(of.price, of.id).limit(MOST)).all()


def add(title: str, price: int, stock: int | None, *, for_others: bool) -> uuid.UUID:
    """Put an item up. Raises Invalid."""
    _check(title, price, stock)
    row = PointsItem(id=new_id(), key=f"own_{new_id().hex}", title=title.strip(), price=price, stock=stock, for_others=for_others)
    session().add(row)
    session().flush()
    audit("points.item_added", "points_item", row.id, {"price": price, "stock": stock})
    return row.id


def change(item_id: uuid.UUID, version: int, title: str, price: int, stock: int | None, *, for_others: bool, active: bool) -> None:
    """Change an item. Raises NotFound, Conflict when it changed since `version`, Invalid."""
    _check(title, price, stock)
    row = session().scalar(select(PointsItem).where(PointsItem.tenant_id == tenant_id(), PointsItem.id == item_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict(_("刚被别人改过。请刷新页面，核对后再提交。"))
    row.title, row.price, row.stock, row.for_others, row.active = title.strip(), price, stock, for_others, active
    row.version += 1
    session().flush()
    audit("points.item_changed", "points_item", row.id, {"price": price, "stock": stock, "active": active})


def _check(title: str, price: int, stock: int | None) -> None:
    wrong: dict[str, list[str]] = {}
    if not 1 <= len(title.strip()) <= 40:
        wrong["title"] = [_("请用 1 至 40 个字写明")]
    if not 0 <= price <= 1_000_000:
        wrong["price"] = [_("请填 0 至 10000 的数")]
    if stock is not None and not 0 <= stock <= 1_000_000:
        wrong["stock"] = [_("请填 0 至 1000000 的整数")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
