"""What is printed or taken away: the notice, the nominations as a table, the commended list (D15) as PDF and table, certificates."""
from __future__ import annotations

import uuid

from flask import Response as FlaskResponse

from core.api import Column, Conflict, _, audit, requires
from core.pages import Route, file, workbook
from plugins.awards import papers, queries, rights
from plugins.awards.pages.doing import managed, read, seen
from plugins.awards.pages.selections import line


@requires("awards.read")
def notice(selection_id: uuid.UUID) -> FlaskResponse:
    """The publication for the board."""
    return file(papers.notice(read(selection_id)), "pdf", "notice", inline=True)


@requires("awards.read")
def export(selection_id: uuid.UUID) -> FlaskResponse:
    """The nominations within reach as a table."""
    row = read(selection_id)
    rows = [line(one) for one in queries.nominations(row, all_of_it=rights.manages(row))]
    columns = [Column("who", _("姓名或名称"), 14), Column("unit", _("所在单位"), 24), Column("place", _("提名单位"), 20), Column("reason", _("事迹"), 40),
               Column("evidence_words", _("服务记录"), 44), Column("word", _("状态"), 10), Column("number", _("证书编号"), 16)]
    audit("awards.exported", papers.TABLE, row.id, {"count": len(rows)})
    return workbook(_("评选提名"), columns, rows, _("评选提名导出"))


@requires("awards.manage")
def commendation(selection_id: uuid.UUID) -> FlaskResponse:
    """The commended list as an official paper (D15)."""
    row = managed(selection_id)
    return file(papers.commendation(row, queries.nominations(row, all_of_it=True, states=("granted",))), "pdf", "commendation", inline=True)


@requires("awards.manage")
def commendation_table(selection_id: uuid.UUID) -> FlaskResponse:
    """The same as a table."""
    row = managed(selection_id)
    if row.state != "decided":
        raise Conflict(_("还没有作出表彰决定。"))
    rows = [{**one, "kind": row.kind, "document_number": row.document_number, "decided_on": row.decided_on, "serial": serial}
            for serial, one in enumerate(queries.nominations(row, all_of_it=True, states=("granted",)), 1)]
    columns = [Column("serial", _("序号"), 6, "integer"), Column("who", _("姓名或名称"), 14), Column("unit", _("所在单位"), 28), Column("place", _("提名单位"), 24),
               Column("kind", _("荣誉"), 18), Column("document_number", _("文号"), 22), Column("decided_on", _("决定日期"), 12, "date"),
               Column("number", _("证书编号"), 16)]
    audit("awards.exported", papers.TABLE, row.id, {"count": len(rows), "what": "commendation"})
    return workbook(_("表彰名单"), columns, rows, _("表彰名单导出"))


@requires("awards.manage")
def certificates(selection_id: uuid.UUID) -> FlaskResponse:
    """All certificates of a decision."""
    row = managed(selection_id)
    return file(papers.certificates(row, queries.nominations(row, all_of_it=True, states=("granted",))), "pdf", "certificates", inline=True)


@requires("awards.read")
def certificate(award_nomination_id: uuid.UUID) -> FlaskResponse:
    """One certificate, for whoever decides or for the office that reaches the member."""
    selection, row = seen(award_nomination_id)
    if row.state != "granted":
        raise Conflict(_("这项荣誉没有授予，或已经撤销。"))
    return file(papers.certificates(selection, [queries.one(award_nomination_id, selection)]), "pdf", "certificate", inline=True)


_BASE = "/selections/<uuid:selection_id>"
ROUTES: tuple[Route, ...] = (
    (f"{_BASE}/notice", "notice", notice, "GET"), (f"{_BASE}/export", "export", export, "GET"),
    (f"{_BASE}/commendation", "commendation", commendation, "GET"), (f"{_BASE}/commendation-table", "commendation_table", commendation_table, "GET"),
    (f"{_BASE}/certificates", "certificates", certificates, "GET"),
    ("/nominations/<uuid:award_nomination_id>/certificate", "certificate", certificate, "GET"))
