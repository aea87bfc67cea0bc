"""The list of open posts for everybody, on the community's web page (D5): no member's name, no recipient, and only where it is switched on."""
from __future__ import annotations

import uuid

from flask import Blueprint, render_template

from core.api import NotFound, organization_by_code, public, settings
from core.pages import after, following
from plugins.posts import queries
from plugins.posts.pages.acting_for import shown


def board(community_id: uuid.UUID) -> str | None:
    """The endpoint of that page where the community's list is public, for whoever links to it."""
    return "posts_public.community" if settings("posts", community_id)["public_list"] else None


@public
def community(slug: str, code: str) -> str:  # noqa: ARG001  the frame has opened its tenant
    """One community's open posts by the community's code. Raises NotFound where the community's list is not public."""
    place = organization_by_code(code)
    if place.kind != "community" or not place.active or not settings("posts", place.id)["public_list"]:
        raise NotFound
    found = queries.open_in([place.id], after())
    return render_template("posts/public.html", place=place, rows=[shown(row) for row in found[:queries.PAGE]],
                           following=following(found, queries.PAGE))


def public_routes() -> Blueprint:
    """The page below /t/<slug>/p/posts."""
    pages = Blueprint("posts_public", __name__, template_folder="../templates")
    pages.add_url_rule("/<code>", "community", community)
    return pages
