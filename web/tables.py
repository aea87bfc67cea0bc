"""Writes the plain cells of a data table: a template takes longer to escape some hundred of them than the database to read them."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from markupsafe import Markup

DASH = "—"


def plain_rows(columns: Sequence[Mapping[str, Any]], rows: Iterable[Any], row_url: str | None) -> Markup:
    """The <tr> of `rows` for macros/data.html: what is not markup is escaped, None and "" are a dash.

    `row_url` names the key that holds a row's address; its first cell becomes the link.
    """
    keys = [(column["key"], _opening(column)) for column in columns]
    start = "<tr data-row>" if row_url else "<tr>"
    written = []
    for row in rows:
        # As a template finds it: an item, or an attribute.
        of = row.get if isinstance(row, dict) else partial(getattr, row)
        cells = [f"{opening}{_text(of(key, None))}" for key, opening in keys]
        if row_url and (address := of(row_url, None)):
            opening = keys[0][1]
            cells[0] = f'{opening}<a href="{_text(address)}">{cells[0].removeprefix(opening)}</a>'
        written.append(f"{start}{'</td>'.join(cells)}</td></tr>")
    return Markup("\n".join(written))  # noqa: S704 - each part was escaped above


def _opening(column: Mapping[str, Any]) -> str:
    look = f"text-{column['align']}" if column.get("align") else "text-nowrap" if column.get("nowrap") else ""
    kind = f' class="{escape(look)}"' if look else ""
    return f'<td data-label="{_text(column["title"])}"{kind}>'


def _text(value: Any) -> str:
    if value is None or value == "":
        return DASH
    if hasattr(value, "__html__"):
        text: str = value.__html__()
        return text
    return escape(str(value))
