"""The screen in the community's hall (R56): large type, turns its pages by itself, goes on showing when the network is away."""
from __future__ import annotations

import uuid
from typing import Any

from flask import jsonify, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from core.api import _, now, public, qr_svg, settings, today
from core.pages import following, public_address
from plugins.pledges import board
from plugins.pledges.pages.public import community

BY_SERVER = 4  # what fits without a script, whatever the screen's shape


@public
def show(slug: str, code: str) -> str:
    """The page; without a script it is loaded anew, a page further each time."""
    place = community(code)
    after = request.args.get("after", type=uuid.UUID)
    rows = board.page(place.id, "open", after, limit=BY_SERVER)
    more = following(rows, BY_SERVER)
    address = public_address("pledges_public.board", slug=slug, code=code)
    return render_template("pledges/screen.html", place=place, rows=rows[:BY_SERVER], seconds=settings("pledges", place.id)["screen_seconds"],
                           totals=_totals(place.id), following=url_for("pledges_public.screen", slug=slug, code=code, after=more),
                           source=url_for("pledges_public.screen_data", slug=slug, code=code),
                           qr=Markup(qr_svg(address)), now=now())  # noqa: S704 - an SVG made here


@public
def data(slug: str, code: str) -> Response:  # noqa: ARG001  the address bears it
    """What the script shows: the lines in words, the totals, the server's time in milliseconds."""
    place = community(code)
    rows = board.screen(place.id)
    return jsonify({"now": int(now().timestamp() * 1000), "seconds": settings("pledges", place.id)["screen_seconds"],
                    "totals": _totals(place.id), "rows": [_row(row) for row in rows]})


def _totals(community_id: uuid.UUID) -> str:
    found = board.totals(community_id)
    return _("践诺中 %(open)s　已逾期 %(late)s　已兑现 %(kept)s", **{name: board.counted(found[name]) for name in ("open", "late", "kept")})


def _row(row: dict[str, Any]) -> dict[str, str]:
    deadline = row["deadline"]
    day = f"{deadline.month}月{deadline.day}日" if deadline.year == today().year else f"{deadline.year}年{deadline.month}月{deadline.day}日"
    return {"who": row["who"], "unit": row["unit"], "title": row["title"], "text": row["text"], "word": row["word"], "tone": row["tone"],
            "deadline": _("%(day)s前", day=day)}


ROUTES = (("/<code>/screen", "screen", show, ["GET"]), ("/<code>/screen/data", "screen_data", data, ["GET"]))
