"""What a plugin does wrong stays its own: its part is undone, counted and tried again, and the caller's work goes on."""
from __future__ import annotations

import contextlib
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core.errors import ScopeError
from core.extension.dispatch import collect, require, tell
from core.extension.facts import MemberData, Panel, RecordFact
from core.extension.failures import failures
from core.extension.models import PluginFailure, Term
from core.jobs.models import Job
from core.jobs.running import run_due
from core.tenancy import session, tenant_scope
from tenants.activation import disable, enable
from tests.extension.conftest import Install
from tests.support.databases import TestDatabase
from tests.support.plugins import make_record

pytestmark = pytest.mark.promise(24)
MEMBER = uuid.uuid4()


def write(note: str) -> None:
    """Write a row, as a plugin or its caller would."""
    session().add(Term(key=note, locale="en", text=note))
    session().flush()


def written(city: int) -> list[str]:
    """The rows that were committed."""
    with tenant_scope(city):
        return list(session().scalars(select(Term.key).order_by(Term.key)))


def failed(city: int) -> list[tuple[str, str, int]]:
    """The failures on the health page."""
    with tenant_scope(city):
        return [(f.plugin, f.hook, f.count) for f in failures()]


def jobs(city: int) -> list[tuple[str, str]]:
    """Kind and state of the tenant's jobs."""
    with tenant_scope(city):
        return [tuple(row) for row in session().execute(select(Job.kind, Job.status).order_by(Job.created_at))]


def raising(error: BaseException) -> Callable[[RecordFact], None]:
    """A hook function that writes a row and then raises."""
    def record_counted(record: RecordFact) -> None:
        write("half")
        raise error
    return record_counted


def swallowing(record: RecordFact) -> None:
    """A hook function that goes on after an error of the database."""
    with contextlib.suppress(DBAPIError):
        session().execute(text("select 1/0"))


def stranger(record: RecordFact) -> None:
    """A hook function that writes another tenant's row."""
    session().add(Term(tenant_id=999, key="x", locale="en", text="x"))


def committing(record: RecordFact) -> None:
    """A hook function that commits."""
    write("half")
    session().commit()


def telling_then_committing(record: RecordFact) -> None:
    """A hook function that tells others and commits afterwards."""
    tell("record_withdrawn", record=record)
    committing(record)


def good(record: RecordFact) -> None:
    """A hook function that writes a row."""
    write("good")


class Odd(BaseException):
    """Not an Exception."""


@pytest.mark.parametrize("function", [raising(ValueError("张三")), raising(Odd()), raising(SystemExit(1)), raising(GeneratorExit()),
                                      swallowing, stranger, committing, telling_then_committing])
def test_tell_undoes_the_failing_part_and_keeps_the_rest(install: Install, city: int, function: Callable) -> None:
    install("bad", record_counted=function)
    install("good", record_counted=good, record_withdrawn=lambda record: None)
    with tenant_scope(city):
        write("caller")
        tell("record_counted", record=make_record())
    assert written(city) == ["caller", "good"]
    assert failed(city) == [("bad", "record_counted", 1)]
    assert jobs(city) == [("bad.redeliver", "due")]


def test_a_plugin_that_waits_for_a_lock_is_cut_and_the_rest_goes_on(install: Install, city: int, database: TestDatabase) -> None:
    """As in a deadlock with somebody who will not let go."""
    def waits(record: RecordFact) -> None:
        write("half")
        session().execute(text("select * from term where key = 'taken' for update"))

    install("bad", record_counted=waits)
    install("good", record_counted=good)
    with tenant_scope(city):
        write("taken")
    with database.connect_admin() as admin, admin.transaction():
        admin.execute("select * from term where key = 'taken' for update")
        with tenant_scope(city):
            session().execute(text("set local lock_timeout = '100ms'"))
            tell("record_counted", record=make_record())
    assert written(city) == ["good", "taken"]
    assert failed(city) == [("bad", "record_counted", 1)]


def test_two_plugins_that_deadlock_lose_one_part_and_no_act(install: Install, city: int) -> None:
    """Each holds what the other wants; PostgreSQL ends one of them after a second, and both acts are committed."""
    met = threading.Barrier(2, timeout=20)

    def crosswise(record: RecordFact) -> None:
        for place, key in enumerate(("a", "b") if record.minutes == 60 else ("b", "a")):
            session().execute(text("update term set text = 'y' where key = :key"), {"key": key})
            if place == 0:
                met.wait()

    install("bad", record_counted=crosswise)
    with tenant_scope(city):
        write("a"), write("b")

    def act(minutes: int) -> None:
        with tenant_scope(city):
            write(f"act {minutes}")
            tell("record_counted", record=make_record(minutes=minutes))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda minutes: Context().run(act, minutes), (60, 30)))
    assert written(city) == ["a", "act 30", "act 60", "b"]
    assert [row[:2] for row in failed(city)] == [("bad", "record_counted")]


def test_twin_without_a_savepoint_the_failing_part_stays(city: int) -> None:
    with tenant_scope(city):
        write("caller")
        with contextlib.suppress(ValueError):
            raising(ValueError())(make_record())
    assert written(city) == ["caller", "half"]


