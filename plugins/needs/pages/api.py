"""The API below /api/v1/p/needs: a community's needs, taking one in, classifying and answering, for programs of an office."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import PRIORITY_GROUPS, place_target, requires
from core.pages import me
from plugins.needs import handling, queries
from plugins.needs.models import CHANNELS, STATES
from plugins.needs.pages.doing import reached_community, reached_need
from plugins.needs.pages.work import sees_words
from plugins.needs.queries import Wanted
from plugins.needs.texts import tidy
from plugins.needs.writing import CONTACT, LONGEST, Contact, NeedInput, receive


class NeedListQuerySchema(Schema):
    """Which needs, and from where the list goes on."""

    state = fields.String(load_default="new", validate=validate.OneOf(STATES))
    category = fields.String(load_default="", validate=validate.Length(max=20))
    channel = fields.String(load_default="", validate=validate.OneOf(["", *CHANNELS]))
    after = fields.UUID(load_default=None, allow_none=True)


class NeedSchema(Schema):
    """A need without anybody's name. `text` is null for whoever does not take needs in there."""

    id = fields.UUID(required=True)
    category = fields.String(required=True)
    recipient_group = fields.String(required=True, allow_none=True)
    channel = fields.String(required=True)
    state = fields.String(required=True)
    summary = fields.String(required=True)
    text = fields.String(required=True, allow_none=True)
    received_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    answered_on = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


class NeedListSchema(Schema):
    """A page; `next` is what `after` takes for the next one."""

    needs = fields.List(fields.Nested(NeedSchema), required=True)
    next = fields.UUID(required=True, allow_none=True)


class NewNeedSchema(Schema):
    """A need to take in. `id`, if it is given, makes the same call sent twice one need."""

    id = fields.UUID(load_default=None, allow_none=True)
    community_id = fields.UUID(required=True)
    text = fields.String(required=True, validate=validate.Length(2, LONGEST))
    category = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=20))
    channel = fields.String(load_default="other", validate=validate.OneOf([one for one in CHANNELS if one != "member"]))
    recipient_group = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(PRIORITY_GROUPS))
    received_on = fields.Date(load_default=None, allow_none=True)
    name = fields.String(load_default="", validate=validate.Length(max=CONTACT["name"]))
    phone = fields.String(load_default="", validate=validate.Length(max=CONTACT["phone"]))
    address = fields.String(load_default="", validate=validate.Length(max=CONTACT["address"]))


class ClassificationSchema(Schema):
    """The version that was read, and how the need is sorted in."""

    version = fields.Integer(required=True)
    category = fields.String(required=True, validate=validate.Length(1, 20))
    summary = fields.String(required=True, validate=validate.Length(2, handling.LONGEST_SUMMARY))
    recipient_group = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(PRIORITY_GROUPS))


class AnswerSchema(Schema):
    """The version that was read, and the answer; `refused` says that it is a no, because."""

    version = fields.Integer(required=True)
    answer = fields.String(required=True, validate=validate.Length(2, handling.LONGEST_ANSWER))
    refused = fields.Boolean(load_default=False)


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("needs_api", __name__, description="意见征集")

    @api.route("/communities/<uuid:community_id>/needs")
    @api.arguments(NeedListQuerySchema, location="query")
    @api.response(200, NeedListSchema)
    @requires("needs.read")
    def read(wanted: dict[str, Any], community_id: uuid.UUID) -> dict[str, Any]:
        words = sees_words(reached_community(community_id, "needs.read").path)
        found = queries.page(Wanted(community_id, wanted["state"], wanted["category"], wanted["channel"]), wanted["after"])
        rows = found[:queries.PAGE]
        return {"needs": [_shown(row, words) for row in rows], "next": rows[-1].id if len(found) > queries.PAGE else None}
    _writes(api)
    return api


def _writes(api: ApiBlueprint) -> None:
    @api.route("/needs", methods=["POST"])
    @api.arguments(NewNeedSchema)
    @api.response(201, NeedSchema)
    @requires("needs.enter")
    def create(given: dict[str, Any]) -> dict[str, Any]:
        reached_community(given["community_id"], "needs.enter")
        contact = Contact(*(tidy(given[name]) for name in ("name", "phone", "address")))
        need_id = receive(NeedInput(given["community_id"], tidy(given["text"], lines=True), given["category"], given["channel"],
                                    recipient_group=given["recipient_group"], contact=contact, received_on=given["received_on"]),
                          by=me(), need_id=given["id"])
        return _shown(queries.get(need_id), words=True)

    @api.route("/needs/<uuid:need_id>/classify", methods=["POST"])
    @api.arguments(ClassificationSchema)
    @api.response(200, NeedSchema)
    @requires("needs.manage")
    def classify(given: dict[str, Any], need_id: uuid.UUID) -> dict[str, Any]:
        reached_need(need_id, "needs.manage")
        handling.classify(need_id, given["version"], category=given["category"], summary=tidy(given["summary"]),
                          recipient_group=given["recipient_group"])
        return _own(need_id)

    @api.route("/needs/<uuid:need_id>/answer", methods=["POST"])
    @api.arguments(AnswerSchema)
    @api.response(200, NeedSchema)
    @requires("needs.manage")
    def answer(given: dict[str, Any], need_id: uuid.UUID) -> dict[str, Any]:
        reached_need(need_id, "needs.manage")
        (handling.refuse if given["refused"] else handling.answer)(need_id, given["version"], tidy(given["answer"], lines=True))
        return _own(need_id)


def _own(need_id: uuid.UUID) -> dict[str, Any]:
    row = queries.get(need_id)
    return _shown(row, words=sees_words(place_target(row.community_id).paths[0]))


def _shown(row: Any, words: bool) -> dict[str, Any]:
    names = ("id", "category", "recipient_group", "channel", "state", "summary", "received_on", "due_on", "answered_on", "version")
    return {name: getattr(row, name) for name in names} | {"text": queries.said(row) if words else None}
