"""What every page of wishes shares: its forms, reaching a wish, and the words of its templates."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import Schema
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from core.api import PRIORITY_GROUPS, Invalid, acting, allowed, authorize, load_form, place_rows, place_target, session
from core.pages import Refusal
from plugins.wishes import queries, words
from plugins.wishes.models import WishesWish

Answer = str | Response | tuple[str, int]


def typed(schema: Schema) -> dict[str, Any]:
    """The checked values of a form of the page, which bears the wish's version besides. Raises Invalid."""
    sent = request.form.copy()
    sent.poplist("version")
    return load_form(schema, sent)


def errors_of(error: Refusal | None) -> Mapping[str, list[str]]:
    """What is wrong with which field."""
    return error.fields if isinstance(error, Invalid) else {}


def reached(wish_id: uuid.UUID, permission: str) -> WishesWish:
    """A wish of a community that the actor reaches with a permission. Raises NotFound, Forbidden."""
    row = queries.wish(wish_id)
    authorize(acting(), permission, place_target(row.community_id))
    return row


def may(row: WishesWish, permission: str) -> bool:
    """Whether the actor holds the permission over the wish's community."""
    return allowed(acting(), permission, place_target(row.community_id))


def managed_places(most: int) -> Any:
    """The communities for which the actor manages wishes, by name: id, name, code. A community's officer has one."""
    place, paths = place_rows("community"), acting().paths("wishes.manage")
    if not paths:
        return []
    return session().execute(select(place.c.id, place.c.name, place.c.code).where(or_(*(place.c.path.bool_op("^@")(path) for path in paths)))
                             .order_by(place.c.sort_key, place.c.id).limit(most)).all()


def shown(**more: Any) -> dict[str, Any]:
    """The words that the templates of wishes use."""
    return {"kinds": words.KINDS, "states": words.STATES, "tones": words.TONES, "ratings": words.RATINGS, "groups": PRIORITY_GROUPS,
            "channels": words.CHANNELS, **more}
