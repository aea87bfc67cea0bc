"""Nomination (R84): by a community, a unit or an office above; a member is asked first and may decline (R7)."""
from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from core.api import Conflict, Invalid, _, acting, audit, now, session, tenant_id, today
from plugins.awards import rights
from plugins.awards.finding import locked_nomination, locked_selection, moved, needed
from plugins.awards.models import LIVE, AwardEvent, AwardNomination, AwardSelection

TABLE = "awards_nomination"
LONGEST = 500


@dataclass(frozen=True, slots=True)
class NominationInput:
    """Who is nominated, by which place and why. `agreed`: the member has agreed on paper, so nobody need be asked any more."""

    reason: str
    place_id: uuid.UUID
    member_id: uuid.UUID | None = None
    organization_id: uuid.UUID | None = None
    agreed: bool = False


def nominate(nomination_id: uuid.UUID, selection_id: uuid.UUID, given: NominationInput) -> uuid.UUID:
    """Nominate; the caller has authorized it. `nomination_id` makes the same form sent twice one. Raises Conflict, Invalid, NotFound."""
    row = locked_selection(selection_id)
    if session().get(AwardNomination, (tenant_id(), nomination_id)) is not None:
        return nomination_id
    _require_open(row)
    _require_new(row, given)
    _require_quota(row, given.place_id)
    if not 4 <= len(given.reason.strip()) <= LONGEST:
        raise Invalid(_("请用 4 至 %(count)s 个字写明事迹。", count=LONGEST), {"reason": [_("请改正")]})
    made = AwardNomination(id=nomination_id, selection_id=selection_id, member_id=given.member_id, organization_id=given.organization_id,
                           place_id=given.place_id, reason=given.reason.strip(), state="asked", made_by=acting().account_id, version=1,
                           created_at=now())
    session().add(made)
    session().flush()
    session().add(AwardEvent(nomination_id=made.id, kind="nominated", by=acting().account_id, at=now()))
    audit("awards.nominated", TABLE, made.id, {"place": given.place_id})
    if given.member_id is None:
        _go_on(row, made)
    elif given.agreed:
        _agreed(row, made, "paper")
    return made.id


def answer(nomination_id: uuid.UUID, version: int | None, *, agrees: bool, channel: str, note: str = "") -> None:
    """The member agrees or declines; on the own page, or on paper entered by an officer. No reason is asked. Raises Conflict, NotFound."""
    selection, row = locked_nomination(nomination_id, version)
    if selection.state not in ("open", "published") or row.state not in (("asked",) if agrees else LIVE):
        raise Conflict(_("这项提名已经不在等待答复。"))
    if agrees:
        _agreed(selection, row, channel)
        return
    row.ended_on, row.ended_reason = today(), note.strip()[:300] or None
    moved(row, "declined", "declined")
    audit("awards.declined", TABLE, row.id, {"channel": channel})


def withdraw(nomination_id: uuid.UUID, version: int | None, reason: str) -> None:
    """Whoever nominated takes it back, with a reason. Raises Conflict, Invalid, NotFound."""
    _selection, row = locked_nomination(nomination_id, version)
    if row.state not in ("asked", "pending", "recommended"):
        raise Conflict(_("这项提名已经不能撤回。"))
    row.ended_on, row.ended_reason = today(), needed(reason)
    moved(row, "withdrawn", "withdrawn", note=row.ended_reason)
    audit("awards.withdrawn", TABLE, row.id)


def recommend(nomination_id: uuid.UUID, version: int | None, note: str) -> None:
    """One level recommends, with a remark if it likes; the last one makes it ready for publication. Raises Conflict, NotFound."""
    selection, row = locked_nomination(nomination_id, version)
    level = rights.step_level(selection, row)
    if selection.state != "open" or row.state != "pending" or level is None:
        raise Conflict(_("这项提名已经不在等待推荐。"))
    row.step += 1
    done = rights.step_level(selection, row) is None
    moved(row, "recommended" if done else "pending", "recommended", note=note.strip()[:300], level=level)
    audit("awards.recommended", TABLE, row.id, {"level": level})


def refuse(nomination_id: uuid.UUID, version: int | None, reason: str) -> None:
    """It goes no further, with a reason that the member reads. Raises Conflict, Invalid, NotFound."""
    selection, row = locked_nomination(nomination_id, version)
    if selection.state not in ("open", "published") or row.state not in ("pending", "recommended", "listed"):
        raise Conflict(_("这项提名已经不在办理中。"))
    row.ended_on, row.ended_reason = today(), needed(reason)
    moved(row, "refused", "refused", note=row.ended_reason)
    audit("awards.refused", TABLE, row.id)


def _agreed(selection: AwardSelection, row: AwardNomination, channel: str) -> None:
    row.consent_on, row.consent_channel = today(), channel
    moved(row, "pending", "agreed")
    audit("awards.agreed", TABLE, row.id, {"channel": channel})
    _go_on(selection, row)


def _go_on(selection: AwardSelection, row: AwardNomination) -> None:
    """To the first level that recommends; where there is none, it is ready for publication."""
    row.state = "pending" if rights.levels(selection) else "recommended"
    session().flush()


def _require_open(row: AwardSelection) -> None:
    if row.state != "open":
        raise Conflict(_("这次评选已经不再接受提名。"))
    if row.nominate_until is not None and row.nominate_until < today() and not rights.manages(row):
        raise Conflict(_("提名已经截止。如有需要，请联系发起评选的单位。"))


def _require_new(row: AwardSelection, given: NominationInput) -> None:
    whose = AwardNomination.member_id == given.member_id if given.member_id else AwardNomination.organization_id == given.organization_id
    state = session().scalar(select(AwardNomination.state).where(
        AwardNomination.tenant_id == tenant_id(), AwardNomination.selection_id == row.id, whose, AwardNomination.state != "withdrawn"))
    if state == "declined":
        raise Conflict(_("本人已经婉拒这次提名，请尊重本人意愿。"))
    if state is not None:
        raise Conflict(_("已经有人提名，不用再提。"))


def _require_quota(row: AwardSelection, place_id: uuid.UUID) -> None:
    if row.each is None or rights.manages(row):
        return
    held = session().scalar(select(func.count()).select_from(AwardNomination).where(
        AwardNomination.tenant_id == tenant_id(), AwardNomination.selection_id == row.id, AwardNomination.place_id == place_id,
        AwardNomination.state.in_(LIVE))) or 0
    if held >= row.each:
        raise Conflict(_("本社区（单位）最多提名 %(count)s 个，已经提满。可先撤回一项再提。", count=row.each))
