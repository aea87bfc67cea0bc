"""Commands for exchange: partners of all tenants, one round of the post office, files between installations, and a check without a network."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from core.errors import Invalid
from web.cli.runtime import data_option, installation, tenant_named

_tenant = click.option("--tenant", "code", required=True, help="租户的代码或简称。 The tenant.")
_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))


@click.group("exchange")
def exchange() -> None:
    """跨地互通：伙伴、投递、文件。 Exchange between tenants: partners, delivery, files."""


@exchange.command("list")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@data_option
def list_(data: Path | None, *, as_json: bool) -> None:
    """列出各租户的伙伴和还没有送出的函件数。 Partners of each tenant, and what waits."""
    with installation(data, "exchange list"):
        found = overview()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for row in found:
        click.echo(f"{row['tenant']}\t{row['partner']}\t{row['name']}\t{row['state']}\t待送 {row['waiting']}\t被退回 {row['refused']}")


def overview() -> list[dict[str, Any]]:
    """A line a partner; the process is connected."""
    from sqlalchemy import func, select

    from core.exchange import queries
    from core.exchange.models import ExchangeOutgoing
    from core.tenancy import session, tenant_scope
    from tenants import health

    found = []
    for tenant in health.tenants():
        if tenant.status != "active":
            continue
        with tenant_scope(tenant.id):
            counts = {(row.partner_id, row.state): row.count for row in session().execute(select(
                ExchangeOutgoing.partner_id, ExchangeOutgoing.state, func.count().label("count")).where(
                ExchangeOutgoing.tenant_id == tenant.id).group_by(ExchangeOutgoing.partner_id, ExchangeOutgoing.state))}
            found += [{"tenant": tenant.code, "partner": row.code, "name": row.name, "state": row.state,
                       "waiting": counts.get((row.id, "waiting"), 0), "refused": counts.get((row.id, "refused"), 0)} for row in queries.partners()]
    return found


@exchange.command("round")
@data_option
def round_(data: Path | None) -> None:
    """立即投递一轮（平时由定时器每 10 秒投递）。 One round of the post office now."""
    with installation(data, "exchange round"):
        from core.exchange import post_office

        count = post_office.go_round()
    click.echo(f"送出 {count} 份。")


@exchange.command("partner-file")
@_tenant
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), required=True, help="写入的文件。")
@data_option
def partner_file(code: str, output: Path, data: Path | None) -> None:
    """写出一个租户的伙伴文件，并显示指纹。 A tenant's partner file, and its fingerprint."""
    with installation(data, "exchange partner-file") as config:
        from core.exchange import keys, partner_files
        from core.tenancy import tenant_scope

        with tenant_scope(tenant_named(code).id):
            output.write_bytes(partner_files.write(config.base_url))
            click.echo(f"指纹 {keys.fingerprint(keys.public_keys()[0].public)}")


@exchange.command()
@_tenant
@_file
@data_option
def take(code: str, file: Path, data: Path | None) -> None:
    """接收一份函件文件。 Take an envelope from a file."""
    with installation(data, "exchange take"):
        from core.audit import set_actor
        from core.exchange import inbox, post_office  # noqa: F401  the kinds are known
        from core.tenancy import tenant_scope

        with tenant_scope(tenant_named(code).id), set_actor("system"):
            outcome = inbox.take(file.read_text("utf-8").strip())
    if outcome.state == "refused":
        raise Invalid(outcome.reason)
    click.echo("已接收。")


@exchange.command()
@_tenant
@_file
@data_option
def verify(code: str, file: Path, data: Path | None) -> None:
    """核对一份函件的签名，不接收，不上网。 Check an envelope's signature; nothing is kept, no network."""
    with installation(data, "exchange verify"):
        from core.exchange import envelopes, inbox
        from core.tenancy import tenant_scope

        with tenant_scope(tenant_named(code).id):
            partner = inbox.check(envelopes.read(file.read_text("utf-8").strip()))
            name = partner.name
    click.echo(f"签名有效：由{name}签发。")
