"""The overview of one place or unit: figures with the period before, month by month, and what stands below it, by name (R3, R7)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.authorization import Target, allowed
from core.extension.figures import Figure
from core.i18n import _, _l
from core.jobs.queue import enqueue
from core.overview import catalogue, reading
from core.overview.catalogue import Shown
from core.overview.reading import Below, Board
from core.overview.work import COUNT
from core.tenancy import current_tenant, now
from web.pages.overview.blueprint import READ, Choice, chosen, grants, pages, trail
from web.queries import with_query
from web.rendering import percent
from web.tenant import actor

#: Of the core's figures, those that the table of what stands below has room for.
COLUMNS = ("expected", "reported", "records", "minutes", "served", "satisfied")
#: Drawn month by month: key, title of the chart, name of the line.
CHARTS = (("records", _l("每月服务次数"), _l("服务次数")), ("report_ins", _l("每月报到人次"), _l("报到人次")))


@pages.page("/", access=READ)
def index() -> str:
    """The figures."""
    choice = chosen()
    board, figures = reading.board(choice.at, choice.side, choice.period), catalogue.shown(choice.side)
    rows, following = reading.below(choice.at, choice.side, choice.period, after=request.args.get("after", type=uuid.UUID))
    return render_template(
        "overview/index.html", choice=choice, board=board, parts=_parts(board, figures), tables=_tables(choice, figures, rows),
        trail=trail(choice), grants=[grant for grant in grants() if grant.organization_id != choice.at.id], charts=_charts(board),
        empty=not any(board.present.values()) and not any(board.former.values()), next_url=with_query(after=following) if following else None,
        sharing_url=url_for("overview.sharing") if _lets_out(choice) else None,
        first_url=choice.address() if request.args.get("after") else None)


def _lets_out(choice: Choice) -> bool:
    """Whether the reader decides on what goes out to the province; a sector authority has no counties, and nothing to let out."""
    return choice.at.kind == "committee" and current_tenant().kind == "city" and allowed(actor(), "settings.manage", Target((choice.at.path,)))


@pages.page("/recount", access=READ, methods=("POST",))
def recount() -> Response:
    """Count anew now; whoever asks within the same ten minutes gets the same job."""
    job = enqueue(COUNT, effect_key=f"{COUNT}:asked:{int(now().timestamp()) // 600}")
    return redirect(url_for("jobs.show", job_id=job, next=chosen().address()), 303)


def said(figure: Figure, number: int) -> str:
    """A number as people read it, in the figure's unit."""
    return f"{number:,}" if figure.scale == 1 else f"{number / figure.scale:,.1f}"


def _parts(board: Board, figures: Sequence[Shown]) -> list[tuple[str, list[dict[str, Any]]]]:
    parts: dict[str, list[dict[str, Any]]] = {}
    for one in figures:
        parts.setdefault(str(one.part), []).append(_tile(board, one.figure))
    return list(parts.items())


def _tile(board: Board, figure: Figure) -> dict[str, Any]:
    notes = []
    if figure.of and board.share(figure) is not None:
        notes.append(_("占 %(share)s", share=percent(board.share(figure))))
    if figure.key == "at_norm":
        notes.append(_("%(year)s全年", year=_("%(year)s年", year=board.period.since.year)))
    elif figure.now:
        notes.append(_("现在"))
    else:
        notes.append(_("上期 %(number)s", number=said(figure, board.value(figure, former=True))))
    return {"title": figure.title, "value": said(figure, board.value(figure)), "unit": figure.unit, "note": " · ".join(notes)}


def _charts(board: Board) -> list[tuple[str, str, dict[str, Any]]]:
    """The last twelve months; nothing where there was nothing, so that no empty frame stands there."""
    found = []
    for key, title, line in CHARTS:
        values = [numbers.get(key, 0) for _month, numbers in board.months]
        if any(values):
            found.append((f"overview-{key}", f"{board.at.name}：{title}", {
                "kind": "line", "categories": [f"{month:%Y-%m}" for month, _numbers in board.months], "series": [{"name": str(line), "values": values}]}))
    return found


def _tables(choice: Choice, figures: Sequence[Shown], rows: Sequence[Below]) -> list[dict[str, Any]]:
    """Core's columns, then the first of each plugin: there is no room for more, and the workbook has all. In both the same places by name."""
    if not rows:
        return []
    first = {one.plugin: one.figure for one in reversed(figures) if one.plugin}
    split = ([one.figure for one in figures if one.figure.key in COLUMNS], list(reversed(first.values())))
    titles = (_("下级：报到和服务"), _("下级：其他功能"))
    return [{"title": title, "columns": [{"key": "name", "title": _("名称"), "nowrap": True}, *({"key": f.key, "title": f.title, "align": "end"} for f in columns)],
             "rows": [{"name": row.name, "url": choice.address(at=row.id)} | {f.key: _cell(f, row) for f in columns} for row in rows]}
            for title, columns in zip(titles, split, strict=True) if columns]


def _cell(figure: Figure, row: Below) -> str:
    share = reading.share(figure, row.numbers)
    number = said(figure, row.numbers.get(figure.key, 0))
    return f"{number}\u00a0({percent(share)})" if share is not None else number  # on one line
