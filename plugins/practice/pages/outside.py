"""The public column, and a member's own page with the stories about them."""
from __future__ import annotations

import uuid

from flask import render_template, url_for
from werkzeug.wrappers import Response

from core.api import NotFound, _, acting, current_tenant, organization, public, requires
from core.pages import after, attempt, following, said, version
from plugins.practice import queries, writing
from plugins.practice.pages.doing import Route
from plugins.practice.words import MEDIA, SORTS, STATES, TONES, blocks


@public
def column(slug: str) -> str:
    """What stands in the public column, the newest first."""
    rows = queries.column(after())
    more = following(rows, queries.PAGE)
    return render_template("practice/column.html", rows=rows[:queries.PAGE], slug=slug, following=more, sorts=SORTS, city=current_tenant().name)


@public
def one(slug: str, practice_entry_id: uuid.UUID) -> str:
    """One of them."""
    row = queries.public_one(practice_entry_id)
    return render_template("practice/one.html", row=row, slug=slug, blocks=blocks, media=MEDIA, sorts=SORTS, place=organization(row.organization_id).name)


def _own() -> uuid.UUID:
    if (found := acting().member_id) is None:
        raise NotFound
    return found


@requires("practice.self")
def mine() -> str:
    """The stories about oneself."""
    return _page()


def _page(message: str | None = None) -> str:
    return render_template("practice/mine.html", rows=queries.of_member(_own()), blocks=blocks, states=STATES, tones=TONES, message=message)


@requires("practice.self")
def own_consent(practice_entry_id: uuid.UUID) -> Response:
    """Agree to one, or have it taken down at once."""
    if not any(row.id == practice_entry_id for row in queries.of_member(_own())):
        raise NotFound
    agrees = said("answer") == "agree"
    return attempt(lambda: writing.say(practice_entry_id, version(), agrees=agrees),
                   _("已同意，谢谢您。") if agrees else _("已撤下，不再公开。"), url_for("practice.mine"), lambda error: _page(error.message))


PUBLIC: tuple[Route, ...] = (("/", "column", column, ["GET"]), ("/<uuid:practice_entry_id>", "one", one, ["GET"]))
ROUTES: tuple[Route, ...] = (("/me", "mine", mine, ["GET"]), ("/me/entries/<uuid:practice_entry_id>/consent", "own_consent", own_consent, ["POST"]))
