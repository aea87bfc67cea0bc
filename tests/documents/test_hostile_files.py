"""A hostile file is refused quickly, with a sentence that says what to do, and harms nothing (promise 21)."""
from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import python_calamine

from core.documents.limits import DEFAULT, Limits
from core.documents.reading import open_tables
from core.documents.sandbox import Child
from core.errors import Invalid
from tests.documents import hostile

pytestmark = pytest.mark.promise(21)
MIB = 1024 * 1024
SECONDS = 10.0 if "COVERAGE_RUN" in os.environ else 2.0  # coverage traces the child too


def refusal(content: bytes, filename: str = "名册.xlsx", limits: Limits = DEFAULT) -> str:
    """The sentence with which the file is refused, which must come in time: of computing, here and in the child, since others may be at work."""
    start, computed = time.monotonic(), _computed()
    with pytest.raises(Invalid) as caught, open_tables(content, filename, limits) as book:
        for name in book.sheets:
            list(book.rows(name))
    assert (_computed() - computed < SECONDS, time.monotonic() - start < 10 * SECONDS) == (True, True)
    return caught.value.message


def _computed() -> float:
    """Seconds of processor time so far, of this process and of children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def test_a_good_small_workbook_passes_so_that_the_refusals_below_mean_something() -> None:
    with open_tables(hostile.workbook(hostile.cell("A1", "张三")), "名册.xlsx") as book:
        assert (book.sheets, list(book.rows("甲"))) == (["甲"], [["张三"]])


@pytest.mark.parametrize("content", [b"%PDF-1.7 x", b"\x89PNG\r\n", b"plain words", hostile.workbook()[:200], b"PK\x03\x04" + bytes(99)])
def test_what_is_no_workbook(content: bytes) -> None:
    assert "另存" in refusal(content)


def test_an_old_workbook_renamed() -> None:
    assert "另存为“Excel 工作簿（*.xlsx）”" in refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))


def test_an_encrypted_workbook() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + "EncryptedPackage".encode("utf-16-le")
    assert "密码" in refusal(ole)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"[:0], b" \r\n\t "])
def test_an_empty_file(content: bytes) -> None:
    assert refusal(content) == "文件是空的。请选择有内容的名册文件后重新上传。"


def test_a_zip_that_is_another_document() -> None:
    other = hostile.workbook().replace(b"xl/workbook.xml", b"xl/workbuch.xml")
    assert "不是 Excel 工作簿" in refusal(other)


def test_a_bomb_by_size_and_by_ratio() -> None:
    big = hostile.workbook(extra={"xl/media/image1.bin": bytes(100 * MIB)})
    assert len(big) < MIB
    assert "解压后过大" in refusal(big)


def test_a_bomb_by_total_size_at_a_modest_ratio() -> None:
    limits = Limits(unpacked=MIB)
    noise = os.urandom(600 * 1024)
    assert "解压后过大" in refusal(hostile.workbook(extra={"a.bin": noise, "b.bin": noise}), limits=limits)


def test_a_bomb_by_number_of_entries() -> None:
    assert "解压后过大" in refusal(hostile.workbook(extra={f"x/{n}": b"" for n in range(1001)}))


def test_a_zip_directory_that_lies() -> None:
    assert "损坏" in refusal(hostile.lying_directory(50_000_017))


def test_an_entity_bomb() -> None:
    bomb = hostile.workbook(hostile.cell("A1", "&a9;"), doctype=hostile.entity_bomb())
    assert "实体声明" in refusal(bomb)


def test_an_external_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush")
    content = hostile.workbook(hostile.cell("A1", "&a;"), doctype=hostile.external_entity(str(secret)))
    assert "实体声明" in refusal(content)


def test_the_parser_behind_expands_no_entity_either(tmp_path: Path) -> None:
    """The second wall, seen alone: calamine itself, without our scan."""
    secret = tmp_path / "secret"
    secret.write_text("hush")
    for doctype, text in ((hostile.entity_bomb(3), "&a3;"), (hostile.external_entity(str(secret)), "&a;")):
        content = hostile.workbook(hostile.cell("A1", text), doctype=doctype)
        try:
            rows = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        except python_calamine.CalamineError:
            continue
        assert "hush" not in str(rows)
        assert "haha" not in str(rows)


@pytest.mark.parametrize("name", ["../evil", "xl/../../evil", "/etc/evil", "xl\\..\\evil"])
def test_names_that_leave_the_archive(name: str) -> None:
    assert "文件名异常" in refusal(hostile.workbook(extra={name: b"x"}))


def test_a_link_instead_of_a_file() -> None:
    link = zipfile.ZipInfo("xl/worksheets/sheet2.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    content = io.BytesIO(hostile.workbook(hostile.cell("A1", "x")))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "文件名异常" in refusal(content.getvalue())


MEMORY = """
import resource, sys
from pathlib import Path
from core.documents.reading import open_tables
from core.errors import Invalid
def most(who):
    return resource.getrusage(who).ru_maxrss // 1024
