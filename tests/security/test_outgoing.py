"""No address that somebody types makes the service call into its own network, and no other server holds it up."""
from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from structlog.testing import capture_logs

from core import outgoing
from core.errors import Invalid, Unavailable
from tests.support.certificates import certificate_file, server_context
from web import health

PRIVATE = (
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f.0.0.1/", "https://0.0.0.0/", "https://localhost/", "https://[::1]/",
    "https://[::ffff:10.0.0.1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:7f00:1::]/", "https://[fe80::1]/",
    "https://[fd00::1]/", "https://10.0.0.1/", "https://172.16.3.4/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/", "https://224.0.0.1/", "https://255.255.255.255/", "https://192.0.2.1/", "https://nowhere.invalid/",
)
MALFORMED = ("", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "https://", "https://user:word@example.com/", "//example.com/",
             "javascript:alert(1)", "https://example.com:99999/", "https://example.com:0/", "https://[::1/", "https://[not-an-address]/")


class Other(BaseHTTPRequestHandler):
    """A server that says what it heard, redirects, says too much, packs, drips and falls silent."""

    def do_GET(self) -> None:
        self.server.heard.append((self.path, self.headers["Host"]))  # type: ignore[attr-defined]
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "http://169.254.169.254/")
        if self.path == "/packed":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if self.path == "/silent":
            self.server.over.wait(3)  # type: ignore[attr-defined]
        for _piece in range(60 if self.path == "/drip" else 0):
            self.wfile.write(b"x")
            if self.server.over.wait(0.05):  # type: ignore[attr-defined]
                return
        self.wfile.write(b"x" * (5000 if self.path == "/much" else 2))

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def other() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    server.heard, server.over = [], threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.over.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    outgoing.configure(())


def address(server: ThreadingHTTPServer, path: str = "/", host: str = "127.0.0.1") -> str:
    return f"http://{host}:{server.server_port}{path}"


def test_an_inner_or_odd_address_is_refused_before_anything_is_sent() -> None:
    called = [(url, how) for url in PRIVATE + MALFORMED for how in (outgoing.check, outgoing.fetch) if not refuses(how, url)]
    with outgoing.session() as opened:
        called += [(url, opened.post) for url in PRIVATE if not refuses(opened.post, url)]
    assert called == []


def refuses(call: Callable[[str], object], url: str) -> bool:
    try:
        call(url)
    except Invalid:
        return True
    return False


def test_a_public_address_is_allowed_by_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "resolve", lambda _host, _port: [ipaddress.ip_address("93.184.215.14")])
    outgoing.check("https://example.com/hook")
    with pytest.raises(Invalid):
        outgoing.check("http://example.com/hook")


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "resolve", lambda _host, _port: [ipaddress.ip_address(a) for a in ("93.184.215.14", "10.0.0.1")])
    with pytest.raises(Invalid):
        outgoing.check("https://example.com/")


def test_only_what_the_operator_opened_is_called(other: ThreadingHTTPServer) -> None:
    for networks in ((), ("10.0.0.0/8",)):
        outgoing.configure(networks)
        with pytest.raises(Invalid):
            outgoing.fetch(address(other))
    assert other.heard == []  # type: ignore[attr-defined]
    outgoing.configure(["127.0.0.1/32"])
    assert (outgoing.fetch(address(other)).status, outgoing.fetch(address(other)).body) == (200, b"xx")


def test_twin_without_the_check_the_inner_server_is_called(other: ThreadingHTTPServer) -> None:
    assert requests.get(address(other), timeout=2, proxies={"http": ""}).content == b"xx"


def test_a_name_that_changes_its_mind_gains_nothing(other: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name leads to one address when it is looked at and to another afterwards; the one that was looked at is called."""
    outgoing.configure(["127.0.0.1/32"])
    answers = [[ipaddress.ip_address("127.0.0.1")], [ipaddress.ip_address("10.0.0.1")]]
    monkeypatch.setattr(outgoing, "resolve", lambda _host, _port: answers.pop(0))
    assert outgoing.fetch(address(other, host="hook.invalid")).status == 200
    assert (len(answers), other.heard) == (1, [("/", f"hook.invalid:{other.server_port}")])  # type: ignore[attr-defined]


def test_a_certificate_for_another_name_is_refused(other: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for the name that was typed, though the address was called; an unknown issuer is refused too. Each refusal is logged and counted,
    without the path.
    """
    outgoing.configure(["127.0.0.1/32"])
    monkeypatch.setattr(outgoing, "resolve", lambda _host, _port: [ipaddress.ip_address("127.0.0.1")])
    pem = certificate_file(tmp_path, "hook.example")
    other.socket = server_context(pem).wrap_socket(other.socket, server_side=True)

    def ask(host: str, *, known: bool) -> int:
        with outgoing.session() as opened:
            opened.verify = str(pem) if known else True
            return opened.get(f"https://{host}:{other.server_port}/secret").status_code
    before = health.TLS_REFUSED._value.get()
    with capture_logs() as told:
        assert ask("hook.example", known=True) == 200
        for host, known in (("other.example", True), ("hook.example", False)):
            with pytest.raises(requests.exceptions.SSLError):
                ask(host, known=known)
    assert [(one["event"], one["host"], one["log_level"]) for one in told] == [
        ("outgoing_tls_refused", host, "warning") for host in ("other.example", "hook.example")]
    assert (["match" in told[0]["reason"], "verify failed" in told[1]["reason"]], "secret" in str(told)) == ([True, True], False)
    assert health.TLS_REFUSED._value.get() - before == 2


def test_a_redirect_is_told_and_not_followed(other: ThreadingHTTPServer) -> None:
    outgoing.configure(["127.0.0.1/32"])
    assert (outgoing.fetch(address(other, "/away")).status, len(other.heard)) == (302, 1)  # type: ignore[attr-defined]
    with outgoing.session() as opened:
        assert opened.get(address(other, "/away")).status_code == 302


@pytest.mark.parametrize("path", ["/much", "/packed", "/drip", "/silent"])
def test_who_says_too_much_or_too_slowly_is_left(other: ThreadingHTTPServer, path: str) -> None:
    outgoing.configure(["127.0.0.1/32"])
    begin = time.monotonic()
    with pytest.raises(Unavailable):
        outgoing.fetch(address(other, path), seconds=0.4, limit=4000)
    assert time.monotonic() - begin < 2


def test_nobody_there_is_told_as_unavailable(other: ThreadingHTTPServer) -> None:
    outgoing.configure(["127.0.0.1/32"])
    with pytest.raises(Unavailable):
        outgoing.fetch("http://127.0.0.1:9/")


def test_the_proxies_of_the_environment_are_not_asked(other: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    outgoing.configure(["127.0.0.1/32"])
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert outgoing.fetch(address(other)).status == 200
