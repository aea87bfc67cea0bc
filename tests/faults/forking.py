"""A process that can be shot: a fork of the test's own, which is there in a moment where a fresh one would spend seconds on its imports."""
from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Callable


class Forked:
    """Runs a function in a process of its own; to be used like a Popen."""

    def __init__(self, run: Callable[[], object]) -> None:
        self._status: int | None = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12 on: other threads may hold locks; what runs here takes none of theirs
            self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                run()
                code = 0
            finally:
                os._exit(code)  # nothing of the tests' own is to end twice

    def poll(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def wait(self, timeout: float = 60) -> int:
        """Wait for its end."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            assert time.monotonic() < until, "the process has not ended"
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Shoot it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send_signal(signal.SIGTERM)
