"""A job is written with the change that wants it, holds ids only, and is seen and steered by people."""
from __future__ import annotations

import contextvars
import datetime as dt
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from redis import Redis
from sqlalchemy import func, select, update

from core.audit import entries, record, set_actor
from core.db import new_id
from core.errors import Conflict, NotFound
from core.jobs import (
    JobContext,
    Superseded,
    cancel,
    context,
    enqueue,
    handler,
    job_counts,
    job_view,
    recent_jobs,
    retry,
    run_due,
    run_job,
    set_plugin_check,
)
from core.jobs.bell import bell, connect, queue_at
from core.jobs.control import retry_all
from core.jobs.models import Effect, Job
from core.tenancy import session, set_clock, tenant_scope
from tests.support.statements import sent

NOON = dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC)
off: set[str] = set()


@handler("test.note", label="记一笔")
def note(job: JobContext) -> dict[str, object]:
    record("noted", "job", job.id)
    return {"noted": 1, "who": job.payload.get("member")}


@handler("test.fail", label="出错")
def fail(job: JobContext) -> None:
    record("noted", "job", job.id)
    raise RuntimeError("row of 13812345678")


@handler("test.busy", label="有人正忙")
def busy(job: JobContext) -> None:
    raise Conflict("名册正在导入，请稍候。")


@handler("test.plugged", label="插件作业", plugin="visitors")
def plugged(job: JobContext) -> None:
    record("noted", "job", job.id)


@handler("test.parts", label="分批", resumable=True)
def parts(job: JobContext) -> dict[str, object]:
    start = (job.state or {}).get("next", 0)
    for number in range(start, 4):
        record("part", "job", job.id, {"number": number})
        job.checkpoint({"next": number + 1}, done=number + 1, total=4)
        if number == 1 and job.attempt == 1:
            raise RuntimeError
    return {"parts": 4}


@handler("test.stopped", label="被取消")
def stopped(job: JobContext) -> None:
    record("noted", "job", job.id)
    call_off(job)
    job.progress(1, 2, "已处理 1 条")


def call_off(job: JobContext) -> None:
    """As another process would: in a transaction of its own."""
    def work() -> None:
        with tenant_scope(job.tenant_id):
            cancel(job.id)
    contextvars.Context().run(work)


@pytest.fixture(autouse=True)
def plugins() -> Iterator[None]:
    """`off` holds the plugins that are off."""
    from core.extension import activation

    off.clear()
    set_plugin_check(lambda plugin: plugin not in off)
    yield
    set_plugin_check(activation.is_enabled)


def write(tenant: int, kind: str, **options: object) -> object:
    with tenant_scope(tenant):
        return enqueue(kind, **options)  # type: ignore[arg-type]


def enqueue_and_fail() -> None:
    enqueue("test.note")
    raise ZeroDivisionError


def view(tenant: int, job: object) -> object:
    with tenant_scope(tenant):
        return job_view(job)  # type: ignore[arg-type]


def acts(tenant: int) -> list[str]:
    with tenant_scope(tenant):
        return [row.action for row in reversed(entries())]


def test_a_job_runs_once_and_its_effect_is_noted_by_the_job(city: int) -> None:
    member, account = new_id(), new_id()
    with set_actor("account", account):
        job = write(city, "test.note", payload={"member": member}, total=3)
    assert run_due() == 1
    assert run_due() == 0
    seen = view(city, job)
    assert (seen.status, seen.result, seen.attempts, seen.percent, seen.created_by, seen.label, seen.paused) == (
        "done", {"noted": 1, "who": str(member)}, 1, 100, account, "记一笔", False)
    with tenant_scope(city) as opened:
        assert [(row.actor_kind, row.actor_id) for row in entries()] == [("job", job)]
        assert opened.execute(select(Effect.job_id, Effect.effect_key, Effect.fence)).all() == [(job, f"job:{job}", 1)]


def test_a_job_of_a_rolled_back_change_does_not_exist(city: int) -> None:
    with pytest.raises(ZeroDivisionError), tenant_scope(city):
        enqueue_and_fail()
    assert run_due() == 0


def test_the_same_effect_key_is_one_job(city: int, other_city: int) -> None:
    first = write(city, "test.note", effect_key="year:2026")
    assert write(city, "test.note", effect_key="year:2026") == first
    assert write(other_city, "test.note", effect_key="year:2026") != first
    assert run_due() == 2
    assert write(city, "test.note", effect_key="year:2026") == first
    assert (acts(city), acts(other_city)) == (["noted"], ["noted"])


def test_each_delivery_twice_is_one_effect(city: int) -> None:
    job = write(city, "test.note")
    assert [run_job(city, job), run_job(city, job)] == ["done", None]
    assert acts(city) == ["noted"]


def test_a_job_of_the_future_waits(city: int) -> None:
    with set_clock(NOON):
        write(city, "test.note", run_at=NOON + dt.timedelta(hours=1))
        assert run_due() == 0
    with set_clock(NOON + dt.timedelta(hours=1)):
        assert run_due() == 1


