"""Commands for the audit logs: prove that nothing was altered, end what is older than the law asks, copy the ends off the machine."""
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.runtime import data_option, installation, maintenance, tenant_named

if TYPE_CHECKING:
    from core.audit import Fault
    from core.audit.trail import Trail

_json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")


@click.group("audit")
def audit() -> None:
    """审计日志：核验、清理到期条目、另存末尾标记。 Audit logs: verify, purge, anchor."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain to walk: the operators' (`tenant` None) or a tenant's."""

    name: str
    tenant: int | None = None

    @contextmanager
    def opened(self) -> Iterator[Trail]:
        """A scope in which the chain may be read."""
        from core.audit.trail import OPERATORS, tenant_trail
        from core.tenancy import tenant_scope, unscoped

        with unscoped() if self.tenant is None else tenant_scope(self.tenant):
            yield OPERATORS if self.tenant is None else tenant_trail()


@audit.command()
@click.argument("code", required=False)
@click.option("--operators", is_flag=True, help="只核验运营人员的操作日志。 The operators' log only.")
@click.option("--anchors", type=click.Path(path_type=Path, exists=True), help="另存的标记（目录或文件），默认为本机的。 Kept heads.")
@_json_option
@data_option
def verify(code: str | None, anchors: Path | None, data: Path | None, *, operators: bool, as_json: bool) -> None:
    """核验日志没有改动、删除或截断；不写租户则核验全部。有误时退出码为 1。 Prove the chains; all of them without CODE."""
    from core.audit import anchors as copies, verify as walk

    found: dict[str, list[Fault]] = {}
    with installation(data, "audit verify"):
        for chain in _chains(code, operators=operators):
            with chain.opened() as trail:
                found[chain.name] = walk(copies.kept(trail, anchors), trail=trail, seen=_counter(chain.name, quiet=as_json))
    _tell(found, as_json=as_json)
    if any(found.values()):
        raise click.exceptions.Exit(1)


@audit.command()
@click.option("--days", type=int, help="保存天数，默认为 BAODAO_AUDIT_DAYS（400），不少于 184。 Days to keep.")
@_json_option
@data_option
def purge(days: int | None, data: Path | None, *, as_json: bool) -> None:
    """清理超过保存期的条目，留下签名的记录，以后仍可核验；每天运行一次。 End what is old; a signed checkpoint stays."""
    import core.audit as core_audit
    from core.errors import Conflict

    removed, broken = {}, False
    with maintenance(data, "audit purge") as config:
        for chain in _chains(None, operators=False):
            try:
                with chain.opened() as trail:
                    gone = core_audit.purge(config.audit_days if days is None else days, trail=trail)
                    removed[chain.name] = gone.count
                    if gone.count:
                        _note(chain, {"count": gone.count, "until_seq": gone.seq})
            except Conflict as error:  # the other chains are not to wait for it
                broken = True
                click.echo(f"{chain.name}：{error.message}", err=True)
    click.echo(json.dumps(removed, ensure_ascii=False) if as_json else "\n".join(f"{name}：清理 {count} 条" for name, count in removed.items()))
    if broken:
        raise click.exceptions.Exit(1)


@audit.command()
@data_option
def anchor(data: Path | None) -> None:
    """立即把各日志的末尾标记另存一次（平时每小时自动进行）。 Copy the heads now; the scheduler does it hourly."""
    from core.audit import anchors

    with installation(data, "audit anchor"):
        for chain in _chains(None, operators=False):
            with chain.opened() as trail:
                head = anchors.keep(trail)
            click.echo(f"{chain.name}：第 {head.seq} 条" if head else f"{chain.name}：还没有条目")


def _chains(code: str | None, *, operators: bool) -> list[Chain]:
    from tenants import health

    if code is not None:
        tenant = tenant_named(code)
        return [Chain(tenant.code, tenant.id)]
    everybody = [] if operators else [Chain(row.code, row.id) for row in health.tenants()]
    return [*everybody, Chain("operators")]


def _note(chain: Chain, details: dict[str, Any]) -> None:
    import core.audit as core_audit

    if chain.tenant is not None:
        core_audit.record("audit.purged", "audit", None, details)
    core_audit.record_operator("audit.purged", "audit", None, {"tenant": chain.name, **details})


def _counter(name: str, *, quiet: bool) -> Any:
    def seen(count: int) -> None:
        if not quiet and count % 100_000 == 0:
            click.echo(f"{name}：已核验 {count} 条……", err=True)
    return seen


def _tell(found: dict[str, list[Fault]], *, as_json: bool) -> None:
    from tenants.audit_titles import fault_places

    if as_json:
        click.echo(json.dumps({name: [{"seq": f.seq, "kind": f.kind} for f in faults] for name, faults in found.items()}, ensure_ascii=False))
        return
    for name, faults in found.items():
        click.echo(f"{name}：{fault_places(faults)}" if faults else f"{name}：完整")
