"""What the pages of points have in common: paging, answering a form, numbers from forms, workbooks."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, flash, redirect, request, send_file
from werkzeug.wrappers import Response as BaseResponse

from core.api import Column, Conflict, Invalid, Sheet, Watermark, _, acting, now, write_workbook

PAGE = 50
GET, POST = ["GET"], ["POST"]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def answered(act: Callable[[], object], back: str, done: str) -> BaseResponse:
    """Do what a form asks and go back with a word about it; what stands in the way is said there, with the fields that are wrong."""
    try:
        act()
    except (Conflict, Invalid) as refusal:
        wrong = "；".join(text for texts in getattr(refusal, "fields", {}).values() for text in texts)
        flash(f"{refusal}{wrong}" if wrong else str(refusal), "error")
        return redirect(back, 303)
    flash(done, "success")
    return redirect(back, 303)


def day(name: str) -> dt.date | None:
    """A form's date; None when it was left empty. Raises Invalid."""
    text = request.form.get(name, "").strip()
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(_("日期不对，请按 2026-03-01 的样子填写。"), {name: []}) from None


def needed_day(name: str) -> dt.date:
    """A form's date that has to be there. Raises Invalid."""
    found = day(name)
    if found is None:
        raise Invalid(_("请填写日期。"), {name: []})
    return found


def points(name: str) -> int:
    """A form's points in hundredths. Raises Invalid."""
    try:
        number = Decimal(request.form.get(name, "").strip() or "0")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 100_000 or number != round(number, 2):
        raise Invalid(_("分数不对，请填数字，最多两位小数。"), {name: []})
    return int(number * 100)


def whole(name: str) -> int | None:
    """A form's whole number; None when it was left empty. Raises Invalid."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 7:
        raise Invalid(_("请填整数。"), {name: []})
    return int(text)


def identity(name: str) -> uuid.UUID:
    """A form's id; one that is none is nobody's."""
    found: uuid.UUID | None = request.form.get(name, type=uuid.UUID)
    return found or uuid.uuid4()


def workbook(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], why: str) -> Response:
    """A table to take away, with a note of who took it, when and why."""
    content = io.BytesIO()
    write_workbook(content, [Sheet(title, columns, rows)], Watermark(acting().display_name, now(), why))
    content.seek(0)
    return send_file(content, _XLSX, as_attachment=True, download_name=f"{title}.xlsx")


