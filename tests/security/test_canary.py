"""Promise 18: planted numbers, phones and addresses are nowhere at rest in clear: database, logs, Redis, temporary files, metrics, tracebacks."""
from __future__ import annotations

import io
import logging
import re
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from psycopg.errors import NotNullViolation
from redis import Redis
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from core.config import Config
from core.jobs import run_due
from core.jobs.bell import bell
from core.logs import configure_logging
from core.members.models import Member
from core.privacy.logfilter import ScrubFilter
from core.service import records
from core.service.records import RecordInput
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.needs.contacts import Contact
from plugins.needs.writing import NeedInput, receive
from plugins.wishes import entering as wishes
from plugins.wishes.entering import WishInput
from tests.importing.conftest import member as line, workbook
from tests.members.conftest import post
from tests.security.rows import PLUGINS
from tests.support.applications import shared_app
from tests.support.databases import TestDatabase, external_admin_url
from tests.support.factories import TestTenant, make_id_number, make_tenant, sign_in
from web.embedded import DataFolder
from web.embedded.postgres import Postgres

pytestmark = pytest.mark.promise(18)

ID_NUMBER, PHONE, ADDRESS = make_id_number(31_415), "13926535897", "金丝雀里弄9号"
OTHER_PHONE, RESIDENT, RESIDENTS_ADDRESS = "13793238462", "诸葛金丝雀", "东湖金丝雀村3组"
CANARIES = (ID_NUMBER, PHONE, ADDRESS, OTHER_PHONE, RESIDENT, RESIDENTS_ADDRESS)
Place = tuple[str, bytes]


