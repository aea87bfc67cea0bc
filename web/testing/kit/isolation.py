"""Every statement that reaches PostgreSQL names the tenant of each table in it, written SQL included."""
from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from core.db import Base, TenantRow
from core.extension.dispatch import require
from core.jobs import enqueue
from core.jobs.running import run_due
from web.testing.kit.asking import address_of, ask, doors, public_doors
from web.testing.kit.checks import staged
from web.testing.kit.sources import called, tree
from web.testing.kit.stage import City, Stage
from web.testing.kit.subject import Subject
from web.testing.records import withdraw_record
from web.testing.statements import sent

PAST_THE_GUARD = {"exec_driver_sql", "driver_connection"}
_VERB = re.compile(r"\s*(select|insert|update|delete|with|truncate)\b", re.IGNORECASE)
_KEYWORDS = "WHERE|SET|JOIN|LEFT|RIGHT|INNER|OUTER|CROSS|FULL|ON|ORDER|GROUP|HAVING|LIMIT|FOR|USING|RETURNING|UNION|VALUES|AS"


@staged("每条查询都限定本租户")
def no_query_without_the_tenant(subject: Subject, stage: Stage) -> Iterator[str]:
    """Pages, hooks, measures and periodic jobs are run, and what they send is read; written SQL is also looked for in the files."""
    yield from _written(subject)
    city = stage.city(subject)
    with sent() as statements:
        _exercise(subject, stage, city)
    tables = {str(m.local_table.name) for m in Base.registry.mappers if issubclass(m.class_, TenantRow)}  # type: ignore[attr-defined]
    found = {(table, _short(one)) for one in statements for table in sorted(unbound(one, tables))}
    yield from (f"查询 {table} 时没有限定本租户：{statement}。请用 session().execute(select(……))，框架会加上 tenant_id。"
                for table, statement in sorted(found))


def unbound(statement: str, tables: set[str]) -> set[str]:
    """The tables that the statement reads or changes without comparing their tenant_id with anything."""
    if statement.lstrip().upper().startswith("INSERT INTO") and " SELECT " not in statement.upper():
        return set()  # the row bears its tenant, and row-level security checks it
    found, names = set(), set(re.findall(r"[a-z_][a-z0-9_]*", statement))
    for table in tables & names:
        for match in re.finditer(rf"(?:\bFROM|\bJOIN|\bUPDATE|,)\s+{table}\b(?![.(])(?:\s+(?:AS\s+)?(?!(?:{_KEYWORDS})\b)(\w+))?", statement,
                                 re.IGNORECASE):
            alias = match[1] or table
            if not re.search(rf"\b{alias}\.tenant_id\s*(?:=|IN\b)|=\s*{alias}\.tenant_id\b|(?<![.\w])tenant_id\s*=", statement):
                found.add(table)
    return found


def _exercise(subject: Subject, stage: Stage, city: City) -> None:
    for door in doors(subject, stage):
        for role in door.roles(city):
            ask(stage, door, address_of(subject, stage, door, city), city, city.accounts[role])
    for door in public_doors(subject, stage):
        ask(stage, door, address_of(subject, stage, door, city), city, None)
    with city.tenant.scope():
        require("export_member_data", member_id=city.member.id)
        for measure in subject.plugin.measures:
            measure.read(city.member.id)
        for job in subject.plugin.jobs:
            if job.at is not None or job.every is not None:  # it comes round by itself, so it needs no payload
                enqueue(job.kind)
    run_due()
    stage.browser(city.accounts["city_administrator"]).get(f"/members/{city.member.id}")
    withdraw_record(city.tenant, city.records[1])


def _written(subject: Subject) -> Iterator[str]:
    for path in subject.sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr in PAST_THE_GUARD:
                yield f"{subject.place(path, node.lineno)} 用 {node.attr} 绕过了租户隔离。请用 session().execute(select(……))。"
            if isinstance(node, ast.Call) and called(node) == "text" and node.args and isinstance(node.args[0], ast.Constant):
                written = str(node.args[0].value)
                if _VERB.match(written) and "tenant_id" not in written:
                    yield f"{subject.place(path, node.lineno)} 手写的 SQL 没有限定本租户。请用 session().execute(select(……))，框架会加上 tenant_id。"


def _short(statement: str) -> str:
    text = " ".join(statement.split())
    return text if len(text) <= 120 else text[:120] + "……"
