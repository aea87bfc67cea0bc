"""Rings Redis after a commit so that a worker looks at once; when Redis is away nothing is lost, it only takes longer.

The bell carries "tenant_id:job_id" and nothing else. What comes out of Redis is not trusted: see worker.
"""
from __future__ import annotations

import threading
import time
import uuid

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session

QUEUE = "baodao"
_FUNCTION = "core.jobs.worker.answer"
_PENDING = "job_bells"
_MOST = 200  # bells a commit; the scheduler rings for the rest
_QUIET = 5.0  # seconds without a try after a failure
_FORGET = 3600  # seconds that an unheard bell stays in Redis
log = structlog.get_logger("baodao.jobs")


class Bell:
    """This process's line to Redis. `configure` is called once at start-up; without it ringing is a no-op."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: Queue | None = None
        self._quiet_until = 0.0

    def configure(self, redis_url: str | None) -> None:
        """Ring at `redis_url` from now on; None: never."""
        with self._lock:
            self._queue = None if redis_url is None else queue_at(connect(redis_url))
            self._quiet_until = 0.0

    def ring(self, jobs: list[tuple[int, uuid.UUID]]) -> bool:
        """Ring for (tenant id, job id) pairs; False when Redis did not answer, which is logged and harmless."""
        if self._queue is None or not jobs or time.monotonic() < self._quiet_until:
            return False
        bells = [Queue.prepare_data(_FUNCTION, args=(f"{tenant}:{job}",), timeout=-1, ttl=_FORGET, result_ttl=0,
                                    failure_ttl=_FORGET, description="bell") for tenant, job in jobs[:_MOST]]
        try:
            self._queue.enqueue_many(bells)
        except RedisError as error:
            self._quiet_until = time.monotonic() + _QUIET
            log.warning("bell unheard", error=type(error).__name__, jobs=len(jobs))
            return False
        return True

    def waiting(self) -> int | None:
        """Number of bells that no worker has heard yet; None when Redis does not answer."""
        try:
            return None if self._queue is None else self._queue.count
        except RedisError:
            return None


def connect(redis_url: str, *, timeout: float = 1.0) -> Redis:
    """A client that gives up after `timeout` seconds and does not try twice."""
    return Redis.from_url(redis_url, socket_timeout=timeout, socket_connect_timeout=1.0, retry=Retry(NoBackoff(), 0))


def queue_at(connection: Redis) -> Queue:
    """The one queue, with the JSON serializer: a pickle from Redis would be a way into the workers."""
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer)


def note(opened: Session, tenant_id: int, job_id: uuid.UUID) -> None:
    """Ring for this job once `opened`'s transaction is committed."""
    opened.info.setdefault(_PENDING, []).append((tenant_id, job_id))


bell = Bell()


@event.listens_for(Session, "after_commit")
def _ring(opened: Session) -> None:
    if not opened.in_nested_transaction():
        bell.ring(opened.info.pop(_PENDING, []))


@event.listens_for(Session, "after_rollback")
def _forget(opened: Session) -> None:
    # A bell for a job that a savepoint took back finds no row, which is harmless; so only the whole transaction counts.
    if not opened.in_nested_transaction():
        opened.info.pop(_PENDING, None)
