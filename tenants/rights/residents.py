"""What a resident without an account has left, found by the own telephone number or code, and erased on the resident's wish (PIPL 44, 47).

The tags say which columns are a resident's, in core's tables and the plugins'; what was done for the resident, and every total, stays.
"""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Table, select, update

from core import audit
from core.audit import erasures
from core.audit.erasures import Erasure
from core.errors import NotFound
from core.privacy.keyring import for_tenant, normalise
from core.privacy.tags import is_sealed
from core.residents.codes import find_code, void_codes
from core.residents.erased import note_erasure, residents_columns
from core.residents.models import ResidentCode
from core.tenancy import session
from core.tenancy.clock import LOCAL
from core.tenancy.scope import tenant_id
from tenants.rights.hanging import known, tag

BATCH, MOST = 1_000, 200
KIND = "resident"  # in the list of erasures
_DATES = ("received_on", "raised_on", "happened_on", "created_at")
_MARKS = {"has_contact": False, "erased": True}  # what plugins note beside a contact that is gone


class Trace(NamedTuple):
    """A row that holds something of the resident: its table, id, community and day; `names` what kinds of data it holds."""

    table: str
    id: uuid.UUID
    community_id: uuid.UUID
    day: dt.date | None
    names: tuple[str, ...]


def by_phone(phone: str, communities: Sequence[uuid.UUID]) -> list[Trace]:
    """Rows of these communities that bear this telephone number; numbers are opened in batches and compared, none leaves here."""
    wanted, ring = normalise(phone), for_tenant(tenant_id())
    found: list[Trace] = []
    for table, column in _phones():
        rows = session().execute(select(table.c.id, table.c[column]).where(
            table.c.tenant_id == tenant_id(), table.c.community_id.in_(communities), table.c[column].is_not(None)).execution_options(yield_per=BATCH))
        for batch in rows.partitions(BATCH):
            clear = ring.decrypt_many(table.name, column, [(row[0], row[1]) for row in batch])
            hits = [row[0] for row, number in zip(batch, clear, strict=True) if number and normalise(number) == wanted]
            found += _traces(table, hits, communities)
    return found[:MOST]


def by_code(code: str, communities: Sequence[uuid.UUID]) -> list[Trace]:
    """What a live code of a slip or receipt stands for, if it is of these communities. Count the try first."""
    for purpose in session().scalars(select(ResidentCode.purpose).where(ResidentCode.tenant_id == tenant_id()).distinct()).all():
        try:
            object_id = find_code(purpose, code)
        except NotFound:
            continue
        return [trace for table in _tables() for trace in _traces(table, [object_id], communities)]
    return []


def erase(table_name: str, row_id: uuid.UUID, communities: Sequence[uuid.UUID]) -> None:
    """Empty what is the resident's in one row and void its codes. Raises NotFound for another community's, or a table without such data."""
    table = next((one for one in _tables() if one.name == table_name), None)
    if table is None or not _traces(table, [row_id], communities):
        raise NotFound
    _erase(table, row_id)


def again(done: Erasure) -> None:
    """Empty a row once more that a restored backup has brought back; one that is gone, or whose plugin is, is let pass."""
    if (table := next((one for one in _tables() if one.name == done.table), None)) is not None:
        _erase(table, done.object_id)


def columns_again(done: Erasure) -> None:
    """Empty those columns of a row once more; what is gone, a column included, is let pass."""
    table = next((one for one in known() if one.name == done.table), None)
    if table is None or not (names := [name for name in done.columns if name in _residents(table)]):
        return
    values: dict[str, Any] = dict.fromkeys(names)
    values |= {name: False for name in ("has_contact",) if name in table.c}
    row = update(table).where(table.c.tenant_id == tenant_id(), table.c.id == done.object_id)
    if session().connection().execute(row.values(values).returning(table.c.id)).all():
        audit.record("resident.erased", table.name, done.object_id, {"columns": len(names), "codes": 0})
        note_erasure(table.name, done.object_id, names)


def _erase(table: Table, row_id: uuid.UUID) -> None:
    values: dict[str, Any] = dict.fromkeys(_residents(table))
    values |= {name: value for name, value in _MARKS.items() if name in table.c and isinstance(table.c[name].type, Boolean)}
    for column in table.columns:  # words that the table wants are replaced by none
        if (found := tag(column)) and found.kind == "note" and not column.nullable and is_sealed(column):
            values[column.name] = for_tenant(tenant_id()).encrypt(table.name, column.name, row_id, "（已删除）")
    session().connection().execute(update(table).where(table.c.tenant_id == tenant_id(), table.c.id == row_id).values(values))
    _empty_below(table, row_id)
    session().expire_all()
    void = [void_codes(purpose, row_id) for purpose in session().scalars(select(ResidentCode.purpose).where(
        ResidentCode.tenant_id == tenant_id(), ResidentCode.object_id == row_id).distinct()).all()]
    audit.record("resident.erased", table.name, row_id, {"columns": len(values), "codes": sum(void)})
    erasures.note(KIND, row_id, table.name)


def _empty_below(table: Table, row_id: uuid.UUID) -> None:
    """What rows that hang on this one say of the resident, as a history's notes."""
    for child in known():
        key = next((one for one in child.foreign_key_constraints if one.referred_table is table and one.ondelete == "CASCADE"), None)
        if key is not None and (names := _residents(child)):
            column = next(one.parent for one in key.elements if one.parent.name != "tenant_id")
            session().connection().execute(update(child).where(child.c.tenant_id == tenant_id(), column == row_id).values(dict.fromkeys(names)))


def _tables() -> Iterator[Table]:
    """Tables of communities with something of residents."""
    return (table for table in known()
            if {"tenant_id", "id", "community_id"} <= set(table.c.keys()) and _residents(table))


def _phones() -> Iterator[tuple[Table, str]]:
    for table in _tables():
        yield from ((table, name) for name in _residents(table) if (found := tag(table.c[name])) and found.kind == "phone" and not found.index)


def _residents(table: Table) -> list[str]:
    return residents_columns(table.name)


def _traces(table: Table, ids: Iterable[uuid.UUID], communities: Sequence[uuid.UUID]) -> list[Trace]:
    columns = _residents(table)
    day = next((table.c[name] for name in _DATES if name in table.c), None)
    rows = session().execute(select(table.c.id, table.c.community_id, *([] if day is None else [day.label("day")]), *(table.c[one] for one in columns)).where(
        table.c.tenant_id == tenant_id(), table.c.id.in_(list(ids)), table.c.community_id.in_(communities))).mappings()
    return [Trace(table.name, row[table.c.id], row[table.c.community_id], _day(row.get("day")),
                  tuple(one for one in columns if row[table.c[one]] is not None)) for row in rows]


def _day(value: Any) -> dt.date | None:
    return value.astimezone(LOCAL).date() if isinstance(value, dt.datetime) else value
