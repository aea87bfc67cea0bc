"""Tables go out without a formula in them and come back in unchanged (promise 22)."""
from __future__ import annotations

import datetime as dt
import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from openpyxl import load_workbook

from core.documents.cells import RISKY_LEADS, clean, neutralise, restore
from core.documents.reading import open_tables, read_table
from core.documents.spreadsheet import Column, Sheet, Watermark, write_csv, write_workbook

pytestmark = pytest.mark.promise(22)
COLUMNS = [
    Column("number", "序号", 8, "integer"),
    Column("code", "公民身份号码", 22, "code"),
    Column("hours", "小时", 8, "decimal"),
    Column("joined", "入党时间", 12, "date"),
]
ROWS = [(1, "42010219830709177X", 1.5, dt.date(2010, 7, 7)), (2, "", None, None), (3, "007", 2, dt.datetime(2020, 1, 2, 3, 4))]
# What our database can hold and what reading keeps: no NUL or other control characters, and no blanks at the ends.
TEXTS = st.builds(
    lambda lead, rest: lead + rest,
    st.sampled_from(["", "'", "''", *RISKY_LEADS.replace("\0", ""), "'=", "''@"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), max_size=20),
).filter(lambda text: text and clean("x" + text + "x") == "x" + text + "x" and not text[-1].isspace() and text[0] != " ")
SLOW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def written(rows: list[tuple[object, ...]], watermark: Watermark | None = None) -> bytes:
    out = io.BytesIO()
    write_workbook(out, [Sheet("名册", COLUMNS[: len(rows[0])] if rows else COLUMNS, rows)], watermark)  # type: ignore[arg-type]
    return out.getvalue()


def test_a_workbook_comes_back_as_it_was() -> None:
    assert list(read_table(written(list(ROWS)), "a.xlsx")) == [
        [column.title for column in COLUMNS],
        [1, "42010219830709177X", 1.5, dt.date(2010, 7, 7)],
        [2, None, None, None],
        [3, "007", 2, dt.datetime(2020, 1, 2, 3, 4)],
    ]


def test_ids_are_text_and_the_header_stays_in_sight() -> None:
    page = load_workbook(io.BytesIO(written(list(ROWS))))["名册"]
    assert (page["B4"].value, page["B4"].data_type, page["B4"].number_format) == ("007", "s", "@")
    assert (page.freeze_panes, page.auto_filter.ref, page["A1"].font.bold) == ("A2", "A1:D4", True)


def test_the_watermark_says_who_when_and_why() -> None:
    mark = Watermark("王干事 & 李", dt.datetime(2026, 4, 1, 9, 30), "=核对名册")
    content = written(list(ROWS), mark)
    with open_tables(content, "a.xlsx") as book:
        assert book.sheets == ["名册", "导出说明"]
        assert list(book.rows("导出说明"))[:3] == [["导出人", "王干事 & 李"], ["导出时间", "2026-04-01 09:30"], ["用途", "=核对名册"]]
    page = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert "王干事 &amp;&amp; 李 2026-04-01 09:30 =核对名册" in page


def test_a_title_that_no_spreadsheet_takes() -> None:
    out = io.BytesIO()
    write_workbook(out, [Sheet("武汉/青山[区]:" + "长" * 40, COLUMNS, [])])
    with open_tables(out.getvalue(), "a.xlsx") as book:
        assert book.sheets == ["武汉 青山 区  " + "长" * 22]


def test_no_temporary_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    written(list(ROWS))
    assert list(tmp_path.iterdir()) == []


@given(TEXTS)
def test_the_guard_is_undone_exactly(text: str) -> None:
    safe = neutralise(text)
    assert safe[0] not in RISKY_LEADS
    assert restore(safe) == text


@given(st.text(max_size=20))
def test_no_text_at_all_leaves_with_a_risky_lead(text: str) -> None:
    assert neutralise(text)[:1] not in set(RISKY_LEADS)


@pytest.mark.parametrize("lead", RISKY_LEADS.replace("\0", ""))
def test_every_risky_lead(lead: str) -> None:
    assert neutralise(lead + "1+1") == f"'{lead}1+1"


