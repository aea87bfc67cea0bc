"""A plugin that fails too often is suspended in the tenant where it does: counted over processes and pages, and nothing is lost."""
from __future__ import annotations

import datetime as dt
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore

import pytest
from sqlalchemy import select, update

from core.audit import EntryFilter, entries
from core.extension import dispatch
from core.extension.activation import enabled_plugins, is_enabled
from core.extension.dispatch import collect, require, tell
from core.extension.facts import MemberData, Panel, RecordFact
from core.extension.failures import failures
from core.extension.limits import Limits, limits, set_limits
from core.extension.models import PluginFailure, Term
from core.extension.registry import Registry
from core.jobs.models import Job
from core.jobs.running import run_due
from core.memory import MIB, Memory, memory, outgrown, resident, set_memory
from core.tenancy import session, tenant_scope
from tenants.activation import enable, plugins, resume
from tests.extension.conftest import Install
from tests.extension.test_containment import failed, jobs, write, written
from tests.support.cities import make_city
from tests.support.databases import TestDatabase
from tests.support.plugins import make_plugin, make_record

pytestmark = pytest.mark.promise(24)

MEMBER = uuid.uuid4()
OTHER_PROCESS = """
import sys
import core.db
from core.extension.dispatch import collect
from core.extension.registry import current
from core.logs import configure_logging
from core.tenancy import tenant_scope
from tests.extension.test_suspension import broken
from tests.support.cities import configure_keys
from tests.support.plugins import make_plugin
import uuid

configure_logging("CRITICAL")
core.db.configure(sys.argv[1])
configure_keys()
current().register(make_plugin("bad", {"member_panels": broken}))
for line in sys.stdin:
    for _ in range(int(line)):
        with tenant_scope(1):
            collect("member_panels", member_id=uuid.uuid4())
    print("done", flush=True)
"""


def broken(member_id: uuid.UUID) -> list[Panel]:
    """A hook function that raises."""
    raise ValueError


@pytest.fixture
def few() -> Iterator[None]:
    """Three failures suspend, and nothing is slow."""
    before = limits()
    set_limits(Limits(3, 0))
    yield
    set_limits(before)


def show(city: int, times: int = 1) -> None:
    """Show the page so often."""
    for _ in range(times):
        with tenant_scope(city):
            collect("member_panels", member_id=MEMBER)


def on(city: int) -> frozenset[str]:
    """The plugins that work."""
    with tenant_scope(city):
        return enabled_plugins()


def test_the_limits_as_delivered(install: Install, city: int) -> None:
    install("bad", member_panels=broken)
    install("good")
    show(city, 19)
    assert on(city) == {"bad", "good"}
    show(city)
    assert on(city) == {"good"}
    show(city, 5)
    assert failed(city) == [("bad", "member_panels", 20)]  # it was asked no more


def test_failures_add_up_over_two_processes(install: Install, city: int, database: TestDatabase) -> None:
    install("bad", member_panels=broken)
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", OTHER_PROCESS, database.app_url], cwd=Path(__file__).parents[2],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin
        assert other.stdout
        show(city, 10)
        other.stdin.write("9\n")
        other.stdin.flush()
        assert other.stdout.readline() == "done\n"
        assert on(city) == {"bad"}
        other.stdin.write("5\n")  # the first of them is the twentieth
        other.stdin.flush()
        assert other.stdout.readline() == "done\n"
        other.stdin.close()
    assert on(city) == frozenset()
    assert failed(city) == [("bad", "member_panels", 20)]


@pytest.mark.usefixtures("few")
def test_it_is_told_on_the_pages_and_in_the_log(install: Install, city: int) -> None:
    install("bad", member_panels=broken)
    show(city, 3)
    with tenant_scope(city):
        [state] = plugins()
        assert state.suspended is not None
        assert "显示在党员页面上的内容" in state.suspended.message
        assert [(e.action, e.actor_kind, e.details) for e in entries(EntryFilter(action="plugin.suspended"))] == [
            ("plugin.suspended", "system", {"plugin": "bad", "hook": "member_panels"})]


@pytest.mark.usefixtures("few")
def test_another_tenant_is_not_concerned(install: Install, city: int) -> None:
    install("bad", member_panels=broken)
    other = make_city(2)
    with tenant_scope(other):
        enable("bad")
    show(city, 3)
    assert (on(city), on(other)) == (frozenset(), {"bad"})


@pytest.mark.usefixtures("few")
def test_failures_of_long_ago_do_not_count(install: Install, city: int) -> None:
    install("bad", member_panels=broken)
    show(city, 2)
    with tenant_scope(city):
        session().execute(update(PluginFailure).where(PluginFailure.tenant_id == city)
                          .values(weighed_since=PluginFailure.weighed_since - dt.timedelta(minutes=11)))
    show(city, 2)
    assert on(city) == {"bad"}
    show(city)
    assert on(city) == frozenset()


