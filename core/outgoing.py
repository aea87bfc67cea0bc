"""The only door by which this service calls another server: never into its own network, never longer or larger than allowed.

A web hook's or a sign-in provider's address is typed by an administrator of one tenant; without this door it could be pointed at
the database, at a cloud's metadata or at a neighbour (ASVS 5.0 1.3.6, 13.2.4, 15.3.2). The name is resolved once, every address
found is looked at, and the connection goes to the address that was looked at: a name that changes its mind in between gains nothing.
"""
from __future__ import annotations

import dataclasses
import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
import structlog
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_ import create_urllib3_context

from core.errors import Invalid, Unavailable
from core.i18n import _

CONNECT_SECONDS, SECONDS, MAX_BYTES = 3.0, 5.0, 1024 * 1024
_CHUNK = 8192
_PORTS = {"http": 80, "https": 443}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv6 addresses that stand for IPv4 ones
_COMPATIBLE = ipaddress.ip_network("::/96")
_allowed: list[Network] = []
_authorities: list[Path] = []
_tls_refused: list[Callable[[], object]] = []
log = structlog.get_logger("baodao.outgoing")


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What the other server said; `body` is at most the limit's bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def configure(networks: Iterable[str], authorities: Path | None = None) -> None:
    """Set the inner networks that the operator (never a tenant) opens, as "10.1.2.0/24", and a PEM file of authorities that are trusted
    beside the public ones, for servers whose certificate a province's own authority has signed. Raises ValueError for anything else, OSError.
    """
    _allowed[:] = [ipaddress.ip_network(text) for text in networks]
    _authorities[:] = [authorities] if authorities else []
    if authorities:
        create_urllib3_context().load_verify_locations(authorities)  # now, not at the first call


def on_tls_refused(told: Callable[[], object]) -> None:
    """Let `told` be called whenever a call is given up because the other server's certificate or TLS is not good (ASVS 5.0 16.3.4)."""
    _tls_refused.append(told)


def fetch(url: str, *, method: str = "GET", body: bytes | None = None, json: Any = None, form: Mapping[str, str] | None = None,
          headers: Mapping[str, str] | None = None, seconds: float = SECONDS, limit: int = MAX_BYTES) -> Answer:
    """One request; whatever status comes back is returned, a redirect too, which is not followed.

    Raises Invalid for an address that may not be called, Unavailable when there is no answer within `seconds` or it is over `limit` bytes.
    Call it outside a database transaction that holds locks: it may take `seconds`.
    """
    split(url)
    with session() as opened:
        try:
            with opened.request(method, url, data=body if form is None else dict(form), json=json, allow_redirects=False, stream=True,
                                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                                headers={"Accept-Encoding": "identity", **(headers or {})}) as response:
                return Answer(response.status_code, dict(response.headers), _read(response, time.monotonic() + seconds, limit))
        except (requests.RequestException, HTTPError, OSError) as error:
            raise Unavailable(_("对方服务器没有应答，或回答不合要求。请检查地址，稍后再试。")) from error


def session() -> requests.Session:
    """A session for libraries that want one: each call is checked and pinned like `fetch`'s; the size of an answer is not."""
    return guard(requests.Session())


def guard(opened: requests.Session) -> requests.Session:
    """Put the checks into an existing session (Authlib's is one): no other adapter, no proxy of the environment. A redirect is an answer."""
    opened.adapters.clear()
    for scheme in _PORTS:
        opened.mount(f"{scheme}://", Pinned())
    opened.trust_env = False
    opened.get_redirect_target = _nowhere  # type: ignore[assignment,method-assign]  # the library would read a redirect's body to its end
    return opened


class Pinned(HTTPAdapter):
    """Connects to the address that was looked at, and asks its certificate for the name that was typed."""

    def build_connection_pool_key_attributes(self, request: requests.PreparedRequest, verify: Any,
                                             cert: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """The pool's key, with the checked address in place of the name. Raises Invalid."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        parts = split(request.url or "")
        host["host"] = str(checked(parts))
        request.headers["Host"] = parts.netloc
        if parts.scheme == "https":
            pool |= {"server_hostname": parts.hostname, "assert_hostname": parts.hostname}
            if _authorities:
                pool["ssl_context"] = context = create_urllib3_context()
                context.load_verify_locations(_authorities[0])  # the public ones are added by the library
        return host, pool

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """As the library does, with a time limit where the caller has forgotten it, and with the certificate always looked at.

        One that is not good is logged and counted besides: it may be somebody between us and the other server.
        """
        if options.get("timeout") is None:
            options["timeout"] = (CONNECT_SECONDS, SECONDS)
        options["verify"] = options.get("verify") or True
        try:
            return super().send(request, *args, **options)
        except requests.exceptions.SSLError as error:
            for told in _tls_refused:
                told()
            # The error itself would repeat the whole address.
            log.warning("outgoing_tls_refused", host=urlsplit(request.url or "").hostname, reason=str(getattr(error.args[0], "reason", ""))[:200])
            raise


def split(url: str) -> SplitResult:
    """The parts of an address that may be called at all: http or https, a host, no user name. Raises Invalid."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in _PORTS and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise Invalid(_("地址不正确，应以 https:// 开头，例如 https://example.gov.cn/notice。"))
    return parts


def check(url: str) -> None:
    """Whether an address may be called now, for the form in which it is typed. Raises Invalid."""
    checked(split(url))


def checked(parts: SplitResult) -> Address:
    """The address to connect to, when the name has no other than allowed ones. Raises Invalid."""
    found = resolve(parts.hostname or "", parts.port or _PORTS[parts.scheme])
    opened = [any(one in network for network in _allowed) for one in found]
    if not found or not all(inside or is_public(one) for one, inside in zip(found, opened, strict=True)):
        raise Invalid(_("这个地址在内部网络里，或者不存在，不能使用。内部服务器须先由系统运维人员开放。"))
    if parts.scheme != "https" and not all(opened):  # in clear only where the operator has said so
        raise Invalid(_("地址不正确，应以 https:// 开头，例如 https://example.gov.cn/notice。"))
    return found[0]


def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a name, once; none when there is no such name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def is_public(address: Address) -> bool:
    """Whether an address belongs to the internet: none of ours, no group, nothing that hides such a one in IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and (address in _TRANSLATED or address in _COMPATIBLE):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _nowhere(_response: requests.Response) -> None:
    """No redirect leads anywhere."""


def _read(response: requests.Response, deadline: float, limit: int) -> bytes:
    """The body as it comes, unpacked by nobody."""
    found = bytearray()
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise HTTPError("packed")
    while chunk := response.raw.read1(_CHUNK, decode_content=False):  # what is there: a full piece might be waited for for ever
        found += chunk
        if len(found) > limit or time.monotonic() > deadline:
            raise HTTPError("too much")
    return bytes(found)
