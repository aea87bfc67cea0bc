"""Papers are printed with what stands on them, in our own font, offline and repeatably.

The text of a PDF is compressed and set in glyph numbers, so the tests ask typst itself: pages by the PDF's page tree,
words by the same layout's text, without any program that may be missing.
"""
from __future__ import annotations

import dataclasses
import datetime as dt
import re
from pathlib import Path

import pytest

from core.documents import papers, printing
from core.errors import Invalid
from tests.plugins.reports.forms import words
from tests.support import setting

CERTIFICATE = papers.CertificatePaper(
    number="市直-2026-000001", issuer="中共武汉市委市直机关工作委员会", tenant="武汉市", member_name="𬭎䶮𬱖",
    unit="武汉市实验小学", residence_community="科大社区居委会", workplace_community=None,
    issued_on=dt.date(2026, 3, 1), valid_note="请于2026年3月31日前报到。", qr_text="BD1.x.y",
)
RECEIPT = papers.ReceiptPaper(
    number="1", tenant="武汉市", member_name="买买提·吐尔逊", unit="武汉市实验小学", community="科大社区居委会",
    reported_on=dt.date(2026, 3, 2), confirmed_by="王芳", qr_text="",
)
SLIP = papers.EvaluationSlip(
    tenant="武汉市", community="科大社区居委会", service="检修电路", served_on=dt.date(2026, 5, 1), member_name="李芳",
    code="7K3P-9XQ2", how_to="扫码或输入评价码。", qr_text="http://127.0.0.1/e",
)


def pages(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page, in points."""
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    return [(round(float(width)), round(float(height))) for width, height in boxes]


A4, A4_WIDE, A5 = (595, 842), (842, 595), (420, 595)


def test_certificates_one_or_two_to_a_page() -> None:
    batch = [dataclasses.replace(CERTIFICATE, number=str(n)) for n in range(3)]
    assert pages(papers.certificates_pdf(batch)) == [A4] * 3
    assert pages(papers.certificates_pdf(batch, with_stub=False)) == [A4] * 2


def test_long_names_do_not_push_a_certificate_over_its_page() -> None:
    long = dataclasses.replace(
        CERTIFICATE, unit="长" * 60, issuer="长" * 30, residence_community="长" * 40, workplace_community="长" * 40, valid_note="长" * 80
    )
    assert pages(papers.certificates_pdf([long] * 2)) == [A4] * 2
    assert pages(papers.certificates_pdf([long] * 2, with_stub=False)) == [A4]


def test_receipts_two_to_a_page_and_slips_on_a5() -> None:
    assert pages(papers.receipts_pdf([RECEIPT] * 3)) == [A4] * 2
    assert pages(papers.evaluation_slips_pdf([SLIP] * 2)) == [A5] * 2


@pytest.mark.parametrize(("landscape", "page"), [(False, A4), (True, A4_WIDE)])
def test_a_table_goes_over_pages(landscape: bool, page: tuple[int, int]) -> None:
    columns = [papers.TableColumn("序号", 0.5, "center"), papers.TableColumn("姓名")]
    paper = papers.TablePaper("名单", columns, [[str(n), "李芳"] for n in range(100)], note="王芳 打印", landscape=landscape)
    sizes = pages(papers.table_pdf(paper))
    assert len(sizes) > 1
    assert set(sizes) == {page}


def test_each_record_card_of_a_batch_has_its_own_page_numbers() -> None:
    """A batch is taken apart and filed member by member."""
    line = ("3-01", "为独居老人检修电路、打扫卫生，陪同就医并代购药品", "独居老人", "1.5（系统）", "王芳 3-05", "满意")
    card = papers.RecordCardPaper("服务纪实卡", "武汉市", 2026, "李芳", "武汉市实验小学", "科大社区", [line] * 45, "共45条。", "标记", "王芳 打印")
    text = "".join(words(papers.record_cards_pdf([card, dataclasses.replace(card, rows=[line])]))).replace(" ", "")
    assert re.findall(r"第(\d+)页，共(\d+)页", text) == [("1", "3"), ("2", "3"), ("3", "3"), ("1", "1")]


def test_an_empty_table_is_one_page() -> None:
    assert pages(papers.table_pdf(papers.TablePaper("名单", [papers.TableColumn("姓名")], []))) == [A4]


def test_the_same_data_gives_the_same_bytes() -> None:
    assert papers.certificates_pdf([CERTIFICATE]) == papers.certificates_pdf([CERTIFICATE])


def test_papers_set_in_the_tests_process_are_the_same_bytes() -> None:
    """Everywhere else tests set papers so, which costs a thirtieth."""
    data = dataclasses.asdict(papers.TablePaper("名单", [papers.TableColumn("姓名")], [["李芳"]]))
    assert setting.printed("table", data) == printing.render_pdf("table", data)
    with pytest.raises(printing.LayoutError):
        setting.printed("table", {})


def test_markup_in_a_name_stays_text() -> None:
    """Evaluated as typst, this name would fail the printing."""
    evil = '#panic("x") $x$ *b* "]} \\ #sys.inputs'
    assert pages(papers.certificates_pdf([dataclasses.replace(CERTIFICATE, member_name=evil)])) == [A4]


def test_only_the_vendored_font_is_in_the_paper() -> None:
    fonts = set(re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([\w-]+)", papers.certificates_pdf([CERTIFICATE])))
    assert {name.split(b"-Identity")[0] for name in fonts} == {b"NotoSansSC-Regular"}


def test_no_paper_and_too_many_papers() -> None:
    for count in (0, 501):
        with pytest.raises(Invalid, match="1 至 500"):
            papers.receipts_pdf([RECEIPT] * count)


def test_an_unknown_layout_is_a_defect() -> None:
    with pytest.raises(printing.LayoutError):
        printing.render_pdf("nothing", {})


def test_the_font_comes_with_its_licence() -> None:
    assert "SIL Open Font License" in (Path(printing.CHILD).parent / "fonts" / "LICENSE-OFL.txt").read_text()
