"""Makes packs: all of many communities by one statement, each pair once however often it is pressed; and one pack anew until it is signed."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import (
    Integer,
    Row,
    case,
    cast as sql_cast,
    column,
    delete,
    false,
    func,
    insert,
    literal,
    literal_column,
    select,
    true,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import JSONB, insert as upsert

from core.api import Conflict, _, audit, new_id, now, session, tenant_id, today
from plugins.feedback import gathering
from plugins.feedback.gathering import Counting, Parts
from plugins.feedback.ids import Ids
from plugins.feedback.models import COUNTS, OUT, UNSIGNED, FeedbackLine, FeedbackPack
from plugins.feedback.periods import Period, parse
from plugins.feedback.placing import changed, locked, stale

PAIR = ["tenant_id", "period", "community_id", "unit_id", "revision"]
_LINE = ("member_id", "name", "sort_key", "report_state", "reported_on", *COUNTS, "parts")


def make(community_ids: Sequence[uuid.UUID], period: Period) -> int:
    """Make the packs of communities that are not there yet, with their lines; answers how many. Pressed twice it is once."""
    titles, parts = gathering.added(community_ids, period)
    alike: dict[Counting, list[uuid.UUID]] = {}
    for place in community_ids:
        alike.setdefault(gathering.counting(place, period), []).append(place)
    return sum(_make(places, period, how, titles, _of(places, parts)) for how, places in alike.items())


def _of(places: Sequence[uuid.UUID], parts: Parts) -> Parts:
    some = frozenset(places)
    return {pair: one for pair, one in parts.items() if pair[0] in some}


def _make(places: Sequence[uuid.UUID], period: Period, how: Counting, titles: Sequence[dict[str, str]], parts: Parts) -> int:
    """Those of communities that count alike, by one statement.

    Nothing in it is joined to its own lines: PostgreSQL expects a handful of them, and would read them all once for each of them.
    """
    ids, found = Ids(), gathering.lines(places, period, how, parts).subquery("found")
    lines = select(ids.of(found.c.community_id, found.c.unit_id).label("pack_id"), *found.c).cte("lines").prefix_with("MATERIALIZED")
    fresh = upsert(FeedbackPack).from_select(*_packs(period, how, lines, titles)).on_conflict_do_nothing(index_elements=PAIR)
    packs = fresh.returning(FeedbackPack.id).cte("packs")
    names = {"tenant_id": literal(tenant_id()), "id": ids.of(lines.c.pack_id, lines.c.member_id), "pack_id": lines.c.pack_id,
             **{name: lines.c[name] for name in _LINE}}
    is_fresh = case((lines.c.pack_id.in_(select(packs.c.id)), true()), else_=false())  # as a case it is looked up in a hash, never joined
    written = insert(FeedbackLine).from_select(list(names), select(*names.values()).where(is_fresh))
    return len(set(session().scalars(written.returning(FeedbackLine.pack_id))))


def _packs(period: Period, how: Counting, lines: Any, titles: Sequence[dict[str, str]]) -> tuple[list[str], Any]:
    columns = {
        "tenant_id": literal(tenant_id()), "id": lines.c.pack_id, "community_id": lines.c.community_id, "unit_id": lines.c.unit_id,
        "sort_key": lines.c.unit_sort_key, "period": literal(period.key), "begins_on": literal(period.begins_on),
        "ends_on": literal(period.ends_on), "revision": literal(1), "members": func.count(),
        "reported": func.count().filter(lines.c.report_state == "confirmed"), **_sums(lines), "norm": literal(how.norm),
        "parts": _titles(titles, lines.c.parts), "state": literal("draft"), "made_on": literal(today()), "version": literal(1),
        "created_at": literal(now())}
    query = (select(*columns.values()).select_from(lines).group_by(lines.c.pack_id, lines.c.community_id, lines.c.unit_id, lines.c.unit_sort_key)
             .order_by(lines.c.community_id, lines.c.unit_id))  # in one order for everybody, so that two presses do not wait in a ring
    return list(columns), query


def _sums(lines: Any) -> dict[str, Any]:
    return {name: sql_cast(func.sum(lines.c[name]), Integer) for name in COUNTS}


def _titles(titles: Sequence[dict[str, str]], parts: Any) -> Any:
    """The titles of what other plugins add with the sum of each."""
    def total(key: str) -> Any:
        return func.coalesce(func.sum(sql_cast(parts[key].astext, Integer)), 0)
    built = [func.jsonb_build_object("key", literal(one["key"]), "title", literal(one["title"]), "total", total(one["key"])) for one in titles]
    return func.jsonb_build_array(*built, type_=JSONB) if built else literal_column("'[]'", JSONB)


def make_anew(pack_id: uuid.UUID, version: int | None = None) -> None:
    """Gather an unsigned pack's figures once more; remarks stay with their members. Raises NotFound, Conflict when it is signed."""
    pack = locked(pack_id, version)
    if pack.state not in UNSIGNED or pack.community_id is None:
        raise Conflict(_("这份反馈已经签发，不能重新生成。送出以后要改的，请点“更正”。"))
    remarks = dict(session().execute(select(FeedbackLine.member_id, FeedbackLine.remark).where(
        FeedbackLine.tenant_id == tenant_id(), FeedbackLine.pack_id == pack.id, FeedbackLine.remark.is_not(None))).all())
    session().execute(delete(FeedbackLine).where(FeedbackLine.tenant_id == tenant_id(), FeedbackLine.pack_id == pack.id))
    _fill(pack, parse(pack.period))
    _remark(pack.id, cast("dict[uuid.UUID, str]", remarks))
    pack.state, pack.made_on, pack.reviewed_on, pack.reviewed_by = "draft", today(), None, None
    changed(pack)
    audit("feedback.made_anew", "feedback_pack", pack.id, {"members": pack.members})


