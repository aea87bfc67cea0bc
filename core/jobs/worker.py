"""The worker's process: waits for the bell, runs the jobs that it names, and looks for itself when nobody rings.

It runs jobs in its own process, without RQ's fork: the lease and its fence watch over a job, not a parent process, and a
fork would have to give up the database connections. Of what comes out of Redis only the bell's text is used. RQ would call
any function that the entry names; `Listener` does not, so whoever writes to Redis can ring and nothing more.
"""
from __future__ import annotations

import contextlib
import datetime as dt
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import structlog
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.job import Job as Ring
from rq.serializers import JSONSerializer

from core.config import Config
from core.jobs.bell import bell, connect, queue_at
from core.jobs.lease import POLICY, Policy
from core.jobs.running import run_due, run_job
from core.memory import outgrown

_WAIT = 1  # seconds; a stop is noticed as fast
_ANSWER = 5
_BATCH = 200
log = structlog.get_logger("baodao.jobs")


def run(config: Config, *, policy: Policy = POLICY, stop: threading.Event | None = None, burst: bool = False) -> None:
    """Work until SIGTERM or SIGINT (or `stop`); the job at hand is finished first. The database is configured by the caller.

    With `burst`: run what is due now and return.
    """
    bell.configure(config.redis_url)
    if burst:
        run_due(policy=policy)
        return
    with stopping(stop or threading.Event()) as stopped:
        log.info("worker started")
        while not stopped.is_set():
            _look(policy, stopped)
            _stop_outgrown(stopped)
            if not stopped.is_set() and not _listen(config.redis_url, policy, stopped):
                stopped.wait(min(policy.sweep, 5.0))
        log.info("worker stopped")


def answer(ring: str, policy: Policy = POLICY) -> None:
    """Run the job that a bell names, if it is still to be run; a malformed bell is logged."""
    tenant, _, job = ring.partition(":")
    try:
        tenant_id, job_id = int(tenant), uuid.UUID(job)
    except ValueError:
        log.warning("malformed bell")
        return
    run_job(tenant_id, job_id, policy)


class Listener(SimpleWorker):
    """RQ's worker on one queue, reduced to hearing bells: no remote commands, no callbacks, no results, no function by name."""

    def __init__(self, queue: Queue, policy: Policy, stopped: threading.Event) -> None:
        super().__init__([queue], connection=queue.connection, serializer=JSONSerializer)
        self._policy, self._stopped = policy, stopped
        self.lost = False

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None  # noqa: ARG002 - RQ's signature
                                     ) -> tuple[Ring, Queue] | None:
        """The next bell; None ends `work`: after `max_idle_time` seconds of silence, at a stop, or when Redis is gone."""
        until = time.monotonic() + (max_idle_time or 0)
        while not self._stopped.is_set() and time.monotonic() < until:
            try:
                self.heartbeat()
                return self.queue_class.dequeue_any(self._ordered_queues, _WAIT, connection=self.connection,
                                                    job_class=self.job_class, serializer=self.serializer)
            except DequeueTimeout:
                continue
            except RedisError:
                self.lost = True
                break
        return None

    def execute_job(self, job: Ring, queue: Queue) -> None:
        """Take the bell away, then run the job that it names: lost bells do no harm, the row stays due."""
        ring = str(job.args[0]) if job.args else ""
        self.connection.lrem(queue.intermediate_queue_key, 1, job.id)
        job.delete()
        try:
            answer(ring, self._policy)
        except Exception as error:  # noqa: BLE001 - the database is away; RQ would log the statement with its values
            log.warning("bell answered in vain", error=type(error).__name__)
        _stop_outgrown(self._stopped)

    @property
    def connection_timeout(self) -> int:
        """Seconds for an answer from Redis; RQ's seven minutes would let a hanging server hold up the work."""
        return _ANSWER

    def run_maintenance_tasks(self) -> None:
        """Drop the bells that died with a worker. RQ's own cleaning would call functions and addresses that the entries name."""
        self.connection.delete(self.queues[0].intermediate_queue_key)
        self.last_cleaned_at = dt.datetime.now(dt.UTC)  # type: ignore[assignment]

    def subscribe(self) -> None:
        """RQ's channel for commands is not opened: Redis must not be able to stop a worker."""

    def unsubscribe(self) -> None:
        """Nothing was opened."""

    def _install_signal_handlers(self) -> None:
        """The process's own handlers stay: they finish the job at hand."""


def _look(policy: Policy, stopped: threading.Event) -> None:
    try:
        run_due(_BATCH, policy, stopped)
    except Exception as error:  # noqa: BLE001 - the database may be back at the next look
        log.warning("looking for due jobs failed", error=type(error).__name__)
        time.sleep(1)


def _stop_outgrown(stopped: threading.Event) -> None:
    """Whoever keeps the processes running starts a fresh one."""
    if outgrown():
        log.warning("process outgrown")
        stopped.set()


def _listen(redis_url: str, policy: Policy, stopped: threading.Event) -> bool:
    """Answer bells for one sweep's time or one batch; False when Redis is not there."""
    try:
        listener = Listener(queue_at(connect(redis_url, timeout=_ANSWER)), policy, stopped)
        with contextlib.closing(listener.connection):
            listener.work(max_idle_time=max(1, round(policy.sweep)), max_jobs=_BATCH, logging_level="ERROR")
        return not listener.lost
    except RedisError as error:
        log.warning("no bell to listen to", error=type(error).__name__)
        return False


@contextlib.contextmanager
def stopping(stop: threading.Event) -> Iterator[threading.Event]:
    """SIGTERM and SIGINT set `stop`; outside the main thread, where no handler may be set, only the caller does."""
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def note(_number: int, _frame: Any) -> None:
        stop.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, old in before.items():
            signal.signal(number, old)