def test_failures_are_spaced_and_end_in_a_dead_letter(city: int) -> None:
    with set_clock(NOON):
        job = write(city, "test.fail")
    moment, pauses = NOON, []
    for _ in range(5):
        with set_clock(moment):
            assert run_due() == 1
            seen = view(city, job)
            pauses.append((seen.run_at - moment).total_seconds())
            moment = seen.run_at
    assert pauses[:4] == [10, 60, 300, 1800]
    assert (seen.status, seen.attempts, seen.message, acts(city)) == (
        "failed", 5, "处理时出错。多次重试未成功，任务已停止。请管理员排除原因后重试。", [])
    assert seen.error.startswith("RuntimeError (test_queue:")
    assert "138" not in seen.error
    with tenant_scope(city):
        assert job_counts() == {"failed": 1}


def test_an_error_for_people_is_shown_at_once(city: int) -> None:
    job = write(city, "test.busy")
    run_due()
    assert view(city, job).message == "名册正在导入，请稍候。系统将自动重试（已试 1 次）。"


def test_a_dead_letter_may_be_tried_again(city: int) -> None:
    job = write(city, "test.note")
    with pytest.raises(Conflict), tenant_scope(city):
        retry(job)
    with tenant_scope(city):
        session().execute(Job.__table__.update().values(status="failed", attempts=5))
    with tenant_scope(city):
        retry(job)
    assert run_due() == 1
    assert (view(city, job).status, acts(city)) == ("done", ["job.retried", "noted"])


def test_all_dead_letters_of_a_kind_begin_anew_when_what_broke_them_is_mended(city: int, ringing: Redis) -> None:
    jobs = [write(city, "test.fail") for _each in range(2)]
    with tenant_scope(city):
        session().execute(update(Job).where(Job.tenant_id == city).values(status="failed", attempts=5, message="坏了"))
    with tenant_scope(city):
        assert [retry_all(kind) for kind in ("test.fail", "test.fail", "test.note")] == [2, 0, 0]
    assert [(view(city, job).status, view(city, job).message) for job in jobs] == [("due", "")] * 2  # type: ignore[attr-defined]
    assert queue_at(ringing).count == 4  # when they were written, and now


def test_a_cancelled_job_does_not_run(city: int, other_city: int) -> None:
    job = write(city, "test.note")
    with pytest.raises(NotFound), tenant_scope(other_city):
        cancel(job)
    with tenant_scope(city):
        cancel(job)
    assert run_due() == 0
    assert (view(city, job).status, acts(city)) == ("cancelled", ["job.cancelled"])
    with pytest.raises(Conflict), tenant_scope(city):
        cancel(job)


def test_a_job_cancelled_at_work_stops_and_commits_nothing(city: int) -> None:
    job = write(city, "test.stopped")
    assert run_job(city, job) is None
    assert (view(city, job).status, acts(city)) == ("cancelled", ["job.cancelled"])


def test_a_resumable_job_goes_on_from_its_checkpoint(city: int) -> None:
    with set_clock(NOON):
        job = write(city, "test.parts")
        assert run_job(city, job) == "due"
        seen = view(city, job)
        assert (seen.progress, seen.total, seen.percent) == (2, 4, 50)
    with set_clock(NOON + dt.timedelta(minutes=1)):
        assert run_job(city, job) == "done"
    with tenant_scope(city):
        assert [row.details for row in reversed(entries())] == [{"number": number} for number in range(4)]


