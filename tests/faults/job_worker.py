"""A worker's process for the fault tests: python -m tests.faults.job_worker DATABASE_URL REDIS_URL LEASE [scheduler]."""
from __future__ import annotations

import sys
import time

import core.db
from core.audit import record
from core.config import Config
from core.jobs import JobContext, Policy, handler, scheduler, worker
from tenants.loading import load_plugins
from tests.support.cities import configure_keys


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
    return Config(database_url=database_url, redis_url=redis_url, secret_key="test", master_keys={1: bytes(32)})


def main() -> None:
    """Work until SIGTERM."""
    database_url, redis_url, lease = sys.argv[1:4]
    core.db.configure(database_url, statement_timeout=60, pool_size=2)
    configure_keys()
    load_plugins()
    run = scheduler.run if sys.argv[4:] == ["scheduler"] else worker.run
    run(config(database_url, redis_url), policy=Policy(lease=float(lease), sweep=0.5, attempts=50, backoff=(0.1,)))


if __name__ == "__main__":
    main()
