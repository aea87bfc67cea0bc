"""The overview as a workbook: the place's own figures, what stands below it, and the months."""
from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from flask import send_file
from werkzeug.wrappers import Response

from core import audit
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.extension.figures import Figure
from core.i18n import _
from core.overview import catalogue, reading
from core.overview.catalogue import Shown
from core.overview.reading import Below, Board
from core.tenancy import now
from core.tenancy.clock import LOCAL
from web.pages.overview.blueprint import READ, Choice, chosen, pages
from web.tenant import actor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AT_ONCE = 500


@pages.page("/export.xlsx", access=READ, methods=("POST",))
def export() -> Response:
    """All figures of the page, and of everything below whatever the page showed."""
    choice = chosen()
    figures = catalogue.shown(choice.side)
    board = reading.board(choice.at, choice.side, choice.period)
    rows = list(_below(choice))
    target = BytesIO()
    title = _("总览：%(name)s，%(period)s", name=choice.at.name, period=choice.period.title)
    write_workbook(target, [_own(board, figures), _lower(rows, figures), _months(board, figures)],
                   Watermark(actor().display_name, now().astimezone(LOCAL), title))
    audit.record("overview.exported", "organization", choice.at.id, {"rows": len(rows), "period": choice.period.code})
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=_("总览.xlsx"))


def _below(choice: Choice) -> Iterator[Below]:
    after: uuid.UUID | None = None
    while True:
        rows, after = reading.below(choice.at, choice.side, choice.period, after=after, limit=AT_ONCE)
        yield from rows
        if after is None:
            return


def _own(board: Board, figures: Sequence[Shown]) -> Sheet:
    columns = [Column("part", _("类别"), 16), Column("title", _("项目"), 24), Column("unit", _("计量单位"), 10),
               Column("present", board.period.title, 16, "decimal"), Column("former", board.period.former.title, 16, "decimal"),
               Column("share", _("占比（%）"), 12, "decimal")]
    rows = [(str(one.part), str(one.figure.title), str(one.figure.unit), _number(one.figure, board.present),
             None if one.figure.now or one.figure.key == "at_norm" else _number(one.figure, board.former), _percent(board.share(one.figure)))
            for one in figures]
    return Sheet(_("本级"), columns, rows)


def _lower(rows: Sequence[Below], figures: Sequence[Shown]) -> Sheet:
    shares = [one.figure for one in figures if one.figure.of]
    columns = [Column("name", _("名称"), 32), *(Column(one.figure.key, _titled(one.figure), 16, "decimal") for one in figures),
               *(Column(f"{figure.key}_share", _("%(title)s占比（%%）", title=figure.title), 16, "decimal") for figure in shares)]
    return Sheet(_("下级"), columns, [(row.name, *(_number(one.figure, row.numbers) for one in figures),
                                     *(_percent(reading.share(figure, row.numbers)) for figure in shares)) for row in rows])


def _months(board: Board, figures: Sequence[Shown]) -> Sheet:
    flows = [one.figure for one in figures if not one.figure.now and one.figure.key != "at_norm"]
    columns = [Column("month", _("月份"), 12), *(Column(figure.key, _titled(figure), 16, "decimal") for figure in flows)]
    return Sheet(_("每月"), columns, [(f"{month:%Y-%m}", *(_number(figure, numbers) for figure in flows)) for month, numbers in board.months])


def _titled(figure: Figure) -> str:
    return f"{figure.title}（{figure.unit}）" if figure.unit else str(figure.title)


def _number(figure: Figure, numbers: Any) -> float:
    number = numbers.get(figure.key, 0)
    return number if figure.scale == 1 else round(number / figure.scale, 2)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
