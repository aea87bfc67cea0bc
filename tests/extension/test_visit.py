"""What a plugin leaves changed is found and undone; a plugin that touches no database costs no statement."""
from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

import core.db
from core.extension.dispatch import collect, tell
from core.extension.facts import Panel, RecordFact
from core.extension.failures import failures
from core.extension.models import Term
from core.i18n import current_locale, set_locale
from core.jobs.running import run_due
from core.tenancy import session, tenant_scope
from tests.extension.conftest import Install
from tests.extension.test_containment import failed, good, jobs, write, written
from tests.support.cities import make_city
from tests.support.databases import TestDatabase
from tests.support.plugins import make_record

MEMBER = uuid.uuid4()
NOTE: ContextVar[str] = ContextVar("note", default="clean")
DEFERRED = """CREATE TABLE bad_duty (tenant_id int, day int, CONSTRAINT one_a_day UNIQUE (tenant_id, day) DEFERRABLE INITIALLY DEFERRED);
 GRANT SELECT, INSERT ON bad_duty TO baodao_app"""


def sends(statement: str) -> Callable[[], None]:
    """Send one statement through the session."""
    return lambda: session().execute(text(statement)) and None


def raw(statement: str) -> Callable[[], None]:
    """Send one through the driver's own connection."""
    return lambda: driver().execute(statement) and None


def driver() -> Any:
    """The driver's connection below the session."""
    return session().connection().connection.driver_connection


def no_autoflush() -> None:
    """Change how the session behaves for everybody after."""
    session().autoflush = False


def twice(flush: bool) -> Callable[[], None]:
    """Break a unique rule, at once or when the session writes by itself."""
    def work() -> None:
        session().add_all([Term(key="same", locale="en", text="x"), Term(key="same", locale="en", text="y")])
        if flush:
            session().flush()
    return work


LEFT = {
    "another tenant": sends("SET LOCAL app.tenant_id = '2'"), "another tenant by function": sends("select set_config('app.tenant_id', '2', true)"),
    "another tenant by block": sends("DO $$ begin perform set_config('app.tenant_id', '2', true); end $$"),
    "another tenant past the session": raw("SET LOCAL app.tenant_id = '2'"), "no time limit": sends("SET statement_timeout = 0"),
    "another schema": sends("SET LOCAL search_path = pg_temp"), "read only": sends("SET TRANSACTION READ ONLY"),
    "a table in the way": sends("CREATE TEMP TABLE term (key text)"), "a table by the way": sends("SELECT 1 AS one INTO TEMPORARY member"),
    "a savepoint": lambda: session().begin_nested() and None, "no autoflush": no_autoflush,
}


@pytest.mark.parametrize("leave", LEFT.values(), ids=LEFT)
def test_what_is_left_changed_is_undone_and_counted(install: Install, city: int, leave: Callable[[], None]) -> None:
    def record_counted(record: RecordFact) -> None:
        write("half")
        leave()

    install("bad", record_counted=record_counted)
    install("good", record_counted=good)
    with tenant_scope(city):
        write("caller")
        before = surroundings()
        tell("record_counted", record=make_record())
        assert surroundings() == before
    assert written(city) == ["caller", "good"]
    assert (failed(city), jobs(city)) == ([("bad", "record_counted", 1)], [("bad.redeliver", "due")])


@pytest.mark.parametrize("leave", [work for name, work in LEFT.items() if name != "a savepoint"], ids=[n for n in LEFT if n != "a savepoint"])
def test_twin_without_the_visit_it_stays(city: int, leave: Callable[[], None]) -> None:
    with pytest.raises(Unlike), tenant_scope(city):
        before = surroundings()
        leave()
        if surroundings() != before:
            raise Unlike


class Unlike(Exception):
    """The transaction is not as it was."""


def surroundings() -> tuple[object, ...]:
    """What a caller relies on."""
    return (session().autoflush, session().get_nested_transaction(), *session().execute(text(
        "select current_setting('app.tenant_id'), current_setting('search_path'), current_setting('statement_timeout'),"
        " current_setting('transaction_read_only'), to_regclass('pg_temp.term'), to_regclass('pg_temp.member')")).one())


@pytest.mark.parametrize("flush", [True, False])
def test_a_broken_unique_rule_is_the_plugins_own(install: Install, city: int, flush: bool) -> None:
    install("bad", record_counted=lambda record: twice(flush)())
    with tenant_scope(city):
        write("caller")
        tell("record_counted", record=make_record())
    assert written(city) == ["caller"]
    with tenant_scope(city):
        assert [f.message.split(" @ ")[0] for f in failures()] == ["IntegrityError uq_term_tenant_id_locale_key"]


def test_a_rule_that_is_checked_at_the_commit_is_checked_before(install: Install, city: int, new_database: Callable[..., TestDatabase]) -> None:
    with own_table(new_database(), city):
        install("bad", record_counted=lambda record: insert_duties())
        with tenant_scope(city):
            write("caller")
            tell("record_counted", record=make_record())
        assert written(city) == ["caller"]
        with tenant_scope(city):
            assert [f.message.split(" @ ")[0] for f in failures()] == ["UniqueViolation one_a_day"]


