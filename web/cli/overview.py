"""The command that counts the overview's figures anew."""
from __future__ import annotations

from pathlib import Path

import click

from web.cli.runtime import data_option, installation, tenant_named


@click.group("overview")
def overview() -> None:
    """总览：重新统计数字。 The overview: count its figures anew."""


@overview.command("count")
@click.argument("code")
@click.option("--all", "everything", is_flag=True, help="从第一条记录起，而不只是今年和去年。 Since the first record.")
@data_option
def count(code: str, data: Path | None, *, everything: bool) -> None:
    """重新统计一个租户的总览数字，并说明有多少与原来不同。 Count one tenant's figures; says how many stood otherwise."""
    from core.overview.keeping import recount
    from core.tenancy import tenant_scope

    with installation(data, "overview count"):
        found = tenant_named(code)
        with tenant_scope(found.id):
            result = recount(years=0 if everything else 2)
    click.echo(f"已统计 {result['places']} 个社区和单位，{result['changed']} 行与原来不同。")
