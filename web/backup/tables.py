"""Which tables hold a tenant's rows, parents before children, and their columns: read from the catalogue, so plugins' tables come along."""
from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from sqlalchemy import Connection, text

from core.errors import ConfigurationError


def tenant_tables(connection: Connection) -> dict[str, list[str]]:
    """Table and its columns but tenant_id, in the order of the foreign keys. Raises ConfigurationError when those make a ring."""
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(text(
            "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " and a.attgenerated = '' where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"
            " and c.relname <> 'tenant_key' and exists (select 1 from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')"
            " order by c.relname, a.attnum")):
        columns.setdefault(table, [])
        if column != "tenant_id":
            columns[table].append(column)
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(columns, ()))
    for child, parent in connection.execute(text(
            "select c.relname, r.relname from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class r on r.oid = k.confrelid"
            " where k.contype = 'f' and k.connamespace = 'public'::regnamespace and c.oid <> r.oid")):
        if child in columns and parent in columns:
            order.add(child, parent)
    try:
        return {name: columns[name] for name in order.static_order()}
    except CycleError as error:
        raise ConfigurationError(f"表之间的外键成环，不能归档：{'、'.join(error.args[1])}") from error


def schema_versions(connection: Connection) -> dict[str, str]:
    """The revision of each history, core's and the plugins'."""
    tables = connection.execute(text("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
                                     " and relname like 'alembic_version%' order by 1")).scalars().all()
    return {name: ",".join(sorted(connection.execute(text(f'select version_num from "{name}"')).scalars())) for name in tables}  # noqa: S608
