"""The command `baodao`: its commands are imported when they are called, so that --help is instant and one fault stays one fault.

Exit codes: 0 done; 1 refused, or a check failed; 2 wrong usage; 3 set up wrongly; 4 a server does not answer; 130 interrupted.
"""
from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import sys
from typing import Any

import click

from core.errors import BaodaoError, ConfigurationError, Unavailable

#: name of the command: (module, help). Each module holds a click command of that name.
COMMANDS = {
    "up": ("web.cli.up", "启动整套服务：数据库、Redis、网站、作业进程、定时器。 Run everything on this machine."),
    "demo": ("web.cli.demo", "建立示范数据并启动。 Sample tenants, then everything."),
    "serve": ("web.cli.processes", "只启动网站。 The web process only."),
    "worker": ("web.cli.processes", "只启动作业进程。 The job worker only."),
    "scheduler": ("web.cli.processes", "只启动定时器。 The scheduler only."),
    "db": ("web.cli.database", "数据库：升级、地址、隔离检查。 Database: upgrade, url, gate."),
    "tenant": ("web.cli.tenant", "租户：建立、应用配置、列表。 Tenants."),
    "account": ("web.cli.account", "账号：操作员、租户的首个管理员、重设密码。 First accounts, new passwords."),
    "keys": ("web.cli.keys", "密钥：查看、轮换。 Keys: list, rotate."),
    "exchange": ("web.cli.exchange", "跨地互通：伙伴、投递、文件。 Exchange: partners, delivery, files."),
    "plugin": ("web.cli.plugin", "插件：列表、启用、停用，编写、检验。 Plugins."),
    "audit": ("web.cli.audit", "审计日志：核验、清理到期条目、另存末尾标记。 Audit logs: verify, purge, anchor."),
    "backup": ("web.cli.backup", "备份：制作、归档日志、演练、密钥。 Backups: make, ship WAL, drill, key."),
    "restore": ("web.cli.restore", "从备份恢复到任一时刻。 Bring a backup back, to any moment."),
    "overview": ("web.cli.overview", "总览：重新统计数字。 The overview: count its figures anew."),
    "import": ("web.cli.imports", "从表格导入。 Import from spreadsheets."),
    "doctor": ("web.cli.doctor", "检查安装，说明如何修复。 What is wrong here and how to mend it."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands whose module is installed, in the table's order."""
        return [name for name, (module, _help) in COMMANDS.items() if importlib.util.find_spec(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import it; for --help of the whole group a placeholder with the table's text will do."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return _load(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the table, without importing anything."""
        with formatter.section("命令 Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


def _load(name: str) -> click.Command:
    module = importlib.import_module(COMMANDS[name][0])
    found = [value for value in vars(module).values() if isinstance(value, click.Command) and value.name == name]
    if not found:
        raise ConfigurationError(f"{COMMANDS[name][0]} 中没有名为 {name} 的命令。")
    return found[0]


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]},
             epilog="退出码 Exit codes: 0 完成, 1 未通过, 2 用法错误, 3 配置错误, 4 服务器无应答, 130 中断。")
@click.version_option(importlib.metadata.version("baodao"), prog_name="baodao")
def cli() -> None:
    """报到：在职党员到社区报到与服务。 Baodao: in-service Party members report in to their community."""
    from core.logs import configure_logging

    configure_logging(os.environ.get("BAODAO_LOG_LEVEL", "WARNING").upper(), "text")  # to standard error, never into --json


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `baodao`; ends the process with one of the documented exit codes."""
    try:
        code: Any = cli.main(arguments, prog_name="baodao", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中断。", err=True)
        code = _interrupted()
    except BaodaoError as error:
        click.echo(f"错误：{error.message}", err=True)
        code = _exit_code(error)
    except Exception as error:
        if not _is_silence(error):
            raise
        click.echo(f"错误：服务器没有应答：{str(error).splitlines()[0]}。请运行 baodao doctor 查看原因。", err=True)
        code = 4
    sys.exit(code if isinstance(code, int) else 0)


def _interrupted() -> int:
    """130. CPython ends by SIGINT whatever the exit code is once an interrupt came out of `exec` of a string, as dataclasses and
    named tuples do at import, unless a later `exec` ends well: whoever interrupts a start would get another code by chance.
    """
    exec("")  # noqa: S102 - nothing is executed; it clears CPython's mark
    return 130


def _exit_code(error: BaodaoError) -> int:
    if isinstance(error, ConfigurationError):
        return 3
    return 4 if isinstance(error, Unavailable) else 1


def _is_silence(error: Exception) -> bool:
    from redis import ConnectionError as RedisSilence  # here: --help should not wait for these imports
    from sqlalchemy.exc import OperationalError

    return isinstance(error, (OperationalError, RedisSilence))