def test_progress_is_seen_at_once_and_not_too_often(city: int, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [1000.0]  # the time goes on by hand, not with the load of the machine
    monkeypatch.setattr(context, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    seen: list[tuple[int, int, str, int | None]] = []

    @handler("test.report", label="报告")
    def report(job: JobContext) -> None:
        def look() -> None:
            row = contextvars.Context().run(view, job.tenant_id, job.id)
            seen.append((row.progress, row.total, row.message, row.percent))

        assert not job.cancelled()
        passed[0] += 0.55
        job.progress(1, 4, "已处理 1 条 13812345678")
        look()
        job.progress(2)
        look()
        assert not job.cancelled()
        passed[0] += 0.55
        job.progress(3)
        look()

    job = write(city, "test.report")
    assert view(city, job).percent is None
    assert run_job(city, job) == "done"
    assert seen == [(1, 4, "已处理 1 条 [phone]", 25), (1, 4, "已处理 1 条 [phone]", 25), (3, 4, "已处理 1 条 [phone]", 75)]
    assert (view(city, job).percent, view(city, job).open) == (100, False)


def test_a_handler_may_ask_whether_it_is_cancelled(city: int) -> None:
    answers: list[bool] = []

    @handler("test.ask", label="询问")
    def ask(job: JobContext) -> None:
        call_off(job)
        answers.extend([job.cancelled(), job.cancelled()])
        with pytest.raises(Superseded):
            job.progress(1)
        raise RuntimeError

    job = write(city, "test.ask")
    assert run_job(city, job) is None
    assert (answers, view(city, job).status) == ([True, True], "cancelled")


def test_a_checkpoint_of_a_cancelled_job_is_refused(city: int) -> None:
    @handler("test.late", label="迟到", resumable=True)
    def late(job: JobContext) -> None:
        record("kept", "job", job.id)
        job.checkpoint({"at": 1})
        record("undone", "job", job.id)
        call_off(job)
        job.checkpoint({"at": 2})

    assert run_job(city, write(city, "test.late")) is None
    assert acts(city) == ["kept", "job.cancelled"]


def test_only_resumable_handlers_may_commit_parts(city: int) -> None:
    @handler("test.sly", label="越权")
    def sly(job: JobContext) -> None:
        job.checkpoint({})

    job = write(city, "test.sly")
    assert run_job(city, job) == "due"
    assert view(city, job).error.startswith("RuntimeError")


def test_a_job_of_a_plugin_that_is_off_waits(city: int) -> None:
    off.add("visitors")
    job = write(city, "test.plugged")
    assert run_due() == 0
    assert (view(city, job).status, view(city, job).paused) == ("due", True)
    off.clear()
    assert (view(city, job).paused, run_due(), acts(city)) == (False, 1, ["noted"])


def test_a_job_that_no_code_knows_waits(city: int) -> None:
    job = write(city, "test.gone")
    assert run_due() == 0
    assert (view(city, job).paused, view(city, job).label) == (True, "test.gone")


@pytest.mark.parametrize("payload", [{"phone": "13812345678"}, {"a": [{"b": "住 420102199001011234 号"}]}])
def test_a_payload_with_a_persons_number_is_refused(city: int, payload: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="personal data"), tenant_scope(city):
        enqueue("test.note", payload)


def test_a_suspended_tenant_gets_no_work_done(city: int) -> None:
    from core.tenancy import Tenant, unscoped

    job = write(city, "test.note")
    with unscoped() as opened:
        opened.get_one(Tenant, city).status = "suspended"
    assert (run_due(), run_job(city, job)) == (0, None)


def test_recent_jobs_is_one_query_and_paged(city: int, other_city: int) -> None:
    jobs = [write(city, "test.note") for _ in range(3)]
    write(other_city, "test.note")
    with tenant_scope(city):
        with sent() as statements:
            first = recent_jobs(limit=2)
        assert len(statements) == 1
        assert [row.id for row in first] == [jobs[2], jobs[1]]
        assert [row.id for row in recent_jobs(limit=2, before=first[-1].id)] == [jobs[0]]
        assert [row.id for row in recent_jobs(status="done")] == []
        assert [row.id for row in recent_jobs(created_by=new_id())] == []


def test_what_came_round_by_itself_and_went_well_tells_nobody_anything(city: int, other_city: int) -> None:
    fine, broken, asked = (write(city, "test.note") for _ in range(3))
    foreign = write(other_city, "test.note")
    for tenant, job, values in ((city, broken, {"status": "failed"}), (city, asked, {"created_by": new_id()}), (other_city, foreign, {"status": "failed"})):
        with tenant_scope(tenant) as opened:
            opened.execute(update(Job).where(Job.id == job).values(values))
    with tenant_scope(city):
        assert [row.id for row in recent_jobs(telling=True)] == [asked, broken]
        assert [row.id for row in recent_jobs()] == [asked, broken, fine]


@pytest.fixture
def ringing(redis_server: str) -> Iterator[Redis]:
    """A Redis that is rung at."""
    bell.configure(redis_server)
    with connect(redis_server) as client:
        yield client
    bell.configure(None)


def test_the_bell_carries_ids_after_the_commit_only(city: int, ringing: Redis) -> None:
    queue = queue_at(ringing)
    with tenant_scope(city):
        job = enqueue("test.note", {"code": "canary"})
        enqueue("test.note", run_at=NOON + dt.timedelta(days=3650))
        with session().begin_nested():
            pass
        assert queue.count == 0
    assert [list(ring.args) for ring in queue.jobs] == [[f"{city}:{job}"]]
    assert not any(b"canary" in value for key in ringing.keys("rq:job:*") for value in ringing.hvals(key))


def test_a_rolled_back_job_rings_no_bell(city: int, ringing: Redis) -> None:
    with pytest.raises(ZeroDivisionError), tenant_scope(city):
        enqueue_and_fail()
    assert queue_at(ringing).count == 0


def test_without_redis_a_job_is_written_quickly_and_runs(city: int) -> None:
    bell.configure("unix:///nowhere/redis.sock")
    try:
        started = time.monotonic()
        for _ in range(20):
            write(city, "test.note")
        assert time.monotonic() - started < 1.5
    finally:
        bell.configure(None)
    assert run_due() == 20
    with tenant_scope(city) as opened:
        assert opened.scalar(select(func.count()).select_from(Effect)) == 20


