"""What `baodao doctor` looks at: each check is one function that yields findings, and each finding says how to mend it."""
from __future__ import annotations

import datetime as dt
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from core.access.breached_passwords import VARIABLE, BreachedPasswords
from core.access.common_passwords import most_used
from core.config import SECOND_FACTORS, second_factor
from core.errors import ConfigurationError
from core.transport import PLAIN_HOSTS, plain_hosts
from migrations import roles
from web.cli.findings import FAIL, OK, WARN, Finding
from web.cli.key_checks import wrapped_keys
from web.cli.up import check_port
from web.embedded import DataFolder
from web.embedded.supervisor import answers

CLOCK_SECONDS = 5
GIB = 2**30


def folder_findings(data: DataFolder) -> Iterator[Finding]:
    """Whether the data folder can be written and the servers' folders are closed to others."""
    if not data.path.exists():
        yield Finding("数据目录", WARN, f"{data.path} 还不存在", "运行 baodao up 或 baodao demo 建立。")
        return
    writable = os.access(data.path, os.W_OK)
    mend = "" if writable else "用建立它的账户运行，或用 --data 另选目录。"
    yield Finding("数据目录", OK if writable else FAIL, str(data.path), mend)
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


def factor_findings(env: Mapping[str, str]) -> Iterator[Finding]:
    """Whether officers, administrators and operators must sign in with a second factor (security rule 12)."""
    try:
        demanded = second_factor(env) == SECOND_FACTORS[0]
    except ConfigurationError as error:
        yield Finding("两步登录", FAIL, error.message, "改正 BAODAO_SECOND_FACTOR。")
        return
    yield Finding("两步登录", OK, "经办人、管理员和运营人员必须使用") if demanded else Finding(
        "两步登录", WARN, "没有要求（BAODAO_SECOND_FACTOR=optional）", "正式使用请去掉这个设置，或改为 officers。")


def password_findings(env: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the operator's list of breached passwords, if there is one, can be read (ASVS 5.0, 6.2.12)."""
    if not (place := env.get(VARIABLE)):
        yield Finding("泄露密码", OK, f"查对自带的 {len(most_used())} 个；设置 {VARIABLE} 可查对完整的清单")
        return
    try:
        BreachedPasswords(Path(place))
        yield Finding("泄露密码", OK, place)
    except ConfigurationError as error:
        yield Finding("泄露密码", FAIL, error.message, f"改正 {VARIABLE}，或去掉它。")


def transport_findings(env: Mapping[str, str]) -> Iterator[Finding]:
    """Which other machines are spoken to in clear because the operator has said so; without that word such an address is refused."""
    if opened := plain_hosts(env):
        yield Finding("连接加密", WARN, f"允许不加密：{'、'.join(opened)}（{PLAIN_HOSTS}）", "途中可能被窃听的，请为它们配置 TLS，再去掉这个设置。")


def port_findings(host: str, port: int) -> Iterator[Finding]:
    """Whether the website's port is free, or ours."""
    try:
        check_port(host, port)
        yield Finding("端口", OK, f"{host}:{port} 空闲")
    except ConfigurationError:
        ours = answers(f"http://{host}:{port}/healthz")
        yield Finding("端口", OK if ours else FAIL, f"{host}:{port} " + ("由报到使用" if ours else "被其他程序占用"),
                      "" if ours else "停止那个程序，或用 --port 另选端口。")


def database_findings(url: str, masters: Mapping[int, bytes]) -> Iterator[Finding]:
    """Version, role, schema, the third wall, the clock, the tenants' keys; one finding if the server does not answer."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            for check in (_version, _role, _schema, _gate, _durability, _clock):
                yield from check(connection)
            if masters:
                yield from wrapped_keys(connection, masters)
    except SQLAlchemyError as error:
        yield silence(error)


def silence(error: SQLAlchemyError) -> Finding:
    """The server refuses or does not answer."""
    return Finding("PostgreSQL", FAIL, str(error).splitlines()[0], "检查 DATABASE_URL（主机、端口、口令）和数据库服务器是否在运行。")


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
    from core.extension import holding
    from migrations import runner

    behind, held = runner.heads_behind(connection), holding.reasons(connection)
    if core := [name for name in behind if name not in held]:
        yield Finding("表结构", FAIL, "落后：" + "、".join(core), "运行 baodao db upgrade。")
    for name, why in held.items():
        yield Finding("插件的表", FAIL, f"{name}：{why.reason}", f"运行 {why.command}。" if why.command else "升级或卸载该插件；其余不受影响。")
    if not behind and not held:
        yield Finding("表结构", OK, "最新")


def _gate(connection: Connection) -> Iterator[Finding]:
    from core.tenancy import gate

    holes = gate.holes(connection)
    yield Finding("租户隔离", FAIL if holes else OK, "；".join(holes[:3]) or "没有漏洞",
                  "运行 baodao db gate 查看全部，修复迁移后再提供服务。" if holes else "")


def _durability(connection: Connection) -> Iterator[Finding]:
    if connection.execute(text("show fsync")).scalar_one() != "on":
        yield Finding("数据安全", FAIL, "fsync 已关闭，断电会损坏数据", "在 PostgreSQL 配置中设置 fsync = on。")
    if connection.execute(text("show synchronous_commit")).scalar_one() == "off":
        yield Finding("数据安全", FAIL, "synchronous_commit 已关闭，断电会丢失已答复为保存的内容", "在 PostgreSQL 配置中设置 synchronous_commit = on。")


def _clock(connection: Connection) -> Iterator[Finding]:
    there: dt.datetime = connection.execute(text("select clock_timestamp()")).scalar_one()
    apart = abs((there - dt.datetime.now(dt.UTC)).total_seconds())
    good = apart <= CLOCK_SECONDS
    mend = "" if good else "开启 NTP 对时（systemctl enable --now systemd-timesyncd）。"
    yield Finding("时钟", OK if good else FAIL, f"与数据库相差 {apart:.1f} 秒", mend)
