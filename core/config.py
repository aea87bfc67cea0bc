"""Reads the installation's settings from the environment, once and in one place."""
from __future__ import annotations

import base64
import ipaddress
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import ConfigurationError
from core.log_target import LogTarget, log_target
from core.transport import database_url, redis_url

SIGN_IN_NAMES = 30
PLUGIN_FAILURES, PLUGIN_SECONDS = 20, 1
PROCESS_MEMORY = 1024
SECOND_FACTORS = ("officers", "optional")
#: How long the audit logs are kept, and the least: 网络安全法 asks for six months of network logs.
AUDIT_DAYS, AUDIT_LEAST_DAYS = 400, 184


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one installation; `from_env` reads them, tests build them directly.

    `sign_in_names`: so many names may fail to sign in from one address within 15 minutes; 0 means any number.
    `plugin_failures`: so many within 10 minutes suspend a plugin in a tenant, 0 never; what takes a plugin longer than `plugin_seconds`
    counts as one, 0: nothing does. `process_memory`: MiB of data that one process may hold (`core.memory`), 0: no limit.
    `second_factor` says who must sign in with one: "officers", administrators and operators included, or nobody ("optional").
    `audit_days`: so long audit entries are kept. `audit_anchors` is the folder for the copied heads of the chains (None: `anchors` in
    `data_dir`), `audit_webhook` an address that they are sent to.
    `log_target`: where the log is sent beside standard error.
    `outgoing_networks`: inner networks that `core.outgoing` may call, as "10.1.2.0/24"; `outgoing_authorities`: a PEM file of certificate
    authorities that it trusts beside the public ones.
    `breached_passwords`: the operator's copy of a list of breached passwords (`core.access.breached_passwords`).
    `master_keys` maps a key id (1 to 255) to 32 bytes; the highest id encrypts, the others only decrypt.
    """

    database_url: str
    redis_url: str
    secret_key: str = field(repr=False)
    master_keys: Mapping[int, bytes] = field(repr=False)
    data_dir: Path = Path(".data")
    base_url: str = "http://127.0.0.1:8000"
    environment: str = "production"
    log_level: str = "INFO"
    log_format: str = "json"
    log_target: LogTarget | None = None
    trusted_proxies: int = 0
    trusted_hosts: tuple[str, ...] = ()
    sign_in_names: int = SIGN_IN_NAMES
    plugin_failures: int = PLUGIN_FAILURES
    plugin_seconds: int = PLUGIN_SECONDS
    process_memory: int = PROCESS_MEMORY
    second_factor: str = SECOND_FACTORS[0]
    audit_days: int = AUDIT_DAYS
    audit_anchors: Path | None = None
    audit_webhook: str = ""
    audit_webhook_secret: str = field(default="", repr=False)
    outgoing_networks: tuple[str, ...] = ()
    outgoing_authorities: Path | None = None
    breached_passwords: Path | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Config:
        """Read BAODAO_* , DATABASE_URL and REDIS_URL; NAME_FILE may name a file that holds the value.

        Raises ConfigurationError when something needed is missing or malformed.
        """
        source = os.environ if env is None else env
        return cls(
            database_url=psycopg_url(database_url(_required(source, "DATABASE_URL"), source)),
            redis_url=redis_url(_required(source, "REDIS_URL"), source),
            secret_key=_required(source, "BAODAO_SECRET_KEY"),
            master_keys=parse_master_keys(_required(source, "BAODAO_MASTER_KEY")),
            data_dir=Path(source.get("BAODAO_DATA", ".data")),
            base_url=source.get("BAODAO_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
            environment=source.get("BAODAO_ENV", "production"),
            log_level=source.get("BAODAO_LOG_LEVEL", "INFO").upper(),
            log_format=source.get("BAODAO_LOG_FORMAT", "json"),
            log_target=log_target(source),
            trusted_proxies=_count(source, "BAODAO_TRUSTED_PROXIES"),
            trusted_hosts=_hosts(source),
            sign_in_names=_count(source, "BAODAO_SIGN_IN_NAMES", SIGN_IN_NAMES),
            plugin_failures=_count(source, "BAODAO_PLUGIN_FAILURES", PLUGIN_FAILURES),
            plugin_seconds=_count(source, "BAODAO_PLUGIN_SECONDS", PLUGIN_SECONDS),
            process_memory=_count(source, "BAODAO_PROCESS_MEMORY", PROCESS_MEMORY),
            second_factor=second_factor(source),
            audit_days=audit_days(_count(source, "BAODAO_AUDIT_DAYS", AUDIT_DAYS)),
            audit_anchors=Path(anchors) if (anchors := source.get("BAODAO_AUDIT_ANCHORS")) else None,
            audit_webhook=source.get("BAODAO_AUDIT_WEBHOOK", ""),
            audit_webhook_secret=setting(source, "BAODAO_AUDIT_WEBHOOK_SECRET") or "",
            outgoing_networks=_networks(source, "BAODAO_OUTGOING_NETWORKS"),
            outgoing_authorities=_authorities(source, "BAODAO_OUTGOING_CA"),
            breached_passwords=Path(breached) if (breached := source.get("BAODAO_BREACHED_PASSWORDS")) else None,
        )


def audit_days(days: int) -> int:
    """`days` as it came. Raises ConfigurationError when that is less than the law's half year (promise 17)."""
    if days < AUDIT_LEAST_DAYS:
        raise ConfigurationError(f"审计日志至少保存 {AUDIT_LEAST_DAYS} 天（网络安全法：不少于六个月），现在设为 {days} 天。请改大 BAODAO_AUDIT_DAYS。")
    return days