def test_the_failure_page_names_type_and_place_but_no_person(install: Install, city: int) -> None:
    install("bad", record_counted=raising(ValueError("张三 13800138000")))
    with tenant_scope(city):
        tell("record_counted", record=make_record())
    with tenant_scope(city):
        message = session().scalars(select(PluginFailure.message)).one()
    assert message.startswith("ValueError @ test_containment.py:")
    assert "张三" not in message


def test_an_event_is_delivered_later_with_the_same_facts(install: Install, city: int) -> None:
    heard: list[RecordFact] = []

    def record_counted(record: RecordFact) -> None:
        heard.append(record)
        if len(heard) == 1:
            raise ValueError
        write("counted")

    install("slow", record_counted=record_counted)
    record = make_record()
    with tenant_scope(city):
        tell("record_counted", record=record)
    assert written(city) == []
    run_due()
    assert heard == [record, record]
    assert written(city) == ["counted"]
    assert jobs(city) == [("slow.redeliver", "done")]


def test_an_event_waits_while_its_plugin_is_off(install: Install, city: int) -> None:
    answers: Iterator[bool] = iter([False, True])

    def record_counted(record: RecordFact) -> None:
        if not next(answers):
            raise ValueError
        write("counted")

    install("slow", record_counted=record_counted)
    with tenant_scope(city):
        tell("record_counted", record=make_record())
        disable("slow")
    run_due()
    assert (written(city), jobs(city)) == ([], [("slow.redeliver", "due")])
    with tenant_scope(city):
        enable("slow")
    run_due()
    assert (written(city), jobs(city)) == (["counted"], [("slow.redeliver", "done")])


def test_pages_go_on_without_the_failing_plugin_even_after_a_database_error(install: Install, city: int) -> None:
    def wrong_sql(member_id: uuid.UUID) -> list[Panel]:
        session().execute(text("select * from no_such_table"))
        return []

    def wrong_type(member_id: uuid.UUID) -> list[str]:
        return ["<b>panel</b>"]

    install("sql", member_panels=wrong_sql)
    install("type", member_panels=wrong_type)
    install("good", member_panels=lambda member_id: [Panel("good", "x.html")])
    with tenant_scope(city):
        assert collect("member_panels", member_id=MEMBER) == (Panel("good", "x.html"),)
        write("caller")
    assert written(city) == ["caller"]
    assert sorted(failed(city)) == [("sql", "member_panels", 1), ("type", "member_panels", 1)]


def test_failures_are_counted_in_one_row(install: Install, city: int) -> None:
    install("bad", record_counted=raising(ValueError()))
    for _ in range(3):
        with tenant_scope(city):
            tell("record_counted", record=make_record())
    assert failed(city) == [("bad", "record_counted", 3)]


def test_duties_fail_loudly(install: Install, city: int) -> None:
    def export_member_data(member_id: uuid.UUID) -> list[MemberData]:
        write("half")
        raise ValueError("no export")

    install("bad", export_member_data=export_member_data)
    with pytest.raises(ValueError, match="no export"), tenant_scope(city):
        write("caller")
        require("export_member_data", member_id=MEMBER)
    assert written(city) == []


@pytest.mark.parametrize("ending", ["commit", "rollback", "close"])
def test_the_callers_transaction_is_not_the_plugins_to_end(install: Install, city: int, ending: str) -> None:
    install("bad", record_counted=lambda record: getattr(session(), ending)())
    with tenant_scope(city):
        write("caller")
        tell("record_counted", record=make_record())
    assert (written(city), failed(city)) == (["caller"], [("bad", "record_counted", 1)])


@pytest.mark.parametrize("statement", ["ROLLBACK", "COMMIT", "COMMIT; BEGIN", "RELEASE SAVEPOINT sa_savepoint_1"])
def test_ending_it_by_force_fails_the_act_and_suspends_at_once(install: Install, city: int, statement: str) -> None:
    install("bad", record_counted=lambda record: session().connection().connection.driver_connection.execute(statement))
    with pytest.raises(ScopeError, match="plugin bad ended"), tenant_scope(city):
        tell("record_counted", record=make_record())
    assert failed(city) == [("bad", "record_counted", 1)]
    with tenant_scope(city):
        write("caller")
        tell("record_counted", record=make_record())
    assert (written(city), jobs(city)) == (["caller"], [("bad.redeliver", "due")])


def test_the_callers_own_error_is_not_blamed_on_a_plugin(install: Install, city: int) -> None:
    install("good", record_counted=good)
    with pytest.raises(ScopeError), tenant_scope(city):
        session().add(Term(tenant_id=999, key="x", locale="en", text="x"))
        tell("record_counted", record=make_record())
    assert failed(city) == []


def test_a_signal_to_stop_passes_through(install: Install, city: int) -> None:
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    install("patient", record_counted=lambda record: signal.raise_signal(signal.SIGTERM))
    try:
        with pytest.raises(SystemExit), tenant_scope(city):
            tell("record_counted", record=make_record())
    finally:
        signal.signal(signal.SIGTERM, before)
    assert failed(city) == []


def test_no_scope_no_hook(install: Install) -> None:
    with pytest.raises(ScopeError):
        tell("record_counted", record=make_record())


def test_an_empty_hook_costs_no_statement(registry: object, city: int, statements: list[str]) -> None:
    with tenant_scope(city):
        statements.clear()
        tell("record_counted", record=make_record())
        assert collect("member_panels", member_id=MEMBER) == ()
        assert statements == []
