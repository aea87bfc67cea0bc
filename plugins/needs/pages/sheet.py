"""Takes in a table of what came out of chat groups: upload, look at what is wrong, take over."""
from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any

from flask import Response as FileResponse, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Column, Conflict, Sheet, _, requires, settings, today, write_workbook
from core.pages import Route, me
from plugins.needs import sheets
from plugins.needs.models import NeedSheet
from plugins.needs.pages.doing import chosen_community, needed_community, reached_community, tried

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST = 1024 * 1024


@requires("needs.manage")
def upload_page() -> str | Response:
    """The upload, and the template to fill in."""
    community = chosen_community("needs.manage")
    if community is None:
        return redirect(url_for("needs.places", then="sheets"), 303)
    return _upload(community)


@requires("needs.manage")
def upload() -> Response | tuple[str, int]:
    """Read the file; nothing is taken in yet."""
    community = needed_community("needs.manage")
    file, found = request.files.get("file"), []
    content = file.read(LARGEST + 1) if file is not None else b""
    if file is not None:
        file.close()  # a large one lies on the disk until then

    def do() -> None:
        lines = sheets.read(content, (file.filename if file is not None else "") or "", community.id)
        found.append(sheets.keep(lines, community.id, by=me()))
    if error := tried(do):
        return _upload(community, error.message), error.status
    return redirect(url_for("needs.sheet", sheet_id=found[0]), 303)


@requires("needs.manage")
def show(sheet_id: uuid.UUID) -> str:
    """What was read, line by line, and what is wrong with it."""
    row, lines = _reached(sheet_id)
    rows = [{"number": line.number, "faults": _("；").join(line.faults), **{name: line.values.get(name, "") for name in sheets.HEADINGS}}
            for line in lines]
    return render_template("needs/sheet.html", row=row, rows=rows, wrong=sum(bool(line.faults) for line in lines))


@requires("needs.manage")
def take_over(sheet_id: uuid.UUID) -> Response:
    """Take in the lines that are right."""
    row, _lines = _reached(sheet_id)
    try:
        count = sheets.take_over(sheet_id, by=me())
    except Conflict as error:
        flash(error.message, "danger")
        return redirect(url_for("needs.sheet", sheet_id=sheet_id), 303)
    flash(_("已导入 %(count)s 条，请分类。", count=count), "success")
    return redirect(url_for("needs.index", community=row.community_id), 303)


@requires("needs.manage")
def template() -> FileResponse:
    """The table to fill in, with one line as an example."""
    community = chosen_community("needs.manage")
    category = settings("needs", community.id if community is not None else None)["categories"][0]
    example = ["楼道灯坏了，晚上看不见", category, "微信", today(), "", ""]
    columns = [Column(name, title, 50 if name == "text" else 14, "date" if name == "received_on" else "code" if name == "phone" else "text")
               for name, title in sheets.HEADINGS.items()]
    file = BytesIO()
    write_workbook(file, [Sheet(_("意见"), columns, [example])])
    return FileResponse(file.getvalue(), mimetype=XLSX, headers={"Content-Disposition": 'attachment; filename="needs.xlsx"'})


def _reached(sheet_id: uuid.UUID) -> tuple[NeedSheet, list[sheets.Line]]:
    row, lines = sheets.kept(sheet_id)
    reached_community(row.community_id, "needs.manage")
    return row, lines


def _upload(community: Any, message: str | None = None) -> str:
    return render_template("needs/upload.html", community=community, message=message, headings=sheets.HEADINGS, most=sheets.MOST_LINES,
                           categories=settings("needs", community.id)["categories"])


ROUTES: tuple[Route, ...] = (
    ("/sheets/", "sheets", upload_page, "GET"), ("/sheets/", "upload", upload, "POST"), ("/sheets/template", "sheet_template", template, "GET"),
    ("/sheets/<uuid:sheet_id>", "sheet", show, "GET"), ("/sheets/<uuid:sheet_id>/take", "take_sheet", take_over, "POST"))
