"""The clock (R3, R18, 三.2): dated obligations to report in, opened by joining and moving, met by reporting in."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select, update

from core import audit
from core.access import accounts
from core.audit import current_actor
from core.db import new_ids
from core.errors import Conflict, Invalid, NotFound
from core.extension.settings import effective
from core.i18n import _, _l
from core.members import bulk
from core.members.affiliations import AffiliationChange
from core.members.models import AFFILIATIONS, Member
from core.registration.models import Obligation, ObligationEvent, ReportIn
from core.registration.settings import due_after
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id

CURRENT = ("submitted", "confirmed")
REMINDERS = {"phone": _l("电话提醒"), "in_person": _l("当面提醒"), "message": _l("短信或微信提醒")}


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Columns of new members: who they are, and where they work, live and have their place of work."""

    members: Sequence[uuid.UUID]
    units: Sequence[uuid.UUID | None]
    residences: Sequence[uuid.UUID | None]
    workplaces: Sequence[uuid.UUID | None]


def open_for(changes: Iterable[AffiliationChange]) -> int:
    """Open the obligations that a batch of new members and moves brings; answers how many.

    With "one" a member owes a single report-in, at either community; with "both" one at each. Somebody new owes it by the
    tenant's first day or, after that day, within the month. A move opens a month of its own, ends the report-in at the
    community that was left, and supersedes an obligation still open there. The way into an obligation is told by its own
    row (cause, start, due day), so no event is written for it.
    """
    settings = effective("registration")
    by_member: dict[uuid.UUID, list[AffiliationChange]] = {}
    for change in changes:
        by_member.setdefault(change.member_id, []).append(change)
    joined: dict[dt.date, list[tuple[uuid.UUID | None, ...]]] = {}
    moved = []
    for member_id, own in by_member.items():
        if any(c.is_new_member for c in own):
            at = {c.kind: c.new_organization_id for c in own}
            joined.setdefault(min(c.day for c in own), []).append((member_id, *(at.get(kind) for kind in AFFILIATIONS)))
        else:
            moved.append(own)
    opened = 0
    for day, people in joined.items():
        owed = initial_rows(Newcomers(*zip(*people, strict=True)), initial_terms(day), "values")
        bulk.insert(owed)
        opened += len(owed)
    return opened + sum(_move(own, settings) for own in moved)


@dataclass(frozen=True, slots=True)
class InitialTerms:
    """How the tenant lets members begin who are new on one day: at each community or at either, and what is the same for all."""

    at_each: bool
    same: Mapping[str, object]


def initial_terms(day: dt.date) -> InitialTerms:
    """The terms for members who are new on `day`."""
    settings = effective("registration")
    first = settings["initial_due"]
    in_first_round = first is not None and day <= first
    same = {"tenant_id": tenant_id(), "starts_on": day, "cause": "initial" if in_first_round or first is None else "new_member",
            "status": "open", "version": 1, "due_on": first if in_first_round else due_after(day, settings)}
    return InitialTerms(settings["report_to"] == "both", same)


def initial_rows(joined: Newcomers, terms: InitialTerms, method: bulk.Method) -> bulk.Rows:
    """The obligations of new members, for `bulk.insert`; asks the database nothing."""
    people = zip(joined.members, joined.units, joined.residences, joined.workplaces, strict=True)
    owed: list[tuple[uuid.UUID, uuid.UUID | None, str, uuid.UUID | None]]
    if terms.at_each:
        owed = [(member, unit, basis, place) for member, unit, residence, workplace in people
                for basis, place in (("residence", residence), ("workplace", None if workplace == residence else workplace))
                if place is not None]
    else:
        owed = [(member, unit, "any", residence or workplace) for member, unit, residence, workplace in people]
    members, units, bases, places = zip(*owed, strict=True) if owed else ((), (), (), ())
    columns = {"id": new_ids(len(owed)), "member_id": members, "unit_id": units, "basis": bases, "community_id": places}
    return bulk.rows(Obligation.__table__, columns, terms.same, method)


def _move(own: Sequence[AffiliationChange], settings: dict) -> int:
    opened = 0
    for change in own:
        if change.kind == "unit":
            _follow_unit(change)
        elif change.old_organization_id != change.new_organization_id:
            _end_report_in(change)
            if change.new_organization_id is not None:
                opened += _owe_again(change, settings)
    return opened


