"""Promise 25 in the small: base copy, more writes, a table dropped, restored to the second before; counts, sums and the logs' ends are equal."""
from __future__ import annotations

import datetime as dt
import json
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

import core.db
from core.audit import copy_head, erasures, record, record_operator
from core.config import Config
from core.tenancy import tenant_scope
from migrations import roles
from migrations.runner import upgrade
from tenants.loading import load_plugins
from tenants.process import configure_process
from tests.cli.conftest import clean_environment
from tests.cli.forking import Forker
from tests.cli.test_doctor import KEYS
from tests.support.databases import MASTER_KEYS, connect
from tests.support.factories import make_tenant
from web.backup.checking import totals
from web.backup.envelope import Key
from web.backup.shelf import Shelf, opened_file
from web.embedded import DataFolder
from web.embedded.servers import Servers, started

pytestmark = [pytest.mark.long, pytest.mark.promise(25)]


@dataclass
class House:
    """A data folder whose installation was backed up, written to and damaged; what it held the second before."""

    folder: DataFolder
    key: Path
    tenant: int
    damaged_at: dt.datetime
    counts: dict[str, int]
    sums: dict[str, str]
    head: int

    @property
    def shelf(self) -> Path:
        return self.folder.path / "backups"


def run(forker: Forker, *arguments: object) -> dict[str, object]:
    done = forker.run(arguments, clean_environment())
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return json.loads(done.stdout) if "--json" in arguments else {"said": done.stdout}


@pytest.fixture(scope="module")
def house(data_folder: DataFolder, forker: Forker) -> Iterator[House]:
    """See House."""
    folder = DataFolder(data_folder.path / "h")
    key = folder.path / "private-key"
    load_plugins()
    folder.prepare()
    (folder.path / "secrets").mkdir(mode=0o700)
    (folder.path / "secrets" / "master_key").write_text(KEYS["BAODAO_MASTER_KEY"] + "\n", "ascii")
    (folder.path / "secrets" / "master_key").chmod(0o400)
    with started(folder, "up") as servers:
        admin = _set_up(servers)
        tenant = make_tenant(code="4203").id
        _act(tenant, 3)
        run(forker, "backup", "key", key, "--data", folder.path)
        run(forker, "backup", "--data", folder.path, "--json")
        _act(tenant, 4)
        with tenant_scope(tenant):
            erasures.note("member", uuid.UUID(int=7))
        counts, sums = _totals(admin)
        with tenant_scope(tenant):
            head = copy_head()
        time.sleep(2)
        with connect(admin) as connection:
            damaged = connection.execute("select now()").fetchone()[0]
            connection.execute("drop table points_entry cascade")
            connection.execute("delete from audit_entry")
            connection.execute("select pg_switch_wal()")
        _wait_for_archive(servers)
        core.db.database.dispose()
    run(forker, "backup", "wal", "--data", folder.path)
    assert head is not None
    yield House(folder, key, tenant, damaged, counts, sums, head.seq)
    core.db.database.dispose()


def _set_up(servers: Servers) -> str:
    data, admin = servers.data, str(servers.admin_url)
    passwords = {f"{name}_password": data.secret(f"{name}_password") for name in ("app", "migrate", "backup")}
    roles.ensure_roles(admin, **passwords)
    upgrade(roles.migrate_url(admin, passwords["migrate_password"]))
    configure_process(Config(roles.app_url(admin, passwords["app_password"]), "redis://", "", MASTER_KEYS, data_dir=data.path), statement_timeout=60)
    return make_url(admin).set(database="baodao").render_as_string(hide_password=False)


def _act(tenant: int, count: int) -> None:
    for _ in range(count):
        with tenant_scope(tenant):
            record("done", "thing", None, {"count": 1})
            record_operator("done", "thing")


def _totals(admin: str) -> tuple[dict[str, int], dict[str, str]]:
    with create_engine(admin, poolclass=NullPool).connect() as connection:
        return totals(connection)


def _wait_for_archive(servers: Servers) -> None:
    with connect(str(servers.admin_url)) as connection:
        for _ in range(200):
            waiting = connection.execute("select count(*) from pg_ls_archive_statusdir() where name like '%.ready'").fetchone()
            if waiting == (0,):
                return
            time.sleep(0.1)
    raise AssertionError("WAL was not archived")


