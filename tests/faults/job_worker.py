"""What workers do in the fault tests, and how a process becomes one."""
from __future__ import annotations

import time

import core.db
from core.audit import record
from core.config import Config
from core.jobs import JobContext, Policy, handler, scheduler, worker
from tests.support.databases import MASTER_KEYS

QUICK = Policy(lease=1.2, sweep=0.5, attempts=50, backoff=(0.1,))


@handler("faults.slow", label="慢")
def slow(job: JobContext) -> None:
    """Note the effect early, then take as many seconds as the payload says: a shot in between must undo the note."""
    record("effect", "job", job.id)
    time.sleep(job.payload["hundredths"] / 100)


@handler("faults.steps", label="分批", resumable=True)
def steps(job: JobContext) -> None:
    """Ten notes, each committed with its checkpoint."""
    for number in range((job.state or {}).get("next", 0), 10):
        record("step", "job", job.id, {"number": number})
        time.sleep(0.1)
        job.checkpoint({"next": number + 1}, done=number + 1, total=10)


def config(database_url: str, redis_url: str) -> Config:
    """Just what a worker reads."""
    return Config(database_url=database_url, redis_url=redis_url, secret_key="test", master_keys=MASTER_KEYS)


def work(database_url: str, redis_url: str, policy: Policy = QUICK, *, schedule: bool = False) -> None:
    """Work (or schedule) until SIGTERM, in a forked process: its connections are its own, the keys are known from the parent."""
    core.db.database.engine.dispose(close=False)
    core.db.configure(database_url, statement_timeout=60, pool_size=2)
    run = scheduler.run if schedule else worker.run
    run(config(database_url, redis_url), policy=policy)