def _follow_unit(change: AffiliationChange) -> None:
    # Report-ins before duties, as whoever confirms one takes their locks.
    for model, condition in ((ReportIn, ReportIn.status.in_(CURRENT)), (Obligation, Obligation.status == "open")):
        session().execute(update(model).where(model.tenant_id == tenant_id(), model.member_id == change.member_id, condition)
                          .values(unit_id=change.new_organization_id))
    if change.new_organization_id is not None:
        accounts.follow_units({change.member_id: change.new_organization_id})


def _end_report_in(change: AffiliationChange) -> None:
    """End the report-in at the community that was left; who goes on working (or living) there stays reported in by that tie."""
    left, (other, place) = change.old_organization_id, _other_tie(change)
    values = {"basis": other} if left is not None and left == place else {"status": "ended", "ended_on": change.day}
    session().execute(update(ReportIn).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.member_id == change.member_id, ReportIn.basis == change.kind,
        ReportIn.community_id == left, ReportIn.status.in_(CURRENT))
        .values(version=ReportIn.version + 1, **values))


def _other_tie(change: AffiliationChange) -> tuple[str, uuid.UUID | None]:
    """The member's tie that did not change, and its community."""
    kind, column = ("workplace", Member.workplace_id) if change.kind == "residence" else ("residence", Member.residence_id)
    return kind, session().scalar(select(column).where(Member.tenant_id == tenant_id(), Member.id == change.member_id))


def _owe_again(change: AffiliationChange, settings: dict) -> int:
    one = settings["report_to"] == "one"
    known = _report_in_at(change.member_id, None if one else change.new_organization_id)
    if one and known is not None:
        return 0
    basis = "any" if one else change.kind
    earlier = _supersede(change.member_id, basis)
    opened = 0 if one or earlier is None else _owe_where_one_stays(change, earlier)
    if known == "confirmed":  # there by the other tie: nothing more is owed
        return opened
    due = due_after(change.day, settings)
    if earlier is not None:
        due = max(due, earlier.due_on)
    unit_id = session().scalar(select(Member.unit_id).where(Member.tenant_id == tenant_id(), Member.id == change.member_id))
    _open(Obligation(member_id=change.member_id, unit_id=unit_id, community_id=change.new_organization_id, basis=basis,
                     starts_on=change.day, cause=f"{change.kind}_changed", due_on=due))
    return opened + 1


def _supersede(member_id: uuid.UUID, basis: str) -> Obligation | None:
    """End the open duty of this basis; answers what it was."""
    earlier = session().scalar(_still_open(member_id, basis).with_for_update().execution_options(populate_existing=True))
    if earlier is not None:
        earlier.status = "superseded"
        earlier.version += 1
        record_event(earlier.id, "superseded")
        session().flush()
    return earlier


def _owe_where_one_stays(change: AffiliationChange, earlier: Obligation) -> int:
    """Who lived and worked in one community owed it once; who leaves it by one tie only still owes it by the other."""
    other, place = _other_tie(change)
    stays = earlier.community_id is not None and earlier.community_id == change.old_organization_id == place
    if not stays or session().scalar(_still_open(change.member_id, other)) is not None:
        return 0
    _open(Obligation(member_id=change.member_id, unit_id=earlier.unit_id, community_id=place, basis=other, starts_on=earlier.starts_on,
                     cause=earlier.cause, due_on=earlier.due_on, reason_code=earlier.reason_code, reason=earlier.reason))
    return 1


def _still_open(member_id: uuid.UUID, basis: str) -> Select[Obligation]:
    return select(Obligation).where(Obligation.tenant_id == tenant_id(), Obligation.member_id == member_id, Obligation.basis == basis,
                                    Obligation.status == "open")


def _open(row: Obligation) -> None:
    session().add(row)
    session().flush()
    audit.record("obligation.opened", "obligation", row.id, {"cause": row.cause, "due": row.due_on.isoformat()})


def _report_in_at(member_id: uuid.UUID, community_id: uuid.UUID | None) -> str | None:
    """The state of the member's present report-in there (None: anywhere); a confirmed one before a submitted one."""
    query = select(ReportIn.status).where(ReportIn.tenant_id == tenant_id(), ReportIn.member_id == member_id,
                                          ReportIn.status.in_(CURRENT))
    if community_id is not None:
        query = query.where(ReportIn.community_id == community_id)
    return session().scalar(query.order_by(ReportIn.status).limit(1))


