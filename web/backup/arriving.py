"""Takes a tenant in from another installation's archive: all of it or nothing, and only when the sums and the audit log agree."""
from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit
from core.audit import copy_head
from core.errors import BaodaoError, Conflict
from core.privacy import keyring
from core.tenancy import Tenant, TenantKey, tenant_scope, unscoped
from web.backup import archive
from web.backup.checking import totals
from web.backup.envelope import Key
from web.backup.shelf import opened_file
from web.backup.tables import schema_versions, tenant_tables


def arrive(path: Path, key: Key) -> tuple[int, dict[str, int]]:
    """Make the tenant, under a number of this installation; answers it and the rows by table. As baodao_migrate: COPY into tables behind
    row-level security is refused to others.

    Raises Conflict when the tenant is here already, the schemas are not the same, or anything differs afterwards; nothing is left then.
    """
    with opened_file(path, key) as file:
        head = archive.head(file)
        with unscoped() as opened:
            _refuse(opened, head)
            number = int(opened.execute(text("select nextval(pg_get_serial_sequence('tenant', 'id'))")).scalar_one())
        try:
            with tenant_scope(number) as opened:
                opened.execute(text("set local statement_timeout = 0"))
                _make(opened, number, head)
                _fill(opened, number, file)
                _compare(opened, number, head)
                audit.record("tenant.imported", "tenant")
                audit.record_operator("tenant.imported", "tenant", None, {"tenant": head["tenant"]["code"]})
        except BaseException:
            keyring.keyrings.forget(number)
            raise
    return number, {name: count for name, count in head["counts"].items() if count}


def _refuse(opened: Session, head: dict[str, Any]) -> None:
    code, slug = head["tenant"]["code"], head["tenant"]["slug"]
    if opened.execute(select(Tenant.id).where((Tenant.code == code) | (Tenant.slug == slug))).first():
        raise Conflict(f"这里已有代码为 {code} 或简称为 {slug} 的租户，没有导入。")
    here = schema_versions(opened.connection())
    if different := sorted(name for name in here.keys() | head["schema"].keys() if here.get(name) != head["schema"].get(name)):
        told = "、".join(f"{name.removeprefix('alembic_version').strip('_') or 'core'} {head['schema'].get(name, '无')}→{here.get(name, '无')}"
                        for name in different)
        raise Conflict(f"两边的表结构版本不同（{told}）。请把两边升级到同一版本、装上同样的插件后再导入。")


def _make(opened: Session, number: int, head: dict[str, Any]) -> None:
    facts, masters = dict(head["tenant"]), keyring.masters()
    opened.add(Tenant(id=number, **{**facts, "created_at": dt.datetime.fromisoformat(facts["created_at"])}))
    opened.flush()
    for one in head["keys"]:
        opened.add(TenantKey(tenant_id=number, key_id=one["key_id"], algorithm=one["algorithm"], origin=head["number"],
                             wrapped=masters.wrap(base64.b64decode(one["secret"]), number, one["key_id"]),
                             created_at=dt.datetime.fromisoformat(one["created_at"])))
    opened.flush()


def _fill(opened: Session, number: int, file: BinaryIO) -> None:
    driver: Any = opened.connection().connection.driver_connection
    known, mark = tenant_tables(opened.connection()), b"%d\t" % number
    while (told := orjson.loads(archive.part(file))) is not None:
        table, columns = told["table"], told["columns"]
        if set(known.get(table, ())) != set(columns):
            raise Conflict(f"表 {table} 的列与这里的不同，没有导入。")
        listed = ", ".join(f'"{name}"' for name in ("tenant_id", *columns))
        with driver.cursor() as cursor, cursor.copy(f'copy "{table}" ({listed}) from stdin') as rows:
            for part in archive.parts(file):  # whole lines: a row of COPY's text form has no line break in it
                rows.write(b"".join(mark + line for line in part.splitlines(keepends=True)))


def _compare(opened: Session, number: int, head: dict[str, Any]) -> None:
    counts, sums = totals(opened.connection(), number)
    wrong = sorted({name for name, count in head["counts"].items() if counts.get(name) != count}
                   | {name for name, total in head["sums"].items() if sums.get(name) != total})
    if wrong:
        raise Conflict(f"导入以后行数或合计与原来的不同，没有导入：{'、'.join(wrong[:5])}")
    try:
        faults, end = audit.verify(), copy_head()
    except BaodaoError as error:
        raise Conflict(f"导入的审计日志不能核验，没有导入：{error.message}") from error
    if faults or (end and [end.seq, end.hash.hex()]) != head["head"]:
        raise Conflict("导入的审计日志与原来的不同，没有导入。")
