"""Lets nobody's data cross a network in clear: a PostgreSQL or Redis on another machine is spoken to by TLS that looks at its certificate, or not at all.

A name in BAODAO_PLAIN_HOSTS is the operator's word that the way there needs none, as between containers of one machine (ASVS 5.0 12.3.1, 12.3.4).
"""
from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import ConfigurationError

PLAIN_HOSTS = "BAODAO_PLAIN_HOSTS"
_TRUE = ("true", "1", "yes", "y", "t", "on")


def database_url(text: str, env: Mapping[str, str], *, name: str = "DATABASE_URL") -> str:
    """The address of a PostgreSQL database as it was given. Raises ConfigurationError when it is none, or one in clear to another machine."""
    try:
        url = make_url(text.replace("postgres://", "postgresql://", 1) if text.startswith("postgres://") else text)
        good = url.get_backend_name() == "postgresql"
    except (ArgumentError, ValueError):  # SQLAlchemy's own words would show the password
        good = False
    if not good:
        raise ConfigurationError(f"{name} 不是 PostgreSQL 的地址。应写成 postgresql://baodao_app:口令@127.0.0.1:5432/baodao 的样式。")
    far = _far(_database_hosts(url, env), env)
    if far and url.query.get("sslmode") != "verify-full":
        raise ConfigurationError(
            f"{name} 指向另一台机器 {far[0]}，但没有要求核对证书的加密。请在地址后加 ?sslmode=verify-full&sslrootcert=CA证书文件；"
            f"确认途中不会被窃听的（例如同一台机器的容器之间），把主机名写进 {PLAIN_HOSTS}。")
    return text


def redis_url(text: str, env: Mapping[str, str]) -> str:
    """The address of a Redis server as it was given. Raises ConfigurationError as `database_url` does."""
    parts = urlsplit(text)
    if parts.scheme == "unix":
        return text
    if parts.scheme not in {"redis", "rediss"}:
        raise ConfigurationError("REDIS_URL 不是 Redis 的地址。应写成 redis://:口令@127.0.0.1:6379/0 的样式。")
    if (far := _far([parts.hostname or "localhost"], env)) and not (parts.scheme == "rediss" and _looks_at_certificate(parts.query)):
        raise ConfigurationError(
            f"REDIS_URL 指向另一台机器 {far[0]}，但没有要求核对证书的加密。请改用 rediss://…?ssl_ca_certs=CA证书文件，不要关闭核对；"
            f"确认途中不会被窃听的（例如同一台机器的容器之间），把主机名写进 {PLAIN_HOSTS}。")
    return text


def plain_hosts(env: Mapping[str, str]) -> list[str]:
    """The names and addresses of other machines that may be spoken to in clear, as the operator has written them."""
    return [name.strip().casefold() for name in env.get(PLAIN_HOSTS, "").split(",") if name.strip()]


def may_be_plain(host: str, env: Mapping[str, str]) -> bool:
    """Whether a host may be spoken to in clear: it is this machine, or the operator has opened it."""
    return not _far([host], env)


def _far(hosts: Iterable[str], env: Mapping[str, str]) -> list[str]:
    """Those that are neither this machine nor opened by the operator."""
    opened = plain_hosts(env)
    return [host for host in hosts if not _is_here(host) and host.casefold() not in opened]


def _is_here(host: str) -> bool:
    if host in {"", "localhost"} or host.startswith(("/", "@")):  # nothing, a folder or an abstract name: a socket of this machine
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _database_hosts(url: URL, env: Mapping[str, str]) -> list[str]:
    """Everything that libpq may connect to: hosts of the address and of its query, the environment's where there is none, a service's file."""
    query = {key: value if isinstance(value, tuple) else (value,) for key, value in url.query.items()}
    named = [part.rpartition(":")[0] if part.count(":") == 1 else part
             for value in query.get("host", ()) for part in value.split(",")]
    hosts = [*([url.host] if url.host else []), *named] or [env.get("PGHOST", "")]
    numbers = [part for value in query.get("hostaddr", ()) for part in value.split(",")] or [env.get("PGHOSTADDR", "")]
    return [*hosts, *numbers, *(f"service={name}" for name in query.get("service", ()))]


def _looks_at_certificate(query: str) -> bool:
    given = parse_qs(query)
    return (given.get("ssl_cert_reqs", ["required"]) == ["required"]
            and all(value.casefold() in _TRUE for value in given.get("ssl_check_hostname", ["true"])))