def parse_master_keys(text: str) -> dict[int, bytes]:
    """Master keys from "1:<base64>,2:<base64>", or one bare base64 value as key 1. Raises ConfigurationError."""
    keys: dict[int, bytes] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        number, _, value = part.rpartition(":")
        try:
            keys[int(number or 1)] = base64.b64decode(value, validate=True)
        except ValueError as error:
            raise ConfigurationError("BAODAO_MASTER_KEY 的格式应为 “1:<base64>”，多把密钥用逗号分隔。") from error
    if not keys or any(len(key) != 32 or not 1 <= number <= 255 for number, key in keys.items()):
        raise ConfigurationError("BAODAO_MASTER_KEY 中每把密钥须为 32 字节的 base64，编号 1 至 255。")
    return keys


def setting(env: Mapping[str, str], name: str) -> str | None:
    """The value of NAME, or of the file that NAME_FILE names; None when neither is set. Raises ConfigurationError."""
    if path := env.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "不是文本文件"
            raise ConfigurationError(f"读不到 {name}_FILE 指定的文件 {path}（{reason}）。请检查路径和权限。") from error
    return env.get(name) or None


def second_factor(env: Mapping[str, str]) -> str:
    """Who must sign in with a second factor, from BAODAO_SECOND_FACTOR. Raises ConfigurationError."""
    found = env.get("BAODAO_SECOND_FACTOR") or SECOND_FACTORS[0]
    if found not in SECOND_FACTORS:
        raise ConfigurationError(f"BAODAO_SECOND_FACTOR 应为 {' 或 '.join(SECOND_FACTORS)}，现在是 {found}。")
    return found


def psycopg_url(url: str) -> str:
    """The address with the driver named, as SQLAlchemy wants it."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _required(env: Mapping[str, str], name: str) -> str:
    if value := setting(env, name):
        return value
    raise ConfigurationError(f"缺少环境变量 {name}（或 {name}_FILE）。单机试用请运行 baodao up，它会自动准备。")


def _count(env: Mapping[str, str], name: str, default: int = 0) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise ConfigurationError(f"{name} 应为不小于 0 的整数，现在是 {text}。")
    return int(text)


def _hosts(env: Mapping[str, str]) -> tuple[str, ...]:
    """The names that are answered: those that are listed, else that of an https address; () are all, as on a machine to try things on."""
    address = urlsplit(env.get("BAODAO_BASE_URL", ""))
    listed = tuple(host.strip() for host in env.get("BAODAO_TRUSTED_HOSTS", "").split(",") if host.strip())
    return listed or ((address.hostname,) if address.scheme == "https" and address.hostname else ())


def _networks(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    texts = tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())
    try:
        return tuple(str(ipaddress.ip_network(text)) for text in texts)
    except ValueError as error:
        raise ConfigurationError(f"{name} 应为用逗号分隔的网段，例如 10.1.2.0/24,10.1.3.4/32。") from error


def _authorities(env: Mapping[str, str], name: str) -> Path | None:
    """The file of certificate authorities. Raises ConfigurationError when it cannot be read as such."""
    if not (path := env.get(name)):
        return None
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"读不出 {name} 指定的文件 {path}。应为 PEM 格式的 CA 证书，请检查路径和权限。") from error
    return Path(path)
