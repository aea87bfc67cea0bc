"""Difficulties of members with which the unit helps (R16): told by the member or by the liaison, in sealed words, with what was done."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from core.api import (
    Conflict,
    Invalid,
    NotFound,
    _,
    audit,
    member_places,
    new_id,
    now,
    place_rows,
    seal,
    session,
    settings,
    tenant_id,
    today,
    unseal,
    unseal_many,
)
from plugins.unit_desk.desks import Desk, counted
from plugins.unit_desk.models import Case, Step

CASE, STEP = "unit_desk_case", "unit_desk_step"
LONGEST = 1000
TABS = ("open", "solved", "unsolved", "withdrawn")


def tell(case_id: uuid.UUID, member_id: uuid.UUID, kind: str, words: str, *, channel: str, by: uuid.UUID | None) -> uuid.UUID:
    """Write a difficulty down; `case_id` makes the same form sent twice one case. Raises NotFound for a member without a unit, Invalid."""
    places = member_places(member_id)
    unit_id = session().scalar(select(places.c.unit_id).where(places.c.status == "active"))
    if unit_id is None:
        raise NotFound
    if kind not in settings("unit_desk")["difficulty_kinds"]:
        raise Invalid(_("请选择困难的类别。"), {"kind": [_("请选择")]})
    row = insert(Case).values(tenant_id=tenant_id(), id=case_id, member_id=member_id, unit_id=unit_id, kind=kind,
                              words=seal(CASE, "words", case_id, checked(words)), state="open", channel=channel, opened_on=today(), entered_by=by,
                              version=1, created_at=now())
    if session().execute(row.on_conflict_do_nothing().returning(Case.id)).one_or_none() is not None:
        audit("unit_desk.case_told", CASE, case_id, {"channel": channel})
    elif one(case_id).member_id != member_id:  # whoever holds the id of another's case gets no further with it
        raise NotFound
    return case_id


def checked(words: str) -> str:
    """The words. Raises Invalid when there are none or too many."""
    words = words.strip()
    if not 2 <= len(words) <= LONGEST:
        raise Invalid(_("请用 2 至 %(count)s 个字写明。", count=LONGEST), {"words": [_("请改正")]})
    return words


def step(case_id: uuid.UUID, version: int | None, kind: str, words: str, *, by_member: bool, by: uuid.UUID | None) -> None:
    """Note what was done (`step`), or how it ended (`solved`, `unsolved`). Raises NotFound, Conflict, Invalid."""
    if kind not in ("step", "solved", "unsolved"):
        raise Invalid(_("请选择进展。"), {"kind": [_("请选择")]})
    row = locked(case_id, version, ("open",))
    text = checked(words)
    if kind != "step":
        row.state, row.ended_on = kind, today()
    _line(row, kind, text, by_member=by_member, by=by)


def reopen(case_id: uuid.UUID, version: int | None, words: str, *, by_member: bool, by: uuid.UUID | None) -> None:
    """Take it up again, with a word why. Raises NotFound, Conflict, Invalid."""
    row = locked(case_id, version, ("solved", "unsolved", "withdrawn"))
    row.state, row.ended_on = "open", None
    _line(row, "reopened", checked(words), by_member=by_member, by=by)


def withdraw(case_id: uuid.UUID, version: int | None, *, by: uuid.UUID | None) -> None:
    """The member no longer asks for help. Raises NotFound, Conflict."""
    row = locked(case_id, version, ("open",))
    row.state, row.ended_on, row.community_id, row.agreed_on = "withdrawn", today(), None, None
    _line(row, "withdrawn", None, by_member=True, by=by)


def share(case_id: uuid.UUID, version: int | None, community_id: uuid.UUID | None, *, by_member: bool, by: uuid.UUID | None) -> None:
    """The member agrees that one of the own communities reads it, or (None) no longer does. Raises NotFound, Conflict, Invalid."""
    row = locked(case_id, version, TABS)
    if community_id is not None and community_id not in dict(communities(row.member_id)):
        raise Invalid(_("请选择党员居住地或工作地的社区。"), {"community_id": [_("请选择")]})
    if community_id == row.community_id:
        return
    row.community_id, row.agreed_on = community_id, today() if community_id else None
    _line(row, "shared" if community_id else "unshared", None, by_member=by_member, by=by)


def communities(member_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """The communities where a member lives and works: ids and names."""
    member, places = member_places(member_id), place_rows("community")
    return [(row.id, row.name) for row in session().execute(
        select(places.c.id, places.c.name).join(member, places.c.path.in_((member.c.residence_path, member.c.workplace_path)))
        .order_by(places.c.sort_key, places.c.id))]


def locked(case_id: uuid.UUID, version: int | None, states: Sequence[str]) -> Case:
    """A case under a row lock. Raises NotFound; Conflict when it changed since `version` or is in none of the states."""
    row = session().scalars(select(Case).where(Case.tenant_id == tenant_id(), Case.id == case_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if row.state not in states or (version is not None and row.version != version):
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def _line(row: Case, kind: str, words: str | None, *, by_member: bool, by: uuid.UUID | None) -> None:
    row.version += 1
    identity = new_id()
    session().add(Step(id=identity, case_id=row.id, kind=kind, words=seal(STEP, "words", identity, words), happened_on=today(), by_member=by_member,
                       entered_by=by, created_at=now()))
    session().flush()
    audit(f"unit_desk.case_{kind}", CASE, row.id)


def described() -> Select:
    """Cases with name and unit, without their words."""
    names = member_places()
    return (select(Case.id, Case.member_id, Case.unit_id, Case.kind, Case.state, Case.channel, Case.opened_on, Case.ended_on, Case.community_id,
                   Case.agreed_on, Case.version, names.c.name, names.c.unit_name)
            .join(names, names.c.id == Case.member_id).where(Case.tenant_id == tenant_id()))


def listed(where: Any, state: str) -> Select:
    """Those within a condition, in one state, the oldest first while they are open."""
    return described().where(where, Case.state == state).order_by(Case.id if state == "open" else Case.id.desc())


def one(case_id: uuid.UUID) -> Any:
    """One case without its words. Raises NotFound."""
    row = session().execute(described().where(Case.id == case_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def opened(case_id: uuid.UUID, *, seen: bool) -> tuple[str | None, list[dict[str, Any]]]:
    """The words of a case and its steps in clear; `seen` notes that somebody else than the member looked. Raises NotFound."""
    sealed = session().execute(select(Case.words).where(Case.tenant_id == tenant_id(), Case.id == case_id)).one_or_none()
    if sealed is None:
        raise NotFound
    if seen:
        audit("unit_desk.case_seen", CASE, case_id)
    return unseal(CASE, "words", case_id, sealed.words), steps([case_id])


def steps(case_ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """The steps of several cases in clear, in order."""
    rows = session().execute(select(Step.id, Step.case_id, Step.kind, Step.words, Step.happened_on, Step.by_member).where(
        Step.tenant_id == tenant_id(), Step.case_id.in_(case_ids)).order_by(Step.id)).all()
    clear = unseal_many(STEP, "words", [(row.id, row.words) for row in rows])
    return [{**row._mapping, "words": text} for row, text in zip(rows, clear, strict=True)]


def of_member(member_id: uuid.UUID, limit: int | None = None) -> list[dict[str, Any]]:
    """A member's own cases in clear with their steps, the newest first."""
    rows = session().execute(described().add_columns(Case.words).where(Case.member_id == member_id).order_by(Case.id.desc()).limit(limit)).all()
    clear = unseal_many(CASE, "words", [(row.id, row.words) for row in rows])
    lines: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for line in steps([row.id for row in rows]):
        lines.setdefault(line["case_id"], []).append(line)
    return [{**row._mapping, "words": text, "steps": lines.get(row.id, [])} for row, text in zip(rows, clear, strict=True)]


def open_count(where: Desk) -> int:
    """How many are open at a desk."""
    return counted(select(Case.id).where(Case.tenant_id == tenant_id(), where.of(Case.unit_id), Case.state == "open"))
