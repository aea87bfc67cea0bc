"""The answers to one occasion on one page and as a workbook: what every community said of each person or of the unit as a whole (R81)."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from core.api import Column, NotFound, Sheet, _, organization_names, session, tenant_id
from plugins.consultation import queries, rights
from plugins.consultation.models import ConsultationOccasion, ConsultationRequest
from plugins.consultation.sealed import opened
from plugins.consultation.words import OPINIONS


def occasion(occasion_id: uuid.UUID) -> dict[str, Any]:
    """An occasion for its asker, and the superior that was named. Raises NotFound for everybody else, as for an absent one."""
    row = session().execute(select(ConsultationOccasion.id, ConsultationOccasion.asker_id, ConsultationOccasion.copy_id, ConsultationOccasion.kind,
                                   ConsultationOccasion.organization_id, ConsultationOccasion.purpose, ConsultationOccasion.says,
                                   ConsultationOccasion.asked_on)
                            .where(ConsultationOccasion.tenant_id == tenant_id(), ConsultationOccasion.id == occasion_id)).one_or_none()
    if row is None or not {row.asker_id, row.copy_id} & set(rights.own_places(rights.READ)) or not _without_me(occasion_id):
        raise NotFound
    names = organization_names((row.asker_id, row.organization_id, row.copy_id))
    return {**row._mapping, "asker": names.get(row.asker_id, ""), "subject": names.get(row.organization_id, "") if row.organization_id else "",
            "copy_name": names.get(row.copy_id, "") if row.copy_id else "",
            "purpose": opened(ConsultationOccasion, "purpose", row.id, row.purpose), "says": opened(ConsultationOccasion, "says", row.id, row.says)}


def _without_me(occasion_id: uuid.UUID) -> bool:
    return session().scalar(select(ConsultationRequest.id).where(
        ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.occasion_id == occasion_id, rights.not_about_me()).limit(1)) is not None


def gathered(occasion_id: uuid.UUID) -> list[dict[str, Any]]:
    """Its requests with what each community said: a line for each person a request is about, by community.

    Requests in which the acting person is asked about are left out.
    """
    rows = session().execute(queries.described().where(ConsultationRequest.occasion_id == occasion_id, rights.asked_by_me())
                             .order_by(ConsultationRequest.deadline, ConsultationRequest.id)).all()
    requests = queries.lines(rows)
    ids = [row["id"] for row in requests]
    latest, subjects = {one.request_id: one for one in queries.answers(ids, drafts=False)}, queries.subjects_of(ids)
    found = []
    for request in requests:
        answer = latest.get(request["id"])
        for subject in subjects.get(request["id"], []):
            said, why = answer.opinions.get(subject["id"], ("", "")) if answer else ("", "")
            found.append({**request, "subject": subject["name"], "opinion": said, "opinion_word": str(OPINIONS.get(said, "")), "reason": why,
                          "answered_on": answer.answered_on if answer else None})
    return found


def totals(rows: list[dict[str, Any]]) -> dict[str, int]:
    """How many of each opinion, and how many are not answered yet; silence is counted as nothing else."""
    found = {name: sum(row["opinion"] == name for row in rows) for name in OPINIONS}
    return found | {"waiting": sum(row["answered_on"] is None and row["state"] == "open" for row in rows)}


def sheet(rows: list[dict[str, Any]]) -> Sheet:
    """The lines as a sheet."""
    columns = [Column("community", _("社区"), 24), Column("subject", _("征求意见的对象"), 18), Column("word", _("状态"), 12),
               Column("opinion_word", _("意见"), 16), Column("reason", _("理由"), 50), Column("deadline", _("期限"), 12, "date"),
               Column("answered_on", _("答复日期"), 12, "date")]
    return Sheet(_("征求意见汇总"), columns, ([row[one.key] for one in columns] for row in rows))
