"""`baodao up`: the whole installation on one machine, from the database to the website, and its orderly end."""
from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from core.config import Config
from core.errors import ConfigurationError
from web.cli.runtime import configuration, data_folder, data_option, environment, prepare_database
from web.embedded import DataFolder, Servers
from web.embedded.servers import started
from web.embedded.supervisor import Child, Supervisor, stop_signals

FIRST_STEPS = """还没有租户。在另一个终端中（数据目录相同）：
  baodao tenant create 配置文件.toml                       建立租户，例如 tenants/profiles/wuhan.toml
  baodao account administrator 用户名 --tenant 代码 --name 姓名   它的管理员
  baodao account operator 用户名                           运营人员"""


@dataclass(frozen=True, slots=True)
class Running:
    """What a running installation is made of, for `up` and `demo`."""

    config: Config
    servers: Servers
    supervisor: Supervisor

    def watch(self) -> None:
        """Keep everything running until it is told to stop."""
        self.supervisor.watch(every=self._mend)

    def _mend(self) -> None:
        if not self.servers.running():
            self.supervisor.report("数据库或 Redis 已停止，正在重新启动。")
            self.servers.start()


@click.command("up")
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", default=8000, show_default=True, help="监听端口；0 表示任选空闲端口。")
@click.option("--web-workers", default=1, show_default=True, help="网站进程数。")
def up(data: Path | None, host: str, port: int, web_workers: int) -> None:
    """启动整套服务；Ctrl-C 停止全部，数据保留。 Everything on this machine; Ctrl-C stops it all."""
    with running(data_folder(data), "up", host=host, port=port, web_workers=web_workers, report=click.echo) as installation:
        click.echo(f"数据目录 {installation.config.data_dir}")
        if _is_empty(installation.config):
            click.echo(FIRST_STEPS)
        click.echo(f"已就绪：{installation.config.base_url} （Ctrl-C 停止）")
        installation.watch()
        click.echo("正在停止……")
    click.echo("已全部停止，数据已保留。")


@contextlib.contextmanager
def running(data: DataFolder, what: str, *, host: str, port: int, web_workers: int = 1, logs: Path | None = None,
            report: Callable[[str], None] = click.echo,
            before_web: Callable[[Config], None] = lambda _config: None, extra: dict[str, str] | None = None) -> Iterator[Running]:
    """Servers, schema, website, worker and scheduler inside the block; all are stopped at its end, also by a signal.

    `before_web` runs when the database is in order and nothing serves yet; `extra` are settings that the environment may override. `what` is "up" or "demo". Raises
    ConfigurationError or Unavailable when something cannot start.
    """
    port = port or free_port(host)
    check_port(host, port)
    with started(data, what) as servers:
        prepare_database(servers, report=report)
        base_url = f"http://{host}:{port}"
        env = {"BAODAO_BASE_URL": base_url, "BAODAO_ENV": "development", "BAODAO_LOG_FORMAT": "text"} \
            | (extra or {}) | _given("BAODAO_BASE_URL", "BAODAO_ENV", "BAODAO_LOG_FORMAT", "BAODAO_SECOND_FACTOR") | environment(servers)
        config = configuration(servers, env)
        before_web(config)
        supervisor = Supervisor(_children(data, host, port, web_workers), env, logs=logs, report=report)
        with stop_signals(supervisor.request_stop):
            try:
                supervisor.start("web")  # alone at first: three starts at once on two cores would keep people waiting
                supervisor.wait_ready(f"{base_url}/readyz")
                supervisor.start()
                yield Running(config, servers, supervisor)
            finally:
                supervisor.stop()


def check_port(host: str, port: int) -> None:
    """Raise ConfigurationError when somebody else listens on the port, or this user may not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            option = "--host 改用本机的地址" if error.errno == errno.EADDRNOTAVAIL else "--port 另选端口"
            raise ConfigurationError(f"不能监听 {host}:{port}（{error.strerror}）。请用 {option}。") from error


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _children(data: DataFolder, host: str, port: int, web_workers: int) -> list[Child]:
    command = [sys.executable, "-m", "web.cli"]
    # Where there is a key for backups, what the server has archived goes to the shelf within seconds.
    shipping = [Child("backup", [*command, "backup", "wal", "--follow"])] if data.backup_recipient.exists() else []
    return [*shipping, Child("web", [*command, "serve", "--host", host, "--port", str(port), "--workers", str(web_workers)]),
            Child("worker", [*command, "worker"]), Child("scheduler", [*command, "scheduler"])]


def _is_empty(config: Config) -> bool:
    with create_engine(config.database_url, poolclass=NullPool, connect_args={"connect_timeout": 5}).connect() as connection:
        return connection.execute(text("select 1 from tenant limit 1")).first() is None


def _given(*names: str) -> dict[str, str]:
    return {name: os.environ[name] for name in names if os.environ.get(name)}