@pytest.mark.usefixtures("few")
def test_what_it_should_have_heard_is_kept_and_delivered(install: Install, city: int) -> None:
    heard: list[RecordFact] = []
    mended: list[bool] = []

    def record_counted(record: RecordFact) -> None:
        if not mended:
            raise ValueError
        heard.append(record)

    install("bad", record_counted=record_counted)
    told = [make_record() for _ in range(5)]
    for record in told:
        with tenant_scope(city):
            tell("record_counted", record=record)
    assert (on(city), jobs(city)) == (frozenset(), [("bad.redeliver", "due")] * 5)
    run_due()
    assert (heard, jobs(city)) == ([], [("bad.redeliver", "due")] * 5)
    mended.append(True)
    with tenant_scope(city):
        resume("bad")
    run_due()
    assert heard == told
    assert jobs(city) == [("bad.redeliver", "done")] * 5


@pytest.mark.usefixtures("few")
def test_resuming_tries_again_what_had_been_given_up(install: Install, city: int) -> None:
    install("bad", record_counted=lambda record: write("counted"), member_panels=broken)
    with tenant_scope(city):
        session().add(Job(kind="bad.redeliver", status="failed", attempts=5, run_at=dt.datetime.now(dt.UTC), created_at=dt.datetime.now(dt.UTC),
                          payload={"hook": "record_counted", "facts": {"record": {}}}))
    show(city, 3)
    with tenant_scope(city):
        resume("bad")
    assert jobs(city) == [("bad.redeliver", "due")]
    with tenant_scope(city):
        assert session().scalars(select(PluginFailure.weight)).all() == [0]  # one more failure does not suspend it again


@pytest.mark.usefixtures("few")
def test_a_long_act_leaves_it_alone_before_it_ends(install: Install, city: int) -> None:
    asked = []

    def record_counted(record: RecordFact) -> None:
        asked.append(record)
        raise ValueError

    install("bad", record_counted=record_counted)
    with tenant_scope(city):
        for _ in range(10):
            tell("record_counted", record=make_record())
        assert not is_enabled("bad")
    assert (len(asked), jobs(city)) == (3, [("bad.redeliver", "due")] * 10)


@pytest.mark.usefixtures("few")
def test_duties_are_done_while_it_is_suspended(install: Install, city: int) -> None:
    install("term", manifest={"models": (Term,), "migrations": Path(__file__).parent}, member_panels=broken,
            export_member_data=lambda member_id: [MemberData("用语", ())], erase_member_data=lambda member_id: 1)
    with tenant_scope(city):
        write("held")
    show(city, 3)
    with tenant_scope(city):
        assert (enabled_plugins(), require("erase_member_data", member_id=MEMBER)) == (frozenset(), {"term": 1})


def test_a_failure_is_counted_though_the_page_is_rolled_back(install: Install, city: int) -> None:
    install("bad", member_panels=broken)
    with pytest.raises(ZeroDivisionError), tenant_scope(city):
        collect("member_panels", member_id=MEMBER)
        _ = 1 // 0
    assert failed(city) == [("bad", "member_panels", 1)]


def test_two_pages_that_fail_at_once_do_not_wait_for_each_other(install: Install, city: int, database: TestDatabase) -> None:
    install("bad", member_panels=broken)
    show(city)
    with database.connect_admin() as connection, connection.transaction():
        connection.execute("select 1 from plugin_failure for update")  # another page's count, not committed yet
        with tenant_scope(city):
            collect("member_panels", member_id=MEMBER)
            write("caller")
    assert written(city) == ["caller"]  # though this count itself found no room


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """What takes longer than a twentieth of a second is slow; time goes on only when a plugin is told to spend it, not with the load."""
    before, passed = limits(), [0.0]
    monkeypatch.setattr(dispatch, "perf_counter", lambda: passed[0])
    set_limits(Limits(20, 0.05))

    def spend(seconds: float) -> None:
        passed[0] += seconds

    yield spend
    set_limits(before)


def test_a_plugin_that_takes_long_is_measured_and_suspended_after_a_few_times(install: Install, city: int, spent: Callable[[float], None]) -> None:
    def member_panels(member_id: uuid.UUID) -> list[Panel]:
        spent(0.3)
        return [Panel("late", "x.html")]

    install("slow", member_panels=member_panels)
    for shown in (1, 1, 1, 1, 0):  # what has come late is shown all the same
        with tenant_scope(city):
            assert len(collect("member_panels", member_id=MEMBER)) == shown
    with tenant_scope(city):
        assert [(f.hook, f.count, f.weight, f.message) for f in failures()] == [("member_panels", 4, 20, "Slow 0.3 s")]


