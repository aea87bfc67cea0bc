"""The supervisor: restarts what crashes after a growing pause, stops everything, and leaves nothing behind when it is killed."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.errors import Unavailable
from web.embedded.supervisor import Child, Supervisor, stop_signals

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_crashed_child_comes_back(tmp_path: Path) -> None:
    lines: list[str] = []
    mark = tmp_path / "starts"
    code = (f"import time; from pathlib import Path; mark = Path({str(mark)!r}); before = mark.exists()\n"
            "mark.open('a').write('x'); time.sleep(60 if before else 0); raise SystemExit(7)")
    supervisor = Supervisor([Child("web", [sys.executable, "-c", code])], {}, report=lines.append)
    supervisor.start()
    deadline = time.monotonic() + 10

    def look() -> None:
        if (mark.exists() and mark.read_text() == "xx") or time.monotonic() > deadline:
            supervisor.request_stop()

    supervisor.watch(every=look, interval=0.1)
    supervisor.stop()
    assert (mark.read_text(), lines) == ("xx", ["web 已退出（退出码 7），0.5 秒后重新启动。"])


def test_the_pause_grows_to_half_a_minute() -> None:
    pauses = [Child("web", [], crashes=crashes).pause for crashes in range(1, 10)]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_all_are_stopped() -> None:
    supervisor = Supervisor([Child("a", SLEEPER), Child("b", SLEEPER)], {})
    supervisor.start()
    supervisor.stop()
    assert [child.process.returncode for child in supervisor.children if child.process] == [-signal.SIGTERM] * 2


def test_a_child_that_cannot_start_is_reported_with_its_log(tmp_path: Path) -> None:
    supervisor = Supervisor([Child("web", [sys.executable, "-c", "raise SystemExit('no luck')"])], {}, logs=tmp_path, report=lambda _: None)
    supervisor.start()
    with pytest.raises(Unavailable, match=rf"web 反复退出（退出码 1）。原因见 {tmp_path}/web.log"):
        supervisor.wait_ready("http://127.0.0.1:9/healthz", 20)
    supervisor.stop()
    assert (tmp_path / "web.log").read_text() == "no luck\n" * 3


def test_no_child_outlives_a_killed_supervisor() -> None:
    code = ("import sys, time; from web.embedded.supervisor import Child, Supervisor\n"
            f"s = Supervisor([Child('a', {SLEEPER!r})], {{}}); s.start(); print(s.children[0].process.pid, flush=True); time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 5
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(child)


def test_a_signal_asks_for_a_stop_and_a_second_one_interrupts() -> None:
    asked: list[int] = []
    with pytest.raises(KeyboardInterrupt), stop_signals(lambda: asked.append(1)):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
        assert asked == [1]
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
