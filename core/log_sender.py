"""Sends log lines to the installation's collector from a thread of its own: a request never waits for it, and a full queue drops and counts.

The line on standard error stays what it is; what is lost here, while the collector is away for long, stands there (ASVS 5.0, 16.4.3). Entries of the
audit log have no such line: they wait in room of their own, and how many found none is said on standard error.
"""
from __future__ import annotations

import atexit
import json
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog

from core.log_target import LogTarget
from core.privacy.logfilter import scrub_event

MOST, LONGEST = 10_000, 32_768  # lines that wait, and as many entries of the audit log beside them; bytes of one
SECONDS, FIRST_PAUSE, LONGEST_PAUSE, AT_EXIT = 5.0, 0.5, 30.0, 2.0
_LOCAL0, _LOG_AUDIT = 16, 13  # facilities of RFC 5424
_SEVERITIES = {"critical": 2, "error": 3, "warning": 4, "notice": 5, "debug": 7}
_USUAL = 6
log = structlog.get_logger("baodao.log_sender")


class LogSender:
    """One receiver and the lines that wait for it. A process that was forked begins anew: neither threads nor sockets come along."""

    def __init__(self, target: LogTarget, most: int = MOST) -> None:
        self.target, self._most = target, most
        self._socket: socket.socket | None = None
        self._begin()

    def put(self, event: Mapping[str, Any], *, audit: bool = False) -> None:
        """Let a scrubbed event follow the others; returns at once, whatever the receiver does."""
        if self._process != os.getpid():
            self._begin()
        line = message(event, audit=audit)
        with self._counting:
            if self._held[audit] < self._most:
                self._held[audit] += 1
                self._waiting.put((line, audit))
            else:
                self.lost[audit] += 1
        if self._thread is None:
            self._start()

    def flush(self, seconds: float) -> bool:
        """Wait until everything is sent, at most `seconds`; answers whether it was."""
        until = time.monotonic() + seconds
        while self._waiting.unfinished_tasks and self._process == os.getpid() and time.monotonic() < until:
            time.sleep(0.02)
        return not self._waiting.unfinished_tasks

    def say_lost(self) -> int:
        """Say on standard error how many entries of the audit log the collector has not got nor will get; answers how many."""
        if count := self.lost[True]:
            log.error("audit entries lost on the way to the collector", count=count)
        return count

    def close(self) -> None:
        """Send no more; what waits is dropped."""
        self._stopped.set()
        if self._thread is not None and self._process == os.getpid():
            self._thread.join(SECONDS)

    def _begin(self) -> None:
        if self._socket is not None:
            self._socket.close()  # the parent's own goes on
        self._process, self._counting = os.getpid(), threading.Lock()
        self.lost, self._held = {False: 0, True: 0}, {False: 0, True: 0}  # by whether it is an entry of the audit log
        self._waiting: queue.Queue[tuple[bytes, bool]] = queue.Queue()
        self._stopped, self._starting = threading.Event(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._socket = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log sender", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                line, audit = self._waiting.get(timeout=0.25)
            except queue.Empty:
                continue
            with self._counting:
                self._held[audit] -= 1
            self._deliver(line)
            self._waiting.task_done()
        self._hang_up()

    def _deliver(self, line: bytes) -> None:
        pause, told = FIRST_PAUSE, 0
        while not self._stopped.is_set():
            try:
                self._send(line)
                return
            except OSError as error:  # refused, gone, slow, or its certificate is not good: the line waits, and those behind it
                self._hang_up()
                if pause == FIRST_PAUSE:
                    log.warning("log collector not reached", error=type(error).__name__, waiting=self._waiting.qsize())
                if self.lost[True] > told:
                    told = self.say_lost()
                self._stopped.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _send(self, line: bytes) -> None:
        if self._socket is None or is_closed(self._socket):
            self._hang_up()
            self._socket = connect(self.target)
        self.say_lost()
        for audit, what in ((False, "log lines lost on the way"), (True, "audit entries lost on the way")):
            if count := self.lost[audit]:
                self._socket.sendall(framed(message({"event": what, "level": "warning", "count": count})))
                with self._counting:
                    self.lost[audit] -= count  # only now: a receiver that hangs up meanwhile is told again
        self._socket.sendall(framed(line))

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def connect(target: LogTarget) -> socket.socket:
    """An open connection. Raises OSError, of which a certificate that is not good is one kind."""
    opened = socket.create_connection((target.host, target.port), SECONDS)
    try:
        context = target.context()
        return context.wrap_socket(opened, server_hostname=target.host) if context else opened
    except OSError:
        opened.close()
        raise


def is_closed(opened: socket.socket) -> bool:
    """Whether the receiver has hung up: it never says anything, so what can be read is the end. Else a line would be lost on a dead connection."""
    opened.settimeout(0)
    try:
        return opened.recv(1) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        opened.settimeout(SECONDS)


def message(event: Mapping[str, Any], *, audit: bool = False) -> bytes:
    """The event as a message of RFC 5424 with JSON as its text."""
    severity = _SEVERITIES.get(str(event.get("level")), _USUAL)
    text = _json(event)
    if len(text) > LONGEST:
        kept = {key: value for key, value in event.items() if not isinstance(value, str) or len(value) < 1000}
        text = _json({**kept, "cut": len(text)})[:LONGEST]
    moment = event.get("timestamp") or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    facility, kind = (_LOG_AUDIT, "audit") if audit else (_LOCAL0, "service")
    head = f"<{facility * 8 + severity}>1 {moment} {socket.gethostname() or '-'} baodao {os.getpid()} {kind} - "
    return head.encode("ascii", "replace") + text


def _json(event: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # half a surrogate pair, or a number of more than 64 bits: no line may make its writer fail
        return json.dumps({str(key): value for key, value in event.items()}, default=str).encode()


def framed(line: bytes) -> bytes:
    """The message with its length before it, as RFC 5425 wants."""
    return str(len(line)).encode() + b" " + line


_sender: list[LogSender] = []


def configure(target: LogTarget | None) -> None:
    """Send this process's log there from now on; None sends nothing."""
    while _sender:
        _sender.pop().close()
    if target is not None:
        _sender.append(LogSender(target))


def is_on() -> bool:
    """Whether there is a receiver."""
    return bool(_sender)


def send_audit(event: Mapping[str, Any]) -> None:
    """Send an entry of an audit log that is committed; it passes the same net as the service's log."""
    for sender in _sender:
        sender.put(scrub_event(None, "", dict(event)), audit=True)


def send_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor, behind the scrubbing one: the event goes on as it came."""
    for sender in _sender:
        sender.put(event)
    return event


@atexit.register
def _send_the_rest() -> None:
    for sender in _sender:
        sender.flush(AT_EXIT)
        sender.say_lost()
