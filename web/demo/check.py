"""`baodao demo --check`: a throw-away installation in which the story is played over HTTP, and a table of what was done."""
from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click
from rich.console import Console

from core.access import operators
from core.errors import BaodaoError
from core.tenancy import unscoped
from web.cli.runtime import connect_process
from web.cli.up import Running, running
from web.demo import logins, proof
from web.demo.cities import ENSHI, WUHAN
from web.demo.client import CheckFailed
from web.demo.seeding import OPERATOR
from web.embedded import DataFolder

TITLES = {"members": "导入党员", "certificates": "制发报到证", "report_ins": "确认报到", "receipts": "出具回执", "records": "计入服务纪实",
          "points": "积分", "points_later": "积分（启用插件之后）"}


@dataclass(slots=True)
class Report:
    """What was proven, what failed, and how long it took."""

    steps: list[dict[str, object]] = field(default_factory=list)
    done: dict[str, dict[str, int]] = field(default_factory=dict)
    setup_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def failed(self) -> list[dict[str, object]]:
        """The steps that were not as told."""
        return [step for step in self.steps if step["error"]]


def run_check(*, as_json: bool) -> int:
    """Play everything; 0 when all was as told, else 1. The installation is removed afterwards."""
    report, tell = Report(), (lambda _text: None) if as_json else click.echo
    if _forget_settings():
        tell("全过程在自带的服务器和临时目录中进行，不使用 DATABASE_URL 和 REDIS_URL 指向的服务器。")
    begun = time.monotonic()
    with _throw_away() as folder, running(
            folder, "demo", host="127.0.0.1", port=0, logs=folder.path / "logs", report=tell, extra={"BAODAO_SECOND_FACTOR": "optional"},
            before_web=lambda config: connect_process(config, statement_timeout=60, pool_size=4)) as installation:
        report.setup_seconds = time.monotonic() - begun
        tell(f"环境已就绪（{report.setup_seconds:.1f} 秒），开始走全过程。")
        begun = time.monotonic()
        _play(installation, folder, report, tell)
        report.seconds = time.monotonic() - begun
        _disconnect()
    _tell(report, as_json=as_json)
    return 1 if report.failed else 0


def _play(installation: Running, folder: DataFolder, report: Report, tell: Callable[[str], None]) -> None:
    password = logins.new_password()
    with unscoped():
        operators.create_operator(OPERATOR, password)
    story = proof.Story(installation.config, password, folder.path)
    for title, step in story.steps():
        if installation.supervisor.stopping:
            raise click.Abort
        begun = time.monotonic()
        error = _attempt(step)
        report.steps.append({"step": title, "error": error, "seconds": round(time.monotonic() - begun, 2)})
        tell(f"  {'✗' if error else '✓'} {title}" + (f"：{error}" if error else ""))
    report.done = {city.title: asdict(story.places[city.slug].done) for city in (WUHAN, ENSHI)}


def _attempt(step: Callable[[], None]) -> str | None:
    try:
        step()
    except CheckFailed as failed:
        return str(failed)
    except BaodaoError as error:
        return error.message
    except Exception as error:  # noqa: BLE001 - whatever breaks is what the check is to tell
        return f"{type(error).__name__}: {error}"
    return None


def _forget_settings() -> bool:
    """Leave the variables of a real installation alone: its database must not get the story's cities. Whether it named servers."""
    named = bool(os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"))
    for name in [name for name in os.environ if name.startswith(("BAODAO_", "DATABASE_URL", "REDIS_URL"))]:
        del os.environ[name]
    return named


@contextmanager
def _throw_away() -> Iterator[DataFolder]:
    path = Path(tempfile.mkdtemp(prefix="bdcheck"))
    path.chmod(0o711)  # the servers' account passes through when root runs this
    try:
        yield DataFolder(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _disconnect() -> None:
    from core.db import database

    database.dispose()


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"ok": not report.failed, **asdict(report)}, ensure_ascii=False, indent=1))
        return
    from rich.table import Table

    table = Table()
    table.add_column("完成的事")
    for place in report.done:
        table.add_column(place, justify="right")
    for key, title in TITLES.items():
        table.add_row(title, *(str(numbers[key]) for numbers in report.done.values()))
    Console().print(table)
    click.echo(f"{len(report.steps)} 步，{len(report.failed)} 步未通过，用时 {report.seconds:.1f} 秒。")
    for step in report.failed:
        click.echo(f"未通过：{step['step']}：{step['error']}")