@pytest.fixture
def grown() -> Iterator[Callable[[int], None]]:
    """Gives this process a limit, of which it holds a third (3) or less than a quarter (6); nothing is slow, however busy the machine."""
    before, before_limits = memory(), limits()
    set_limits(Limits(20, 0))

    def hold(times: int) -> None:
        set_memory(Memory(resident() * times))
        outgrown()

    yield hold
    set_memory(before)
    set_limits(before_limits)
    outgrown()


def test_a_plugin_that_eats_the_memory_of_a_process_that_has_grown_is_suspended_after_a_few_times(
        install: Install, city: int, grown: Callable[[int], None]) -> None:
    kept: list[bytes] = []

    def member_panels(member_id: uuid.UUID) -> list[Panel]:
        kept.append(b"x" * (memory().step * 9 // 2))
        return []

    grown(3)
    install("eater", member_panels=member_panels)
    install("good", member_panels=lambda member_id: [Panel("good", "x.html")])
    for _page in range(7):
        with tenant_scope(city):
            assert len(collect("member_panels", member_id=MEMBER)) == 1
    with tenant_scope(city):
        assert [(f.plugin, f.hook, f.count, f.weight) for f in failures()] == [("eater", "member_panels", 5, 20)]
        assert failures()[0].message == f"Grown {memory().step * 9 // 2 // MIB} MiB"
    assert len(kept) == 5


def test_twin_in_a_process_that_has_not_grown_nothing_is_looked_at(install: Install, city: int, grown: Callable[[int], None]) -> None:
    kept: list[bytes] = []

    def member_panels(member_id: uuid.UUID) -> list[Panel]:
        kept.append(b"x" * memory().step * 2)
        return []

    grown(6)
    install("eater", member_panels=member_panels)
    show(city, 3)
    assert (failed(city), len(kept)) == ([], 3)


def test_what_others_take_while_a_plugin_waits_is_not_its_own(install: Install, city: int, grown: Callable[[int], None]) -> None:
    kept: list[bytes] = []
    asked, done = Semaphore(0), Semaphore(0)

    def other() -> None:
        for _page in range(3):
            asked.acquire()
            kept.append(b"x" * memory().step * 5)
            done.release()

    def member_panels(member_id: uuid.UUID) -> list[Panel]:
        asked.release()
        done.acquire()
        return []

    grown(3)
    install("waiting", member_panels=member_panels)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(other)
        show(city, 3)
    assert (failed(city), len(kept)) == ([], 3)


def test_a_plugin_that_asks_for_more_memory_than_there_is_has_failed_and_the_page_goes_on(install: Install, city: int) -> None:
    def member_panels(member_id: uuid.UUID) -> list[Panel]:
        raise MemoryError  # as Python does, when the system refuses

    install("eater", member_panels=member_panels)
    install("good", member_panels=lambda member_id: [Panel("good", "x.html")])
    with tenant_scope(city):
        assert len(collect("member_panels", member_id=MEMBER)) == 1
    assert failed(city) == [("eater", "member_panels", 1)]


def test_twin_one_that_is_quick_is_not(install: Install, city: int) -> None:
    install("quick", member_panels=lambda member_id: [])
    show(city, 3)
    assert failed(city) == []


@pytest.mark.parametrize(("seconds", "weight"), [(0, 1), (0.9, 1), (1.5, 1), (2.5, 2), (5, 5), (60, 5)])
def test_what_took_long_counts_more(seconds: float, weight: int) -> None:
    assert Limits().weight(seconds) == weight


def test_no_limit_no_suspension(install: Install, city: int) -> None:
    before = limits()
    set_limits(Limits(0, 0))
    try:
        install("bad", member_panels=broken)
        show(city, 25)
        assert (on(city), failed(city)) == ({"bad"}, [("bad", "member_panels", 25)])
    finally:
        set_limits(before)


def test_events_are_kept_for_a_plugin_that_cannot_be_loaded(install: Install, registry: Registry, city: int) -> None:
    heard: list[RecordFact] = []
    install("late", record_counted=lambda record: heard.append(record) or None)
    registry.refuse("late", "无法导入")
    record = make_record()
    with tenant_scope(city):
        tell("record_counted", record=record)
    run_due()
    assert (heard, jobs(city)) == ([], [("late.redeliver", "due")])
    registry.register(make_plugin("late", {"record_counted": lambda record: heard.append(record) or None}))
    run_due()
    assert heard == [record]
