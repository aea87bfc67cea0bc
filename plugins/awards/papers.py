"""On paper: the notice for the board, the commended list (D15) and the certificates. Papers are Chinese, whatever language an officer reads."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.api import (
    Conflict,
    HonourPaper,
    _,
    audit,
    current_tenant,
    honours_pdf,
    organization,
    render_layout,
    settings,
)
from plugins.awards import board
from plugins.awards.models import AwardSelection

TABLE = "awards_selection"
LAYOUT = Path(__file__).with_name("list.typ")


def notice(selection: AwardSelection) -> bytes:
    """The publication, to be put up; names stand as on the public page. Raises Conflict where nothing is published."""
    if selection.state != "published" or selection.published_on is None or selection.objections_until is None:
        raise Conflict(_("这次评选不在公示中。"))
    shown = board.listed({"id": selection.id, "organization_id": selection.organization_id, "state": selection.state})
    units = any(one["unit"] for one in shown)
    head = ["序号", "姓名" if selection.subject == "member" else "名称", *(["单位"] if units else [])]
    rows = [[str(one["number"]), one["who"], *([one["unit"]] if units else [])] for one in shown]
    caller = organization(selection.organization_id).name
    said = [f"经提名和推荐，拟将下列{'同志' if selection.subject == 'member' else '集体'}评为“{selection.kind}”，现予公示。",
            f"公示时间：{day(selection.published_on)}至{day(selection.objections_until)}。如有异议，请在公示期内向{caller}当面、书面、电话或在公开网页上反映。"]
    audit("awards.notice_printed", TABLE, selection.id, {"count": len(rows)})
    return _paper(f"{selection.title}公示", said, head, (0.5, 1.2 if units else 3, 3), rows, caller, selection.published_on, large=True)


def commendation(selection: AwardSelection, rows: Sequence[dict[str, Any]]) -> bytes:
    """The official list (D15), with full names. Raises Conflict before the decision."""
    if selection.state != "decided" or selection.decided_on is None:
        raise Conflict(_("还没有作出表彰决定。"))
    member = selection.subject == "member"
    head = ["序号", "姓名" if member else "名称", *(["单位"] if member else []), "提名单位", "证书编号"]
    lines = [[str(number), row["who"], *([row["unit"]] if member else []), row["place"], row["number"] or ""] for number, row in enumerate(rows, 1)]
    caller = organization(selection.organization_id).name
    audit("awards.list_printed", TABLE, selection.id, {"count": len(lines)})
    said = f"{selection.title}（{selection.document_number}），表彰{'在职党员' if member else '集体'} {len(lines)} {'名' if member else '个'}，名单如下："
    return _paper(f"“{selection.kind}”表彰名单", [said], head, (0.5, 1.1, 2.4, 2, 1.6) if member else (0.5, 3, 2.4, 1.6), lines, caller,
                  selection.decided_on, large=False)


def _paper(title: str, said: Sequence[str], head: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[str]], caller: str, on: dt.date,
           *, large: bool) -> bytes:
    """A list with its heading above and the place for the stamp below; `large`: to be read on a board."""
    return render_layout(LAYOUT, {
        "title": title, "paragraphs": list(said), "head": list(head), "widths": list(widths[:len(head)]), "rows": [list(row) for row in rows],
        "signer": caller, "date": day(on), "note": f"{current_tenant().name}　{caller}", "large": large})


def certificates(selection: AwardSelection, rows: Sequence[dict[str, Any]]) -> bytes:
    """Certificates of those who hold the award. Raises Conflict where there is none."""
    if not rows or selection.decided_on is None:
        raise Conflict(_("没有可以打印的证书。"))
    audit("awards.certificate_printed", TABLE, selection.id, {"count": len(rows)})
    return honours_pdf([_certificate(selection, row) for row in rows])


def _certificate(selection: AwardSelection, row: dict[str, Any]) -> HonourPaper:
    text = str(settings("awards", selection.organization_id)["certificate_text"])
    who = f"{row['who']}同志" if selection.subject == "member" else row["who"]
    granted: Any = row["granted_on"] or selection.decided_on
    for name, value in {"姓名": who, "称号": selection.kind, "单位": row["unit"], "年度": str(selection.until.year)}.items():
        text = text.replace(f"{{{name}}}", value)
    return HonourPaper("荣誉证书", row["number"] or "", row["who"], text.removeprefix(who), organization(selection.organization_id).name, granted,
                       current_tenant().name, called="同志" if selection.subject == "member" else "")


def day(value: dt.date) -> str:
    """A date on a Chinese paper."""
    return f"{value.year}年{value.month}月{value.day}日"
