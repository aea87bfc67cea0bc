"""All that is kept of one member, for the export that the law gives every person, and its erasure."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete, select, update

from core.api import MemberData, _, session, tenant_id
from plugins.awards.models import AwardEvent, AwardNomination, AwardObjection, AwardSelection

_NOMINATION = ("reason", "state", "consent_on", "consent_channel", "evidence", "number", "granted_on", "ended_on", "ended_reason")
_KEPT = ("granted", "revoked")


def tables(member_id: uuid.UUID) -> list[MemberData]:
    """Nominations and awards, their history, and objections as far as the member may know of them: who said what stays with whoever decides."""
    mine = (AwardNomination.tenant_id == tenant_id()) & (AwardNomination.member_id == member_id)
    nominations = session().execute(select(AwardSelection.title, *(getattr(AwardNomination, name) for name in _NOMINATION)).join(
        AwardNomination, (AwardNomination.tenant_id == AwardSelection.tenant_id) & (AwardNomination.selection_id == AwardSelection.id))
        .where(AwardSelection.tenant_id == tenant_id(), mine).order_by(AwardNomination.id)).all()
    events = _below(AwardEvent, ("at", "kind", "level", "note"), mine)
    objections = _below(AwardObjection, ("raised_on", "state", "answer", "decided_on"), mine)
    found = ((_("评选提名和荣誉"), nominations), (_("提名经过"), events), (_("对提名的异议和答复"), objections))
    return [MemberData(title, tuple(_values(row) for row in rows)) for title, rows in found if rows]


def _below(table: Any, names: tuple[str, ...], mine: Any) -> Any:
    return session().execute(select(*(getattr(table, name) for name in names)).join(
        AwardNomination, (AwardNomination.tenant_id == table.tenant_id) & (AwardNomination.id == table.nomination_id))
        .where(table.tenant_id == tenant_id(), mine).order_by(table.id)).all()


def _values(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row._mapping.items()}


def erase(member_id: uuid.UUID) -> int:
    """Nominations go with what hangs on them; awards stay, as they are counted, without a word about the person."""
    mine = (AwardNomination.tenant_id == tenant_id()) & (AwardNomination.member_id == member_id)
    gone = session().execute(delete(AwardNomination).where(mine, AwardNomination.state.not_in(_KEPT)).returning(AwardNomination.id)).all()
    kept = session().execute(update(AwardNomination).where(mine).values(reason=None, ended_reason=None, evidence=None)
                             .returning(AwardNomination.id)).scalars().all()
    for table in (AwardEvent, AwardObjection):
        session().execute(delete(table).where(table.tenant_id == tenant_id(), table.nomination_id.in_(kept)))
    return len(gone) + len(kept)
