"""What units offer and communities need: the list, putting up, putting right, closing, and what fits what."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import func, select

from core.api import (
    Forbidden,
    NotFound,
    _,
    acting,
    allowed,
    communities_named,
    member_places,
    new_id,
    place_rows,
    place_target,
    requires,
    session,
)
from core.pages import after, following, me
from plugins.cobuilding import items, queries, rights
from plugins.cobuilding.pages.doing import BOTH, GET, Route, answered, item_lines
from plugins.cobuilding.pages.forms import ItemSchema, NeedSchema, OfferSchema, ReasonSchema, terms
from plugins.cobuilding.words import SIDES, kinds

LONGEST, NEAR = 50, 6


def _tab() -> str:
    tab = request.values.get("tab", "")
    return tab if tab in queries.ITEM_TABS else "need" if not acting().can(rights.NEED) else "offer"


@requires("cobuilding.read")
def item_list() -> str:
    """What is open for everybody, or one's own."""
    tab, known = _tab(), kinds()
    kind = request.args.get("kind", "")
    found = queries.items(tab, kind if kind in known else "", after())
    titles = {**{side: str(word) for side, word in SIDES.items()}, "own": _("自己登记的")}
    tabs = [{"title": titles[name], "url": url_for("cobuilding.item_list", tab=name), "active": name == tab} for name in queries.ITEM_TABS]
    return render_template("cobuilding/items.html", rows=item_lines(found[:queries.PAGE]), tabs=tabs, tab=tab, kind=kind, kinds=known, sides=SIDES,
                           following=following(found, queries.PAGE), offers=acting().can(rights.OFFER), needs=acting().can(rights.NEED))


def _put_up(side: str, schema: OfferSchema | NeedSchema, title: str) -> Any:
    owners = schema.fields["owner"].metadata["choices"]()
    return answered(schema, {"ticket": new_id(), "kind": "information", "owner": owners[0][0] if len(owners) == 1 else None},
                    lambda data: items.put_up(data["ticket"], side, data["owner"], terms(data), by=me()), title=title, submit=_("登记"),
                    back=url_for("cobuilding.item_list", tab="own"), done=_("已登记。"), choices={"kind": kinds().items(), "owner": owners})


@requires("cobuilding.offer")
def offer() -> Any:
    """A unit's offer."""
    return _put_up("offer", OfferSchema(), _("登记单位能提供什么"))


@requires("cobuilding.need")
def need() -> Any:
    """A community's need."""
    return _put_up("need", NeedSchema(), _("登记社区需要什么"))


@requires("cobuilding.read")
def change_item(item_id: uuid.UUID) -> Any:
    """Put it right."""
    rights.require_item(item_id)
    row = queries.one_item(item_id)
    return answered(ItemSchema(), dict(row._mapping), lambda data: items.change(item_id, data["version"], terms(data)), title=_("修改"),
                    submit=_("保存"), back=url_for("cobuilding.item_list", tab="own"), done=_("已保存。"),
                    choices={"kind": {**kinds(), **({row.kind: row.kind} if row.kind not in kinds() else {})}.items()})


@requires("cobuilding.read")
def close_item(item_id: uuid.UUID) -> Any:
    """Take it down."""
    rights.require_item(item_id)
    row = queries.one_item(item_id)
    return answered(ReasonSchema(), {"version": row.version}, lambda data: items.close(item_id, data["version"], data["reason"]),
                    title=_("关闭"), submit=_("关闭"), back=url_for("cobuilding.item_list", tab="own"), done=_("已关闭，已有的协议不受影响。"),
                    lead=row.title)


@requires("cobuilding.propose")
def fitting(item_id: uuid.UUID) -> str:
    """What of the other side fits it; whoever speaks for neither side of an item may propose only what lies in reach."""
    row = queries.one_item(item_id)
    permission, owner = rights.item_side(item_id)
    if row.closed_on is not None and not allowed(acting(), permission, place_target(owner)):
        raise NotFound
    if not (allowed(acting(), rights.PROPOSE, place_target(owner)) or acting().can(rights.OFFER if row.side == "need" else rights.NEED)):
        raise Forbidden
    lines = item_lines([row, *items.fitting(row)])
    gives = row.side == "offer" and row.closed_on is None and allowed(acting(), rights.OFFER, place_target(owner))
    text = request.args.get("q", "").strip()[:LONGEST]
    return render_template("cobuilding/fitting.html", item=lines[0], rows=lines[1:], sides=SIDES, gives=gives, text=text,
                           places=_places(row.unit_id, text) if gives else [],
                           may_alone=acting().can(rights.OFFER if row.side == "need" else rights.NEED))


def _places(unit_id: uuid.UUID, text: str) -> list[tuple[uuid.UUID, str]]:
    """Communities of that name; before one is looked for, those where most of the unit's members live."""
    if text:
        return [(one.id, one.title) for one in communities_named(text)]
    people, homes = member_places(), place_rows()
    rows = session().execute(select(homes.c.id, homes.c.name).join(people, people.c.residence_path == homes.c.path).where(
        people.c.unit_id == unit_id, people.c.status == "active").group_by(homes.c.id, homes.c.name)
        .order_by(func.count().desc(), homes.c.id).limit(NEAR)).all()
    return [(row.id, row.name) for row in rows]


ROUTES: tuple[Route, ...] = (("/items/", "item_list", item_list, GET), ("/items/offer", "offer", offer, BOTH), ("/items/need", "need", need, BOTH),
                             ("/items/<uuid:item_id>", "change_item", change_item, BOTH), ("/items/<uuid:item_id>/close", "close_item", close_item, BOTH),
                             ("/items/<uuid:item_id>/fitting", "fitting", fitting, GET))
