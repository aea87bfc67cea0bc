"""The catalogue gate: reads pg_catalog and names every hole in the third wall (security rule 2)."""
from __future__ import annotations

from sqlalchemy import Connection, text

from core.db import Base, TenantRow

REFERENCE_TABLES = ("tenant", "tenant_key", "division", "operator", "operator_login", "operator_factor", "operator_setting",
                    "operator_entry", "operator_head", "operator_checkpoint", "tenant_deletion", "province_release")
LOG_TABLES = ("audit_entry", "operator_entry", "audit_checkpoint", "operator_checkpoint")
_POLICY = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::integer)"

_CHECKS = {
    "没有 tenant_id NOT NULL 列": """
        select c.relname from pg_class c where {tables} and not exists (select 1 from pg_attribute a
        where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull and a.atttypid = 'int4'::regtype)""",
    "主键不以 tenant_id 开头": """
        select c.relname from pg_class c where {tables} and not exists (select 1 from pg_constraint k join pg_attribute a
        on a.attrelid = c.oid and a.attnum = k.conkey[1] where k.conrelid = c.oid and k.contype = 'p' and a.attname = 'tenant_id')""",
    "未启用并强制行级安全": """
        select c.relname from pg_class c where {tables} and not (c.relrowsecurity and c.relforcerowsecurity)""",
    "策略不是规定的一条": """
        select c.relname from pg_class c where {tables} and (select count(*) from pg_policy p where p.polrelid = c.oid) <> 1
        or {tables} and exists (select 1 from pg_policy p where p.polrelid = c.oid and (p.polcmd <> '*' or not p.polpermissive
        or p.polroles <> '{{0}}' or pg_get_expr(p.polqual, p.polrelid) is distinct from :policy
        or pg_get_expr(p.polwithcheck, p.polrelid) is distinct from :policy))""",
    "唯一索引不以 tenant_id 开头": """
        select c.relname || '.' || i.relname from pg_class c join pg_index x on x.indrelid = c.oid join pg_class i on
        i.oid = x.indexrelid left join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
        where {tables} and x.indisunique and a.attname is distinct from 'tenant_id'""",
    "外键没有带上 tenant_id": """
        select c.relname || '.' || k.conname from pg_class c join pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
        join pg_class r on r.oid = k.confrelid where {tables} and r.relname <> all(:reference)
        and not exists (select 1 from unnest(k.conkey, k.confkey) as pair(mine, theirs)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = pair.mine and a.attname = 'tenant_id'
        join pg_attribute b on b.attrelid = r.oid and b.attnum = pair.theirs and b.attname = 'tenant_id')""",
    "应用角色拥有过多权限": """
        select c.relname || ': ' || p.kind from pg_class c, unnest(array['TRUNCATE', 'REFERENCES', 'TRIGGER']) as p(kind)
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and has_table_privilege('baodao_app', c.oid, p.kind)""",
    "应用角色可以改动只增不改的表": """
        select c.relname || ': ' || p.kind from pg_class c, unnest(array['UPDATE', 'DELETE']) as p(kind)
        where c.relnamespace = 'public'::regnamespace and c.relname = any(:logs) and has_table_privilege('baodao_app', c.oid, p.kind)""",
    "应用角色可以删除只清空不删除的行": """
        select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname = any(:kept)
        and has_table_privilege('baodao_app', c.oid, 'DELETE')""",
    "应用角色拥有对象": """
        select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace
        and pg_get_userbyid(c.relowner) = 'baodao_app'""",
    "物化视图或未设 security_invoker 的视图": """
        select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and (c.relkind = 'm'
        or c.relkind = 'v' and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on'], false))""",
    "SECURITY DEFINER 函数": """
        select f.proname from pg_proc f where f.pronamespace = 'public'::regnamespace and f.prosecdef""",
}
_TABLES = ("(c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace"
           " and c.relname <> all(:reference) and c.relname not like 'alembic_version%')")


def holes(connection: Connection) -> list[str]:
    """One line for each hole, sorted; an empty list means the wall is whole. Reads the catalogue only."""
    found: list[str] = []
    for what, query in _CHECKS.items():
        # The text is put together from this module's constants only.
        statement = text(query.format(tables=_TABLES))
        names = [n for n in (":reference", ":policy", ":logs", ":kept") if n in str(statement)]
        values = {"reference": list(REFERENCE_TABLES), "policy": _POLICY, "logs": [*LOG_TABLES, *_tables_that("__append_only__")],
                  "kept": _tables_that("__never_deleted__")}
        rows = connection.execute(statement, {n[1:]: values[n[1:]] for n in names}).scalars()
        found.extend(f"{row}: {what}" for row in rows)
    return sorted(found)


def _tables_that(say: str) -> list[str]:
    """Tables whose models say so of their rows, plugins' too."""
    return sorted(str(m.local_table) for m in Base.registry.mappers if issubclass(m.class_, TenantRow) and getattr(m.class_, say))
