"""Sends the chains' heads to an address outside, signed, by the one door outwards (core.outgoing)."""
from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core import outgoing
from core.errors import ConfigurationError, Invalid, Unavailable

SIGNATURE = "X-Baodao-Signature"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address and the secret that signs what is sent to it."""

    url: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        try:
            outgoing.split(self.url)
        except Invalid as error:
            raise ConfigurationError("BAODAO_AUDIT_WEBHOOK 应为 https:// 开头的地址，不带用户名。") from error
        if len(self.secret) < 16:
            raise ConfigurationError("设置了 BAODAO_AUDIT_WEBHOOK 时，BAODAO_AUDIT_WEBHOOK_SECRET 须有 16 个以上字符。")

    def send(self, body: bytes) -> None:
        """POST it as JSON with its HMAC-SHA256 in X-Baodao-Signature; a redirection is not followed.

        Raises ConfigurationError for an address that is not allowed, Unavailable when there is no answer of 2xx.
        """
        headers = {"Content-Type": "application/json", SIGNATURE: signature(self.secret, body)}
        host = urlsplit(self.url).hostname
        try:
            status = outgoing.fetch(self.url, method="POST", body=body, headers=headers).status
        except Invalid as error:
            raise ConfigurationError(f"BAODAO_AUDIT_WEBHOOK 指向内网地址（{host}）。确要如此请在 BAODAO_OUTGOING_NETWORKS 中写明网段。") from error
        except Unavailable as error:
            raise Unavailable(f"审计标记没有送达 {host}。") from error
        if not 200 <= status < 300:
            raise Unavailable(f"审计标记没有送达 {host}：对方回答 {status}。")


def signature(secret: str, body: bytes) -> str:
    """What the receiver compares: "sha256=" and the hex HMAC of the body."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()
