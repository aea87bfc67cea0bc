"""Writes all that a tenant has in this installation into one encrypted archive, from one moment's view of the database."""
from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit
from core.audit import copy_head
from core.errors import Conflict
from core.privacy import keyring
from core.tenancy import Tenant, TenantKey, now, tenant_scope
from web.backup import archive
from web.backup.checking import totals
from web.backup.envelope import Lock
from web.backup.shelf import sealed_file
from web.backup.tables import schema_versions, tenant_tables

_FACTS = ("code", "slug", "name", "short_name", "kind", "status", "profile", "created_at")


def leave(tenant: int, path: Path, lock: Lock) -> dict[str, int]:
    """Write the archive; answers the rows by table. This process is connected as the application: row-level security holds it to the tenant.

    The tenant's data keys go along, in the encrypted archive only. Raises Conflict when the audit log is broken.
    """
    with tenant_scope(tenant):  # noted first: so the archive tells of itself
        audit.record("tenant.exported", "tenant")
        audit.record_operator("tenant.exported", "tenant", None, {"tenant_id": tenant})
    with tenant_scope(tenant) as opened:
        opened.execute(text("set transaction isolation level repeatable read"))
        opened.execute(text("set local statement_timeout = 0"))
        if audit.verify():
            raise Conflict("审计日志不完整，因此不归档。请先运行 baodao audit verify 查明原因。")
        head = _head(opened, tenant)
        with sealed_file(path, lock) as file:
            archive.put_json(file, head)
            for table, columns in tenant_tables(opened.connection()).items():
                archive.put_json(file, {"table": table, "columns": columns})
                _rows(opened, table, columns, tenant, file)
            archive.put_json(file, None)
    return {name: count for name, count in head["counts"].items() if count}


def _head(opened: Session, tenant: int) -> dict[str, Any]:
    counts, sums = totals(opened.connection(), tenant)
    facts = opened.execute(select(*(getattr(Tenant, name) for name in _FACTS)).where(Tenant.id == tenant)).one()
    end = copy_head()
    return {"format": archive.FORMAT, "made_at": now().astimezone(dt.UTC), "schema": schema_versions(opened.connection()),
            "tenant": dict(zip(_FACTS, facts, strict=True)), "number": keyring.for_tenant(tenant).number, "keys": _keys(opened, tenant),
            "counts": counts, "sums": sums, "head": [end.seq, end.hash.hex()] if end else None}


def _keys(opened: Session, tenant: int) -> list[dict[str, Any]]:
    rows = opened.execute(select(TenantKey.key_id, TenantKey.algorithm, TenantKey.wrapped, TenantKey.created_at)
                          .where(TenantKey.tenant_id == tenant).order_by(TenantKey.key_id)).all()
    masters = keyring.masters()
    return [{"key_id": row.key_id, "algorithm": row.algorithm, "created_at": row.created_at,
             "secret": base64.b64encode(masters.unwrap(row.wrapped, tenant, row.key_id)).decode()} for row in rows]


def _rows(opened: Session, table: str, columns: list[str], tenant: int, file: BinaryIO) -> None:
    driver: Any = opened.connection().connection.driver_connection
    listed = ", ".join(f'"{name}"' for name in columns)
    query = f'copy (select {listed} from "{table}" where tenant_id = {int(tenant)}) to stdout'  # noqa: S608 - names of the catalogue
    with driver.cursor() as cursor, cursor.copy(query) as rows:
        held = bytearray()
        for row in rows:
            held += row
            if len(held) > 1 << 18:
                archive.put(file, bytes(held))
                held.clear()
        if held:
            archive.put(file, bytes(held))
    archive.put(file, b"")
