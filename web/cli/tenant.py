"""Commands for tenants: make or change one from its profile, after showing the difference; list, show and export them."""
from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from core.config import Config
from web.cli import moving
from web.cli.runtime import data_option, installation, maintenance, tenant_named

_json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
STATES = {"active": "启用", "suspended": "停用", "deleted": "已删除"}


@click.group("tenant")
def tenant() -> None:
    """租户：建立、应用配置、列表、归档与导入。 Tenants: create, apply, list, show, move."""


def _applying(name: str, text: str) -> click.Command:
    @click.argument("profile", type=click.Path(path_type=Path, dir_okay=False))
    @click.option("--yes", is_flag=True, help="不再询问，直接执行。")
    @click.option("--dry-run", is_flag=True, help="只显示差别，不执行。")
    @_json_option
    @data_option
    def command(profile: Path, data: Path | None, *, yes: bool, dry_run: bool, as_json: bool) -> None:
        with installation(data, f"tenant {name}") as config:
            run_apply(config, profile, yes=yes, dry_run=dry_run, as_json=as_json)
    return tenant.command(name, help=text)(command)


tenant.add_command(moving.export_data)
tenant.add_command(moving.import_data)
_applying("apply", "使租户与配置文件一致；先显示差别，再询问。重复执行不改变任何东西。 Bring a tenant to its profile.")
_applying("create", "按配置文件建立租户，与 apply 相同。 The same as apply, for a new tenant.")


@tenant.command()
@click.argument("profile", type=click.Path(path_type=Path, dir_okay=False))
@_json_option
@data_option
def diff(profile: Path, data: Path | None, *, as_json: bool) -> None:
    """显示租户与配置文件的差别，不执行。 What apply would change."""
    with installation(data, "tenant diff") as config:
        run_apply(config, profile, yes=False, dry_run=True, as_json=as_json)


@tenant.command()
@click.argument("code")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="写入文件；不写则显示。")
@data_option
def export(code: str, output: Path | None, data: Path | None) -> None:
    """把租户现在的插件、设置和用语写成配置文件。 A tenant as a profile file."""
    from core.tenancy import tenant_scope
    from tenants import portable

    with installation(data, "tenant export"):
        found = tenant_named(code)
        with tenant_scope(found.id):
            text = portable.export()
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        click.echo(f"{found.name}的配置已写入 {output}。")


@tenant.command()
@click.argument("code")
@click.option("--yes", is_flag=True, help="不再询问，直接执行。")
@data_option
def purge(code: str, data: Path | None, *, yes: bool) -> None:
    """清除已由两名运营人员同意删除的租户的数据，审计日志保留。 Remove the rows of a tenant that two operators deleted."""
    from tenants.deletion import purge as remove

    with maintenance(data, "tenant purge"):
        if not yes:
            click.confirm(f"将清除租户 {code} 的全部数据，不能恢复。继续吗？", abort=True)
        gone = remove(code)
        click.echo(f"已清除 {sum(gone.values())} 行，涉及 {len(gone)} 张表；审计日志保留。")


def run_apply(config: Config, path: Path, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Show the difference, ask, and make it; the process is connected. Raises what loading and applying raise."""
    from core.privacy.cipher import MasterKeys
    from tenants import profile as profiles, provisioning

    wanted = profiles.load(path)
    changes = provisioning.plan(wanted)
    if not as_json:
        _show(changes, wanted.name)
    if dry_run or not changes:
        _as_json(changes, applied=False, shown=as_json)
        return
    if not yes and not as_json:
        click.confirm("执行以上改动吗？", abort=True)
    elif not yes:
        raise click.UsageError("--json 时请同时给出 --yes 或 --dry-run。")
    made = provisioning.apply(wanted, MasterKeys(config.master_keys))
    _as_json(made, applied=True, shown=as_json)
    if not as_json:
        click.echo(f"已完成 {len(made)} 项改动。")


def _show(changes: Sequence[Any], name: str) -> None:
    if not changes:
        click.echo(f"{name}已与配置文件一致，无需改动。")
    for change in changes:
        # The words are for people, the name in brackets is what stands in the file.
        click.echo(f"  {'+' if change.action == 'create' else '~'} {change.text}  [{change.subject}]")


def _as_json(changes: Sequence[Any], *, applied: bool, shown: bool) -> None:
    if shown:
        click.echo(json.dumps({"applied": applied, "changes": [c.as_dict() for c in changes]}, ensure_ascii=False))


@tenant.command("list")
@_json_option
@data_option
def list_(data: Path | None, *, as_json: bool) -> None:
    """列出租户。 All tenants."""
    from tenants import health

    with installation(data, "tenant list"):
        rows = health.tenants()
    if as_json:
        click.echo(json.dumps([r.as_dict() for r in rows], ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row.code}\t{row.slug}\t{row.name}\t{STATES[row.status]}")
    if not rows:
        click.echo("还没有租户。请运行 baodao tenant apply 配置文件。")


@tenant.command()
@click.argument("code")
@_json_option
@data_option
def show(code: str, data: Path | None, *, as_json: bool) -> None:
    """显示一个租户：组织、插件、健康状况。 One tenant: its tree, plugins and health."""
    from tenants import health

    with installation(data, "tenant show"):
        found = tenant_named(code)
        state = health.state(found.id)
    if as_json:
        click.echo(json.dumps({**found.as_dict(), **state.as_dict()}, ensure_ascii=False))
        return
    click.echo(f"{found.name}（{found.code}，/{found.slug}）：{STATES[found.status]}")
    for title, value in state.lines():
        click.echo(f"  {title}：{value}")
