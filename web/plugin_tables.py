"""Shows a table that a plugin declares, finds in it, and hands it out as a workbook; all three from one declaration and one query."""
from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flask import get_template_attribute, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from core import audit
from core.documents.cells import Cell
from core.documents.spreadsheet import Column, Kind, Sheet, Watermark, write_workbook
from core.errors import Invalid
from core.extension.declarations import Page, Table, TableColumn
from core.extension.manifest import Plugin
from core.i18n import _
from core.members.listing import TablePage, every_row, page_of
from core.tenancy import now
from core.tenancy.clock import LOCAL
from web.forms import form_fields
from web.rendering import date_zh, datetime_zh, hours
from web.tenant import actor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST, MOST_ROWS, HOUR = 50, 50_000, 60
_KINDS: Mapping[str, Kind] = {"integer": "integer", "decimal": "decimal", "hours": "decimal", "date": "date", "code": "code"}
_SPOKEN: Mapping[str, Callable[[Any], str]] = {"date": date_zh, "datetime": datetime_zh, "hours": hours}
_AT_THE_END = frozenset({"integer", "decimal", "hours"})


class Buttons(Protocol):
    """What a table needs of its page's buttons."""

    def above(self) -> list[dict[str, Any]]:
        """Those above the list."""

    def of_row(self) -> list[Page]:
        """The pages that have a button beside each row."""

    def beside(self, pages: list[Page], row_id: Any) -> list[dict[str, Any]]:
        """The buttons of one row."""


class TableView:
    """The pages of one declared table."""

    def __init__(self, plugin: Plugin, table: Table, buttons: Buttons) -> None:
        self._plugin, self._table, self._buttons = plugin.name, table, buttons
        self._endpoint = f"{plugin.name}.{table.name}"

    def show(self, **path: Any) -> str:
        """The list, as its address says."""
        return self._list(path, "")

    def search(self, **path: Any) -> str | Response:
        """The same for a text; by form, since it may be a name, which has no place in an address."""
        text = self._text()
        return self._list(path, text) if text else redirect(url_for(self._endpoint, **path, **self._chosen()), 303)

    def export(self, **path: Any) -> Response:
        """The rows of the list, or those that were found, as a workbook. Raises Invalid beyond fifty thousand."""
        rows = every_row(self._table.function(**path, **self._values()), self._table, text=self._text())
        title = str(self._table.title)
        columns = [Column(c.key, str(c.title), c.width, _KINDS.get(c.kind, "text")) for c in self._table.columns]
        file = tempfile.TemporaryFile()  # noqa: SIM115  send_file closes it
        count = write_workbook(file, [Sheet(title, columns, self._cells(rows))],
                               Watermark(actor().display_name, now().astimezone(LOCAL), _("导出%(title)s", title=title)))
        audit.record(f"{self._endpoint}_exported", "plugin", None, {"plugin": self._plugin, "rows": count})
        file.seek(0)
        return send_file(file, XLSX, as_attachment=True, download_name=f"{title}.xlsx")

    def _list(self, path: dict[str, Any], text: str) -> str:
        table, after = self._table, request.values.get("after", type=uuid.UUID)
        page = page_of(table.function(**path, **self._values()), table, text=text, after=after)
        fields = form_fields(table.filters(), self._chosen(), as_filter=True) if table.filters is not None else []
        return render_template(
            "plugin/table.html", table=table, columns=self._columns(), rows=self._shown(page), page=page, text=text, after=after,
            fields=fields, searched=[c for c in table.columns if c.search], chosen=self._chosen(), buttons=self._buttons.above(),
            list_url=url_for(self._endpoint, **path), export_url=url_for(f"{self._endpoint}_export", **path) if table.export and actor().can(table.export) else None,
            search_url=url_for(f"{self._endpoint}_search", **path) if any(c.search for c in table.columns) else None)

    def _columns(self) -> list[dict[str, Any]]:
        columns = [{"key": c.key, "title": c.title, "align": "end" if c.kind in _AT_THE_END else None, "nowrap": c.kind == "date"}
                   for c in self._table.columns]
        return [*columns, {"key": "_buttons", "title": _("操作")}] if self._buttons.of_row() else columns

    def _shown(self, page: TablePage) -> list[dict[str, Any]]:
        columns, linked = self._table.columns, self._buttons.of_row()
        rows = [{c.key: in_words(c, getattr(row, c.key)) for c in columns} for row in page.rows]
        if linked:
            write = get_template_attribute("plugin/buttons.html", "buttons")  # once: a template for each row would make the menu each time
            for shown, row in zip(rows, page.rows, strict=True):
                shown["_buttons"] = write(self._buttons.beside(linked, row.id))
        return rows

    def _cells(self, rows: Any) -> Any:
        for number, row in enumerate(rows):
            if number >= MOST_ROWS:
                raise Invalid(_("一次最多导出 %(most)s 行。请先缩小范围，再导出。", most=MOST_ROWS))
            yield [in_cell(column, getattr(row, column.key)) for column in self._table.columns]

    def _text(self) -> str:
        return request.form.get("q", "").strip()[:LONGEST]

    def _chosen(self) -> dict[str, Any]:
        """The filters as they were sent, bad ones dropped."""
        if self._table.filters is None:
            return {}
        schema = self._table.filters()
        sent = {name: value for name in schema.fields if (value := request.values.get(name))}
        return {name: value for name, value in sent.items() if name not in schema.validate(sent)}

    def _values(self) -> dict[str, Any]:
        """The filters as the table's function takes them: None where nothing was chosen."""
        if self._table.filters is None:
            return {}
        schema = self._table.filters()
        return dict.fromkeys(schema.fields) | dict(schema.load(self._chosen(), partial=True))


def in_words(column: TableColumn, value: Any) -> Any:
    """A value as people read it on a page."""
    if value is None:
        return None
    if column.words:
        return column.words.get(value, value)
    if column.kind == "yes_no":
        return _("是") if value else _("否")
    spoken = _SPOKEN.get(column.kind)
    return spoken(value) if spoken is not None else value


def in_cell(column: TableColumn, value: Any) -> Cell:
    """A value as a workbook holds it: numbers and days can be reckoned with, the rest is guarded text."""
    if value is None:
        return None
    if column.kind == "hours":
        return float(value) / HOUR
    if column.kind in ("integer", "decimal", "date"):
        return float(value) if column.kind == "decimal" else value
    return str(in_words(column, value))
