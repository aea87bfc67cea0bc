"""The long-running processes, one a command: the website by gunicorn, the job worker, the scheduler."""
from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from core import memory
from core.config import Config
from core.documents import scratch
from tenants.process import settle
from web.cli.runtime import connect_process, connect_service, data_option, service_config
from web.cli.up import check_port

METRICS = "PROMETHEUS_MULTIPROC_DIR"
SHARED_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeats and counts, no data


@click.command("serve")
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", default=8000, show_default=True, help="监听端口。")
@click.option("--workers", default=2, show_default=True, envvar="BAODAO_WEB_WORKERS", help="网站进程数。")
@click.option("--threads", default=8, show_default=True, envvar="BAODAO_WEB_THREADS", help="每个进程的线程数。")
def serve(data: Path | None, host: str, port: int, workers: int, threads: int) -> None:
    """启动网站（gunicorn gthread），直到收到 SIGTERM。 The website."""
    config = service_config(data)
    check_port(host, port)  # gunicorn would try for five seconds and say it in its own way
    connect_service(config, statement_timeout=5)  # before gunicorn, so that a wrong role is one clear line
    Website(config, host=host, port=port, workers=workers, threads=threads).run()


@click.command("worker")
@data_option
def worker(data: Path | None) -> None:
    """启动作业进程，直到收到 SIGTERM。 The job worker."""
    from core.jobs import worker as jobs

    config = service_config(data)
    connect_service(config, statement_timeout=60, pool_size=2)
    _limit_memory(config)
    settle()
    scratch.sweep()
    jobs.run(config)


@click.command("scheduler")
@data_option
def scheduler(data: Path | None) -> None:
    """启动定时器，直到收到 SIGTERM。 The scheduler."""
    from core.jobs import scheduler as clock

    config = service_config(data)
    connect_service(config, statement_timeout=60, pool_size=2)
    _limit_memory(config)
    clock.run(config)


class Website(BaseApplication):
    """gunicorn with our settings: threads, because a request waits for the database, not for Python."""

    def __init__(self, config: Config, *, host: str, port: int, workers: int, threads: int) -> None:
        self._config = config
        os.environ[METRICS] = str(_metrics_folder(f"{host}-{port}"))  # read when the application is imported
        self._settings: dict[str, Any] = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}", "workers": workers, "threads": threads,
            "worker_class": "gthread", "timeout": 60, "graceful_timeout": 15, "keepalive": 5, "proc_name": "baodao",
            "loglevel": "warning", "limit_request_line": 4094, "max_requests": 20_000, "max_requests_jitter": 2_000,
            "worker_tmp_dir": SHARED_MEMORY, "preload_app": True, "post_fork": self._connect,
            "post_request": _replace_outgrown, "on_exit": _forget_metrics,
        }
        super().__init__()

    def load_config(self) -> None:
        """Take the commands' options only: gunicorn's own files and arguments are not read."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The WSGI application: made once, before the processes part, so that one that is replaced is missed for a moment only."""
        from web.app import create_app

        application = create_app(self._config)
        settle()
        scratch.sweep()
        return application

    def _connect(self, _server: object, _worker: object) -> None:
        connect_process(self._config, statement_timeout=5, pool_size=self._settings["threads"])
        _limit_memory(self._config)


def _limit_memory(config: Config) -> None:
    memory.set_memory(memory.Memory(config.process_memory * memory.MIB))
    memory.cap()


def _replace_outgrown(worker: Any, _request: object, _environ: object, _response: object) -> None:
    """Let a process that has grown too large end as one that has served its requests; gunicorn starts another."""
    if memory.outgrown() and worker.alive:
        worker.log.warning("process outgrown")
        worker.alive = False


def _metrics_folder(address: str) -> Path:
    """An empty folder for the counts of all processes; what a killed website has left at this address goes."""
    path = Path(SHARED_MEMORY or tempfile.gettempdir()) / f"baodao-metrics-{os.getuid()}-{address}"
    shutil.rmtree(path, ignore_errors=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:  # somebody else's
        return Path(tempfile.mkdtemp(prefix="baodao-metrics-", dir=SHARED_MEMORY))
    return path


def _forget_metrics(_server: object) -> None:
    shutil.rmtree(os.environ[METRICS], ignore_errors=True)
