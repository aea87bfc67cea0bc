"""What the pages of the unit's desk share: whose desk, doing something and saying how it ended, ids and dates of forms, workbooks."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Response as FlaskResponse, flash, redirect, render_template, request, send_file, url_for

from core.api import (
    BaodaoError,
    Column,
    Conflict,
    Invalid,
    NotFound,
    Sheet,
    Watermark,
    _,
    acting,
    now,
    search_organizations,
    session,
    write_workbook,
)
from plugins.unit_desk import desks
from plugins.unit_desk.desks import KINDS, MANAGE, READ, Desk

Route = tuple[str, str, Callable[..., Any], str]
PAGE, MOST = 50, 500
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def me() -> uuid.UUID:
    """The account that acts."""
    return acting().account_id


def own_member() -> uuid.UUID:
    """The member who is signed in. Raises NotFound for somebody who is none."""
    if (own := acting().member_id) is None:
        raise NotFound
    return own


def here(permission: str) -> Desk | None:
    """The desk that the address names, or the only one; None where one is to be chosen first. Raises NotFound, Forbidden."""
    return desks.desk(request.values.get("unit", type=uuid.UUID), permission, whole=request.values.get("whole") == "1")


def at_desk(endpoint: str, show: Callable[[Desk], Any], permission: str = READ) -> Any:
    """The page for the desk of the address; where none is chosen yet, the choice of one that leads back to `endpoint`."""
    where = here(permission)
    if where is not None:
        return show(where)
    text = request.args.get("q", "").strip()[:50]
    found = search_organizations(acting().paths(permission), kinds=KINDS, text=text, limit=PAGE)
    rows = [{"name": row.name, "kind": row.kind, "url": url_for(endpoint, unit=row.id)} for row in found]
    return render_template("unit_desk/choose.html", rows=rows, text=text)


def work_desk() -> Desk:
    """The desk at which the liaison works: the one of the form, over which the right to manage is held. Raises NotFound, Forbidden."""
    where = here(MANAGE)
    if where is None:
        raise NotFound
    return where


def at(endpoint: str, where: Desk, **values: Any) -> str:
    """The address of a page at this desk."""
    return url_for(endpoint, **where.args, **values)


def attempt(action: Callable[[], object], done: str, back: str, again: Callable[[Invalid | Conflict], str] | None = None) -> Any:
    """Do something and go back to a page that says how it ended. What cannot be done leaves nothing behind: `again` shows the form
    with what was typed (422, or 409 where somebody else was faster), without it the page says so.
    """
    try:
        with session().begin_nested():
            action()
    except (Invalid, Conflict) as error:
        if again is not None:
            return again(error), error.status
        wrong = "；".join(text for texts in getattr(error, "fields", {}).values() for text in texts)
        flash(f"{error.message}{wrong}", "danger")
        return redirect(back, 303)
    flash(done, "success")
    return redirect(back, 303)


def confirmed(question: str, submit: str, back: str) -> str | None:
    """The page that asks once more; None when it is confirmed. What the form held goes along."""
    if request.form.get("confirmed"):
        return None
    kept = {name: value for name, value in request.form.items() if name not in ("csrf_token", "confirmed")}
    return render_template("unit_desk/confirm.html", question=question, submit=submit, back=back, kept=kept)


def version() -> int:
    """The version that the form was shown with; 0 for a form that has none, which no row is at."""
    return request.form.get("version", 0, type=int)


def said(name: str) -> str:
    """A text of the form."""
    return request.form.get(name, "").strip()


def day(name: str) -> dt.date | None:
    """A date of the form; None when there is none or it is no date."""
    try:
        return dt.date.fromisoformat(said(name))
    except ValueError:
        return None


def form_key() -> uuid.UUID:
    """The id under which a form counts once, made anew where it is missing or none."""
    return request.form.get("key", type=uuid.UUID) or uuid.uuid4()


def after() -> uuid.UUID | None:
    """From where the list goes on."""
    return request.values.get("after", type=uuid.UUID)


def chosen(name: str) -> list[uuid.UUID]:
    """The ids that were ticked; what is no id is left out."""
    found = []
    for text in request.form.getlist(name)[:MOST]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def tab_of(tabs: Sequence[str]) -> str:
    """The tab of the address, else the first."""
    tab = request.values.get("tab", "")
    return tab if tab in tabs else tabs[0]


def tabs_at(endpoint: str, where: Desk, titles: dict[str, Any], tab: str, counts: dict[str, int] | None = None, **values: Any) -> list[dict[str, Any]]:
    """The tabs of a list at a desk."""
    return [{"title": title, "url": at(endpoint, where, tab=name, **values), "active": name == tab, "count": (counts or {}).get(name)}
            for name, title in titles.items()]


def following(rows: Sequence[Any], size: int = PAGE) -> uuid.UUID | None:
    """The id after which the next page begins, where there is one."""
    return rows[size - 1].id if len(rows) > size else None


def refused(error: BaodaoError | None) -> dict[str, Any] | None:
    """What a template shows of a refusal: the sentence, and the words beside each field."""
    return {"message": error.message, "fields": dict(getattr(error, "fields", {}) or {})} if error is not None else None


def workbook(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> FlaskResponse:
    """A list to take away, with a note of who took it and when."""
    content = io.BytesIO()
    write_workbook(content, [Sheet(title, list(columns), rows)], Watermark(acting().display_name, now(), _("单位工作台导出")))
    content.seek(0)
    return send_file(content, _XLSX, as_attachment=True, download_name=f"{title}.xlsx")
