"""The administrator's pages: upload a layout, look at it filled, put a version in use or go back to one, delete a format."""
from __future__ import annotations

import io
import uuid

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from core.api import Invalid, _, acting, audit, datasets, requires
from plugins.reports import making, shelf
from plugins.reports.formats import FACTS
from plugins.reports.periods import TITLES, offered
from plugins.reports.preview import filled, preview
from plugins.reports.requests import Wanted, ready
from plugins.reports.samples import sample_rows

MOST_BYTES = 3 * 1024 * 1024  # what the reader looks at; it refuses beyond two


def add_managing(pages: Blueprint) -> None:
    """Add the routes; all need reports.manage."""
    pages.add_url_rule("/manage", "manage", manage)
    pages.add_url_rule("/manage", "upload", upload, methods=["POST"])
    pages.add_url_rule("/manage/names", "names", names)
    pages.add_url_rule("/manage/<uuid:format_id>", "own", own)
    pages.add_url_rule("/manage/<uuid:format_id>", "add_version", add_version, methods=["POST"])
    pages.add_url_rule("/manage/<uuid:format_id>/<uuid:layout_id>", "version", version)
    pages.add_url_rule("/manage/<uuid:format_id>/<uuid:layout_id>", "use", use, methods=["POST"])
    pages.add_url_rule("/manage/<uuid:format_id>/<uuid:layout_id>/layout", "own_layout", own_layout)
    pages.add_url_rule("/manage/<uuid:format_id>/remove", "remove", remove, methods=["POST"])


@requires("reports.manage")
def manage() -> str:
    """The tenant's own formats, and the form to upload one."""
    return _manage()


def _manage(error: Invalid | None = None) -> str:
    known = datasets()
    return render_template("reports/manage.html", rows=shelf.own_formats(), datasets=known,
                           choices=[(name, data.title) for name, data in known.items()], periods=TITLES, sent=request.form, error=error)


@requires("reports.manage")
def upload() -> Response | tuple[str, int]:
    """Take a new format; what is wrong in the file is told cell by cell."""
    try:
        format_id, layout_id = shelf.create(request.form.get("title", ""), request.form.get("dataset", ""), request.form.get("period", ""), _content(),
                                 of_member=request.form.get("of_member") == "true")
    except Invalid as error:
        return _manage(error), 422
    return redirect(url_for("reports.version", format_id=format_id, layout_id=layout_id), 303)


def _content() -> bytes:
    file = request.files.get("file")
    return file.stream.read(MOST_BYTES) if file is not None else b""


@requires("reports.manage")
def names() -> str:
    """All names that a layout may use, by dataset."""
    return render_template("reports/names.html", datasets=datasets().values(), facts=FACTS)


@requires("reports.manage")
def own(format_id: uuid.UUID) -> str:
    """One format with its versions."""
    return _own(format_id)


def _own(format_id: uuid.UUID, error: Invalid | None = None) -> str:
    row = shelf.own_format(format_id)
    known = datasets().get(row.dataset)
    return render_template("reports/own.html", row=row, data=known, versions=shelf.versions(format_id), period=TITLES[row.period], error=error)


@requires("reports.manage")
def add_version(format_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take another version, which is looked at before it is put in use."""
    try:
        layout_id = shelf.add_version(format_id, _content())
    except Invalid as error:
        return _own(format_id, error), 422
    return redirect(url_for("reports.version", format_id=format_id, layout_id=layout_id), 303)


@requires("reports.manage")
def version(format_id: uuid.UUID, layout_id: uuid.UUID) -> str:
    """A version filled with the tenant's first rows, or with made-up ones when there are none."""
    row, number = shelf.own_format(format_id), shelf.version(format_id, layout_id).number
    chosen = shelf.find(str(format_id), number)
    spans = offered(row.period)
    wanted = Wanted(chosen.code, spans[0].code if spans else "", version=number)
    if chosen.of_member:
        asked = ready(acting(), wanted, of_nobody=True)
        shown = filled(asked, sample_rows(asked.data), sample=True)
    else:
        shown = preview(ready(acting(), wanted))
    return render_template("reports/version.html", row=row, number=number, layout_id=layout_id, shown=shown, notes=chosen.layout().notes)


@requires("reports.manage")
def use(format_id: uuid.UUID, layout_id: uuid.UUID) -> Response:
    """Put a version in use, or go back to it."""
    shelf.use(format_id, layout_id)
    return redirect(url_for("reports.own", format_id=format_id), 303)


@requires("reports.manage")
def own_layout(format_id: uuid.UUID, layout_id: uuid.UUID) -> Response:
    """A version's file as it came."""
    row, kept = shelf.own_format(format_id), shelf.version(format_id, layout_id)
    audit("reports.layout_taken", "reports_format", format_id, {"version": kept.number})
    name = _("%(title)s（表样，第%(number)s版）.%(kind)s", title=row.title, number=kept.number, kind=kept.kind)
    return send_file(io.BytesIO(kept.content), making.MEDIA[kept.kind], as_attachment=True, download_name=name)


@requires("reports.manage")
def remove(format_id: uuid.UUID) -> Response | str:
    """Delete a format, once it was asked whether that is meant."""
    row = shelf.own_format(format_id)
    if request.form.get("confirmed") != "yes":
        return render_template("reports/remove.html", row=row)
    shelf.remove(format_id)
    return redirect(url_for("reports.manage"), 303)