def _restored(house: House, forker: Forker, name: str, *more: object) -> tuple[DataFolder, dict[str, object]]:
    target = DataFolder(house.folder.path.parent / name)
    target.prepare()
    (target.path / "secrets").mkdir(mode=0o700)
    shutil.copy2(house.folder.secret_file("master_key"), target.path / "secrets" / "master_key")  # it is never in the backup
    shutil.copytree(house.folder.path / "anchors", target.path / "anchors")
    told = run(forker, "restore", "--key", house.key, "--backups", house.shelf, "--data", target.path, "--json", *more)
    return target, told


def test_to_the_second_before(house: House, forker: Forker) -> None:
    moment = house.damaged_at - dt.timedelta(seconds=1)
    target, told = _restored(house, forker, "r1", "--at", moment.isoformat())
    with started(target, "up") as servers:
        counts, sums = _totals(make_url(servers.admin_url).set(database="baodao").render_as_string(hide_password=False))
    assert counts == house.counts | {"operator_entry": house.counts["operator_entry"] + 1}  # the restore itself is noted
    assert sums == house.sums
    assert run(forker, "audit", "verify", "--data", target.path, "--json")["operators"] == []
    assert told["not_erased"] == []  # erased before that moment: nothing to do again


def test_into_a_folder_for_a_server_of_ones_own(house: House, forker: Forker) -> None:
    target, _told = _restored(house, forker, "r2", "--into", house.folder.path.parent / "r2c")
    assert not (target.postgres / "cluster").exists()
    assert (house.folder.path.parent / "r2c" / "cluster" / "PG_VERSION").exists()


def test_a_drill_is_sound_and_its_twin_without_the_moment_finds_the_damage(
        house: House, forker: Forker, record_property: Callable[[str, object], None]) -> None:
    whole = forker.run(["backup", "drill", "--key", house.key, "--data", house.folder.path, "--json", "--at",
                        (house.damaged_at - dt.timedelta(seconds=1)).isoformat()], clean_environment())
    told = json.loads(whole.stdout)
    assert (whole.returncode, told["sound"], told["holes"], told["faults"], told["tables"]) == (0, True, [], {}, len(house.counts))
    record_property("figure", f"a small database restored and checked in {told['rto_seconds']:.0f} s")
    broken = forker.run(["backup", "drill", "--key", house.key, "--data", house.folder.path, "--json"], clean_environment())
    assert (broken.returncode, json.loads(broken.stdout)["sound"]) == (1, False)
    assert not (house.folder.path / "drill").exists()
    assert Shelf(house.shelf).last_drill() == json.loads(broken.stdout)


def test_refusals_are_told_and_leave_nothing(house: House, forker: Forker, tmp_path: Path) -> None:
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    other = tmp_path / "other-key"
    run(forker, "backup", "key", other, "--data", house.folder.path.parent / "elsewhere")
    into = house.folder.path.parent / "r3"
    for arguments, code, words in (
            (["--key", house.key, "--at", later, "--into", into], 1, "到不了"),
            (["--key", house.key, "--at", "2020-01-01", "--into", into], 1, "没有在"),
            (["--key", other, "--into", into], 3, "打不开"),
            (["--key", house.key], 3, "没有覆盖")):
        done = forker.run(["restore", *arguments, "--backups", house.shelf, "--data", house.folder.path], clean_environment())
        assert (done.returncode, words in done.stderr) == (code, True), (arguments, done.stderr)
        assert not into.exists()


def test_no_master_key_and_no_clear_text_on_the_shelf(house: House) -> None:
    master = house.folder.secret("master_key").partition(":")[2].encode()
    key = Key(private=house.key.read_text())
    for path in house.shelf.rglob("*.sealed"):
        assert master not in path.read_bytes()
        assert b"baodao_app" not in path.read_bytes()
    with opened_file(Shelf(house.shelf).base(Shelf(house.shelf).notes()[0].name), key) as clear:
        content = clear.read()
    assert b"baodao_app" in content  # the twin: it is in there, encrypted
    assert master not in content
