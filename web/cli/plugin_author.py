"""Commands for the authors of plugins: begin one, and check that it keeps what a plugin must keep."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from web.testing.server import ScratchServer


@click.command()
@click.argument("name")
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="写到哪个文件夹里（默认当前文件夹）。")
def new(name: str, folder: Path) -> None:
    """写出一个能用的新插件，逐块删改即可。 Begin a plugin from a small one that works."""
    from web.scaffolding import write_plugin

    made = write_plugin(name, folder)
    steps = (f"cd {made}", "pip install -e '.[test]'", "pytest", f"baodao plugin check {name}")
    click.echo("\n  ".join([f"已写出 {made}。接着运行：\n", *steps]))
    click.echo("\n每一块有什么用、不需要时怎样删掉，见其中的 README.md。")


@click.command()
@click.argument("name")
@click.pass_context
def check(context: click.Context, name: str) -> None:
    """检验插件是否合规：隔离、权限、迁移、导出与清除、设置、翻译。 Run the conformance kit on a plugin."""
    from core.logs import configure_logging
    from web.testing.server import ScratchServer

    configure_logging("CRITICAL", "text")  # what goes wrong is told below, check by check
    server = ScratchServer()  # it starts while the application is imported
    try:
        failed = _examine(name, server)
    finally:
        server.stop()
    context.exit(1 if failed else 0)


def _examine(name: str, server: ScratchServer) -> int:
    """Run and tell every check; the number of those that failed."""
    from web.testing.kit.suite import examine, find_subject, scratch_app, staged

    app = scratch_app()
    subject = find_subject(name)
    outcomes = []
    with staged(subject, app, server.new_database) as stage:
        for outcome in examine(subject, stage):
            outcomes.append(outcome)
            click.echo(f"{'未检验' if outcome.faults is None else '未通过' if outcome.faults else '通过　'}  {outcome.check.title}")
            for fault in outcome.faults or ():
                click.echo(f"        - {fault}")
    failed = sum(bool(o.faults) for o in outcomes)
    unrun = sum(o.faults is None for o in outcomes)
    click.echo(f"\n插件 {name}：共 {len(outcomes)} 项，{'全部通过' if not failed and not unrun else f'{failed} 项未通过'}"
               f"{f'，{unrun} 项因插件没有被载入而未检验' if unrun else ''}。")
    return failed + unrun
