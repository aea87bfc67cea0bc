"""`baodao doctor`: what is wrong with this installation, and how to mend it."""
from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from core import config, transport
from core.errors import BaodaoError, ConfigurationError
from web.cli.backup_checks import backup_findings
from web.cli.checks import (
    database_findings,
    disk_findings,
    factor_findings,
    folder_findings,
    password_findings,
    plugin_findings,
    port_findings,
    redis_findings,
    silence,
    transport_findings,
)
from web.cli.findings import FAIL, OK, WARN, Finding
from web.cli.key_checks import key_findings, master_keys, own_secret
from web.cli.log_checks import log_findings
from web.cli.runtime import data_folder, data_option, serving_url
from web.embedded import DataFolder, Servers, attach_or_start

MARKS = {OK: "[green]正常[/]", WARN: "[yellow]注意[/]", FAIL: "[red]有误[/]"}


@click.command("doctor")
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="网站的监听地址。")
@click.option("--port", default=8000, show_default=True, help="网站的端口。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def doctor(data: Path | None, host: str, port: int, *, as_json: bool) -> None:
    """检查安装并说明如何修复；有误时退出码为 1。 What is wrong here and how to mend it."""
    folder = data_folder(data)
    findings = [*folder_findings(folder), *key_findings(folder), *disk_findings(folder), *port_findings(host, port),
                *factor_findings(os.environ), *password_findings(os.environ), *transport_findings(os.environ), *log_findings(os.environ),
                *backup_findings(folder), *_servers(folder)]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        _show(findings)
    if any(finding.state == FAIL for finding in findings):
        raise click.exceptions.Exit(1)


def _servers(folder: DataFolder) -> Iterator[Finding]:
    from core.logs import configure_logging
    from tenants.loading import load_plugins

    configure_logging("CRITICAL")  # what the log would say stands in the table
    load_plugins()
    try:
        database, redis = config.setting(os.environ, "DATABASE_URL"), config.setting(os.environ, "REDIS_URL")
        if database and redis:
            yield from (*_given(transport.database_url(database, os.environ), folder),
                        *redis_findings(transport.redis_url(redis, os.environ)))
        elif (folder.postgres / "cluster").exists() or database:
            with attach_or_start(folder, "doctor") as servers:
                yield from (*_given(serving_url(servers), folder), *redis_findings(servers.redis_url))
        else:
            yield Finding("数据库", WARN, "还没有建立", "运行 baodao up 或 baodao demo 建立，或设置 DATABASE_URL。")
    except BaodaoError as error:
        yield Finding("服务器", FAIL, error.message, "按左边的提示处理后再检查。")
    except SQLAlchemyError as error:
        yield silence(error)
    yield from plugin_findings()


def _given(url: str, folder: DataFolder) -> Iterator[Finding]:
    """The database at that address; where it is an administrator's with which `up` has set up this folder, the one that is served."""
    served = serving_url(Servers(folder)) if own_secret(folder, "app_password") else url
    if served != url:
        yield Finding("数据库角色", WARN, "DATABASE_URL 使用管理员，baodao up 以 baodao_app 提供服务",
                      "单独运行 serve、worker、scheduler 时，请改用 baodao db url 显示的地址。")
    yield from database_findings(served, _masters(folder))


def _masters(folder: DataFolder) -> dict[int, bytes]:
    try:
        return master_keys(folder)
    except ConfigurationError:
        return {}  # the keys' own finding tells


def _show(findings: list[Finding]) -> None:
    table = Table()
    for heading in ("检查", "结果", "情况", "如何修复"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(finding.check, MARKS[finding.state], finding.seen, finding.mend)
    Console().print(table)
