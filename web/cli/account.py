"""Commands for the accounts that no page can make: the operator's, and the first one of a tenant; all others are made on pages."""
from __future__ import annotations

import json
import secrets
from pathlib import Path

import click

from web.cli.runtime import data_option, installation, tenant_named

_tenant_option = click.option("--tenant", "code", required=True, help="租户的代码或简称，如 4201 或 wuhan。 Code or slug.")
_json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")


@click.group("account")
def account() -> None:
    """账号：运营人员、租户的首个管理员、重设密码。 The operator, a tenant's first administrator, a new password."""


@account.command()
@click.argument("username")
@click.option("--reset", is_flag=True, help="账号已有时换一个新密码。 A new password for one that exists.")
@click.option("--reset-factor", is_flag=True, help="只重设两步登录，密码不变。 Only the second factor, for a lost phone.")
@_json_option
@data_option
def operator(username: str, data: Path | None, *, reset: bool, reset_factor: bool, as_json: bool) -> None:
    """建立运营人员，显示密码一次。 An operator of the installation; the password is shown once."""
    from core.access import operator_factors, operators
    from core.tenancy import unscoped

    if reset_factor:
        with installation(data, "account operator"), unscoped():
            identity = operators.named(username)
            operator_factors.reset(identity)
            operators.end_logins(identity)
        _told_of_factor(username, as_json=as_json)
        return
    password = "-".join(secrets.token_hex(2) for _part in range(5))  # it stays until the next --reset
    with installation(data, "account operator"):
        with unscoped():
            (operators.reset_password if reset else operators.create_operator)(username, password)
        _tell(username, password, "/operator/login", as_json=as_json)


@account.command()
@click.argument("username")
@click.option("--name", required=True, help="姓名，显示在页面上。 Shown on pages.")
@_tenant_option
@_json_option
@data_option
def administrator(username: str, name: str, code: str, data: Path | None, *, as_json: bool) -> None:
    """建立租户的管理员；首次登录须改密码，其他账号由管理员在页面上开通。 A tenant's administrator, who makes all others."""
    from tenants import operating

    with installation(data, "account administrator"):
        tenant = tenant_named(code)
        password = operating.first_administrator(tenant, username, name)
        _tell(username, password, f"/t/{tenant.slug}/login", as_json=as_json)


@account.command()
@click.argument("username")
@_tenant_option
@_json_option
@data_option
def reset(username: str, code: str, data: Path | None, *, as_json: bool) -> None:
    """重设租户中一个账号的密码，其登录全部退出。 A new one-time password; the account's logins end."""
    from tenants import operating

    with installation(data, "account reset"):
        tenant = tenant_named(code)
        password = operating.reset_password(tenant, username)
        _tell(username, password, f"/t/{tenant.slug}/login", as_json=as_json)


@account.command("reset-factor")
@click.argument("username")
@_tenant_option
@_json_option
@data_option
def reset_factor(username: str, code: str, data: Path | None, *, as_json: bool) -> None:
    """重设租户中一个账号的两步登录（手机、恢复码都丢了时）。 For a lost phone; the next sign-in sets up a new one."""
    from tenants import operating

    with installation(data, "account reset-factor"):
        operating.reset_factor(tenant_named(code), username)
    _told_of_factor(username, as_json=as_json)


def _told_of_factor(username: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"username": username, "second_factor": "reset"}))
        return
    click.echo(f"用户名 {username} 的两步登录已重设，登录已全部退出；下次登录时重新设置。")


def _tell(username: str, password: str, path: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"username": username, "password": password, "path": path}))
        return
    click.echo(f"用户名 {username}\n密码   {password}（只显示这一次）\n登录页 {path}")
