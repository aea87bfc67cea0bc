"""PostgreSQL and Redis on another machine are spoken to by TLS that looks at the certificate, or not at all (ASVS 5.0 12.3.1, 12.3.4)."""
from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from redis.exceptions import ConnectionError as NoConnection
from sqlalchemy import make_url

from core.config import Config
from core.errors import ConfigurationError
from core.jobs.bell import connect
from core.transport import PLAIN_HOSTS, database_url, redis_url
from tests.support.certificates import certificate_file, server_context
from tests.support.databases import TestDatabase
from web.cli.checks import transport_findings
from web.cli.findings import WARN

VERIFIED = "?sslmode=verify-full"
HERE = ("postgresql:///x", "postgresql://a@localhost/x", "postgres://a@127.0.0.1:5/x", "postgresql+psycopg://a@[::1]/x", "postgresql://a@/x?host=/run/pg")
THERE = ("postgresql://a@db/x", "postgres://a@10.0.0.1/x", "postgresql://a@db/x?sslmode=require", "postgresql://a@db/x?sslmode=verify-ca",
         "postgresql://a@/x?host=db:5432", "postgresql://a@/x?host=127.0.0.1,db", "postgresql://a@127.0.0.1/x?host=db",
         "postgresql://a@localhost/x?hostaddr=10.0.0.1", "postgresql://a@/x?service=far")
BELLS_HERE = ("redis://localhost", "redis://:p@127.0.0.1:6379/0", "redis://[::1]/0", "unix:///run/redis.sock")
BELLS_THERE = ("redis://bell", "redis://:p@10.0.0.1/0", "rediss://bell?ssl_cert_reqs=none", "rediss://bell?ssl_cert_reqs=optional",
               "rediss://bell?ssl_check_hostname=False")


def test_what_stays_on_this_machine_needs_none_and_what_leaves_it_does() -> None:
    assert [database_url(text, {}) for text in HERE] == list(HERE)
    assert [redis_url(text, {}) for text in BELLS_HERE] == list(BELLS_HERE)
    assert database_url(f"postgresql://a@db/x{VERIFIED}", {}) == f"postgresql://a@db/x{VERIFIED}"
    assert redis_url("rediss://bell/0?ssl_ca_certs=/ca.pem", {}) == "rediss://bell/0?ssl_ca_certs=/ca.pem"
    assert [text for text in THERE if not refused(text)] == []
    assert [text for text in BELLS_THERE if not refused(text)] == []


@pytest.mark.parametrize("variable", ["PGHOST", "PGHOSTADDR"])
def test_the_drivers_own_variables_are_looked_at(variable: str) -> None:
    assert refused("postgresql:///x", {variable: "10.0.0.1"})


def test_the_operators_word_opens_the_named_hosts_only() -> None:
    word = {PLAIN_HOSTS: "DB, bell"}
    assert (refused("postgresql://a@db/x", word), refused("redis://bell", word)) == (False, False)
    assert (refused("postgresql://a@other/x", word), refused("redis://other", word)) == (True, True)
    assert [list(transport_findings(env)) == [] for env in ({}, word)] == [True, False]
    assert [(one.state, "db、bell" in one.seen) for one in transport_findings(word)] == [(WARN, True)]


def test_every_address_of_an_installation_is_asked() -> None:
    given = {"DATABASE_URL": "postgresql:///x", "REDIS_URL": "redis://localhost", "BAODAO_SECRET_KEY": "s", "BAODAO_MASTER_KEY": "A" * 43 + "="}
    Config.from_env(given)
    for far in ({"DATABASE_URL": "postgresql://db/x"}, {"REDIS_URL": "redis://bell"}):
        with pytest.raises(ConfigurationError, match=PLAIN_HOSTS):
            Config.from_env(given | far)


def refused(text: str, env: dict[str, str] | None = None) -> bool:
    try:
        (redis_url if "redis" in text else database_url)(text, env or {})
    except ConfigurationError as error:
        return PLAIN_HOSTS in error.message
    return False


