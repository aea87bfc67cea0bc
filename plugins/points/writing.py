"""The statements that write the ledger: raw amounts, their share under the caps, entries and balances in one go, built once a pack."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Date,
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import Grouping

from core.api import deed_fact, record_fact, record_facts, tenant_id
from plugins.points.excluded import not_excluded
from plugins.points.holding import Held
from plugins.points.limits import VETO, limits
from plugins.points.models import PointsAccount, PointsEntry
from plugins.points.pool import earning
from plugins.points.shared import shared
from plugins.points.wording import kept, rule_words

ENTRY = ("tenant_id", "id", "member_id", "unit_id", "kind", "contra", "points", "raw", "period", "happened_on", "source", "source_id", "given",
         "minutes", "percent", "pack_id", "rule_key", "rule", "at")


def lock() -> Select:
    """Hold the accounts of `members` (an array) that are there; in order, so that two never wait for each other."""
    # What is written next is planned once for all, or planning it would take longer than doing it; the setting ends with the transaction.
    plan_once = func.set_config("plan_cache_mode", "force_generic_plan", true())
    members = cast(bindparam("members", None), ARRAY(Uuid))
    return (select(PointsAccount.member_id, PointsAccount.balance, plan_once.label("plans"))
            .where(PointsAccount.tenant_id == tenant_id(), PointsAccount.member_id == func.any(members))
            .order_by(PointsAccount.member_id).with_for_update())


def opened() -> Select:
    """Make the accounts of `members`, and hold them; one that somebody else has just made is held likewise."""
    people = func.unnest(cast(bindparam("members", None), ARRAY(Uuid))).table_valued(column("member_id", Uuid), name="people").render_derived()
    rows = select(literal(tenant_id()), func.gen_random_uuid(), people.c.member_id, literal(0)).order_by(people.c.member_id)
    made = (insert(PointsAccount).from_select(["tenant_id", "id", "member_id", "balance"], rows, include_defaults=False)
            .on_conflict_do_update(index_elements=["tenant_id", "member_id"], set_={"balance": PointsAccount.balance})
            .returning(PointsAccount.member_id, PointsAccount.balance).cte("held"))
    return select(made.c.member_id, made.c.balance)


def told(held: Held, source: str) -> Select:
    """Write what one event earns; its facts are the bind parameters."""
    return _write(held, source, record_fact() if source == "record" else deed_fact())


def stored(held: Held) -> Select:
    """Write what the counted records in `ids` (an array) earn that have no entry yet."""
    facts = record_facts()
    chosen = select(facts).where(facts.c.record_id == func.any(cast(bindparam("records", None), ARRAY(Uuid)))).subquery("stored")
    return _write(held, "record", chosen)


def reversing(held: Held) -> Select:
    """Write the reversal of everything that `source_id` had earned."""
    entry, wanted = PointsEntry, cast(bindparam("source_id", None), Uuid)
    earned = select(entry.member_id, entry.unit_id, entry.source_id, entry.happened_on, entry.period, entry.given, entry.rule_key,
                    (-entry.raw).label("raw"), entry.minutes.label("counted"), entry.percent, entry.rule, entry.source,
                    (-entry.points).label("was")).where(
        entry.tenant_id == tenant_id(), entry.source_id == wanted, entry.kind == "earned", ~_known(wanted, ("reversed",)))
    return entries_of(held, earned.cte("new"), "reversed")


def settling(held: Held) -> Select:
    """Write one entry by which a member's `period` comes to what its facts now give: after an exclusion. None when nothing changes."""
    one = select(cast(bindparam("member_id", None), Uuid).label("member_id"), cast(null(), Uuid).label("unit_id"), cast(null(), Uuid).label("source_id"),
                 cast(bindparam("day", None), Date).label("happened_on"), cast(bindparam("period", None), Date).label("period"), literal(0).label("given"),
                 literal("").label("rule_key"), literal(0).label("raw"), literal(0).label("counted"), literal(100).label("percent"),
                 cast(bindparam("words", None), Text).label("rule"), literal("officer").label("source"))
    return entries_of(held, one.cte("new"), "settled")


def _write(held: Held, source: str, facts: FromClause) -> Select:
    found = earning(held.document, facts, source)
    if found is None:
        return select(literal(0).label("entries"), literal(0).label("points")).where(false())
    rows = found.subquery("earning")
    query = select(rows, _words(held.document, rows.c.rule_key).label("rule"), literal(source).label("source")).where(
        rows.c.raw.is_not(None), ~_known(rows.c.source_id, ("earned", "reversed")))
    return entries_of(held, query.cte("new"), "earned")


def _words(document: Mapping[str, Any], key: Any) -> Any:
    texts = {rule["key"]: rule_words(rule, kept) for rule in document["rules"]} | {VETO: "一票否决，当期积分清零"}
    return case(*((key == name, literal(text, Text)) for name, text in texts.items()), else_="")


def _known(source_id: Any, kinds: tuple[str, ...]) -> Any:
    entry = aliased(PointsEntry)
    return exists().where(entry.tenant_id == tenant_id(), entry.source_id == source_id, entry.kind.in_(kinds)).correlate_except(entry)


def entries_of(held: Held, new: CTE, kind: str) -> Select:
    """Insert `new` with its points and move the balances; answers number and sum. A settling entry of 0 is left out."""
    if kind == "settled" or len(held.versions) > 1 or not limits(held.document).linear:
        rows: Any = shared(held, new)
    elif kind == "reversed":
        rows = select(new, new.c.was.label("points")).subquery("due")
    else:
        rows = select(new, case((not_excluded(new.c.member_id, new.c.happened_on), new.c.raw), else_=0).label("points")).subquery("due")
    number = cast(func.row_number().over(), Integer)
    ids = func.coalesce(Grouping(cast(bindparam("ids", None), ARRAY(Uuid)))[number], func.gen_random_uuid())
    pack = literal(held.pack_id, Uuid) if held.pack_id else cast(null(), Uuid)
    values = select(literal(tenant_id()), ids.label("id"), rows.c.member_id, cast(null(), Uuid), literal(kind), literal("earned"),
                    cast(rows.c.points, Integer).label("points"), rows.c.raw, rows.c.period, rows.c.happened_on, rows.c.source, rows.c.source_id,
                    rows.c.given, rows.c.counted, rows.c.percent, pack, rows.c.rule_key, rows.c.rule,
                    cast(bindparam("at", None), DateTime(timezone=True)))
    if kind == "settled":
        values = values.where(rows.c.points != 0)
    written = (insert(PointsEntry).from_select(ENTRY, values, include_defaults=False).on_conflict_do_nothing()
               .returning(PointsEntry.member_id, PointsEntry.unit_id, PointsEntry.points).cte("written"))
    return moved(written)


def moved(written: CTE) -> Select:
    """Move the balances by what was written, and answer number and sum."""
    due = select(written.c.member_id, cast(func.sum(written.c.points), Integer).label("points")).group_by(written.c.member_id).subquery("due_sum")
    change = (update(PointsAccount).values(balance=PointsAccount.balance + due.c.points)
              .where(PointsAccount.tenant_id == tenant_id(), PointsAccount.member_id == due.c.member_id, due.c.points != 0)
              .returning(PointsAccount.member_id).cte("moved"))
    total = func.coalesce(func.sum(written.c.points), 0)
    return select(func.count().label("entries"), cast(total, BigInteger).label("points")).select_from(written).add_cte(change)
