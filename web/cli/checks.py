"""What `baodao doctor` looks at: each check is one function that yields findings, and each finding says how to mend it."""
from __future__ import annotations

import datetime as dt
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from core.errors import ConfigurationError
from migrations import roles
from web.cli.up import check_port
from web.embedded import DataFolder
from web.embedded.supervisor import answers

OK, WARN, FAIL = "ok", "warn", "fail"
CLOCK_SECONDS = 5
GIB = 2**30
KEYS = {"BAODAO_SECRET_KEY": "secret_key", "BAODAO_MASTER_KEY": "master_key"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table: what was looked at, how it stands, what was seen, and how to mend it."""

    check: str
    state: str
    seen: str
    mend: str = ""


def folder_findings(data: DataFolder) -> Iterator[Finding]:
    """Whether the data folder can be written and its secrets are read by their owner only."""
    if not data.path.exists():
        yield Finding("数据目录", WARN, f"{data.path} 还不存在", "运行 baodao up 或 baodao demo 建立。")
        return
    writable = os.access(data.path, os.W_OK)
    mend = "" if writable else "用建立它的账户运行，或用 --data 另选目录。"
    yield Finding("数据目录", OK if writable else FAIL, str(data.path), mend)
    yield from (_key_finding(path) for path in _key_files(data))
    for variable, name in KEYS.items():
        if not (os.environ.get(variable) or os.environ.get(f"{variable}_FILE") or (data.path / "secrets" / name).exists()):
            yield Finding("密钥文件", WARN, f"还没有 {variable}", "baodao up 会自动生成；正式部署请设置它，见 deploy/.env.example。")
    for folder in (data.postgres, data.valkey):
        if folder.exists() and stat.S_IMODE(folder.stat().st_mode) != 0o700:
            yield Finding("目录权限", FAIL, f"{folder} 对他人开放", f"chmod 700 {folder}")


def disk_findings(data: DataFolder) -> Iterator[Finding]:
    """Whether the disk has room: below 10 % or 1 GiB is a warning, below 5 % a failure (security rule 24)."""
    nearest = next(path for path in (data.path, *data.path.parents) if path.exists())
    usage = shutil.disk_usage(nearest)
    share = usage.free / usage.total
    state = FAIL if share < 0.05 else WARN if share < 0.10 or usage.free < GIB else OK
    mend = "" if state == OK else "清理磁盘，或把数据目录移到更大的磁盘。"
    yield Finding("磁盘空间", state, f"剩余 {usage.free / GIB:.1f} GiB（{share:.0%}）", mend)


def port_findings(host: str, port: int) -> Iterator[Finding]:
    """Whether the website's port is free, or ours."""
    try:
        check_port(host, port)
        yield Finding("端口", OK, f"{host}:{port} 空闲")
    except ConfigurationError:
        ours = answers(f"http://{host}:{port}/healthz")
        yield Finding("端口", OK if ours else FAIL, f"{host}:{port} " + ("由报到使用" if ours else "被其他程序占用"),
                      "" if ours else "停止那个程序，或用 --port 另选端口。")


def database_findings(url: str) -> Iterator[Finding]:
    """Version, role, schema, the third wall, the clock; one finding if the server does not answer."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            for check in (_version, _role, _schema, _gate, _durability, _clock):
                yield from check(connection)
    except SQLAlchemyError as error:
        yield Finding("PostgreSQL", FAIL, str(error).splitlines()[0], "检查 DATABASE_URL 和数据库服务器是否在运行。")


def redis_findings(url: str) -> Iterator[Finding]:
    """Whether Redis answers, evicts nothing and keeps a log of its writes."""
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
            version = client.info("server").get("redis_version")
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
            log = client.config_get("appendonly").get("appendonly")
    except RedisError as error:
        yield Finding("Redis", FAIL, str(error), "检查 REDIS_URL 和 Redis 服务器。网站可用，作业要等 Redis 恢复。")
        return
    yield Finding("Redis", OK, f"协议版本 {version}")
    good = policy == "noeviction"
    mend = "" if good else "CONFIG SET maxmemory-policy noeviction，并写入配置文件。"
    yield Finding("Redis 淘汰策略", OK if good else FAIL, str(policy), mend)
    if log != "yes":
        yield Finding("Redis 持久化", WARN, "appendonly no", "CONFIG SET appendonly yes；作业本身保存在数据库中，不会丢失。")


def plugin_findings() -> Iterator[Finding]:
    """Plugins that were refused, with the reason."""
    from core.extension.registry import current

    for name, reason in current().refused.items():
        yield Finding("插件", FAIL, f"{name}：{reason.splitlines()[0]}", "升级或卸载该插件；其余插件不受影响。")
    if current().plugins:
        yield Finding("插件", OK, "、".join(current().plugins))


def _version(connection: Connection) -> Iterator[Finding]:
    number = int(connection.execute(text("show server_version_num")).scalar_one()) // 10000
    good = number in roles.SUPPORTED
    yield Finding("PostgreSQL", OK if good else FAIL, f"版本 {number}", "" if good else "请使用 PostgreSQL 15 至 18。")


def _role(connection: Connection) -> Iterator[Finding]:
    faults = roles.role_faults(connection)
    yield Finding("数据库角色", FAIL if faults else OK, "、".join(faults) or roles.APP,
                  f"在 DATABASE_URL 中使用 {roles.APP}。" if faults else "")


def _schema(connection: Connection) -> Iterator[Finding]:
    from migrations import runner

    behind = runner.heads_behind(connection)
    yield Finding("表结构", FAIL, "落后：" + "、".join(behind), "运行 baodao db upgrade。") if behind else Finding("表结构", OK, "最新")


def _gate(connection: Connection) -> Iterator[Finding]:
    from core.tenancy import gate

    holes = gate.holes(connection)
    yield Finding("租户隔离", FAIL if holes else OK, "；".join(holes[:3]) or "没有漏洞",
                  "运行 baodao db gate 查看全部，修复迁移后再提供服务。" if holes else "")


def _durability(connection: Connection) -> Iterator[Finding]:
    if connection.execute(text("show fsync")).scalar_one() != "on":
        yield Finding("数据安全", FAIL, "fsync 已关闭，断电会损坏数据", "在 PostgreSQL 配置中设置 fsync = on。")


def _clock(connection: Connection) -> Iterator[Finding]:
    there: dt.datetime = connection.execute(text("select clock_timestamp()")).scalar_one()
    apart = abs((there - dt.datetime.now(dt.UTC)).total_seconds())
    good = apart <= CLOCK_SECONDS
    mend = "" if good else "开启 NTP 对时（systemctl enable --now systemd-timesyncd）。"
    yield Finding("时钟", OK if good else FAIL, f"与数据库相差 {apart:.1f} 秒", mend)


def _key_files(data: DataFolder) -> list[Path]:
    given = [Path(path) for name in KEYS if (path := os.environ.get(f"{name}_FILE"))]
    folder = data.path / "secrets"
    own = sorted(folder.iterdir()) if folder.exists() and os.access(folder, os.R_OK | os.X_OK) else []
    return given + own


def _key_finding(path: Path) -> Finding:
    if not path.exists():
        return Finding("密钥文件", FAIL, f"{path} 不存在", "从备份恢复。没有主密钥就无法读取加密的个人信息。")
    mode = stat.S_IMODE(path.stat().st_mode)
    return Finding("密钥文件", FAIL if mode & 0o077 else OK, f"{path.name} {mode:04o}", f"chmod 400 {path}" if mode & 0o077 else "")
