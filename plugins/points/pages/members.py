"""One member's points, for an officer and for the member: balance, each entry with its reason, requests, cards, exclusions."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request

from core.api import _, acting, allowed, authorize, member_target, new_id, requires, today
from core.pages import following, own_member
from plugins.points import cards, exclusions, holding, items, ledger, redemption
from plugins.points.calendar import period_of
from plugins.points.explaining import explained
from plugins.points.fields import shown
from plugins.points.pages.showing import GET, PAGE


@requires("points.read")
def member(member_id: uuid.UUID) -> str:
    """One member's points, for an officer who may see the member, with what the officer may do."""
    target = member_target(member_id)
    authorize(acting(), "points.read", target)
    may = {name: allowed(acting(), f"points.{name}", target) for name in ("redeem", "correct", "exclude")}
    held = holding.for_tenant(today())
    more: dict[str, Any] = {"may": may, "cases": held.document["exclusions"] if may["exclude"] else [], "today": today()}
    if may["redeem"]:
        more |= {"items": _items(held.document), "card_choices": held.document["cards"]}
    return _page(member_id, _("积分明细"), own=False, **more)


@requires("points.self")
def mine() -> str:
    """One's own points, and what can be had for them."""
    return _page(own_member(), _("我的积分"), own=True)


def _page(member_id: uuid.UUID, title: str, **more: Any) -> str:
    before = request.args.get("before", type=uuid.UUID)
    rows = ledger.entries(member_id, limit=PAGE + 1, before=before)
    return render_template("points/ledger.html", title=title, member_id=member_id, balance=shown(ledger.balance(member_id)),
                           rows=explained(rows[:PAGE]), following=following(rows, PAGE), **more)


def standing(member_id: uuid.UUID) -> dict[str, Any]:
    """What stands beside the ledger: the present period's points, requests, cards, exclusions."""
    held = holding.for_tenant(today())
    period = period_of(today(), held.document["period"])
    return {"earned": shown(ledger.in_period(member_id, period)), "requests": [
        {"id": r.id, "title": r.title, "cost": shown(r.cost), "status": r.status, "for_other": r.for_other, "asked_at": r.asked_at}
        for r in redemption.of_member(member_id)], "cards": cards.of_member(member_id), "exclusions": exclusions.of_member(member_id),
        "items": _items(held.document), "open_now": redemption.open_now(held.document["redemption"], today()), "form_id": new_id()}


def _items(document: Any) -> list[dict[str, Any]]:
    if not document["redemption"]["enabled"]:
        return []
    return [{"id": i.id, "title": i.title, "price": shown(i.price), "stock": i.stock, "for_others": i.for_others} for i in items.listed()]


ROUTES = (("/members/<uuid:member_id>", member, GET), ("/me", mine, GET))
