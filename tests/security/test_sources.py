"""What the guard cannot narrow (written SQL, tables past their model, the driver itself) is left to a few named modules."""
from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "tenants", "plugins", "web")
BYPASSES = {
    "text": {"core/members/bulk.py", "core/tenancy/gate.py", "web/cli/checks.py", "web/cli/up.py", "web/health.py"},
    "exec_driver_sql": set(),
    "fetch": {"core/tenancy/hot.py"},  # core.db's: a finished statement, by the driver
    "__table__": {"core/members/bulk.py", "core/registration/obligations.py", "web/testing/kit/samples.py"},
    "driver_connection": {"core/db.py", "core/extension/visit.py", "core/members/bulk.py", "tenants/divisions.py"},
    "unscoped": {"core/jobs/running.py", "tenants/deletion.py", "tenants/health.py", "tenants/keys.py", "tenants/provisioning.py", "web/cli/account.py",
                 "web/demo/check.py", "web/demo/place.py", "web/demo/seeding.py", "web/pages/login.py", "web/tenant.py", "web/testing/factories.py"},
}


def used(source: str) -> set[str]:
    """Which of the bypasses occur in a module's code."""
    found, tree = set(), ast.parse(source)
    from_sqlalchemy = {alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                       and (node.module or "").startswith("sqlalchemy") for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "text" and "text" in from_sqlalchemy:
                found.add("text")
            if node.func.id in {"unscoped", "fetch"}:
                found.add(node.func.id)
        if isinstance(node, ast.Attribute) and node.attr in {"exec_driver_sql", "__table__", "driver_connection"}:
            found.add(node.attr)
    return found


def modules() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts and path.name != "models.py":  # a model's texts are conditions of its indexes
                yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


@pytest.mark.parametrize("bypass", BYPASSES)
def test_only_the_named_modules_go_past_the_guard(bypass: str) -> None:
    assert {name for name, source in modules() if bypass in used(source)} == BYPASSES[bypass]


def test_twin_a_bypass_is_seen() -> None:
    assert used("from sqlalchemy import text\nsession().execute(text('select 1'))\nMember.__table__\nfetch(c, 'x', {})\nwith unscoped(): pass") == {
        "text", "__table__", "unscoped", "fetch"}
