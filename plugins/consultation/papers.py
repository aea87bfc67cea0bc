"""The official letters (D14): the request with its reply slip, and the reply, as PDF and as docx. Papers are Chinese."""
from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from core.api import Conflict, _, audit, current_tenant, render_layout, today
from plugins.consultation import facts, queries, word
from plugins.consultation.words import OPINIONS, chinese_day

LAYOUT = Path(__file__).with_name("letter.typ")
BASES = {"residence": "居住地报到", "workplace": "工作地报到"}
PDF, DOCX = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def request_letter(request_id: uuid.UUID) -> dict[str, Any]:
    """The letter that asks, as data for both kinds of file."""
    row, subjects = queries.one(request_id), queries.subjects(request_id)
    people = []
    if row["kind"] == "members":
        known = facts.of_members([one["member_id"] for one in subjects if one["member_id"]], row["community_id"])
        people = [{"name": one["name"], "unit": (found := known.get(one["member_id"], {})).get("unit") or "",
                   "basis": BASES.get(found.get("basis") or "", "")} for one in subjects]
    about = f"以下{len(people)}名党员" if people else row["about"]
    says = [row["says"]] if row["says"] else []
    if row["reopen_reason"]:
        says.append(f"请补充：{row['reopen_reason']}")
    return {**_common(row), "title": "征求意见函", "sender": row["asker"], "receiver": row["community"], "people": people, "answers": [], "slip": True,
            "paragraphs": [f"因{row['purpose'] or '工作需要'}，现就{about}征求你社区党组织的意见，请根据其到社区报到、为群众服务的情况如实答复。", *says],
            "closing": f"请于{chinese_day(row['deadline'])}前答复。未答复的，不作为同意。", "date": chinese_day(row["asked_on"]), "signers": "",
            "slip_says": f"关于{chinese_day(row['asked_on'])}来函征求意见一事，现答复如下：", "slip_people": [one["name"] for one in subjects]}


def reply_letter(request_id: uuid.UUID, number: int) -> dict[str, Any]:
    """The community's reply in a round. Raises Conflict while there is none."""
    row = queries.one(request_id)
    answer = next((one for one in queries.answers([request_id], drafts=False) if one.round == number), None)
    if answer is None:
        raise Conflict(_("社区还没有答复，没有可打印的答复函。"))
    said = [{"name": one["name"], "opinion": _chinese(answer.opinions.get(one["id"], ("", ""))[0]), "reason": answer.opinions.get(one["id"], ("", ""))[1]}
            for one in queries.subjects(request_id)]
    signers = answer.signers or "　".join(f"{one['name']}（{one['place']}）" for one in answer.signatures if one["name"])
    return {**_common(row), "title": "征求意见答复函" if number == 1 else f"征求意见答复函（第{number}次）", "sender": row["community"], "receiver": row["asker"],
            "people": [], "answers": said, "slip": False, "closing": "特此函复。", "date": chinese_day(answer.answered_on or today()),
            "paragraphs": [f"你单位{chinese_day(row['asked_on'])}就{row['purpose'] or '有关事项'}来函征求意见。经研究，现答复如下："],
            "signers": signers, "slip_says": "", "slip_people": []}


def _common(row: dict[str, Any]) -> dict[str, Any]:
    return {"tenant": current_tenant().name, "year": row["asked_on"].year, "code": str(row["id"])[-8:].upper(),
            "opinions": [_chinese(one) for one in OPINIONS]}


def _chinese(opinion: str) -> str:
    """An opinion on a Chinese paper."""
    return OPINIONS[opinion].source if opinion in OPINIONS else ""


def pdf(data: dict[str, Any], request_id: uuid.UUID) -> bytes:
    """The letter as PDF; noted."""
    audit("consultation.printed", "consultation_request", request_id, {"as": "pdf"})
    return render_layout(LAYOUT, data)


def docx(data: dict[str, Any], request_id: uuid.UUID) -> bytes:
    """The letter as docx; noted."""
    audit("consultation.printed", "consultation_request", request_id, {"as": "docx"})
    return word.letter(data)
