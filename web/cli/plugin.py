"""Commands for plugins: what is installed, what is on, the switch; and those for their authors."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.plugin_author import check, new
from web.cli.runtime import data_option, installation, tenant_named

if TYPE_CHECKING:
    from core.extension.activation import Switches


@click.group("plugin")
def plugin() -> None:
    """插件：列表、启用、停用；编写和检验。 Plugins: list, enable, disable; write and check one."""


plugin.add_command(new)
plugin.add_command(check)

def _tenant_option(*, required: bool) -> Callable[..., Any]:
    return click.option("--tenant", "code", required=required, help="租户的代码或地址简称，如 4201 或 wuhan。")


@plugin.command("list")
@_tenant_option(required=False)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@data_option
def list_(code: str | None, data: Path | None, *, as_json: bool) -> None:
    """列出已安装的插件；给出租户时也显示是否启用。 Installed plugins, and whether they are on."""
    from core.extension.holding import held_back
    from core.extension.registry import current

    with installation(data, "plugin list"):
        found = _switches(code) if code else None
        rows: list[dict[str, Any]] = [{"name": p.name, "title": str(p.title), "version": p.version,
                                       "enabled": None if found is None else p.name in found.on,
                                       "suspended": None if found is None else p.name in found.suspended}
                for p in current().plugins.values()]
        refused, held = dict(current().refused), {name: why.reason for name, why in held_back().items()}
    if as_json:
        click.echo(json.dumps({"plugins": rows, "refused": refused, "held": held}, ensure_ascii=False))
        return
    for row in rows:
        state = "\t已暂停" if row["suspended"] else {None: "", True: "\t已启用", False: "\t未启用"}[row["enabled"]]
        click.echo(f"{row['name']}\t{row['title']}\t{row['version']}{state}")
    for name, reason in refused.items():
        click.echo(f"{name}\t不能使用：{reason}")
    for name, reason in held.items():
        click.echo(f"{name}\t暂停使用：{reason}")
    if not rows and not refused:
        click.echo("没有安装插件。")


@plugin.command()
@click.argument("name")
@_tenant_option(required=True)
@data_option
def enable(name: str, code: str, data: Path | None) -> None:
    """为租户启用插件，立即生效，无需重启；也恢复自动暂停的插件。 Switch a plugin on, or let a suspended one work again."""
    title, changed = _switch(name, code, data, on=True)
    click.echo(f"{title}已启用 {name}。" if changed else f"{title}早已启用 {name}。")


@plugin.command()
@click.argument("name")
@_tenant_option(required=True)
@data_option
def disable(name: str, code: str, data: Path | None) -> None:
    """为租户停用插件；记录都保留。 Switch a plugin off; its records stay."""
    title, changed = _switch(name, code, data, on=False)
    click.echo(f"{title}已停用 {name}，记录仍保留。" if changed else f"{title}没有启用 {name}。")


@plugin.command()
@click.argument("name")
@click.option("-m", "--message", required=True, help="这次改动的说明，写在文件开头，如 “增加时长一列”。")
@click.option("--empty", is_flag=True, help="没有结构改动也写一个空的迁移，供改动数据使用。")
@data_option
def migration(name: str, message: str, data: Path | None, *, empty: bool) -> None:
    """按插件的模型写下一个迁移，只写进插件自己的 migrations 目录。 Write a plugin's next migration."""
    from core.db import database
    from migrations.writing import write_migration

    with installation(data, "plugin migration"), database.engine.connect() as connection:
        path = write_migration(connection, name, message, empty=empty)
    if path is None:
        click.echo(f"插件 {name} 的模型与数据库一致，没有写新的迁移。")
        return
    click.echo(f"已写入 {path}。请核对内容，再运行 baodao db upgrade。")


def _switch(name: str, code: str, data: Path | None, *, on: bool) -> tuple[str, bool]:
    """The tenant's name, and whether the switch changed anything."""
    from tenants import operating

    with installation(data, "plugin enable" if on else "plugin disable"):
        tenant = tenant_named(code)
        return tenant.name, operating.switch_plugin(tenant, name, on=on)


def _switches(code: str) -> Switches:
    from core.extension.activation import switches
    from core.tenancy import tenant_scope

    with tenant_scope(tenant_named(code).id):
        return switches()
