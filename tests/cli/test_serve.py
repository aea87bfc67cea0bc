"""`baodao serve`: several processes, one website."""
from __future__ import annotations

import re
import subprocess
import time
import urllib.request
from pathlib import Path

from tests.cli.conftest import clean_environment, command_line
from tests.support.databases import TestDatabase
from web.cli.up import free_port

KEY = "1:" + "A" * 43 + "="


def test_each_process_tells_the_counts_of_all(database: TestDatabase, redis_server: str, tmp_path: Path) -> None:
    port = free_port()
    env = clean_environment(DATABASE_URL=database.app_url, REDIS_URL=redis_server, BAODAO_SECRET_KEY="s", BAODAO_MASTER_KEY=KEY,
                            BAODAO_DATA=str(tmp_path))
    with subprocess.Popen(command_line("serve", "--port", port, "--workers", 2, "--threads", 2), env=env, stderr=subprocess.DEVNULL) as process:
        try:
            while not _get(port, "/readyz"):
                assert process.poll() is None
                time.sleep(0.1)
            before = _count(port)
            for _request in range(30):
                _get(port, "/healthz")
            counts = [_count(port) for _scrape in range(8)]
            folder = re.search(r"/\S*/baodao-metrics-[^/]+", Path(f"/proc/{_child(process.pid)}/maps").read_text())
        finally:
            process.terminate()
            process.wait(30)
    assert [count - before for count in counts] == [30] * 8
    assert folder
    assert not Path(folder[0]).exists()


def _count(port: int) -> int:
    found = re.search(r'baodao_requests_total\{method="GET",route="/healthz",status="200"\} ([0-9.]+)', _get(port, "/metrics"))
    return int(float(found[1])) if found else 0


def _get(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return str(response.read().decode())
    except OSError:
        return ""


def _child(pid: int) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]
