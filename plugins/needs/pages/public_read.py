"""What everybody reads: the answer behind a receipt code, and the bulletins of a community."""
from __future__ import annotations

import uuid

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.api import (
    NotFound,
    TooMany,
    admit,
    forgive,
    matter_kind,
    matter_rows,
    organization,
    organization_by_code,
    public,
    session,
    visitor,
)
from core.pages import Route, after, following
from plugins.needs import bulletins, receipts
from plugins.needs.pages.doing import said
from plugins.needs.pages.work import community_name
from plugins.needs.words import TOLD, TONES


@public
def answer(slug: str) -> str:
    """Where the receipt code is typed."""
    return render_template("needs/public_answer.html", slug=slug, told=None, code="")


@public
def look_up(slug: str) -> ResponseReturnValue:
    """State and answer; the code is sent by form, so that it stands in no address and in no log."""
    try:
        admit(receipts.PURPOSE, visitor())
        told = receipts.look_up(said("code"))
    except (NotFound, TooMany) as error:
        status = 422 if isinstance(error, NotFound) else error.status
        return render_template("needs/public_answer.html", slug=slug, told=None, message=error.message, code=said("code")), status
    forgive(receipts.PURPOSE, visitor())
    return render_template("needs/public_answer.html", slug=slug, told=told, code="", said=TOLD["merged" if told.merged else told.state],
                           now_said=TOLD[told.state], tone=TONES[told.state], community=community_name(told.community_id), board=_board(slug, told))


def _board(slug: str, told: receipts.Told) -> dict[str, str] | None:
    """The public page on which the matter stands that the need became, where the community has one."""
    matters = matter_rows()
    source = told.matter_id and session().scalar(select(matters.c.source).where(matters.c.id == told.matter_id))
    kind = matter_kind(source) if source else None
    endpoint = kind.public(told.community_id) if kind and kind.public else None
    if kind is None or endpoint is None:
        return None
    return {"title": str(kind.title), "url": url_for(endpoint, slug=slug, code=organization(told.community_id).code)}


@public
def bulletin(slug: str, bulletin_id: uuid.UUID) -> str:
    """A bulletin; of one that was withdrawn the reason only."""
    row = bulletins.get(bulletin_id)
    items = bulletins.items(bulletin_id) if row.state == "published" else []
    return render_template("needs/public_bulletin.html", slug=slug, row=row, number=bulletins.number_of(row), items=items,
                           community=community_name(row.community_id))


@public
def all_bulletins(slug: str, code: str) -> str:
    """A community's bulletins."""
    community = organization_by_code(code)
    if community.kind != "community":
        raise NotFound
    found = bulletins.of_community(community.id, after())
    rows = [{"number": bulletins.number_of(row), "row": row} for row in found[:bulletins.PAGE]]
    return render_template("needs/public_bulletins.html", slug=slug, community=community, rows=rows,
                           following=following(found, bulletins.PAGE))


ROUTES: tuple[Route, ...] = (
    ("/answer", "answer", answer, "GET"), ("/answer", "look_up", look_up, "POST"), ("/bulletins/<uuid:bulletin_id>", "bulletin", bulletin, "GET"),
    ("/<code>/bulletins", "bulletins", all_bulletins, "GET"))
