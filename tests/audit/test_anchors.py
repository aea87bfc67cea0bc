"""Heads kept outside the database find what the database alone can no longer tell."""
from __future__ import annotations

import datetime as dt
import hmac
import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from core.audit import OPERATORS, Fault, anchors, copy_head, erasures, record, record_operator, verify
from core.audit.anchors import Anchoring
from core.audit.webhook import Webhook
from core.errors import ConfigurationError, Unavailable
from core.tenancy import now, set_clock, tenant_scope
from tests.support.databases import TestDatabase

SECRET = "a secret for the tests"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where heads are kept."""
    anchors.configure(Anchoring(tmp_path / "kept"))
    yield tmp_path / "kept"
    anchors.configure(Anchoring())


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[bytes, str]]]]:
    """The address of a server on loopback, and what it was sent."""
    heard: list[tuple[bytes, str]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.rfile.read(int(self.headers["Content-Length"])), self.headers["X-Baodao-Signature"]))
            self.send_response(500 if self.path == "/broken" else 307 if self.path == "/elsewhere" else 204)
            self.send_header("Location", "/")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


def act(tenant: int, count: int = 1) -> None:
    for _ in range(count):
        with tenant_scope(tenant):
            record("done", "thing")
            record_operator("done", "thing")


def test_a_cut_end_that_was_signed_is_found_by_a_kept_head(city: int, folder: Path, database: TestDatabase) -> None:
    act(city, 3)
    with tenant_scope(city):
        old = copy_head()
    act(city, 2)
    with tenant_scope(city):
        anchors.keep(OPERATORS)
        assert anchors.keep() == anchors.keep() == anchors.kept()[-1]
    assert sorted(path.name for path in folder.iterdir()) == ["operators.jsonl", f"tenant-{city}.jsonl"]
    assert len((folder / f"tenant-{city}.jsonl").read_text().splitlines()) == 1
    assert old is not None
    with database.connect_admin() as admin:
        admin.execute("DELETE FROM audit_entry WHERE seq > 3")
        admin.execute("UPDATE audit_head SET seq = %s, hash = %s, signature = %s", (old.seq, old.hash, old.signature))
        admin.execute("DELETE FROM operator_entry")
    with tenant_scope(city):
        assert verify() == []  # the twin: without the kept head the chain is whole
        assert verify(anchors.kept()) == [Fault(5, "copy")]
        assert verify(anchors.kept(OPERATORS), trail=OPERATORS) == [Fault(5, "cut"), Fault(5, "copy")]


def test_a_kept_head_that_was_altered_is_told_apart(city: int, folder: Path) -> None:
    act(city, 2)
    with tenant_scope(city):
        anchors.keep()
    path = folder / f"tenant-{city}.jsonl"
    path.write_text(path.read_text() + json.dumps({**json.loads(path.read_text()), "seq": 1}) + "\n" + '{"cut short')
    with tenant_scope(city):
        assert verify(anchors.kept()) == [Fault(1, "anchor")]


@pytest.mark.usefixtures("opened_loopback")
def test_a_webhook_is_signed_and_its_refusal_is_told(city: int, receiver: tuple[str, list[tuple[bytes, str]]]) -> None:
    act(city)
    url, heard = receiver
    anchors.configure(Anchoring(None, Webhook(url, SECRET)))
    with tenant_scope(city):
        head = anchors.keep()
    (body, signature), sent = heard[0], json.loads(heard[0][0])
    assert signature == "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex()
    assert head is not None
    assert (sent["chain"], sent["seq"], sent["hash"]) == (f"tenant-{city}", 1, head.hash.hex())
    for path in ("/broken", "/elsewhere"):
        with pytest.raises(Unavailable):
            Webhook(url + path, SECRET).send(b"{}")
    with pytest.raises(Unavailable, match="没有送达"):
        Webhook("http://127.0.0.1:9/", SECRET).send(b"{}")  # nobody there
    anchors.configure(Anchoring())
    assert len(heard) == 3


def test_no_private_address_unless_the_operator_says_so(receiver: tuple[str, list[tuple[bytes, str]]]) -> None:
    url, heard = receiver
    for refused in ("https://name@example.org/", "ftp://example.org/", "https:///x"):
        with pytest.raises(ConfigurationError):
            Webhook(refused, SECRET)
    with pytest.raises(ConfigurationError, match="16"):
        Webhook("https://example.org/", "short")
    with pytest.raises(ConfigurationError, match="内网"):
        Webhook(url, SECRET).send(b"{}")
    for host in ("localhost", "127.0.0.1", "[::1]", "10.0.0.8", "[::ffff:192.168.1.1]", "169.254.169.254", "0.0.0.0"):
        with pytest.raises(ConfigurationError, match="内网"):
            Webhook(f"https://{host}:{url.rsplit(':', 1)[1]}/", SECRET).send(b"{}")
    assert heard == []


def test_a_chain_without_an_entry_has_no_end_and_the_newest_look_is_told(city: int, folder: Path) -> None:
    with tenant_scope(city):
        assert (anchors.keep(), anchors.kept(), anchors.kept_at(), anchors.newest(folder)) == (None, [], None, None)
    act(city)
    with tenant_scope(city):
        assert anchors.keep() is not None
        assert anchors.kept_at() == anchors.newest(folder)


def test_erasures_are_done_again_from_a_moment_on_and_those_that_fail_are_named(city: int, folder: Path) -> None:
    done: list[uuid.UUID] = []
    old, good, unknown = (uuid.uuid4() for _each in range(3))
    erasures.on("test", lambda one: done.append(one.object_id))
    for object_id, kind, days in ((old, "test", 0), (good, "test", 2), (unknown, "of a plugin that is gone", 2)):
        with set_clock(now() + dt.timedelta(days=days)), tenant_scope(city):
            erasures.note(kind, object_id)
    count, left = erasures.replay(now() + dt.timedelta(days=1))
    assert (done, count, [one.object_id for one in left]) == ([good], 1, [unknown])
    anchors.configure(Anchoring())
    with tenant_scope(city):
        erasures.note("test", old)  # nowhere to note it
    assert erasures.noted() == []
