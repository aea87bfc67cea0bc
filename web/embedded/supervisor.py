"""Runs the processes of one machine: starts them, restarts a crashed one after a growing pause, stops all of them."""
from __future__ import annotations

import contextlib
import ctypes
import math
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import Unavailable

GRACE = 15.0  # seconds from SIGTERM to SIGKILL
HEALTHY = 60.0  # after so many seconds alive, earlier crashes are forgotten
LONGEST_PAUSE = 30.0
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """One process: its name, its command, and what became of it."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    born: float = 0.0
    crashes: int = 0
    due: float = math.inf
    last_code: int | None = None

    @property
    def pause(self) -> float:
        """Seconds to wait before the next start: 0.5, 1, 2, 4 ... 30."""
        return min(0.5 * 2 ** max(self.crashes - 1, 0), LONGEST_PAUSE)


@dataclass(slots=True)
class Supervisor:
    """The children and their keeper. `env` is added to this process's; with `logs` their output goes to files there."""

    children: Sequence[Child]
    env: Mapping[str, str]
    logs: Path | None = None
    report: Callable[[str], None] = print
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self, *names: str) -> None:
        """Start every child that does not run yet, or those of these names; returns at once."""
        for child in self.children:
            if child.process is None and (not names or child.name in names):
                self._spawn(child)

    def watch(self, *, every: Callable[[], None] = lambda: None, interval: float = 5.0) -> None:
        """Keep the children running until `request_stop`; call `every` each `interval` seconds."""
        next_call = time.monotonic() + interval
        while not self._stop.wait(0.2):
            for child in self.children:
                self._tend(child)
            if time.monotonic() >= next_call:
                every()
                next_call = time.monotonic() + interval

    def request_stop(self) -> None:
        """Let `watch` return; safe in a signal handler and from another thread."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether a stop was requested."""
        return self._stop.is_set()

    def stop(self) -> None:
        """SIGTERM to all at once, SIGKILL to what is left after 15 seconds."""
        self._stop.set()
        alive = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in alive:
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait_ready(self, url: str, seconds: float = 60.0) -> None:
        """Return when `url` answers 200. Raises Unavailable after `seconds`, or when a child has crashed three times."""
        deadline = time.monotonic() + seconds
        while not self.stopping:
            if answers(url):
                return
            for child in self.children:
                self._tend(child)
                if child.crashes >= 3:
                    raise Unavailable(f"{child.name} 反复退出（退出码 {child.last_code}）。{self._where(child)}")
            if time.monotonic() > deadline:
                raise Unavailable(f"{url} 在 {seconds:.0f} 秒内没有应答。请运行 baodao doctor 查看原因。")
            self._stop.wait(0.05)

    def _where(self, child: Child) -> str:
        return f"原因见 {self.logs / f'{child.name}.log'}。" if self.logs else "原因见上面的输出。"

    def _spawn(self, child: Child) -> None:
        with contextlib.ExitStack() as stack:
            output = None
            if self.logs:
                self.logs.mkdir(parents=True, exist_ok=True)
                output = stack.enter_context((self.logs / f"{child.name}.log").open("ab"))
            # Its own session: Ctrl-C reaches this process only, which then stops the children in order.
            child.process = subprocess.Popen(
                list(child.command), env={**os.environ, **self.env}, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, preexec_fn=_die_with_parent)  # noqa: PLW1509 - the launcher has one thread
        child.born = time.monotonic()

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                self._spawn(child)
            return
        code = child.process.poll()
        if code is None:
            if now - child.born > HEALTHY:
                child.crashes = 0
            return
        child.crashes, child.last_code, child.process = child.crashes + 1, code, None
        child.due = now + child.pause
        self.report(f"{child.name} 已退出（退出码 {code}），{child.pause:g} 秒后重新启动。")


@contextlib.contextmanager
def stop_signals(handler: Callable[[], None]) -> Iterator[None]:
    """Call `handler` on SIGINT, SIGTERM and SIGHUP within the block; a second one interrupts as usual."""
    def once(number: int, _frame: object) -> None:
        signal.signal(number, signal.default_int_handler)
        handler()

    heard = [number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
             if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, once) for number in heard}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _die_with_parent() -> None:
    # Linux: even if this process is killed outright, no child is left holding the port.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def answers(url: str) -> bool:
    """Whether `url`, one of our own probes, answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - an address we made
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