def _fill(pack: FeedbackPack, period: Period) -> None:
    community_id = cast("uuid.UUID", pack.community_id)
    how = gathering.counting(community_id, period)
    titles, parts = gathering.added([community_id], period)
    lines = gathering.lines([community_id], period, how, parts).subquery("lines")
    names = {"tenant_id": literal(tenant_id()), "id": func.gen_random_uuid(), "pack_id": literal(pack.id), **{name: lines.c[name] for name in _LINE}}
    session().execute(insert(FeedbackLine).from_select(list(names), select(*names.values()).where(lines.c.unit_id == pack.unit_id)))
    of = FeedbackLine
    row: Row = session().execute(select(
        func.count().label("members"), func.count().filter(of.report_state == "confirmed").label("reported"),
        *(func.coalesce(func.sum(getattr(of, name)), 0).label(name) for name in COUNTS), _titles(titles, of.parts).label("parts"),
    ).where(of.tenant_id == tenant_id(), of.pack_id == pack.id)).one()
    for name, value in row._mapping.items():
        setattr(pack, name, int(value) if name != "parts" else value)
    pack.norm = how.norm


def _remark(pack_id: uuid.UUID, remarks: dict[uuid.UUID, str]) -> None:
    if not remarks:
        return
    known = values(column("member_id", FeedbackLine.member_id.type), column("remark", FeedbackLine.remark.type), name="known").data(list(remarks.items()))
    session().execute(update(FeedbackLine).where(
        FeedbackLine.tenant_id == tenant_id(), FeedbackLine.pack_id == pack_id, FeedbackLine.member_id == known.c.member_id)
        .values(remark=known.c.remark).execution_options(synchronize_session=False))


def correct(pack_id: uuid.UUID, version: int | None) -> uuid.UUID:
    """Begin a correction of a pack that is out, with the figures of today; answers it, the one that is there when it is pressed twice.

    The letter that went out stays as it was. Raises NotFound, Conflict for one that is not out yet.
    """
    old = locked(pack_id)
    found = session().scalar(select(FeedbackPack.id).where(FeedbackPack.tenant_id == tenant_id(), FeedbackPack.replaces_id == old.id))
    if found is not None:
        return found
    stale(old, version)
    if old.state not in OUT or old.community_id is None:
        raise Conflict(_("这份反馈还没有送出，请直接修改或重新生成。"))
    new = FeedbackPack(id=new_id(), community_id=old.community_id, unit_id=old.unit_id, sort_key=old.sort_key, period=old.period,
                       begins_on=old.begins_on, ends_on=old.ends_on, revision=old.revision + 1, replaces_id=old.id, state="draft",
                       made_on=today(), version=1, parts=[], remark=old.remark, created_at=now())
    session().add(new)
    session().flush()
    _fill(new, parse(new.period))
    _remark(new.id, cast("dict[uuid.UUID, str]", dict(session().execute(select(FeedbackLine.member_id, FeedbackLine.remark).where(
        FeedbackLine.tenant_id == tenant_id(), FeedbackLine.pack_id == old.id, FeedbackLine.member_id.is_not(None),
        FeedbackLine.remark.is_not(None))).all())))
    session().flush()
    audit("feedback.correction_begun", "feedback_pack", new.id, {"replaces": str(old.id)})
    return new.id