@pytest.fixture
def secret_bell(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A redis-server that speaks TLS only: its address, and the certificate to trust."""
    pem, port = certificate_file(tmp_path, "localhost"), free_port()
    program = shutil.which("redis-server") or pytest.skip("no redis-server")
    with subprocess.Popen([program, "--port", "0", "--tls-port", str(port), "--tls-cert-file", pem, "--tls-key-file", pem, "--tls-ca-cert-file", pem,
                           "--tls-auth-clients", "no", "--bind", "127.0.0.1", "--save", "", "--dir", tmp_path], stdout=subprocess.DEVNULL) as server:
        for _try in range(100):
            with closing(socket.socket()) as probe:
                if server.poll() is not None:
                    pytest.skip("this redis-server was built without TLS")
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"rediss://localhost:{port}/0", pem
        server.terminate()


def rings(address: str) -> bool:
    with connect(address) as client:
        try:
            return bool(client.ping())
        except NoConnection:
            return False


def test_the_bell_rings_by_tls_and_not_for_another_certificate(secret_bell: tuple[str, Path], tmp_path: Path) -> None:
    address, pem = secret_bell
    other = certificate_file(tmp_path, "other.example")
    assert (rings(f"{address}?ssl_ca_certs={pem}"), rings(f"{address}?ssl_ca_certs={other}")) == (True, False)
    assert rings(f"{address.replace('localhost', '127.0.0.1')}?ssl_ca_certs={pem}") is False  # a name that is not in it


def test_twin_what_is_refused_takes_any_certificate(secret_bell: tuple[str, Path], secret_database: tuple[str, Path]) -> None:
    bell, database = f"{secret_bell[0]}?ssl_cert_reqs=none", f"{secret_database[0]}?sslmode=require"
    assert (rings(bell), answers(database)) == (True, True)
    assert (refused(bell.replace("localhost", "bell")), refused(database.replace("localhost", "db"))) == (True, True)


@pytest.fixture
def secret_database(database: TestDatabase, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The tests' PostgreSQL behind a relay that speaks TLS to clients, as a server elsewhere does; the one from the wheel has none built in."""
    pem, url = certificate_file(tmp_path, "localhost"), make_url(database.app_url)
    context, (kind, target) = server_context(pem), place_of(database)

    def serve(client: socket.socket) -> None:
        client.recv(8)  # the request for TLS
        client.sendall(b"S")
        try:
            secret = context.wrap_socket(client, server_side=True)
        except OSError:
            return
        with closing(socket.socket(kind)) as server, secret:
            server.connect(target)
            threading.Thread(target=pump, args=(server, secret), daemon=True).start()
            pump(secret, server)

    def accept() -> None:
        while True:
            try:
                client, _address = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield f"postgresql://{url.username}:{url.password}@localhost:{listening.getsockname()[1]}/{url.database}", pem
        listening.shutdown(socket.SHUT_RDWR)


def answers(address: str) -> bool:
    try:
        with psycopg.connect(address, connect_timeout=5) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_the_database_answers_by_tls_and_not_with_another_certificate(secret_database: tuple[str, Path], tmp_path: Path) -> None:
    address, pem = secret_database
    verified, other = f"?sslmode=verify-full&sslrootcert={pem}", certificate_file(tmp_path, "other.example")
    assert (answers(address + verified), answers(f"{address}?sslmode=verify-full&sslrootcert={other}")) == (True, False)
    assert answers(address.replace("localhost", "127.0.0.1") + verified) is False


def pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until either end is over."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def place_of(database: TestDatabase) -> tuple[socket.AddressFamily, str | tuple[str, int]]:
    """Where the tests' server listens: a socket's file, or a port."""
    with psycopg.connect(database.app_url.replace("+psycopg", "")) as connection:
        info = connection.info
        if info.host.startswith("/"):
            return socket.AF_UNIX, f"{info.host}/.s.PGSQL.{info.port}"
        return socket.AF_INET, (info.host, info.port)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port: int = probe.getsockname()[1]
        return port
