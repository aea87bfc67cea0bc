"""The log goes to a collector of syslog elsewhere: service and audit, by TLS that looks at the certificate, scrubbed, and never in anybody's way."""
from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import structlog

from core import log_sender
from core.audit import record, record_operator
from core.errors import ConfigurationError
from core.log_sender import LogSender
from core.log_target import VARIABLE, LogTarget, log_target
from core.logs import configure_logging
from core.tenancy import session, tenant_scope, unscoped
from tests.support.certificates import certificate_file, server_context
from web.cli.log_checks import log_findings

PHONE, HEAD = "13900001234", re.compile(rb"<(\d+)>1 (\S+Z) \S+ baodao \d+ (service|audit) - ")


class Collector:
    """A receiver on loopback that keeps what comes; `hang_up` cuts whoever is connected."""

    def __init__(self, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._context, self._server = context, socket.create_server(("127.0.0.1", port))
        self.port, self.came, self._open = self._server.getsockname()[1], b"", [self._server]
        threading.Thread(target=self._accept, daemon=True).start()

    def messages(self, count: int, seconds: float = 15) -> list[tuple[int, str, dict[str, object]]]:
        """The first `count` messages as (priority, kind, JSON), read by their lengths."""
        until = time.monotonic() + seconds
        while len(found := self._parsed()) < count and time.monotonic() < until:
            time.sleep(0.02)
        return found

    def hang_up(self) -> None:
        """Close every connection and the door."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # a thread that reads would keep it open
            one.close()

    def _accept(self) -> None:
        try:
            while True:
                plain, _address = self._server.accept()
                threading.Thread(target=self._read, args=(plain,), daemon=True).start()
        except OSError:
            return

    def _read(self, plain: socket.socket) -> None:
        try:
            opened = self._context.wrap_socket(plain, server_side=True) if self._context else plain
            self._open.append(opened)
            with opened:
                while part := opened.recv(65536):
                    self.came += part
        except OSError:
            plain.close()

    def _parsed(self) -> list[tuple[int, str, dict[str, object]]]:
        rest, found = self.came, []
        while match := re.match(rb"(\d+) ", rest):
            length, start = int(match[1]), match.end()
            if len(rest) < start + length:
                break
            text, rest = rest[start:start + length], rest[start + length:]
            head = HEAD.match(text)
            assert head is not None, text
            found.append((int(head[1]), head[3].decode(), json.loads(text[head.end():])))
        return found


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """This process's log as the other tests have it, afterwards."""
    configure_logging("INFO")
    yield
    log_sender.configure(None)
    configure_logging("ERROR", "text")


def test_both_logs_arrive_by_tls_scrubbed_and_only_what_happened(city: int, tmp_path: Path) -> None:
    pem = certificate_file(tmp_path, "localhost")
    collector = Collector(server_context(pem))
    target = log_target({VARIABLE: f"syslog+tls://localhost:{collector.port}?ca={pem}"})
    log_sender.configure(target)
    structlog.get_logger("x").info("request", route="/x", said=f"call {PHONE}")
    with tenant_scope(city):
        record("term.changed", "term", details={"count": 2, "said": PHONE})
    with pytest.raises(ZeroDivisionError), tenant_scope(city):
        record("undone", "thing")
        session().flush()
        raise ZeroDivisionError
    with unscoped():
        record_operator("tenant.looked", "tenant")
    assert log_sender._sender[0].flush(10)
    found = collector.messages(3)
    assert [(number, kind, said["event"], said.get("action")) for number, kind, said in found] == [
        (16 * 8 + 6, "service", "request", None), (13 * 8 + 5, "audit", "audit", "term.changed"), (13 * 8 + 5, "audit", "audit", "tenant.looked")]
    assert (found[1][2]["tenant"], found[1][2]["seq"], len(str(found[1][2]["hash"]))) == (city, 1, 64)
    assert (PHONE in str(found), "[phone]" in str(found[0]), "[phone]" in str(found[1])) == (False, True, True)
    assert [(one.state, one.seen) for one in log_findings({VARIABLE: f"syslog+tls://localhost:{collector.port}?ca={pem}"})] == [
        ("ok", f"localhost:{collector.port}")]
    collector.hang_up()


@pytest.mark.parametrize(("trusted", "comes"), [("localhost", True), ("another", False)])
def test_nothing_goes_to_a_receiver_that_is_not_the_one_named(tmp_path: Path, trusted: str, *, comes: bool) -> None:
    """The twin trusts it."""
    own = certificate_file(tmp_path, "localhost")
    ca = own if comes else certificate_file(tmp_path, trusted)
    collector = Collector(server_context(own))
    sender = LogSender(LogTarget("localhost", collector.port, encrypted=True, ca=ca))
    sender.put({"event": "x"})
    assert (sender.flush(3), b"baodao" in collector.came) == (comes, comes)
    sender.close()
    collector.hang_up()


def test_a_dead_collector_stops_nobody_and_what_was_lost_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_sender, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(log_sender, "LONGEST_PAUSE", 0.2)
    first = Collector()
    sender = LogSender(LogTarget("127.0.0.1", first.port, encrypted=False), most=5)
    sender.put({"event": "before", "odd": ("\ud800", 2**70)})
    assert [(said["event"], said["odd"]) for _number, _kind, said in first.messages(1)] == [("before", ["\ud800", 2**70])]
    first.hang_up()
    began = time.monotonic()
    for number in range(500):
        sender.put({"event": "x" * 100, "number": number, "exception": "y" * 40_000 if number == 1 else ""})
    assert (time.monotonic() - began < 1, sender._waiting.qsize(), sender.flush(0.3)) == (True, 5, False)
    second = Collector(port=first.port)
    assert sender.flush(10)
    found = [said for _number, _kind, said in second.messages(7)]
    lost = [said for said in found if said["event"] == "log lines lost on the way"]
    assert [said["level"] for said in lost] == ["warning"]
    assert (lost[0]["count"], len(found)) == (500 - (len(found) - 1), len(found))
    assert max(len(str(said)) for said in found) < 2000  # the long one was cut
    sender.close()
    sender._process = 0  # as in a child that was forked: it has a queue and a connection of its own
    sender.put({"event": "child"})
    assert (sender.flush(10), second.messages(len(found) + 1)[-1][2]["event"]) == (True, "child")
    sender.close()
    second.hang_up()


def test_entries_of_the_audit_log_have_room_of_their_own_and_what_is_lost_of_them_is_said(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(log_sender, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(log_sender, "LONGEST_PAUSE", 0.1)
    configure_logging("INFO")  # onto the standard error that is read here
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    sender = LogSender(LogTarget("127.0.0.1", port, encrypted=False), most=5)
    for number in range(100):
        sender.put({"event": "x", "number": number})
    for number in range(5):
        sender.put({"event": "audit", "number": number}, audit=True)
    assert (sender.lost[True], sender.lost[False] >= 94) == (0, True)  # a flood of other lines pushes none out
    for number in range(5, 12):
        sender.put({"event": "audit", "number": number}, audit=True)
    assert not sender.flush(0.5)
    assert '"count": 7, "event": "audit entries lost on the way to the collector"' in capsys.readouterr().err
    # Who hangs up while the number is told has not heard it.
    collector, real = Collector(port=port), log_sender.connect

    class Deaf:
        """A connection that breaks at the first word."""

        def sendall(self, _line: bytes) -> None:
            raise BrokenPipeError

        def close(self) -> None:
            """Nothing is open."""

    came: list[object] = []
    monkeypatch.setattr(log_sender, "connect", lambda target: came.append(target) or (Deaf() if len(came) == 1 else real(target)))
    assert sender.flush(10)
    found = [said for _number, _kind, said in collector.messages(13)]
    assert [said["number"] for said in found if said["event"] == "audit"] == list(range(5))
    assert [said["count"] for said in found if said["event"] == "audit entries lost on the way"] == [7]
    assert (len(came), sender.lost) == (2, {False: 0, True: 0})
    sender.close()
    collector.hang_up()


def test_an_address_in_clear_to_another_machine_is_refused(tmp_path: Path) -> None:
    here = {VARIABLE: "syslog+tcp://127.0.0.1"}
    assert log_target({}) is None
    assert log_target(here) == LogTarget("127.0.0.1", 601, encrypted=False)
    assert log_target({VARIABLE: "syslog+tcp://logs:1601", "BAODAO_PLAIN_HOSTS": "logs"}) == LogTarget("logs", 1601, encrypted=False)
    assert log_target({VARIABLE: "syslog+tls://logs.example.gov.cn"}) == LogTarget("logs.example.gov.cn", 6514, encrypted=True)
    wrong = ("syslog+tcp://logs.example.gov.cn", "syslog://127.0.0.1", "https://logs.example.gov.cn", "syslog+tls://", "syslog+tls://h:x",
             "syslog+tls://u:p@h", "syslog+tls://h?verify=no", f"syslog+tls://h?ca={tmp_path / 'none.pem'}")
    for text in wrong:
        with pytest.raises(ConfigurationError, match=VARIABLE):
            log_target({VARIABLE: text})
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    findings = [next(log_findings(env)).state for env in ({}, {VARIABLE: wrong[0]}, {VARIABLE: f"syslog+tcp://127.0.0.1:{port}"})]
    assert findings == ["warn", "fail", "fail"]
