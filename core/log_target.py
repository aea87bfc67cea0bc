"""Where the log is sent beside standard error: a collector of syslog on another machine, spoken to by TLS or not at all (ASVS 5.0, 16.4.3)."""
from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from core.errors import ConfigurationError
from core.transport import PLAIN_HOSTS, may_be_plain

VARIABLE = "BAODAO_LOG_TARGET"
_PORTS = {"syslog+tls": 6514, "syslog+tcp": 601}


@dataclass(frozen=True, slots=True)
class LogTarget:
    """A receiver of RFC 5424 messages over TCP, framed by their length (RFC 5425, RFC 6587). `ca` None: what the system trusts."""

    host: str
    port: int
    encrypted: bool
    ca: Path | None = None

    def context(self) -> ssl.SSLContext | None:
        """TLS that looks at the receiver's certificate and name; None in clear. Raises OSError for a file that cannot be read."""
        return ssl.create_default_context(cafile=str(self.ca) if self.ca else None) if self.encrypted else None


def log_target(env: Mapping[str, str]) -> LogTarget | None:
    """The receiver that BAODAO_LOG_TARGET names; None without one.

    Raises ConfigurationError for what is no such address, for one in clear to another machine, and for certificates that cannot be read.
    """
    text = env.get(VARIABLE, "").strip()
    if not text:
        return None
    found = _parsed(text)
    if found is None:
        raise ConfigurationError(f"{VARIABLE} 应写成 syslog+tls://主机:6514?ca=CA证书文件 或 syslog+tcp://127.0.0.1:601 的样式。")
    if not found.encrypted and not may_be_plain(found.host, env):
        raise ConfigurationError(f"{VARIABLE} 指向另一台机器 {found.host}，但不加密。请改用 syslog+tls://…；"
                                 f"确认途中不会被窃听的（例如同一台机器的容器之间），把主机名写进 {PLAIN_HOSTS}。")
    try:
        found.context()
    except OSError as error:  # ssl's own errors too
        raise ConfigurationError(f"读不到 {VARIABLE} 中 ca= 指定的证书文件 {found.ca}。请检查路径、权限和内容。") from error
    return found


def _parsed(text: str) -> LogTarget | None:
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    given = parse_qs(parts.query)
    strange = parts.username or parts.path.strip("/") or parts.fragment or given.keys() - {"ca"}
    if port is None or not parts.hostname or parts.scheme not in _PORTS or strange:
        return None
    ca = given.get("ca")
    return LogTarget(parts.hostname, port, parts.scheme == "syslog+tls", Path(ca[0]) if ca else None)
