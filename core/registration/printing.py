"""Prints certificates in batch as a job: one PDF, kept encrypted for the officer who asked for it."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from core import audit
from core.documents import storage
from core.documents.papers import MAX_PAPERS, CertificatePaper, ReceiptPaper, certificates_pdf, receipts_pdf
from core.errors import Conflict, Invalid
from core.i18n import SOURCE_LOCALE, _, _l, use_locale
from core.jobs import JobContext, enqueue, handler
from core.registration.certificate_queries import papers
from core.registration.queries import ReportInView
from core.tenancy import today
from core.tenancy.scope import current_tenant

KIND = "certificates.print"
PURPOSE = "certificates.issue"  # the permission that fetching the file needs
DAYS = 7
PDF = "application/pdf"


def start(certificate_ids: Sequence[uuid.UUID], *, stub: bool = True) -> uuid.UUID:
    """Let a worker print them; answers the job's id. Raises Invalid when there is nothing to print."""
    if not certificate_ids:
        raise Invalid(_("没有可以打印的报到证，请先制发。"))
    return enqueue(KIND, {"certificates": [str(i) for i in certificate_ids], "stub": stub}, total=len(certificate_ids))


@handler(KIND, label=_l("打印报到证"))
def run(job: JobContext) -> dict[str, Any]:
    """One PDF; beyond 500 certificates a second one and so on, since the printing room holds a whole document in memory."""
    wanted = [uuid.UUID(i) for i in job.payload["certificates"]]
    files = []
    for start_at in range(0, len(wanted), MAX_PAPERS):
        job.progress(start_at, len(wanted))
        found = _papers(wanted[start_at:start_at + MAX_PAPERS])
        if found:
            name = _("报到证 %(first)s 至 %(last)s", first=found[0].number, last=found[-1].number) + ".pdf"
            content = certificates_pdf(found, with_stub=job.payload["stub"])
            files.append(storage.save(name, PDF, content, PURPOSE, DAYS, job.created_by))
    job.progress(len(wanted), len(wanted))
    audit.record("certificate.printed", "job", job.id, {"count": len(wanted), "files": len(files)})
    return {"files": [str(f) for f in files], "count": len(wanted)}


def certificate_pdf(certificate_id: uuid.UUID) -> bytes:
    """One certificate again. Raises Conflict when it is no longer valid."""
    found = _papers([certificate_id])
    if not found:
        raise Conflict(_("这张报到证已经作废，不能再打印。"))
    audit.record("certificate.printed", "certificate", certificate_id, {"count": 1})
    return certificates_pdf(found)


def _papers(certificate_ids: Sequence[uuid.UUID]) -> list[CertificatePaper]:
    """The papers are Chinese, whatever language the officer reads."""
    with use_locale(SOURCE_LOCALE):
        return papers(certificate_ids)


def receipt_pdf(view: ReportInView) -> bytes:
    """The receipt (D2) of a confirmed report-in. Raises Conflict when there is none yet."""
    if view.receipt is None:
        raise Conflict(_("这条报到还没有确认，没有回执可以打印。"))
    return receipts_pdf([ReceiptPaper(view.receipt, current_tenant().name, view.name, view.unit, view.community, view.reported_on,
                                      view.decided_by or view.community, "")])


def file_name() -> str:
    """A name for a download, without a person's name in it."""
    return f"{today():%Y%m%d}.pdf"
