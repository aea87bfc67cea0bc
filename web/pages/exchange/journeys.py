"""The form of a way elsewhere, the same for the member and for the officer who enters it: partner, community, tie, for a stay or for good."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request
from marshmallow import Schema, fields, validate

from core.errors import BaodaoError, Invalid
from core.exchange import partners, queries
from core.exchange.certifying import Destination
from core.i18n import _, _l
from core.tenancy import today
from web.forms import load_form
from web.pages.exchange.blueprint import BASES, words


class JourneyForm(Schema):
    """What is asked; the community is chosen by its code from the partner's list."""

    partner_id = fields.UUID(required=True, metadata={"title": _l("到哪里")})
    community_code = fields.String(required=True, validate=validate.Length(1, 30), metadata={"title": _l("社区")})
    basis = fields.String(required=True, validate=validate.OneOf(list(BASES)), metadata={"title": _l("关系")})
    moving = fields.Boolean(load_default=False)
    moves_on = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("迁出日期")})
    share_phone = fields.Boolean(load_default=False)
    carry = fields.Boolean(load_default=False)
    understood = fields.Boolean(load_default=False)
    q = fields.String(load_default="", allow_none=True)
    version = fields.String(load_default="", allow_none=True)
    send = fields.String(load_default="", allow_none=True)


def read_form(schema: JourneyForm) -> Destination:
    """The destination in the submitted form. Raises Invalid by field."""
    found = load_form(schema, request.form)
    if found["moving"] and found["moves_on"] is None:
        raise Invalid(_("有内容需要改正，请看每一项下面的提示。"), {"moves_on": [_("请填写迁出日期")]})
    if found["moving"] and not found["understood"]:
        raise Invalid(_("迁出后，这名党员将离开本地名册。请核对后勾选确认。"), {"understood": [_("请勾选")]})
    return Destination(found["partner_id"], found["community_code"], found["basis"], found["moves_on"] if found["moving"] else None,
                       found["share_phone"], found["carry"])


def journey_page(page: dict[str, Any], error: BaodaoError | None = None) -> str:
    """The form; first the partner is chosen, then its communities are searched, by POST, without script."""
    partner_id = request.form.get("partner_id", type=uuid.UUID)
    choices, text = queries.destinations(), request.form.get("q", "").strip()[:50]
    if len(choices) == 1 and partner_id is None:
        partner_id = uuid.UUID(choices[0][0])
    known = partner_id is not None and any(str(partner_id) == value for value, _name in choices)
    found = partners.search(partner_id, text) if known and partner_id is not None else []
    chosen = request.form.get("community_code", "")
    if chosen and known and partner_id is not None and not any(entry[0] == chosen for entry in found):
        found = [*partners.search(partner_id, chosen), *found]
    return render_template("exchange/journey.html", **page, choices=choices, partner_id=str(partner_id) if known else "", q=text, found=found, chosen=chosen,
                           values=request.form, message=error.message if error else None, errors=error.fields if isinstance(error, Invalid) else {},
                           today=today(), **words())
