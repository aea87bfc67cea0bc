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

from core.errors import BaodaoError
from web.cli.checks import (
    FAIL,
    OK,
    Finding,
    database_findings,
    disk_findings,
    folder_findings,
    plugin_findings,
    port_findings,
    redis_findings,
)
from web.cli.runtime import data_folder, data_option, serving_url
from web.embedded import DataFolder, attach_or_start

MARKS = {OK: "[green]正常[/]", "warn": "[yellow]注意[/]", FAIL: "[red]有误[/]"}


@click.command("doctor")
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="网站的监听地址。")
@click.option("--port", default=8000, show_default=True, help="网站的端口。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def doctor(data: Path | None, host: str, port: int, *, as_json: bool) -> None:
    """检查安装并说明如何修复；有误时退出码为 1。 What is wrong here and how to mend it."""
    folder = data_folder(data)
    findings = [*folder_findings(folder), *disk_findings(folder), *port_findings(host, port), *_servers(folder)]
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
        if (url := os.environ.get("DATABASE_URL")) and (redis := os.environ.get("REDIS_URL")):
            yield from (*database_findings(url), *redis_findings(redis))  # nothing is embedded: no data folder is needed
        elif (folder.postgres / "cluster").exists() or os.environ.get("DATABASE_URL"):
            with attach_or_start(folder, "doctor") as servers:
                yield from (*database_findings(serving_url(servers)), *redis_findings(servers.redis_url))
        else:
            yield Finding("数据库", "warn", "还没有建立", "运行 baodao up 或 baodao demo 建立，或设置 DATABASE_URL。")
    except BaodaoError as error:
        yield Finding("服务器", FAIL, error.message, "按左边的提示处理后再检查。")
    yield from plugin_findings()


def _show(findings: list[Finding]) -> None:
    table = Table()
    for heading in ("检查", "结果", "情况", "如何修复"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(finding.check, MARKS[finding.state], finding.seen, finding.mend)
    Console().print(table)
