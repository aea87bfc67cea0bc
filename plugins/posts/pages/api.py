"""The API below /api/v1/p/posts: open posts, setting and closing them, claiming and releasing, for programs of an office or a member's own."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import Conflict, NotFound, _, acting, authorize, member_target, place_target, release_claim, requires, take_claim
from core.pages import me, own_member
from plugins.posts import queries, setting
from plugins.posts.pages.api_schemas import ClaimSchema, PostSchema, PostWriteSchema, ReasonSchema, TakeSchema, post_of, written
from plugins.posts.queries import PAGE, PostFilter
from plugins.posts.rights import MANAGE, OWN, READ, reached, reached_claim


class PostQuerySchema(Schema):
    """Which posts: open or closed ones, of a category; the next page by `cursor`."""

    state = fields.String(load_default="open", validate=validate.OneOf(("open", "closed")))
    category = fields.String(load_default="", validate=validate.Length(max=20))
    cursor = fields.UUID(load_default=None)


class PostPageSchema(Schema):
    """A page of posts; `next` is the cursor of the following one."""

    posts = fields.List(fields.Nested(PostSchema), required=True)
    next = fields.UUID(required=True, allow_none=True)


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("posts_api", __name__, description="设岗领岗")
    _reading(api)
    _setting(api)
    _claiming(api)
    _own(api)
    return api


def _reading(api: ApiBlueprint) -> None:
    @api.route("/posts")
    @api.arguments(PostQuerySchema, location="query")
    @api.response(200, PostPageSchema)
    @requires(READ)
    def read(wanted: dict[str, Any]) -> dict[str, Any]:
        found = queries.listed(acting(), PostFilter(wanted["state"], wanted["category"]), wanted["cursor"])
        return {"posts": found[:PAGE], "next": found[PAGE - 1].id if len(found) > PAGE else None}

    @api.route("/posts/<uuid:matter_id>")
    @api.response(200, PostSchema)
    @requires(READ)
    def read_one(matter_id: uuid.UUID) -> Any:
        return reached(matter_id, READ)


def _setting(api: ApiBlueprint) -> None:
    @api.route("/posts", methods=["POST"])
    @api.arguments(PostWriteSchema)
    @api.response(201, PostSchema)
    @requires(MANAGE)
    def create(given: dict[str, Any]) -> Any:
        authorize(acting(), MANAGE, place_target(given["community_id"]))
        return queries.post(setting.create(written(given), by=me()))

    @api.route("/posts/<uuid:matter_id>", methods=["PUT"])
    @api.arguments(PostWriteSchema)
    @api.response(200, PostSchema)
    @requires(MANAGE)
    def change(given: dict[str, Any], matter_id: uuid.UUID) -> Any:
        setting.change(matter_id, given["version"], post_of(reached(matter_id, MANAGE), given))
        return queries.post(matter_id)

    @api.route("/posts/<uuid:matter_id>/close", methods=["POST"])
    @api.arguments(ReasonSchema)
    @api.response(200, PostSchema)
    @requires(MANAGE)
    def close(given: dict[str, Any], matter_id: uuid.UUID) -> Any:
        reached(matter_id, MANAGE)
        setting.close(matter_id, given["version"], given["reason"])
        return queries.post(matter_id)


def _claiming(api: ApiBlueprint) -> None:
    @api.route("/posts/<uuid:matter_id>/claims", methods=["POST"])
    @api.arguments(TakeSchema)
    @api.response(201, ClaimSchema)
    @requires(MANAGE)
    def take(given: dict[str, Any], matter_id: uuid.UUID) -> Any:
        reached(matter_id, MANAGE)
        if given["member_id"] is None or given["member_id"] == acting().member_id:
            raise NotFound
        authorize(acting(), MANAGE, member_target(given["member_id"]))
        return queries.claim(take_claim(matter_id, given["member_id"], by=me(), due_on=given["due_on"]).id)

    @api.route("/claims/<uuid:claim_id>/release", methods=["POST"])
    @api.arguments(ReasonSchema)
    @api.response(200, ClaimSchema)
    @requires(MANAGE)
    def release(given: dict[str, Any], claim_id: uuid.UUID) -> Any:
        reached_claim(claim_id)
        release_claim(claim_id, given["version"], given["reason"])
        return queries.claim(claim_id)


def _own(api: ApiBlueprint) -> None:
    @api.route("/own/<uuid:matter_id>/claim", methods=["POST"])
    @api.arguments(TakeSchema)
    @api.response(201, ClaimSchema)
    @requires(OWN)
    def take_own(given: dict[str, Any], matter_id: uuid.UUID) -> Any:
        member_id = own_member()
        if queries.post(matter_id).state != "open":
            raise NotFound
        return queries.claim(take_claim(matter_id, member_id, by=me(), due_on=given["due_on"]).id)

    @api.route("/own/<uuid:matter_id>/release", methods=["POST"])
    @api.arguments(ReasonSchema)
    @api.response(200, ClaimSchema)
    @requires(OWN)
    def release_own(given: dict[str, Any], matter_id: uuid.UUID) -> Any:
        found = queries.own_claim(queries.post(matter_id).id, own_member())
        if found is None:
            raise Conflict(_("您没有认领这个岗位，或已经退出。"))
        release_claim(found.id, given["version"], given["reason"])
        return queries.claim(found.id)