def meet(member_id: uuid.UUID, basis: str, community_id: uuid.UUID, report_in_id: uuid.UUID, day: dt.date) -> None:
    """Close the open obligations that a confirmed report-in answers: of its basis, or owed to the same community.

    Where one community is enough it answers all of them, also those that were opened under another rule.
    """
    query = select(Obligation).where(Obligation.tenant_id == tenant_id(), Obligation.member_id == member_id, Obligation.status == "open")
    if effective("registration")["report_to"] != "one":
        query = query.where(or_(Obligation.basis.in_(("any", basis)), Obligation.community_id == community_id))
    rows = session().scalars(query.order_by(Obligation.id).with_for_update().execution_options(populate_existing=True)).all()
    for row in rows:
        row.status, row.met_on, row.report_in_id = "met", day, report_in_id
        row.version += 1
        record_event(row.id, "met")


def owe_again(report_in_id: uuid.UUID, note: str) -> None:
    """Open again what a report-in met that is taken back; where another duty of the kind is open by now, that one stands."""
    rows = session().scalars(select(Obligation).where(
        Obligation.tenant_id == tenant_id(), Obligation.report_in_id == report_in_id, Obligation.status == "met")
        .order_by(Obligation.id).with_for_update().execution_options(populate_existing=True)).all()
    for row in rows:
        open_already = session().scalar(select(Obligation.id).where(
            Obligation.tenant_id == tenant_id(), Obligation.member_id == row.member_id, Obligation.basis == row.basis,
            Obligation.status == "open"))
        row.status, row.met_on, row.report_in_id = "superseded" if open_already else "open", None, None
        row.version += 1
        session().flush()
        record_event(row.id, "superseded" if open_already else "opened", note=note)


def record_reason(obligation_id: uuid.UUID, code: str, text: str | None, version: int) -> None:
    """The unit says why a member has not reported in yet (R18). Raises NotFound, Conflict, Invalid."""
    row = _locked(obligation_id, version)
    if code not in effective("registration")["reasons"]:
        raise Invalid(_("请从列表中选择原因。"), {"reason_code": [_("请选择")]})
    row.reason_code, row.reason = code, (text or "").strip()[:300] or None
    row.version += 1
    record_event(row.id, "reason", note=code)
    audit.record("obligation.reason_recorded", "obligation", obligation_id)


def extend(obligation_id: uuid.UUID, due_on: dt.date, note: str, version: int) -> None:
    """Give a member more time, with a reason. Raises NotFound, Conflict, Invalid when the day is not later."""
    row = _locked(obligation_id, version)
    if due_on <= max(row.due_on, today()):
        raise Invalid(_("新的截止日期须晚于今天，也须晚于原来的截止日期。"), {"due_on": [_("请选择更晚的日期")]})
    if not note.strip():
        raise Invalid(_("请写明延期的原因。"), {"note": [_("请填写")]})
    before, row.due_on = row.due_on, due_on
    row.version += 1
    record_event(row.id, "extended", note=note.strip()[:300], before=before, after=due_on)
    audit.record("obligation.extended", "obligation", obligation_id, {"from": before.isoformat(), "to": due_on.isoformat()})


def remind(obligation_id: uuid.UUID, how: str, version: int) -> None:
    """The unit urged its member to report in soon (R13, R18), by phone or in person. Raises NotFound, Conflict, Invalid."""
    row = _locked(obligation_id, version)
    if how not in REMINDERS:
        raise Invalid(_("请选择提醒的方式。"), {"how": [_("请选择")]})
    row.version += 1
    record_event(row.id, "reminded", note=how)
    audit.record("obligation.reminded", "obligation", obligation_id, {"how": how})


def _locked(obligation_id: uuid.UUID, version: int) -> Obligation:
    row = session().scalar(select(Obligation).where(Obligation.tenant_id == tenant_id(), Obligation.id == obligation_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.status != "open":
        raise Conflict(_("这项报到任务已经办结，不需要再处理。"))
    if row.version != version:
        raise Conflict(_("这项任务刚被别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def record_event(obligation_id: uuid.UUID, kind: str, *, note: str | None = None, before: dt.date | None = None,
                 after: dt.date | None = None) -> None:
    """Add a line to a duty's history, by whoever acts."""
    session().add(ObligationEvent(obligation_id=obligation_id, kind=kind, at=now(), actor_id=current_actor().id, note=note,
                                  due_before=before, due_after=after))
