"""Pages and API of points: an officer's list, a member's ledger, one's own. Sorted by name: nobody is ranked."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields
from sqlalchemy import func, select, tuple_
from werkzeug.wrappers import Response

from core.api import NotFound, _, acting, authorize, member_target, requires, session, tenant_id, visible_members
from plugins.points import ledger
from plugins.points.models import PointsAccount

PAGE = 50
LONGEST = 50  # of what is looked for


def routes() -> Blueprint:
    """The pages below /p/points."""
    pages = Blueprint("points", __name__, template_folder="templates")
    pages.add_url_rule("/", "index", index)
    pages.add_url_rule("/search", "search", search, methods=["POST"])
    pages.add_url_rule("/me", "mine", mine)
    pages.add_url_rule("/members/<uuid:member_id>", "member", member)
    return pages


@requires("points.read")
def index() -> str:
    """Members of the officer's scope with their points, by name."""
    return _list("")


@requires("points.read")
def search() -> str | Response:
    """The same for the beginning of a name, its pinyin or its initials; by form, since a name has no place in an address."""
    text = request.form.get("q", "").strip()[:LONGEST]
    return _list(text) if text else redirect(url_for("points.index"), 303)


def _list(text: str) -> str:
    after = request.values.get("after", type=uuid.UUID)
    shown = visible_members(acting().paths("points.read"), text)
    query = (select(shown.c.id, shown.c.name, shown.c.unit_name, shown.c.sort_key, func.coalesce(PointsAccount.balance, 0).label("balance"))
             .outerjoin(PointsAccount, (PointsAccount.tenant_id == tenant_id()) & (PointsAccount.member_id == shown.c.id))
             .order_by(shown.c.sort_key, shown.c.id).limit(PAGE + 1))
    if after and (key := session().scalar(select(shown.c.sort_key).where(shown.c.id == after))):
        query = query.where(tuple_(shown.c.sort_key, shown.c.id) > (key, after))
    rows = session().execute(query).all()
    return render_template("points/index.html", rows=rows[:PAGE], following=rows[PAGE - 1].id if len(rows) > PAGE else None, text=text)


@requires("points.read")
def member(member_id: uuid.UUID) -> str:
    """One member's ledger, for an officer who may see the member."""
    authorize(acting(), "points.read", member_target(member_id))
    return _ledger(member_id, _("积分明细"))


@requires("points.self")
def mine() -> str:
    """One's own ledger."""
    own = acting().member_id
    if own is None:
        raise NotFound
    return _ledger(own, _("我的积分"))


def _ledger(member_id: uuid.UUID, title: str) -> str:
    before = request.args.get("before", type=uuid.UUID)
    rows = ledger.entries(member_id, limit=PAGE + 1, before=before)
    return render_template("points/ledger.html", title=title, balance=ledger.balance(member_id), rows=rows[:PAGE],
                           following=rows[PAGE - 1].id if len(rows) > PAGE else None)


class PointsEntrySchema(Schema):
    """One entry of the ledger."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"description": "earned or reversed"})
    points = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    happened_on = fields.Date(required=True)
    rule = fields.String(required=True)


class PointsSchema(Schema):
    """A member's balance and the latest fifty entries."""

    member_id = fields.UUID(required=True)
    balance = fields.Integer(required=True)
    entries = fields.List(fields.Nested(PointsEntrySchema), required=True)


def api_routes() -> ApiBlueprint:
    """The API below /api/v1/p/points."""
    api = ApiBlueprint("points_api", __name__, description="奉献积分")

    @api.route("/members/<uuid:member_id>")
    @api.response(200, PointsSchema)
    @requires("points.read")
    def read(member_id: uuid.UUID) -> dict[str, Any]:
        authorize(acting(), "points.read", member_target(member_id))
        return {"member_id": member_id, "balance": ledger.balance(member_id), "entries": ledger.entries(member_id)}
    return api