@pytest.mark.parametrize("hidden", ["\0=1", "\x1f@x", "\0\x01＝1"])
def test_a_lead_behind_a_control_character_is_guarded_too(hidden: str) -> None:
    assert neutralise(hidden) == "'" + hidden.lstrip("\0\x01\x1f")


@SLOW
@given(st.lists(TEXTS, min_size=1, max_size=20))
def test_xlsx_round_trip(texts: list[str]) -> None:
    out = io.BytesIO()
    write_workbook(out, [Sheet("甲", [Column("a", "甲")], [(text,) for text in texts])])
    assert list(read_table(out.getvalue(), "a.xlsx"))[1:] == [[text] for text in texts]
    for row in load_workbook(io.BytesIO(out.getvalue()))["甲"].iter_rows(min_row=2):
        assert row[0].data_type == "s"


@SLOW
@given(st.lists(TEXTS, min_size=1, max_size=20))
def test_csv_round_trip(texts: list[str]) -> None:
    out = io.StringIO(newline="")
    count = write_csv(out, [Column("a", "甲"), Column("b", "乙")], [(text, 1) for text in texts])
    assert count == len(texts)
    assert list(read_table(out.getvalue().encode("utf-8-sig"), "a.csv"))[1:] == [[text, "1"] for text in texts]


def test_twin_without_the_guard_a_formula_goes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.documents.spreadsheet.neutralise", lambda text: text)
    out = io.StringIO(newline="")
    write_csv(out, [Column("a", "甲")], [("＝HYPERLINK(1)",), ("=1+1",)])
    assert [line[:1] for line in out.getvalue().splitlines()[1:]] == ["＝", "="]


def test_a_table_is_made_for_paper_and_for_people() -> None:
    """Lines, titles on each page, one page wide, a Chinese font, wrapped texts in rows that are high enough, and whose it is."""
    columns = [Column("unit", "单位", 20), Column("hours", "服务时长（小时）", 10, "decimal"), Column("on", "日期", 12, "date"), Column("phone", "电话", 14, "code")]
    rows = [("长" * 25, 176, dt.date(2026, 3, 1), "13800000001"), ("短", 1.5, None, None)]
    out = io.BytesIO()
    write_workbook(out, [Sheet("名册", columns, rows)], Watermark("王芳", dt.datetime(2026, 3, 5, tzinfo=dt.UTC), "核对 & 存档"))  # type: ignore[arg-type]
    book = load_workbook(out)
    page, notes = book.worksheets
    assert (book.properties.title, book.properties.creator) == ("名册", "王芳")
    assert (page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToWidth, page.page_setup.fitToHeight) == ("landscape", 9, None, 0)
    assert (page.freeze_panes, page.print_title_rows, page.print_title_cols, page.print_options.gridLines) == ("A2", "$1:$1", None, True)
    assert (notes.page_setup.paperSize, notes.page_setup.fitToHeight, [str(one) for one in notes.merged_cells.ranges]) == (9, 0, ["A5:B5"])
    cells = {name: page[name] for name in ("A1", "A2", "B2", "B3", "C2", "D2")}
    assert {one.font.name for one in cells.values()} == {"宋体"}
    assert [cells[name].number_format for name in ("B2", "B3", "C2", "D2")] == ["0", "0.0#", "yyyy-mm-dd", "@"]
    assert (cells["A2"].alignment.wrap_text, cells["C2"].alignment.horizontal, cells["A1"].alignment.horizontal) == (True, "center", "center")
    assert [page.row_dimensions[row].height for row in (1, 2, 3)] == [51.75, 51.75, 18.0]
    assert ("第 &P 页，共 &N 页" in page.oddFooter.right.text, "核对 & 存档" in page.oddFooter.left.text.replace("&&", "&")) == (True, True)


def test_a_very_wide_table_takes_several_pages_with_its_first_column_on_each() -> None:
    out = io.BytesIO()
    write_workbook(out, [Sheet("总览", [Column(str(n), f"第{n}项", 20) for n in range(25)], [])])
    page = load_workbook(out).worksheets[0]
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight, page.print_title_cols, page.print_title_rows) == (3, 0, "$A:$A", "$1:$1")
