"""What stands in public: lists in their publication period and commended lists; no name that is not to be shown leaves the database."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, case, null, or_, select

from core.api import NotFound, consent_refused, member_places, organization_names, session, settings, tenant_id, today
from plugins.awards.models import AwardNomination, AwardSelection
from plugins.awards.words import public_name

PAGE = 20
LONGEST = 3650  # days for which a place may keep its lists in public
_COLUMNS = (AwardSelection.id, AwardSelection.kind, AwardSelection.title, AwardSelection.criteria, AwardSelection.subject, AwardSelection.state,
            AwardSelection.organization_id, AwardSelection.published_on, AwardSelection.objections_until, AwardSelection.decided_on,
            AwardSelection.document_number)


def page(after: uuid.UUID | None = None) -> list[dict[str, Any]]:
    """A page of the lists in public, the newest first, and one more where it goes on."""
    query = select(*_COLUMNS).where(AwardSelection.tenant_id == tenant_id(), _public())
    if after is not None:
        query = query.where(AwardSelection.id < after)
    rows = session().execute(query.order_by(AwardSelection.id.desc()).limit(PAGE + 1)).all()
    names = organization_names({row.organization_id for row in rows})
    return [{**row._mapping, "caller": names.get(row.organization_id, ""), "over": _over(row)} for row in rows]


def one(selection_id: uuid.UUID) -> dict[str, Any]:
    """One list in public. Raises NotFound for one that is not, or no longer."""
    row = session().execute(select(*_COLUMNS).where(AwardSelection.tenant_id == tenant_id(), AwardSelection.id == selection_id,
                                                    _public())).one_or_none()
    if row is None:
        raise NotFound
    values = settings("awards", row.organization_id)
    if row.state == "decided" and row.decided_on < today() - dt.timedelta(days=values["public_days"]):
        raise NotFound
    return {**row._mapping, "caller": organization_names([row.organization_id]).get(row.organization_id, ""), "over": _over(row)}


def listed(selection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Who stands on it: id, who and unit as the tenant shows them."""
    values = settings("awards", selection["organization_id"])
    rows = _rows(selection["id"], ("listed",) if selection["state"] == "published" else ("granted",), values)
    return lines(rows, values)


def nominee(selection: Mapping[str, Any], nomination_id: uuid.UUID) -> dict[str, Any]:
    """One of them to whom may still be objected. Raises NotFound."""
    found = [one for one in listed(selection) if one["id"] == nomination_id]
    if not found or selection["state"] != "published" or selection["over"]:
        raise NotFound
    return found[0]


def lines(rows: Sequence[Row], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows in public words."""
    names = organization_names({row.organization_id for row in rows})
    return [{"id": row.id, "number": number, "who": names.get(row.organization_id, "") if row.organization_id else public_name(row.name, values["name_display"]),
             "unit": (row.unit_name or "") if row.organization_id is None and values["show_unit"] else ""}
            for number, row in enumerate(rows, 1)]


def _rows(selection_id: uuid.UUID, states: Sequence[str], values: Mapping[str, Any]) -> Sequence[Row]:
    people = member_places()
    name: Any = null() if values["name_display"] == "none" else case((consent_refused("board", AwardNomination.member_id), null()), else_=people.c.name)
    return session().execute(
        select(AwardNomination.id, AwardNomination.organization_id, name.label("name"), people.c.unit_name)
        .outerjoin(people, people.c.id == AwardNomination.member_id)
        .where(AwardNomination.tenant_id == tenant_id(), AwardNomination.selection_id == selection_id, AwardNomination.state.in_(states))
        .order_by(people.c.sort_key, AwardNomination.id)).all()


def _public() -> Any:
    """Published, or decided of late; by the longest that may be set, since each place sets its own."""
    return or_(AwardSelection.state == "published",
               (AwardSelection.state == "decided") & (AwardSelection.decided_on >= today() - dt.timedelta(days=LONGEST)))


def _over(row: Row) -> bool:
    return row.objections_until is None or bool(row.objections_until < today())
