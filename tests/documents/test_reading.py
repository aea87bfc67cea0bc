"""Tables come in as people meant them, from xlsx and from every csv that offices save."""
from __future__ import annotations

import codecs
import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from core.documents.cells import Cell, clean
from core.documents.limits import Limits
from core.documents.reading import open_tables, read_table
from core.errors import Invalid

ROSTER: list[list[Cell]] = [["姓名", "代码"], ["𬭎䶮𬱖", "420107001010"], ["买买提·吐尔逊", None]]


def xlsx(cells: dict[tuple[int, int], Any], sheets: tuple[str, ...] = ("甲",)) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"})
    pages = [book.add_worksheet(name) for name in sheets]
    for (row, column), value in cells.items():
        pages[0].write(row, column, value)
    book.close()
    return out.getvalue()


def test_cells_keep_their_kind_and_their_place() -> None:
    moment = dt.datetime(2026, 2, 28, 8, 30)
    content = xlsx({(2, 1): "　张 三\u200b　", (2, 2): 5.0, (3, 2): 5.5, (3, 3): True, (4, 1): dt.date(2026, 2, 28), (4, 2): moment})
    assert list(read_table(content, "a.xlsx")) == [
        [None, None, None, None],
        [None, None, None, None],
        [None, "张 三", 5, None],
        [None, None, 5.5, True],
        [None, dt.date(2026, 2, 28), moment, None],
    ]


def test_a_number_becomes_an_integer_only_when_it_is_one() -> None:
    (row,) = read_table(xlsx({(0, 0): 3.0, (0, 1): 0.5, (0, 2): 1e300}), "a.xlsx")
    assert [type(cell) for cell in row] == [int, float, float]


def test_sheets_are_read_by_name_in_any_order_and_again_after_an_early_stop() -> None:
    with open_tables(xlsx({(0, 0): "一", (1, 0): "二"}, ("甲", "乙")), "a.xlsx") as book:
        assert book.sheets == ["甲", "乙"]
        assert next(book.rows("甲")) == ["一"]
        assert list(book.rows("乙")) == []
        assert list(book.rows("甲")) == [["一"], ["二"]]
        assert list(book.rows()) == [["一"], ["二"]]


def test_an_unknown_sheet_is_named() -> None:
    with open_tables(xlsx({(0, 0): "一"}), "a.xlsx") as book, pytest.raises(Invalid, match="没有名为“丙”的工作表"):
        book.rows("丙")


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(xlsx({(0, 0): "一"}))
    assert list(read_table(path, "名册.csv")) == [["一"]]


def test_more_rows_than_a_batch() -> None:
    content = xlsx({(n, 0): f"第{n}行" for n in range(1203)})
    assert list(read_table(content, "a.xlsx")) == [[f"第{n}行"] for n in range(1203)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv(encoding: str, delimiter: str, newline: str, tmp_path: Path) -> None:
    text = newline.join(delimiter.join(str(cell or "") for cell in row) for row in ROSTER) + newline
    path = tmp_path / "名册.csv"
    path.write_bytes(text.encode(encoding))
    assert list(read_table(path, path.name)) == ROSTER
    assert list(read_table(path.read_bytes(), path.name)) == ROSTER


def test_csv_with_quotes_and_a_line_break_in_a_cell() -> None:
    assert list(read_table(b'a,"b\nc, ""d"""\n', "a.csv")) == [["a", 'b\nc, "d"']]


@pytest.mark.parametrize("content", [b"\xff\xff\xff,a\n", codecs.BOM_UTF16_LE + "姓名,代码".encode("utf-16-le")])
def test_csv_in_an_encoding_that_is_none_of_ours(content: bytes) -> None:
    with pytest.raises(Invalid, match="另存为"):
        list(read_table(content, "a.csv"))


def test_csv_has_the_same_bounds() -> None:
    with pytest.raises(Invalid, match="最多 2 行"):
        list(read_table(b"a\nb\nc\n", "a.csv", limits=Limits(rows=2)))
    with pytest.raises(Invalid, match="最多 2 列"):
        list(read_table(b"a,b,c\n", "a.csv", limits=Limits(columns=2)))
    with pytest.raises(Invalid, match="文件过大"):
        list(read_table(b"a,b,c\n", "a.csv", limits=Limits(file_size=3)))


@pytest.mark.parametrize(("given", "meant"), [
    ("　王\u3000芳\u200b ", "王 芳"), ("e\u0301", "é"), ("\ufeff代码", "代码"), ("a\x00\x07b", "ab"), ("a\nb", "a\nb"), (" ", ""),
])
def test_clean(given: str, meant: str) -> None:
    assert clean(given) == meant
