"""The papers of the scheme as data: what stands on each, in the words of the tenant, ready for the printing room."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from core.documents import qr
from core.documents.printing import render_pdf
from core.errors import Invalid
from core.i18n import _

Data: TypeAlias = dict[str, Any]
# typst holds a whole document in memory, about half a megabyte a certificate.
MAX_PAPERS = 500


@dataclass(frozen=True)
class CertificatePaper:
    """A report-in certificate 报到证 (D1). A community that the tenant does not ask for is None; `qr_text` is the token."""

    number: str
    issuer: str
    tenant: str
    member_name: str
    unit: str
    residence_community: str | None
    workplace_community: str | None
    issued_on: dt.date
    valid_note: str
    qr_text: str


@dataclass(frozen=True)
class ReceiptPaper:
    """A receipt 回执 (D2): the community confirms to the unit that its member has reported in."""

    number: str
    tenant: str
    member_name: str
    unit: str
    community: str
    reported_on: dt.date
    confirmed_by: str
    qr_text: str


@dataclass(frozen=True)
class IntroductionPaper:
    """A letter of introduction 介绍信 to a community of another city; its code holds the whole signed certificate (R9)."""

    number: str
    tenant: str
    receiver: str
    community: str
    member_name: str
    sex: str
    unit: str
    tie: str
    issuer: str
    issued_on: dt.date
    moves_on: dt.date | None
    qr_text: str


@dataclass(frozen=True)
class EvaluationSlip:
    """A slip by which the recipient of a service judges it (R42), on paper or with the one-time code."""

    tenant: str
    community: str
    service: str
    served_on: dt.date
    member_name: str
    code: str
    how_to: str
    qr_text: str


@dataclass(frozen=True)
class RecordCardPaper:
    """A service record card 服务纪实卡 (D10): what a member did in a year. A row is day, service, recipients, hours, community, evaluation.

    `summary` is the year in one sentence, `legend` explains the marks behind the hours, `printed` says who printed it and when.
    """

    title: str
    tenant: str
    year: int
    member_name: str
    unit: str
    community: str
    rows: Sequence[Sequence[str]]
    summary: str
    legend: str
    printed: str


@dataclass(frozen=True)
class HonourPaper:
    """A certificate of honour, such as of a star: a title, who it is for, what it says, and who gives it. `body` is one paragraph.

    `called` is how the recipient is called behind the name; "" for a unit or a community.
    """

    title: str
    number: str
    recipient: str
    body: str
    issuer: str
    issued_on: dt.date
    tenant: str
    stars: int = 0
    called: str = "同志"


@dataclass(frozen=True)
class TableColumn:
    """A column of a printed table; `share` is its part of the width."""

    title: str
    share: float = 1.0
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True)
class TablePaper:
    """Any list for printing; cells are text already. `note` says who printed it, when and why."""

    title: str
    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[str]]
    subtitle: str = ""
    note: str = ""
    landscape: bool = False


def certificates_pdf(papers: Sequence[CertificatePaper], *, with_stub: bool = True) -> bytes:
    """Certificates in one PDF: with the receipt stub one to an A4 page, without it two, with a line to cut along.

    Raises Invalid for none or more than 500.
    """
    return render_pdf("certificate", {"papers": _all_printable(papers), "stub": with_stub})


def receipts_pdf(papers: Sequence[ReceiptPaper]) -> bytes:
    """Receipts in one PDF, two to an A4 page."""
    return render_pdf("receipt", {"papers": _all_printable(papers)})


def introductions_pdf(papers: Sequence[IntroductionPaper]) -> bytes:
    """Letters of introduction in one PDF, each on an A4 page."""
    return render_pdf("introduction", {"papers": _all_printable(papers)})


def honours_pdf(papers: Sequence[HonourPaper]) -> bytes:
    """Certificates of honour in one PDF, each on an A4 page across. Raises Invalid for none or more than 500."""
    return render_pdf("honour", {"papers": _all_printable(papers)})


def evaluation_slips_pdf(slips: Sequence[EvaluationSlip]) -> bytes:
    """Evaluation slips in one PDF, each on an A5 page."""
    return render_pdf("evaluation_slip", {"papers": _all_printable(slips)})


def record_cards_pdf(papers: Sequence[RecordCardPaper]) -> bytes:
    """Service record cards in one PDF, each beginning on an A4 page. Raises Invalid for none or more than 500."""
    return render_pdf("record_card", {"papers": _all_printable(papers)})


def table_pdf(paper: TablePaper) -> bytes:
    """A titled table with a repeated header and page numbers."""
    return render_pdf("table", asdict(paper))


def _all_printable(papers: Sequence[CertificatePaper] | Sequence[ReceiptPaper] | Sequence[EvaluationSlip]
                   | Sequence[HonourPaper] | Sequence[RecordCardPaper] | Sequence[IntroductionPaper]) -> list[Data]:
    if not 0 < len(papers) <= MAX_PAPERS:
        raise Invalid(_("一次可打印 1 至 %(count)s 份。请减少选择后分批打印。", count=MAX_PAPERS))
    return [_printable(paper) for paper in papers]


def _printable(paper: CertificatePaper | ReceiptPaper | EvaluationSlip | HonourPaper | RecordCardPaper | IntroductionPaper) -> Data:
    """The paper's fields in JSON's terms: dates written out, the code as a picture."""
    data: Data = {name: _written(value) for name, value in asdict(paper).items()}
    text = getattr(paper, "qr_text", "")
    data["qr"] = qr.svg(text) if text else None
    return data


def _written(value: object) -> object:
    return f"{value.year}年{value.month}月{value.day}日" if isinstance(value, dt.date) else value
