"""Commands that bring spreadsheets in: the same import as on the page, in this process, with a progress bar."""
from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from web.cli.runtime import data_option, installation, tenant_named

if TYPE_CHECKING:
    from tenants.importing.run import Outcome

SHOWN = 20


@click.group("import")
def imports() -> None:
    """从表格导入。 Import from spreadsheets."""


@imports.command("members")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--tenant", "code", required=True, help="租户的代码或简称（如 4201、wuhan）。 Code or slug.")
@click.option("--dry-run", is_flag=True, help="只核对，不写入。")
@click.option("--bad-rows", type=click.Path(path_type=Path, dir_okay=False), help="把有问题的行写入这个 .xlsx 文件。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@data_option
def members(file: Path, code: str, bad_rows: Path | None, data: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """导入在职党员花名册（xlsx 或 csv）；有问题的行不写入，退出码为 1。 Import a roster."""
    with installation(data, "import members"):
        outcome = import_file(file, code, write=not dry_run, quiet=as_json)
        if bad_rows is not None and outcome.problems.bad_rows:
            from tenants.importing import report

            bad_rows.write_bytes(report.bad_rows(outcome))
    _tell(outcome, as_json=as_json, written=not dry_run)
    if outcome.problems.faulty:
        raise click.exceptions.Exit(1)


def import_file(file: Path, code: str, *, write: bool, quiet: bool = False) -> Outcome:
    """Import into the tenant of that code or slug; the process is connected. Raises NotFound, Invalid."""
    from core import audit
    from core.tenancy import tenant_scope
    from tenants.importing.run import run

    content = file.read_bytes()
    tenant = tenant_named(code)
    with tenant_scope(tenant.id), _bar(file.name, quiet=quiet) as progress:
        task = progress.add_task("导入" if write else "核对", total=None)
        outcome = run(content, file.name, write=write, progress=lambda done, _total: progress.update(task, completed=done))
        progress.update(task, total=outcome.members.total, completed=outcome.members.total)
        if write:
            audit.record("members.imported", "tenant", None, _counts(outcome))
            audit.record_operator("members.imported", "tenant", None, {"tenant": tenant.code, **_counts(outcome)})
    return outcome


def _bar(name: str, *, quiet: bool) -> Progress:
    return Progress(TextColumn("{task.description} " + name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                    console=Console(stderr=True), disable=quiet)


def _counts(outcome: Outcome) -> dict[str, Any]:
    return {"members": asdict(outcome.members), "units": asdict(outcome.units), "sectors": outcome.sectors}


def _tell(outcome: Outcome, *, as_json: bool, written: bool) -> None:
    if as_json:
        shown = ("sheet", "row", "column", "kind", "message")
        problems = [{key: getattr(p, key) for key in shown} for p in outcome.problems.shown if not p.warning]
        click.echo(json.dumps({"written": written, **_counts(outcome), "problems": problems}, ensure_ascii=False))
        return
    for title, counts in (("党员", outcome.members), ("单位", outcome.units)):
        click.echo(f"{title}：新增 {counts.new}，更新 {counts.changed}，无变化 {counts.unchanged}，有问题 {counts.faulty}。")
    serious = [p for p in outcome.problems.shown if not p.warning]
    for problem in serious[:SHOWN]:
        near = f"（是不是：{'；'.join(problem.suggestions)}）" if problem.suggestions else ""
        click.echo(f"  {problem.sheet} 第 {problem.row} 行 {problem.column}：{problem.message}{near}")
    if (rest := sum(outcome.problems.counts.values()) - SHOWN) > 0:
        click.echo(f"  另有 {rest} 个问题，可用 --bad-rows 文件.xlsx 取得全部有问题的行。")
    if not written:
        click.echo("以上为核对结果，没有写入。")