def test_twin_without_the_check_the_commit_fails(city: int, new_database: Callable[..., TestDatabase]) -> None:
    with own_table(new_database(), city), pytest.raises(IntegrityError, match="one_a_day"), tenant_scope(city):
        with session().begin_nested():
            insert_duties()
        write("caller")


def insert_duties() -> None:
    """Two on one day."""
    session().execute(text("insert into bad_duty values (1, 1), (1, 1)"))


@contextlib.contextmanager
def own_table(database: TestDatabase, city: int) -> Iterator[None]:
    """A database of its own in which plugin `bad` has a table with a deferred rule, and a city."""
    with database.connect_admin() as connection:
        connection.execute(DEFERRED)
    core.db.configure(database.app_url)
    make_city(city)
    try:
        yield
    finally:
        core.db.database.dispose()


def test_a_sleeping_statement_is_cut_and_the_transaction_goes_on(install: Install, city: int, database: TestDatabase) -> None:
    core.db.configure(database.app_url, statement_timeout=1)
    try:
        install("bad", record_counted=lambda record: sends("select pg_sleep(20)")())
        with tenant_scope(city):
            write("caller")
            tell("record_counted", record=make_record())
        with tenant_scope(city):
            assert [f.message.split(" @ ")[0] for f in failures()] == ["OperationalError"]
    finally:
        core.db.database.dispose()
        core.db.configure(database.app_url, statement_timeout=30)
    assert written(city) == ["caller"]


def test_variables_of_the_context_stay_the_callers(install: Install, city: int) -> None:
    def record_counted(record: RecordFact) -> None:
        set_locale("en")
        NOTE.set("changed")

    before = current_locale()
    install("bad", record_counted=record_counted)
    with tenant_scope(city):
        tell("record_counted", record=make_record())
        assert (current_locale(), NOTE.get()) == (before, "clean")
        record_counted(make_record())
        assert (current_locale(), NOTE.get()) == ("en", "changed")  # the twin: it would have stayed
    NOTE.set("clean")


def test_the_callers_row_is_as_before_in_memory_too(install: Install, city: int) -> None:
    def record_counted(record: RecordFact) -> None:
        session().scalars(select(Term)).one().text = "changed"
        raise ValueError

    install("bad", record_counted=record_counted)
    with tenant_scope(city):
        session().add(row := Term(key="caller", locale="en", text="caller"))
        tell("record_counted", record=make_record())
        assert row.text == "caller"


def test_a_connection_kept_from_elsewhere_is_refused(install: Install, city: int) -> None:
    kept: list[Any] = []

    def record_counted(record: RecordFact) -> None:
        kept[0].execute("insert into term (tenant_id, id, key, locale, text) values (1, gen_random_uuid(), 'half', 'en', 'x')")

    install("bad", record_counted=record_counted)
    with tenant_scope(city):
        write("caller")
        kept.append(driver())
        tell("record_counted", record=make_record())
        record_counted(make_record())  # the twin: by itself it would have been sent
    assert (written(city), failed(city)) == (["caller", "half"], [("bad", "record_counted", 1)])


def test_what_a_failing_plugin_told_others_is_undone_with_it(install: Install, city: int) -> None:
    def record_counted(record: RecordFact) -> None:
        tell("record_withdrawn", record=record)
        raise ValueError

    install("bad", record_counted=record_counted)
    install("good", record_withdrawn=good)
    with tenant_scope(city):
        tell("record_counted", record=make_record())
    assert (written(city), failed(city)) == ([], [("bad", "record_counted", 1)])


def test_a_plugin_that_touches_no_database_costs_no_statement(install: Install, city: int, statements: list[str]) -> None:
    for name in ("one", "two", "three"):
        install(name, member_panels=lambda member_id: [Panel("x", "x.html")], record_counted=lambda record: None)
    with tenant_scope(city):
        collect("member_panels", member_id=MEMBER)  # reads the switches
        statements.clear()
        assert len(collect("member_panels", member_id=MEMBER)) == 3
        tell("record_counted", record=make_record())
        assert statements == []


def test_one_that_does_pays_for_one_savepoint(install: Install, city: int, statements: list[str]) -> None:
    def record_counted(record: RecordFact) -> None:
        session().scalar(text("select 1"))
        session().scalar(text("select 2"))

    install("one", record_counted=record_counted)
    with tenant_scope(city):
        tell("record_counted", record=make_record())  # learns that the plugin defers nothing
        statements.clear()
        tell("record_counted", record=make_record())
        assert statements == ["SAVEPOINT sa_savepoint_2", "select 1", "select 2", "RELEASE SAVEPOINT sa_savepoint_2"]


def test_what_was_undone_is_delivered_later(install: Install, city: int) -> None:
    first = iter([True])

    def record_counted(record: RecordFact) -> None:
        write("counted")
        if next(first, False):
            session().execute(text("SET LOCAL app.tenant_id = '2'"))

    install("bad", record_counted=record_counted)
    with tenant_scope(city):
        tell("record_counted", record=make_record())
    run_due()
    assert (written(city), jobs(city)) == (["counted"], [("bad.redeliver", "done")])
