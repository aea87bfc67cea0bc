"""Sends the chains' heads to an address outside: signed, over https, and never into the private network unless the operator says so."""
from __future__ import annotations

import hmac
import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import ConfigurationError, Unavailable

SECONDS = 5  # rule 25
SIGNATURE = "X-Baodao-Signature"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address and the secret that signs what is sent to it. `private` also allows http and addresses that are not public."""

    url: str
    secret: str = field(repr=False)
    private: bool = False

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in (("https", "http") if self.private else ("https",)) or not parts.hostname or parts.username:
            raise ConfigurationError("BAODAO_AUDIT_WEBHOOK 应为 https:// 开头的地址，不带用户名；内网地址另须设置 BAODAO_AUDIT_WEBHOOK_PRIVATE=1。")
        if len(self.secret) < 16:
            raise ConfigurationError("设置了 BAODAO_AUDIT_WEBHOOK 时，BAODAO_AUDIT_WEBHOOK_SECRET 须有 16 个以上字符。")

    def send(self, body: bytes) -> None:
        """POST it as JSON with its HMAC-SHA256 in X-Baodao-Signature; a redirection is not followed.

        Raises ConfigurationError for an address that is not allowed, Unavailable when there is no answer of 2xx.
        """
        parts = urlsplit(self.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/json", SIGNATURE: signature(self.secret, body)}
        try:
            connection = self._connection()
            try:
                connection.request("POST", path, body, headers)
                status = connection.getresponse().status
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"审计标记没有送达 {parts.hostname}：{type(error).__name__}。") from error
        if not 200 <= status < 300:
            raise Unavailable(f"审计标记没有送达 {parts.hostname}：对方回答 {status}。")

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
        # The address that was looked at is the one that is called: a name may mean another machine the next time it is asked for.
        address = self._allowed(host, port)
        connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
        opened = socket.create_connection(address, SECONDS)
        if parts.scheme == "https":
            opened = ssl.create_default_context().wrap_socket(opened, server_hostname=host)
        connection.sock = opened
        return connection

    def _allowed(self, host: str, port: int) -> tuple[str, int]:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not self.private and not all(public(one) for one in found):
            raise ConfigurationError(f"BAODAO_AUDIT_WEBHOOK 指向内网地址（{host}）。确要如此请设置 BAODAO_AUDIT_WEBHOOK_PRIVATE=1。")
        return found[0], port


def signature(secret: str, body: bytes) -> str:
    """What the receiver compares: "sha256=" and the hex HMAC of the body."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def public(address: str) -> bool:
    """Whether an IP address is of the public internet; one of IPv4 in IPv6's clothes is judged by what it means."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not (mapped or found).is_multicast
