"""`baodao audit`: tells whole chains from broken ones by its exit code, and purges only under the migrations' role."""
from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from core.audit import record
from core.tenancy import now, set_clock, tenant_scope
from tests.cli.conftest import Baodao
from tests.cli.test_doctor import KEYS
from tests.support.databases import TestDatabase
from tests.support.factories import make_tenant


@pytest.fixture
def tenant(database: TestDatabase) -> int:
    """A tenant with two entries of 401 days ago and two of now."""
    made = make_tenant().id
    for moment in (now() - dt.timedelta(days=401), now()):
        with set_clock(moment):
            for _ in range(2):
                with tenant_scope(made):
                    record("done", "thing")
    return made


def test_verify_anchor_and_purge(baodao: Baodao, tenant: int, database: TestDatabase, own_folder: Path) -> None:
    assert baodao("audit", "anchor", **KEYS).returncode == 0
    assert (own_folder / "anchors" / f"tenant-{tenant}.jsonl").exists()
    whole = baodao("audit", "verify", "--json", **KEYS)
    assert (whole.returncode, list(json.loads(whole.stdout).values())) == (0, [[], []])
    refused = baodao("audit", "purge", **KEYS)
    assert (refused.returncode, "BAODAO_MIGRATE_URL" in refused.stderr) == (3, True)
    short = baodao("audit", "purge", "--days", 183, **KEYS, BAODAO_MIGRATE_URL=database.migrate_url)
    assert (short.returncode, "184" in short.stderr) == (3, True)
    purged = baodao("audit", "purge", "--json", **KEYS, BAODAO_MIGRATE_URL=database.migrate_url)
    assert (purged.returncode, list(json.loads(purged.stdout).values())) == (0, [2, 0])
    assert baodao("audit", "verify", **KEYS).returncode == 0
    with database.connect_admin() as admin:
        admin.execute("UPDATE audit_entry SET action = 'undone' WHERE seq = 4")
    broken = baodao("audit", "verify", "--json", **KEYS)
    assert (broken.returncode, list(json.loads(broken.stdout).values())) == (1, [[{"seq": 4, "kind": "edited"}], []])
    assert baodao("audit", "verify", "--operators", **KEYS).returncode == 0
