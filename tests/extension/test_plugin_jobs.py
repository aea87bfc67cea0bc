"""A plugin's jobs are contained too: one that raises is counted, one that hangs suspends at once, and while suspended they wait."""
from __future__ import annotations

import time

from core.errors import Unavailable
from core.extension.activation import enabled_plugins
from core.extension.dispatch import tell
from core.extension.facts import RecordFact
from core.extension.failures import Unanswered
from core.extension.limits import Limits, limits, set_limits
from core.extension.manifest import JobKind
from core.extension.suspension import suspend
from core.jobs import JobContext, enqueue
from core.jobs.lease import Policy
from core.jobs.running import run_due, run_job
from core.tenancy import tenant_scope
from tenants.activation import resume
from tests.extension.conftest import Install
from tests.extension.test_containment import failed, jobs, write, written
from tests.support.plugins import make_record

IMPATIENT = Policy(lease=0.06, longest=0.1, backoff=(0.0,), attempts=5)


def raising(job: JobContext) -> None:
    """A job that writes and raises."""
    write("half")
    raise ValueError


def sleeping(job: JobContext) -> None:
    """A job that does not come to an end in time."""
    time.sleep(0.5)


def work(kind: str, run: object) -> dict[str, object]:
    """A manifest with one kind of job."""
    return {"jobs": (JobKind(kind, "结算", run),)}  # type: ignore[arg-type]


def test_a_job_that_raises_is_counted_at_each_try_and_suspends(install: Install, city: int) -> None:
    install("bad1", manifest=work("bad1.settle", raising))
    before = limits()
    set_limits(Limits(4, 1))
    try:
        with tenant_scope(city):
            enqueue("bad1.settle")
        run_due(policy=IMPATIENT)
    finally:
        set_limits(before)
    assert (failed(city), written(city)) == ([("bad1", "bad1.settle", 4)], [])
    assert jobs(city) == [("bad1.settle", "due")]  # its fifth try waits for somebody to resume the plugin
    with tenant_scope(city):
        assert enabled_plugins() == frozenset()


def test_a_job_that_hangs_suspends_at_once(install: Install, city: int) -> None:
    install("bad2", manifest=work("bad2.settle", sleeping))
    with tenant_scope(city):
        job = enqueue("bad2.settle")
    run_job(city, job, IMPATIENT)
    assert failed(city) == [("bad2", "bad2.settle", 1)]
    with tenant_scope(city):
        assert enabled_plugins() == frozenset()


def test_twin_a_job_that_ends_in_time_is_not_counted(install: Install, city: int) -> None:
    install("good3", manifest=work("good3.settle", lambda job: None))
    with tenant_scope(city):
        enqueue("good3.settle")
    run_due()
    assert (failed(city), jobs(city)) == ([], [("good3.settle", "done")])


def test_jobs_wait_while_the_plugin_is_suspended(install: Install, city: int) -> None:
    install("good4", manifest=work("good4.settle", lambda job: write("settled") or None))
    with tenant_scope(city):
        enqueue("good4.settle")
        suspend("good4", "record_counted")
    run_due()
    assert (written(city), jobs(city)) == ([], [("good4.settle", "due")])
    with tenant_scope(city):
        resume("good4")
    run_due()
    assert (written(city), jobs(city)) == (["settled"], [("good4.settle", "done")])


def test_telling_again_in_vain_counts_under_the_hook(install: Install, city: int) -> None:
    def record_counted(record: RecordFact) -> None:
        raise ValueError

    install("bad5", record_counted=record_counted)
    with tenant_scope(city):
        tell("record_counted", record=make_record())
    run_due(limit=1)
    assert failed(city) == [("bad5", "record_counted", 2)]


def test_what_another_plugin_could_not_answer_is_not_its_failure(install: Install, city: int) -> None:
    errors = iter([Unanswered("x"), Unavailable("x")])

    def run(job: JobContext) -> None:
        raise next(errors)

    install("bad6", manifest=work("bad6.settle", run))
    for counted in ([], [("bad6", "bad6.settle", 1)]):
        with tenant_scope(city):
            enqueue("bad6.settle")
        run_due(limit=1)
        assert failed(city) == counted
