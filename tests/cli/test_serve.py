"""`baodao serve`: several processes, one website."""
from __future__ import annotations

import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import clean_environment, command_line
from tests.support.databases import TestDatabase
from web.cli.processes import SHARED_MEMORY
from web.cli.up import free_port

KEY = "1:" + "A" * 43 + "="


@pytest.mark.early
def test_each_process_tells_the_counts_of_all(database: TestDatabase, redis_server: str, tmp_path: Path) -> None:
    port = free_port()
    folder = Path(SHARED_MEMORY or tempfile.gettempdir()) / f"baodao-metrics-{os.getuid()}-127.0.0.1-{port}"
    env = clean_environment(DATABASE_URL=database.app_url, REDIS_URL=redis_server, BAODAO_SECRET_KEY="s", BAODAO_MASTER_KEY=KEY,
                            BAODAO_DATA=str(tmp_path))
    with subprocess.Popen(command_line("serve", "--port", port, "--workers", 2, "--threads", 2), env=env, stderr=subprocess.DEVNULL) as process:
        try:
            while not _get(port, "/readyz"):
                assert process.poll() is None
                time.sleep(0.1)
            while len(_children(process.pid)) < 2:  # one may be ready before the other is begun
                time.sleep(0.1)
            before, begun = _count(port), _children(process.pid)
            for _request in range(30):
                _get(port, "/healthz")
            counts = [_count(port) for _scrape in range(8)]
            held, same = folder.exists(), _children(process.pid) == begun
        finally:
            process.terminate()
            process.wait(30)
    assert [count - before for count in counts] == [30] * 8
    assert (held, folder.exists(), same) == (True, False, True)


def test_a_process_that_has_grown_too_large_is_replaced_and_every_request_is_answered(database: TestDatabase, redis_server: str,
                                                                                      tmp_path: Path) -> None:
    port = free_port()
    env = clean_environment(DATABASE_URL=database.app_url, REDIS_URL=redis_server, BAODAO_SECRET_KEY="s", BAODAO_MASTER_KEY=KEY,
                            BAODAO_DATA=str(tmp_path), BAODAO_PROCESS_MEMORY="200")
    with subprocess.Popen(command_line("serve", "--port", port, "--workers", 1, "--threads", 2), env=env, stderr=subprocess.DEVNULL) as process:
        try:
            while not _get(port, "/readyz"):
                assert process.poll() is None
                time.sleep(0.1)
            before = _children(process.pid)
            answered = [bool(_get(port, "/healthz")) for _request in range(5)]
            until = time.monotonic() + 30
            while (len(after := _children(process.pid)) != 1 or after & before) and time.monotonic() < until:
                time.sleep(0.1)
        finally:
            process.terminate()
            process.wait(30)
    assert (answered, after & before, len(after)) == ([True] * 5, set(), 1)


def _children(process: int) -> set[int]:
    return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()))


def _count(port: int) -> int:
    found = re.search(r'baodao_requests_total\{method="GET",route="/healthz",status="200"\} ([0-9.]+)', _get(port, "/metrics"))
    return int(float(found[1])) if found else 0


def _get(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return str(response.read().decode())
    except OSError:
        return ""


def test_a_taken_port_is_one_line(database: TestDatabase, redis_server: str) -> None:
    port = free_port()
    env = clean_environment(DATABASE_URL=database.app_url, REDIS_URL=redis_server, BAODAO_SECRET_KEY="s", BAODAO_MASTER_KEY=KEY)
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(command_line("serve", "--port", port), env=env, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (3, f"错误：不能监听 127.0.0.1:{port}（Address already in use）。请用 --port 另选端口。\n")
