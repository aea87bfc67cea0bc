"""Each of core's migrations goes down and up again and leaves the same tables, walls and rights either way."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, text

from core.tenancy.gate import holes
from migrations.roles import MIGRATE, OWNER
from migrations.runner import histories
from tests.support.databases import TestDatabase

Shape = frozenset[str]
#: Everything that a migration may leave behind, a line each; the order of columns is no matter.
SHAPE = """
    select concat_ws(' ', 'column', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
      from pg_attribute join pg_class on pg_class.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
    union all select concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
      from pg_constraint where connamespace = 'public'::regnamespace and conrelid <> 0
    union all select concat_ws(' ', 'index', pg_get_indexdef(oid)) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'i'
    union all select concat_ws(' ', 'policy', polrelid::regclass, polname, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
      from pg_policy
    union all select concat_ws(' ', 'walls', relname, relrowsecurity, relforcerowsecurity, relowner::regrole)
      from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
    union all select concat_ws(' ', 'right', relname, acl.grantee::regrole, acl.privilege_type)
      from pg_class, aclexplode(relacl) acl where relnamespace = 'public'::regnamespace and relkind = 'r'
    union all select concat_ws(' ', 'trigger', pg_get_triggerdef(oid)) from pg_trigger where not tgisinternal
    union all select concat_ws(' ', 'function', proname, proowner::regrole, md5(prosrc)) from pg_proc where pronamespace = 'public'::regnamespace
"""


#: Holes that a migration closed; before it the gate of today names them.
CLOSED = {"member: 应用角色可以删除只清空不删除的行": "0023"}


def move(database: TestDatabase, script: ScriptDirectory, target: str, *, up: bool, versions: str = "alembic_version") -> None:
    """One history to a revision, core's or that of which `versions` is the table."""

    def steps(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs(target, revision) if up else script._downgrade_revs(target, revision)

    with create_engine(database.migrate_url, poolclass=NullPool).connect() as connection, \
            EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, version_table=versions)
        with environment.begin_transaction():
            environment.run_migrations()
            connection.execute(text(f"REASSIGN OWNED BY {MIGRATE} TO {OWNER}"))


def shape(database: TestDatabase) -> Shape:
    """What stands in the database."""
    with database.connect_admin() as admin:
        return frozenset(row[0] for row in admin.execute(SHAPE).fetchall() if "alembic_version" not in row[0])


def gaps(database: TestDatabase, revision: str) -> list[str]:
    """The holes in the third wall at a revision that should not be there, as the application sees them."""
    with create_engine(database.app_url, poolclass=NullPool).connect() as connection:
        return [hole for hole in holes(connection) if CLOSED.get(hole, "") <= revision]


def difference(before: Shape, after: Shape) -> list[str]:
    """What one has and the other has not."""
    return sorted([f"gone: {one}" for one in before - after] + [f"left: {one}" for one in after - before])


@pytest.mark.promise(2)
def test_the_newest_migration_goes_down_and_comes_back(new_database: Callable[..., TestDatabase]) -> None:
    database, script = new_database(migrated=False), histories()[0].script()
    newest, before = [one.revision for one in script.walk_revisions()][:2]
    move(database, script, before, up=True)
    old = shape(database)
    move(database, script, newest, up=True)
    new = shape(database)
    move(database, script, before, up=False)
    assert (difference(old, shape(database)), gaps(database, before)) == ([], [])
    move(database, script, newest, up=True)
    assert (difference(new, shape(database)), gaps(database, newest)) == ([], [])


@pytest.mark.promise(2)
@pytest.mark.long
def test_each_migration_goes_down_and_comes_back(new_database: Callable[..., TestDatabase]) -> None:
    database, script = new_database(migrated=False), histories()[0].script()
    revisions = [one.revision for one in script.walk_revisions()][::-1]
    first: dict[str, Shape] = {}
    found: dict[str, list[str]] = {}
    for revision in revisions:
        move(database, script, revision, up=True)
        first[revision], found[f"{revision} walls"] = shape(database), gaps(database, revision)
    for revision, before in zip(revisions[:0:-1], revisions[-2::-1], strict=True):
        move(database, script, before, up=False)
        found[f"{revision} down"] = difference(first[before], shape(database))
    for revision in revisions[1:]:
        move(database, script, revision, up=True)
        found[f"{revision} up again"] = difference(first[revision], shape(database))
    move(database, script, "base", up=False)
    assert {step: lines for step, lines in found.items() if lines} == {}
    assert {one for one in shape(database) if one.split()[0] in ("column", "policy")} == set()
    assert (len(found), len(first[revisions[-1]]) > 1000) == (3 * len(revisions) - 2, True)
