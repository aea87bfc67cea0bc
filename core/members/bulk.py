"""Writes whole batches of members and affiliations: the one module of this room that leaves the ORM, for speed.

A role under row-level security may not COPY into a table with policies, so the rows are copied into a temporary table and
moved by INSERT .. SELECT. Citus refuses that, so there is a second form by multi-row VALUES; a test runs both.
"""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
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
from core.tenancy import now, scope_cache, session
from core.tenancy.scope import tenant_id

Method = Literal["copy", "values"]
MEMBER_COLUMNS = ("id", "name", "pinyin", "initials", "sort_key", "sex", "ethnicity", "id_number", "id_number_index", "phone",
                  "phone_index", "address", "joined_party_on", "category", "branch", "position", "skills", "preferences",
                  "unit_id", "residence_id", "workplace_id")
AFFILIATION_COLUMNS = ("id", "member_id", "organization_id", "kind", "valid_from", "source")
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


def write_members(rows: Sequence[tuple[Any, ...]], method: Method = "copy", *, known: bool = True) -> None:
    """Insert members, or overwrite those whose id exists; a row holds MEMBER_COLUMNS, personal data already encrypted.

    `known` False: none of the ids exists, so none is looked up.
    """
    moment = now()
    constants = {"tenant_id": tenant_id(), "status": "active", "version": 1, "created_at": moment, "updated_at": moment}

    def overwrite(statement: Any) -> Any:
        changed = {name: statement.excluded[name] for name in (*MEMBER_COLUMNS[1:], "status", "updated_at")}
        return statement.on_conflict_do_update(index_elements=["tenant_id", "id"],
                                               set_={**changed, "version": MEMBER.c.version + 1})
    _write(MEMBER, MEMBER_COLUMNS, constants, rows, method, overwrite if known else lambda statement: statement)


def open_affiliations(rows: Sequence[tuple[Any, ...]], method: Method = "copy") -> None:
    """Insert open affiliations; a row holds AFFILIATION_COLUMNS. Those that they follow must be closed before."""
    _write(AFFILIATION, AFFILIATION_COLUMNS, {"tenant_id": tenant_id()}, rows, method, lambda statement: statement)


def close_affiliations(kind: str, member_ids: Sequence[uuid.UUID], day: dt.date) -> None:
    """End the open affiliations of one kind on `day` (an affiliation that begins later ends on its first day)."""
    if member_ids:
        session().execute(update(AFFILIATION).where(and_(
            AFFILIATION.c.tenant_id == tenant_id(), AFFILIATION.c.kind == kind, AFFILIATION.c.valid_to.is_(None),
            AFFILIATION.c.member_id == func.any(bindparam("members", list(member_ids), ARRAY(Uuid)))))
            .values(valid_to=func.greatest(AFFILIATION.c.valid_from, literal(day, Date))))


def insert_rows(target: FromClause, rows: Sequence[Mapping[str, Any]], method: Method | None = None) -> None:
    """Insert rows of another room's table, all with the same keys; a few of them by one plain INSERT."""
    if not rows:
        return
    if len(rows) < VALUES_ROWS:
        session().execute(upsert(cast("Table", target)), list(rows))
        return
    columns = tuple(rows[0])
    _write(cast("Table", target), columns, {}, [tuple(row.values()) for row in rows], method or best_method(), lambda statement: statement)


def _write(target: Table, columns: tuple[str, ...], constants: dict[str, Any], rows: Sequence[tuple[Any, ...]], method: Method,
           finish: Any) -> None:
    if not rows:
        return
    if method == "copy":
        staged = _stage(target, columns, rows)
        source = select(*(literal(value, target.c[name].type) for name, value in constants.items()), *(staged.c[c] for c in columns))
        session().execute(finish(upsert(target).from_select([*constants, *columns], source)))
        return
    for start in range(0, len(rows), VALUES_ROWS):
        values = [{**constants, **dict(zip(columns, row, strict=True))} for row in rows[start:start + VALUES_ROWS]]
        session().execute(finish(upsert(target).values(values)))


def _stage(target: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> Any:
    """Copy the rows into a temporary table of the same columns, which lives until the transaction's end."""
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
            copy.set_types([_TYPES[type(target.c[c].type)] for c in columns])
            for row in rows:
                copy.write_row(row)
    return table(name, *(column(c, target.c[c].type) for c in columns), schema="pg_temp")
