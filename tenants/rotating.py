"""Encrypts a tenant's sealed columns again under its newest key, in small batches beside the running service (rule 13).

The tags say which columns those are, the plugins' included, and each value names its key: so there is no list of what is done, and whoever
is interrupted begins again and goes on where it stopped.
"""
from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, column, func, literal, or_, select, table, update

from core.db import Base
from core.i18n import _l
from core.jobs import JobContext, handler, periodic
from core.privacy.cipher import HEADER, Envelope
from core.privacy.keyring import TenantKeyring, for_tenant
from core.privacy.tags import sealed_columns
from core.tenancy import session, tenant_scope
from core.tenancy.scope import tenant_id

ROWS, FILES, NIGHTLY = 500, 4, 5_000
_FILE_TABLES = ("stored_file", "stored_file_part")
_SHORTEST = HEADER.size


def counts() -> dict[int, int]:
    """How many sealed values the scope's tenant has under each of its keys."""
    found: dict[int, int] = {}
    for rows, columns in _tables():
        for one in columns:
            number = func.substring(rows.c[one], 3, 2)
            for key, count in session().execute(select(number, func.count()).select_from(rows).where(
                    rows.c.tenant_id == tenant_id(), func.length(rows.c[one]) >= _SHORTEST).group_by(number)):
                found[int.from_bytes(key)] = found.get(int.from_bytes(key), 0) + count
    return dict(sorted(found.items()))


def reencrypt(tenant: int, *, rows: int = ROWS) -> Iterator[int]:
    """Move all values to the newest key, a transaction a batch of `rows`; yields how many each moved. To be called outside any scope.

    A row that somebody is just changing is passed over, and taken the next time round.
    """
    with tenant_scope(tenant):
        places = _tables()
    moved = True
    while moved:
        moved = False
        for place, columns in places:
            while True:
                with tenant_scope(tenant):
                    count = _batch(place, columns, rows)
                if not count:
                    break
                moved = True
                yield count


def _batch(rows: Table, columns: Sequence[str], most: int) -> int:
    ring = for_tenant(tenant_id())
    current, limit = ring.fresh().to_bytes(2), FILES if rows.name in _FILE_TABLES else most
    old = or_(*(_under_another(rows.c[one], current) for one in columns))
    found = session().execute(select(rows.c.id, *(rows.c[one] for one in columns)).where(rows.c.tenant_id == tenant_id(), old)
                              .limit(limit).with_for_update(skip_locked=True)).all()
    if not found:
        return 0
    changed = [{"row": row[0], **{f"new_{one}": _moved(ring, rows.name, one, row[0], value)
                                  for one, value in zip(columns, row[1:], strict=True)}} for row in found]
    session().connection().execute(
        update(rows).where(rows.c.tenant_id == tenant_id(), rows.c.id == bindparam("row")).values(
            {rows.c[one]: bindparam(f"new_{one}") for one in columns}), changed)
    return len(found)


def _moved(ring: TenantKeyring, name: str, column_name: str, row_id: uuid.UUID, value: bytes | None) -> bytes | None:
    if value is None or len(value) < _SHORTEST or Envelope.parse(bytes(value)).key_id == ring.current:
        return value
    return ring.encrypt_bytes(name, column_name, row_id, ring.decrypt_bytes(name, column_name, row_id, value))


def _under_another(value: Any, current: bytes) -> ColumnElement[bool]:
    return (func.length(value) >= _SHORTEST) & (func.substring(value, 3, 2) != literal(current))


def _tables() -> list[tuple[Table, Sequence[str]]]:
    """Tenants' tables with the sealed columns that the database has: a plugin's migration may still be to come."""
    catalogue = table("columns", column("table_name"), column("column_name"), column("data_type"), column("table_schema"),
                      schema="information_schema")
    there = {(row.table_name, row.column_name) for row in session().execute(select(catalogue.c.table_name, catalogue.c.column_name).where(
        catalogue.c.table_schema == func.current_schema(), catalogue.c.data_type == "bytea"))}
    wanted = {name: [one for one in columns if (name, one) in there] for name, columns in sealed_columns(Base.metadata).items()}
    return [(Base.metadata.tables[name], columns) for name, columns in wanted.items()
            if columns and "tenant_id" in Base.metadata.tables[name].c]


@handler("keys.reencrypt", label=_l("用新密钥重新加密"))
def finish_by_night(_job: JobContext) -> dict[str, Any]:
    """Move what a process wrote under an older key after a rotation, or what an interrupted rotation left; a few thousand rows a night."""
    ring = for_tenant(tenant_id())
    if ring.fresh() == ring.lowest:
        return {"rows": 0}
    done = 0
    for rows, columns in _tables():
        while done < NIGHTLY and (count := _batch(rows, columns, ROWS)):
            done += count
    return {"rows": done}


periodic("keys.reencrypt", at="02:40")
