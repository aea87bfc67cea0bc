"""Plain cells: escaped like a template's, markup kept, nothing is a dash, the first cell leads to the row's page."""
from __future__ import annotations

from types import SimpleNamespace

from markupsafe import Markup

from core.i18n import _l
from web.tables import plain_rows

COLUMNS = [{"key": "name", "title": "姓名", "nowrap": True}, {"key": "count", "title": '"数"', "align": "end"}]


def test_cells() -> None:
    rows = [{"name": "<b>&'\"", "count": 0, "url": "/a?b=1&c=2"}, {"name": Markup("<i>x</i>"), "count": None, "url": None},
            SimpleNamespace(name=_l("姓名"), count="")]
    assert plain_rows(COLUMNS, rows, "url") == (
        '<tr data-row><td data-label="姓名" class="text-nowrap"><a href="/a?b=1&amp;c=2">&lt;b&gt;&amp;&#x27;&quot;</a></td>'
        '<td data-label="&quot;数&quot;" class="text-end">0</td></tr>\n'
        '<tr data-row><td data-label="姓名" class="text-nowrap"><i>x</i></td><td data-label="&quot;数&quot;" class="text-end">—</td></tr>\n'
        '<tr data-row><td data-label="姓名" class="text-nowrap">姓名</td><td data-label="&quot;数&quot;" class="text-end">—</td></tr>')


def test_rows_without_pages_are_not_walked() -> None:
    assert plain_rows(COLUMNS[:1], [{"name": "甲"}], None) == '<tr><td data-label="姓名" class="text-nowrap">甲</td></tr>'
