"""The decision (D15, R85): who is commended by which document; an award is entered once as a deed for the rules, and can be revoked."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core.api import (
    Conflict,
    DeedInput,
    Forbidden,
    Invalid,
    NotFound,
    _,
    acting,
    audit,
    deed_kinds,
    enter_deed,
    new_id,
    session,
    tenant_id,
    today,
    withdraw_deed,
)
from plugins.awards import evidence
from plugins.awards.finding import locked_nomination, locked_selection, moved, needed, of_selection
from plugins.awards.models import AwardNomination, AwardObjection, AwardSelection, AwardSeries

TABLE = "awards_selection"


def decide(selection_id: uuid.UUID, version: int | None, decided_on: dt.date | None, document_number: str) -> int:
    """Commend all that were published and stayed on the list; answers how many.

    Raises Forbidden where the acting person is among them, Conflict before the days of publication are over or while an objection is
    open, Invalid for a day or number that cannot be.
    """
    row = locked_selection(selection_id, version)
    if row.state != "published" or row.objections_until is None or row.published_on is None:
        raise Conflict(_("先公示，再决定。"))
    if row.objections_until >= today():
        raise Conflict(_("公示还没有期满，到 %(day)s 以后才能决定。", day=row.objections_until.isoformat()))
    if _open_objections(row.id):
        raise Conflict(_("还有异议没有办理，请先办理异议。"))
    if decided_on is None or not row.objections_until < decided_on <= today():
        raise Invalid(_("有几处需要改正，请看标红的项目。"), {"decided_on": [_("请填公示期满以后、今天或以前的日期")]})
    if not 2 <= len(document_number.strip()) <= 60:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), {"document_number": [_("请填决定的文号，没有文号的写“会议决定”")]})
    found = of_selection(row.id, "listed")
    if any(one.member_id is not None and one.member_id == acting().member_id for one in found):
        raise Forbidden
    if not found:
        raise Conflict(_("名单已经没有人了。请重新办理或取消这次评选。"))
    row.state, row.decided_on, row.document_number, row.decided_by = "decided", decided_on, document_number.strip(), acting().account_id
    _grant(row, found)
    row.version += 1
    session().flush()
    audit("awards.decided", TABLE, row.id, {"count": len(found)})
    return len(found)


def revoke(nomination_id: uuid.UUID, version: int | None, reason: str) -> None:
    """Take an award back, with a reason; its deed ceases to count. Raises Conflict, Forbidden for one's own, Invalid, NotFound."""
    _selection, row = locked_nomination(nomination_id, version)
    if row.state != "granted":
        raise Conflict(_("这项荣誉已经不再有效。"))
    row.ended_on, row.ended_reason = today(), needed(reason)
    moved(row, "revoked", "revoked", note=row.ended_reason)
    _take_deed_back(row, row.ended_reason)
    audit("awards.revoked", "awards_nomination", row.id)


def reopen(selection_id: uuid.UUID, version: int | None, reason: str) -> None:
    """Undo a decision, with a reason: its awards and deeds are void, the list stands as it was published and can be decided anew.

    Raises Conflict, Invalid, NotFound.
    """
    row = locked_selection(selection_id, version)
    if row.state != "decided":
        raise Conflict(_("这次评选还没有作出决定。"))
    row.note = needed(reason)
    for one in of_selection(row.id, "granted"):
        _take_deed_back(one, row.note)
        one.number, one.granted_on, one.deed_id = None, None, None
        moved(one, "listed", "reopened", note=row.note)
    row.state, row.decided_on, row.document_number, row.decided_by = "published", None, None, None
    row.version += 1
    session().flush()
    audit("awards.reopened", TABLE, row.id, {"from": "decided"})


def _grant(row: AwardSelection, found: list[AwardNomination]) -> None:
    numbers = iter(_draw(len(found)))
    shown = evidence.figures(row, [one.member_id or one.organization_id or one.id for one in found])
    for one in found:
        one.number, one.granted_on = next(numbers), row.decided_on
        one.evidence = shown.get(one.member_id or one.organization_id or one.id)
        moved(one, "granted", "granted")
        one.deed_id = _deed(row, one)
    session().flush()


def _deed(row: AwardSelection, one: AwardNomination) -> uuid.UUID | None:
    """Enter the award for points and stars, where the rules in force know its kind; nobody enters it a second time by hand."""
    kind = deed_kinds().get(row.deed_kind or "")
    if kind is None or row.decided_on is None or (one.member_id is None and not (row.subject == "unit" and kind["for_units"])):
        return None
    level = row.deed_level if row.deed_level in kind["levels"] else None
    if kind["levels"] and level is None:
        return None
    given = DeedInput(str(row.deed_kind), row.decided_on, f"{row.kind}，{row.document_number}", level)
    unit_id = one.organization_id if one.member_id is None else None
    try:
        with session().begin_nested():
            return enter_deed(given, member_id=one.member_id, unit_id=unit_id, by=acting(), deed_id=new_id())
    except NotFound:  # a member who has left since is commended all the same
        return None


def _take_deed_back(one: AwardNomination, reason: str) -> None:
    if one.deed_id is None:
        return
    try:
        with session().begin_nested():
            withdraw_deed(one.deed_id, None, reason, by=acting())
    except (Conflict, NotFound):  # somebody took it back by hand
        return
    except Forbidden:
        raise Invalid(_("这项荣誉已按规则登记为加减分和评定事项，您的层级不能撤回它。请由有权审核的一级办理。")) from None


def _open_objections(selection_id: uuid.UUID) -> int:
    return session().scalar(select(func.count()).select_from(AwardObjection).where(
        AwardObjection.tenant_id == tenant_id(), AwardObjection.selection_id == selection_id, AwardObjection.state == "open")) or 0


def _draw(count: int) -> list[str]:
    """The next running numbers of this year; the lock is held until the transaction ends."""
    year = today().year
    row = insert(AwardSeries).values(tenant_id=tenant_id(), id=new_id(), year=year, last_serial=count)
    last = session().execute(row.on_conflict_do_update(index_elements=["tenant_id", "year"], set_={
        "last_serial": AwardSeries.last_serial + count}).returning(AwardSeries.last_serial)).scalar_one()
    return [f"RY-{year}-{serial:05d}" for serial in range(last - count + 1, last + 1)]