def read(path):
    try:
        with open_tables(Path(path), "a.xlsx") as book:
            return sum(1 for _row in book.rows())
    except Invalid:
        return None
assert read(sys.argv[1]) == 1
before = most(resource.RUSAGE_SELF), most(resource.RUSAGE_CHILDREN)
refused = [read(path) for path in sys.argv[2:]]
print(set(refused) == {None}, most(resource.RUSAGE_SELF) - before[0], most(resource.RUSAGE_CHILDREN) - before[1])
"""


def test_refusing_takes_little_memory_here_and_in_the_child(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Measured in a process that has made none of the files: a child's highest mark begins with its parent's."""
    files = {"good": hostile.workbook(hostile.cell("A1", "x")), "bomb": hostile.workbook(extra={"xl/media/image1.bin": bytes(200 * MIB)}),
             "entities": hostile.workbook(hostile.cell("A1", "&a9;"), doctype=hostile.entity_bomb()),
             "rows": hostile.workbook("<row><c><v>1</v></c></row>" * 1_000_001), "lying": hostile.lying_directory(50_000_017),
             "columns": hostile.workbook(hostile.cell("A1", "x") + hostile.cell("XFD1048576", "x")),
             "entries": hostile.workbook(extra={f"x/{n}": b"" for n in range(1001)})}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    done = subprocess.run([sys.executable, "-c", MEMORY, *(str(tmp_path / name) for name in files)], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2])
    refused, here, child = done.stdout.split()
    record_property("figure", f"{here} MiB more here, {child} MiB more in the child")
    assert refused == "True"
    assert max(int(here), int(child)) <= 64


def test_twin_without_the_look_at_the_directory_a_bomb_is_let_in() -> None:
    content = hostile.workbook(hostile.cell("A1", "x"), extra={"xl/media/image1.bin": bytes(100 * MIB)})
    loose = Limits(unpacked=10**9, ratio=10**6, zip_entries=10**6)
    with open_tables(content, "名册.xlsx", loose) as book:
        assert list(book.rows()) == [["x"]]


def test_more_than_a_million_rows() -> None:
    rows = "<row><c><v>1</v></c></row>" * 1_000_001
    limits = Limits(ratio=10**6)
    assert "行数过多" in refusal(hostile.workbook(rows), limits=limits)


def test_more_rows_than_allowed() -> None:
    rows = "".join(hostile.cell(f"A{n}", "x") for n in range(1, 12))
    assert "最多 10 行" in refusal(hostile.workbook(rows), limits=Limits(rows=10))


def test_more_columns_than_allowed() -> None:
    assert "最多 256 列" in refusal(hostile.workbook(hostile.cell("A1", "x") + hostile.cell("XFD2", "x")))


def test_two_cells_that_span_seventeen_thousand_million() -> None:
    assert refusal(hostile.workbook(hostile.cell("A1", "x") + hostile.cell("XFD1048576", "x")))


def test_memory_is_bounded_by_the_kernel() -> None:
    rows = "".join(hostile.cell(f"IV{n}", "x") for n in range(1, 20_000, 100)) + hostile.cell("A20000", "x")
    with open_tables(hostile.workbook(hostile.cell("A1", "x") + rows), "名册.xlsx") as book:
        assert sum(1 for _row in book.rows()) == 20_000
    assert "内存或时间过多" in refusal(hostile.workbook(hostile.cell("A1", "x") + rows), limits=Limits(memory=160 * MIB))


def test_the_child_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAODAO_MASTER_KEY", "hush")
    child = Child(hostile.workbook(hostile.cell("A1", "x")), DEFAULT)
    try:
        environment = Path(f"/proc/{child.pid}/environ").read_bytes()
        assert b"hush" not in environment
    finally:
        child.close()


def test_closing_ends_the_child() -> None:
    with open_tables(hostile.workbook(hostile.cell("A1", "x")), "名册.xlsx") as book:
        next(book.rows())
        assert book._child is not None
        pid = book._child.pid
    assert not Path(f"/proc/{pid}").exists()
