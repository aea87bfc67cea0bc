"""Writes whole batches of members and affiliations: the one module of this room that leaves the ORM, for speed.

A role under row-level security may not COPY into a table with policies, so the rows are copied into a temporary table and
moved by INSERT .. SELECT. Citus refuses that, so there is a second form by multi-row VALUES; a test runs both.
"""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, cast

from psycopg import sql
from sqlalchemy import (
    ARRAY,
    Date,
    FromClause,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    func,
    literal,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from core.members.models import Affiliation, Member
from core.packing import pack
from core.tenancy import now, scope_cache, session
from core.tenancy.scope import tenant_id

Method = Literal["copy", "values"]
Columns = Mapping[str, Sequence[Any]]
MEMBER_COLUMNS = ("id", "name", "pinyin", "initials", "sort_key", "sex", "ethnicity", "id_number", "id_number_index", "phone",
                  "phone_index", "address", "joined_party_on", "category", "branch", "position", "skills", "preferences",
                  "unit_id", "residence_id", "workplace_id")
VALUES_ROWS = 500
MEMBER = cast("Table", Member.__table__)
AFFILIATION = cast("Table", Affiliation.__table__)
_TYPES: dict[type, str] = {Uuid: "uuid", Text: "text", LargeBinary: "bytea", Date: "date", ARRAY: "text[]", Integer: "int4"}


def best_method() -> Method:
    """"values" on Citus, else "copy"; asked once in a scope."""
    if "bulk_method" not in scope_cache():
        citus = session().scalar(text("select exists (select from pg_extension where extname = 'citus')"))
        scope_cache()["bulk_method"] = "values" if citus else "copy"
    return scope_cache()["bulk_method"]


def keep_to_indexes() -> None:
    """Before a long import: let no plan of this transaction read a whole table where an index would do.

    The checks of foreign keys are planned at the first row and keep their plan. After an import that was rolled back the
    statistics call the table empty, reading it whole seems to cost nothing, and the check of each row would read all before it.
    """
    session().execute(text("SET LOCAL enable_seqscan = off"))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table, ready to be sent: as columns, with what is the same in all, and laid out for COPY if they go that way."""

    table: Table
    columns: Columns
    constants: Mapping[str, Any]
    payload: bytes | None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


def rows(target: FromClause, columns: Columns, constants: Mapping[str, Any], method: Method) -> Rows:
    """Lay rows out for `insert`; asks the database nothing, so that it can go on beside a running statement."""
    by_type = [_TYPES[type(target.c[name].type)] for name in columns] if method == "copy" else []
    return Rows(cast("Table", target), columns, constants, pack(list(columns.values()), by_type) if method == "copy" else None)


def member_rows(columns: Columns, method: Method = "copy") -> Rows:
    """Members: `columns` holds MEMBER_COLUMNS, personal data already encrypted."""
    moment = now()
    return rows(MEMBER, columns, {"tenant_id": tenant_id(), "status": "active", "version": 1, "created_at": moment, "updated_at": moment},
                method)


def affiliation_rows(columns: Columns, day: dt.date, source: str, method: Method = "copy") -> Rows:
    """Affiliations that begin on `day`: id, member_id, organization_id, kind. Those that they follow must be closed before."""
    return rows(AFFILIATION, columns, {"tenant_id": tenant_id(), "valid_from": day, "source": source}, method)


def insert(batch: Rows) -> None:
    """Write rows whose ids are new."""
    _write(batch, lambda statement: statement)


def overwrite_members(batch: Rows) -> None:
    """Write members anew whose ids exist; each counts a change."""
    def overwrite(statement: Any) -> Any:
        changed = {name: statement.excluded[name] for name in (*MEMBER_COLUMNS[1:], "status", "updated_at")}
        return statement.on_conflict_do_update(index_elements=["tenant_id", "id"],
                                               set_={**changed, "version": MEMBER.c.version + 1})
    _write(batch, overwrite)


def close_affiliations(kind: str, member_ids: Sequence[uuid.UUID], day: dt.date) -> None:
    """End the open affiliations of one kind on `day` (an affiliation that begins later ends on its first day)."""
    if member_ids:
        session().execute(update(AFFILIATION).where(and_(
            AFFILIATION.c.tenant_id == tenant_id(), AFFILIATION.c.kind == kind, AFFILIATION.c.valid_to.is_(None),
            AFFILIATION.c.member_id == func.any(bindparam("members", list(member_ids), ARRAY(Uuid)))))
            .values(valid_to=func.greatest(AFFILIATION.c.valid_from, literal(day, Date))))


def _write(batch: Rows, finish: Callable[[Any], Any]) -> None:
    if not len(batch):
        return
    target, columns, constants = batch.table, batch.columns, batch.constants
    if batch.payload is not None:
        staged = _stage(batch)
        source = select(*(literal(value, target.c[name].type) for name, value in constants.items()), *(staged.c[c] for c in columns))
        session().execute(finish(upsert(target).from_select([*constants, *columns], source)))
        return
    each = ({**constants, **dict(zip(columns, row, strict=True))} for row in zip(*columns.values(), strict=True))
    while values := list(islice(each, VALUES_ROWS)):
        session().execute(finish(upsert(target).values(values)))


def _stage(batch: Rows) -> Any:
    """Copy the rows into a temporary table of the same columns, which lives until the transaction's end."""
    target, columns = batch.table, batch.columns
    name = f"staged_{target.name}"
    connection: Any = session().connection().connection.driver_connection
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    staged, source = sql.Identifier("pg_temp", name), sql.Identifier(target.name)
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass(%s)", [f"pg_temp.{name}"])
        if cursor.fetchone()[0] is None:
            cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
                sql.Identifier(name), names, source))
        else:
            cursor.execute(sql.SQL("TRUNCATE {}").format(staged))
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(staged, names)) as copy:
            copy.write(batch.payload)
    return table(name, *(column(c, target.c[c].type) for c in columns), schema="pg_temp")
