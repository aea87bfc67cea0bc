"""The officer's work list: one community's needs by state, found, narrowed, taken along."""
from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any

from flask import Response as FileResponse, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import (
    PRIORITY_GROUPS,
    Column,
    Sheet,
    Watermark,
    _,
    acting,
    audit,
    now,
    organization_names,
    requires,
    search_organizations,
    settings,
    today,
    unseal,
    write_workbook,
)
from core.pages import Route, after, following
from plugins.needs import bulletins, queries
from plugins.needs.models import CHANNELS as CHANNEL_KEYS, OPEN, STATES as STATE_KEYS
from plugins.needs.pages.doing import chosen_community, needed_community, said
from plugins.needs.queries import Wanted
from plugins.needs.words import CHANNELS, STATES, TONES

LONGEST, EXCERPT, PLACES = 50, 60, 50
SOON = 3
#: Where a community, once chosen, leads to, and the right that is needed there.
THEN = {"index": "needs.read", "enter": "needs.enter", "sheets": "needs.manage", "print_form": "needs.manage", "bulletins": "needs.read"}


@requires("needs.read")
def index() -> str | Response:
    """The list of one tab; whoever looks after several communities chooses one first."""
    community = chosen_community("needs.read")
    return redirect(url_for("needs.places"), 303) if community is None else _list(community, "")


@requires("needs.read")
def search() -> str:
    """The same for a few words; by form, since what residents say has no place in an address."""
    return _list(needed_community("needs.read"), said("q")[:LONGEST])


@requires("needs.read")
def places() -> str:
    """Choose a community within reach, by name or out of the first of the list."""
    then, text = request.values.get("then", ""), said("q")[:LONGEST]
    then = then if then in THEN else "index"
    found = search_organizations(acting().paths(THEN[then]), kinds=("community",), text=text, limit=PLACES + 1)
    rows = [{"name": row.name, "url": url_for(f"needs.{then}", community=row.id)} for row in found[:PLACES]]
    return render_template("needs/places.html", rows=rows, text=text, then=then, more=len(found) > PLACES)


def sees_words(path: str) -> bool:
    """Whether the actor reads the residents' own words there: those who take needs in; others read the officer's summary."""
    return any(path.startswith(one) for one in acting().paths("needs.enter"))


def _list(community: Any, text: str) -> str:
    wanted, words = _wanted(community.id), sees_words(community.path)
    found = queries.search(wanted, text) if text and words else queries.page(wanted, after())
    counts = queries.counts(community.id)
    kept: dict[str, Any] = {"category": wanted.category or None, "channel": wanted.channel or None}
    tabs = [{"title": str(STATES[state]), "url": url_for("needs.index", community=community.id, tab=state, **kept), "active": state == wanted.state,
             "count": counts.get(state, 0) if state in OPEN else None} for state in STATE_KEYS]
    rows = [_shown(row, words) for row in found[:queries.PAGE]]
    manages = any(community.path.startswith(one) for one in acting().paths("needs.manage"))
    since = bulletins.days_since(community.id) if manages else None
    return render_template(
        "needs/index.html", community=community, rows=rows, tabs=tabs, wanted=wanted, text=text, words=words, states=STATES, tones=TONES,
        channels=CHANNELS, categories=settings("needs", community.id)["categories"], manages=manages,
        several=len(acting().paths("needs.read")) > 1 or not words or acting().can("needs.connect"),
        following=following(found, queries.PAGE),
        bulletin_due=manages and bulletins.is_due(community.id, since), since=since)


def _wanted(community_id: uuid.UUID) -> Wanted:
    category, channel = request.values.get("category", ""), request.values.get("channel", "")
    known = settings("needs", community_id)["categories"]
    return Wanted(community_id, queries.known_state(request.values.get("tab", "")), category if category in known else "",
                  channel if channel in CHANNEL_KEYS else "")


def _shown(row: Any, words: bool) -> dict[str, Any]:
    text = row.summary or (queries.said(row) if words else "")
    return {"url": url_for("needs.show", need_id=row.id), "text": (text[:EXCERPT] + "…" if len(text) > EXCERPT else text) or _("（还没有概括）"),
            "category": row.category, "channel": row.channel_note or str(CHANNELS[row.channel]), "received_on": row.received_on,
            "ageing": ageing(row), "group": str(PRIORITY_GROUPS.get(row.recipient_group, ""))}


def ageing(row: Any) -> dict[str, str] | None:
    """The mark of a need that waits for its answer for too long, or soon will."""
    if row.state not in OPEN or row.answered_on is not None:
        return None
    left = (row.due_on - today()).days
    if left < 0:
        return {"tone": "bad", "text": _("超期 %(days)s 天", days=-left)}
    return {"tone": "warn", "text": _("还剩 %(days)s 天", days=left)} if left <= SOON else None


@requires("needs.manage")
def export() -> FileResponse:
    """The community's needs as a workbook: with the residents' words, without name, phone and address."""
    community = needed_community("needs.manage")
    found = queries.export_rows(community.id)
    columns = [Column("received_on", _("日期"), 12, "date"), Column("channel", _("渠道")), Column("category", _("类别")), Column("group", _("重点群体")),
               Column("state", _("进度")), Column("summary", _("概括"), 30), Column("text", _("内容"), 50), Column("answer", _("答复"), 40),
               Column("answered_on", _("答复日期"), 12, "date"), Column("due_on", _("答复期限"), 12, "date")]
    cells = ((row.received_on, row.channel_note or str(CHANNELS[row.channel]), row.category, str(PRIORITY_GROUPS.get(row.recipient_group, "")),
              str(STATES[row.state]), row.summary, queries.said(row), unseal("needs_need", "answer", row.id, row.answer) or "", row.answered_on,
              row.due_on) for row in found)
    file = BytesIO()
    mark = Watermark(acting().display_name, now(), _("意见征集台账"))
    written = write_workbook(file, [Sheet(_("意见征集"), columns, cells)], mark)
    audit("needs.exported", "organization", community.id, {"rows": written})
    return FileResponse(file.getvalue(), mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                        headers={"Content-Disposition": f'attachment; filename="needs-{today():%Y%m%d}.xlsx"'})


def community_name(community_id: uuid.UUID) -> str:
    """A community's name."""
    return organization_names([community_id]).get(community_id, "")


ROUTES: tuple[Route, ...] = (("/", "index", index, "GET"), ("/search", "search", search, "POST"), ("/places", "places", places, "GET"),
                             ("/places", "find_place", places, "POST"), ("/export", "export", export, "POST"))
