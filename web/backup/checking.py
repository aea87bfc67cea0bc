"""What is asked of a database that was brought back: that its walls stand, its audit logs are whole, and how much is in it."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from core.audit import Fault, Head, anchors, copy_head, verify
from core.audit.trail import OPERATORS, Trail, tenant_trail
from core.tenancy import gate, tenant_scope, unscoped
from web.backup.shelf import Note

_NUMBERS = ("integer", "bigint", "smallint", "numeric")
_NO_SUMS = ("tenant_id", "seq", "version", "fence", "key_id")


@dataclass(slots=True)
class Looked:
    """Holes of the third wall; faults of the logs by chain; entries that are in kept heads and not here; rows and sums by table."""

    holes: list[str] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=dict)
    behind: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether the database may be used."""
        return not self.holes and not self.faults


def look(url: str, note: Note) -> Looked:
    """Look at the database at that address, to which this process is connected too (for the logs' keys)."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    with engine.connect() as connection:
        connection.execute(text("set transaction isolation level repeatable read"))
        found = Looked(holes=gate.holes(connection))
        found.counts, found.sums = totals(connection)
        tenants = [row[0] for row in connection.execute(text("select id from tenant order by id"))]
    for tenant in tenants:
        with tenant_scope(tenant):
            _chain(tenant_trail(), note, found)
    with unscoped():
        _chain(OPERATORS, note, found)
    return found


def totals(connection: Connection, tenant: int | None = None) -> tuple[dict[str, int], dict[str, str]]:
    """Rows by table, and the sum of each column of numbers: equal on two sides when nothing was lost. With `tenant`: of its rows only."""
    rows = connection.execute(text(
        "select table_name, array_agg(column_name::text order by ordinal_position) filter (where data_type = any(:numbers)"
        " and column_name <> all(:no_sums)), bool_or(column_name = 'tenant_id') from information_schema.columns"
        " join information_schema.tables using (table_schema, table_name) where table_schema = 'public' and table_type = 'BASE TABLE'"
        " and table_name not like 'alembic%' group by 1 order by 1"), {"numbers": list(_NUMBERS), "no_sums": list(_NO_SUMS)}).all()
    where = "" if tenant is None else f" where tenant_id = {int(tenant)}"
    counts: dict[str, int] = {}
    sums: dict[str, str] = {}
    for table, columns, owned in rows:
        if tenant is not None and (not owned or table == "tenant_key"):
            continue
        asked = ", ".join(["count(*)", *(f'coalesce(sum("{column}"), 0)' for column in columns or ())])
        found: Any = connection.execute(text(f'select {asked} from "{table}"{where}')).one()  # noqa: S608 - names of the catalogue
        counts[table] = found[0]
        sums |= {f"{table}.{column}": str(total) for column, total in zip(columns or (), found[1:], strict=True)}
    return counts, sums


def _chain(trail: Trail, note: Note, found: Looked) -> None:
    """The chain itself and the heads noted with the copy; kept heads that are younger tell what was not brought back."""
    noted = [Head(number, seq, bytes.fromhex(last), bytes.fromhex(signature)) for number, seq, last, signature in note.heads
             if number == trail.number]
    head = copy_head(trail)
    end = head.seq if head else 0
    younger = [kept for kept in anchors.kept(trail) if kept.seq > end]
    older = [kept for kept in anchors.kept(trail) if kept.seq <= end]
    if faults := verify([*noted, *older], trail=trail):
        found.faults[anchors.name(trail.number)] = [_words(fault) for fault in faults[:20]]
    if younger:
        found.behind[anchors.name(trail.number)] = max(kept.seq for kept in younger) - end


def _words(fault: Fault) -> str:
    return f"{fault.kind}@{fault.seq}"