@pytest.fixture
def tenant(database: TestDatabase, redis_server: str) -> Iterator[TestTenant]:
    """A city whose bell rings in a real Redis."""
    assert database
    bell.configure(redis_server)
    yield make_tenant(plugins=PLUGINS)
    bell.configure(None)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that this process logs, at the finest level, as its own handlers would write it."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    before = structlog.get_config()
    configure_logging("DEBUG")
    handler = logging.StreamHandler(out)
    handler.addFilter(ScrubFilter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.configure(**before)


@pytest.fixture
def app(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application, whose temporary files lie in a folder of the test's."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return shared_app(config)


def _use(app: Flask, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Everyday work with the canaries: a roster, residents' words, a search, full numbers shown and exported, and things that go wrong."""
    client = app.test_client()
    sign_in(client, tenant.accounts["city_administrator"])
    roster = workbook([line(31_415, 手机号=PHONE, 居住地址=ADDRESS)])
    uploaded = post(client, "/imports/", file=(io.BytesIO(roster), "花名册.xlsx")).location
    run_due()
    assert post(client, f"{uploaded}/confirm", uploaded).status_code == 303
    run_due()
    with tenant.scope():
        member_id = session().scalars(select(Member.id).where(Member.tenant_id == tenant_id())).one()
        community = tenant.communities[0]
        receive(NeedInput(community, "楼道灯坏了", contact=Contact(RESIDENT, OTHER_PHONE, RESIDENTS_ADDRESS)), by=None)
        wishes.enter(WishInput(community, "wish", "换一盏灯", name=RESIDENT, phone=OTHER_PHONE), by=tenant.accounts["community_officer"].id)
        records.submit(member_id, RecordInput("政策宣传", "入户宣传", today(), 60, community, recipient=RESIDENT), entered_by=None)
    assert "王小明" in post(client, "/members/search", "/members/", q=ID_NUMBER).text
    assert ID_NUMBER in post(client, f"/members/{member_id}/reveal", f"/members/{member_id}", reason="contact").text
    post(client, "/members/export", "/members/", reason="report")
    run_due()
    _fail(client, tenant, monkeypatch)
    return client


def _fail(client: FlaskClient, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that raises with a number in its words, and a statement that the database refuses with a row of them."""
    with monkeypatch.context() as patch:
        patch.setattr("web.pages.members.show.member_view", _raise)
        client.application.config["PROPAGATE_EXCEPTIONS"] = False
        assert client.get(f"/members/{uuid.uuid4()}").status_code == 500
    for odd in ({"phone": PHONE.encode(), "sex": ADDRESS}, {"sex": "male"}):  # of the second something is missing
        try:
            with tenant.scope():
                session().execute(insert(Member).values(tenant_id=tenant_id(), id=uuid.uuid4(), name=RESIDENT, **odd))
        except DBAPIError:
            structlog.get_logger("web").exception("refused")


def _raise(_member_id: uuid.UUID) -> None:
    raise ValueError(f"{ID_NUMBER} {PHONE}")


def _database(database: TestDatabase) -> Iterable[Place]:
    """Every table as a dump writes it; bytes stand there in hexadecimal."""
    with database.connect_admin() as connection:
        tables = [row[0] for row in connection.execute("select tablename from pg_tables where schemaname = 'public' order by 1")]
        for table in tables:
            with connection.cursor().copy(f'COPY "{table}" TO STDOUT') as copy:
                yield f"table {table}", b"".join(bytes(block) for block in copy)


def _redis(url: str) -> Iterable[Place]:
    with Redis.from_url(url) as client:
        for key in client.scan_iter("*"):
            yield f"Redis {key!r}", bytes(key) + (client.dump(key) or b"")


def _files(folder: Path) -> Iterable[Place]:
    return ((f"file {path.name}", path.name.encode() + path.read_bytes()) for path in folder.rglob("*") if path.is_file())


class Server:
    """What the run's own PostgreSQL writes from now on: its log, and the write-ahead log, which is archived as it is."""

    def __init__(self, database: TestDatabase, server: Postgres) -> None:
        self._database, self._server = database, server
        self._logged, self._from = server.log.stat().st_size, self._point()

    def __iter__(self) -> Iterator[Place]:
        (first, since), (last, until) = self._from, self._point()
        yield "server's log", self._server.log.read_bytes()[self._logged:]
        for segment in sorted((self._server.cluster / "pg_wal").glob("[0-9A-F]*")):
            if first <= segment.name <= last and segment.is_file():
                yield "WAL", segment.read_bytes()[since if segment.name == first else 0:until if segment.name == last else None]

    def _point(self) -> tuple[str, int]:
        with self._database.connect_admin() as connection:
            row = connection.execute("select file_name, file_offset from pg_walfile_name_offset(pg_current_wal_insert_lsn())").fetchone()
            connection.execute("checkpoint")
        assert row is not None
        return row[0], row[1]


@pytest.fixture
def server(data_folder: DataFolder, postgres_url: str, database: TestDatabase) -> Server:
    """That of this run; a server from elsewhere keeps its files to itself."""
    if external_admin_url():
        pytest.skip("reads the files of the run's own PostgreSQL")
    assert postgres_url
    return Server(database, Postgres(data_folder, data_folder.prepare(), durable=False))


def hits(places: Iterable[Place]) -> list[str]:
    """Where a canary stands, in clear, in hexadecimal or as JSON escapes it."""
    found = []
    for name, content in places:
        for canary in CANARIES:
            forms = (canary.encode(), canary.encode().hex().encode(), canary.encode("unicode_escape"), canary.encode("utf-16-le"))
            if any(form in content for form in forms):
                found.append(f"{canary} in {name}")
    return found


def test_nothing_planted_is_found_at_rest(app: Flask, tenant: TestTenant, database: TestDatabase, redis_server: str, tmp_path: Path,
                                          log: io.StringIO, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    client = _use(app, tenant, monkeypatch)
    metrics = client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"})
    written = log.getvalue()
    places = [*_database(database), *server, *_redis(redis_server), *_files(tmp_path), ("log", written.encode()), ("metrics", metrics.data)]
    assert hits(places) == []
    assert ("Traceback" in written or "ValueError" in written, "refused" in written, len(re.findall("table ", " ".join(n for n, _c in places))) > 60) == (
        True, True, True)


def test_twin_each_place_without_its_wall_is_found(tenant: TestTenant, database: TestDatabase, redis_server: str, tmp_path: Path,
                                                   server: Server) -> None:
    assert tenant
    (tmp_path / "spill").write_text(ADDRESS)
    with Redis.from_url(redis_server) as client:
        client.set("spill", PHONE)
    with database.connect_admin() as connection:
        connection.execute("update organization set contact_name = %s, contact_phone = %s where kind = 'unit'", (RESIDENT, PHONE.encode()))
        with pytest.raises(NotNullViolation):  # of whom row-level security does not hold: to others the server does not name the row
            connection.execute("insert into organization (tenant_id, id, contact_name) values (1, gen_random_uuid(), %s)", [RESIDENT])
    unscrubbed = io.StringIO()
    structlog.wrap_logger(structlog.PrintLogger(unscrubbed), processors=[structlog.processors.JSONRenderer()],
                          wrapper_class=structlog.BoundLogger).info("x", number=ID_NUMBER)
    assert hits([*_database(database), *server, *_redis(redis_server), *_files(tmp_path), ("log", unscrubbed.getvalue().encode())]) == [
        f"{PHONE} in table organization", f"{RESIDENT} in table organization", f"{RESIDENT} in server's log", f"{PHONE} in WAL", f"{RESIDENT} in WAL",
        f"{PHONE} in Redis b'spill'", f"{ADDRESS} in file spill",
        f"{ID_NUMBER} in log"]
