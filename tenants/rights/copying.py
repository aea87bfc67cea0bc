"""The copy of everything that is kept about a member, for the member: core's tables by their tags, plugins' by their hook (PIPL 45)."""
from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Column, LargeBinary, select

from core import audit
from core.audit.queries import history
from core.db import Base
from core.extension.dispatch import require
from core.extension.registry import current
from core.members.queries import member_view
from core.privacy.keyring import for_tenant
from core.privacy.tags import is_sealed
from core.tenancy import current_tenant, now, session
from core.tenancy.clock import LOCAL
from core.tenancy.scope import tenant_id
from tenants.audit_titles import action_title
from tenants.rights.hanging import about, chains, tag
from tenants.rights.titles import table_title

SECRETS = frozenset({"password_hash"})  # nobody's to read, its owner's neither
ACTS = 1_000


class Part(NamedTuple):
    """One table of the copy: its code, its title, and rows of plain values by column."""

    code: str
    title: str
    rows: tuple[Mapping[str, Any], ...]


def parts(member_id: uuid.UUID) -> list[Part]:
    """All that is kept about the member, core's tables first, then the plugins', then who has read or changed it.

    What a row holds about somebody else, such as a resident, is left out. Raises NotFound, and what a plugin's hook raises.
    """
    member_view(member_id)
    found = [Part(name, table_title(name), rows) for name in chains() if (rows := tuple(_rows(name, member_id)))]
    for plugin, tables in sorted(require("export_member_data", member_id=member_id).items()):
        title = str(current().plugins[plugin].title)
        found += [Part(plugin, f"{title}：{table.title}", table.rows) for table in tables if table.rows]
    acts = tuple({"at": entry.at.isoformat(), "action": action_title(entry.action)} for entry in history("member", member_id, ACTS))
    return [*found, Part("audit_entry", table_title("audit_entry"), acts)] if acts else found


def document(found: list[Part], member_id: uuid.UUID) -> bytes:
    """The copy as a file for machines: JSON, UTF-8, with the names of the columns."""
    return json.dumps({"format": "baodao.member-copy/1", "tenant": current_tenant().name, "member": str(member_id),
                       "made_at": now().astimezone(LOCAL).isoformat(timespec="seconds"),
                       "tables": [{"table": part.code, "title": part.title, "rows": [dict(row) for row in part.rows]} for part in found]},
                      ensure_ascii=False, indent=1, default=str).encode()


def note_copy(member_id: uuid.UUID, way: str) -> None:
    """Write into the log that a copy was given, and how."""
    audit.record("member.copied", "member", member_id, {"way": way})


def _rows(name: str, member_id: uuid.UUID) -> list[dict[str, Any]]:
    table = Base.metadata.tables[name]
    shown = [column for column in table.columns if _given(column)]
    rows = session().execute(select(table.c.id, *shown).where(about(table, member_id)).order_by(table.c.id)).all()
    return [{column.name: _value(name, column, row[0], value) for column, value in zip(shown, row[1:], strict=True) if value is not None}
            for row in rows]


def _given(column: Column[Any]) -> bool:
    """Whether the copy bears a column: not the tenant's number, no secret, no hash, nothing of somebody else's."""
    found = tag(column)
    if column.name in SECRETS or column.name == "tenant_id" or (found is not None and found.whose != "member"):
        return False
    return not isinstance(column.type, LargeBinary) or (is_sealed(column) and found is not None)


def _value(table: str, column: Column[Any], row_id: uuid.UUID, value: Any) -> Any:
    if isinstance(column.type, LargeBinary):
        return for_tenant(tenant_id()).decrypt(table, column.name, row_id, value)
    if isinstance(value, (dt.date, dt.datetime, dt.time)):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value
