"""The one place that knows the database: declarative base, tenant rows, ids, engine and session factory."""
from __future__ import annotations

import select
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

import psycopg
import uuid_utils
import uuid_utils.compat
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Engine, ForeignKeyConstraint, Integer, MetaData, Uuid, create_engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import ConfigurationError, ScopeError
from core.statements import WatchedCursor, onlooker, outlived

_OPENING, _PUT_BACK = "opening", "put_back"
_QUIET = 60.0  # seconds after which a pooled connection is asked, and not only looked at

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


_SET_INT, _SET_SAFETY = uuid.UUID.__dict__["int"].__set__, uuid.UUID.__dict__["is_safe"].__set__  # a UUID refuses plain assignment


class Base(DeclarativeBase):
    """Declarative base of every table, core's and the plugins'."""

    metadata = MetaData(naming_convention=NAMING)


def new_id() -> uuid.UUID:
    """A UUIDv7: unguessable enough for a URL, ordered enough for an index."""
    return uuid_utils.compat.uuid7()


def new_ids(count: int) -> list[uuid.UUID]:
    """As many new ids, in ascending order, in a third of the time that one by one would take."""
    empty, draw, unknown, ids = object.__new__, uuid_utils.uuid7, uuid.SafeUUID.unknown, []
    for _ in range(count):
        one = empty(uuid.UUID)
        _SET_INT(one, draw().int)
        _SET_SAFETY(one, unknown)
        ids.append(one)
    return ids


class TenantRow:
    """Mixin for a table whose every row belongs to one tenant: key (tenant_id, id), and the three walls."""

    __abstract__: ClassVar[bool] = True
    #: Why the rows stay when their member is erased, as those of a ledger: emptied of personal words, under an id that names nobody.
    __kept_when_erased__: ClassVar[str] = ""
    #: Whether rows are only ever added: the migration takes UPDATE and DELETE from baodao_app, and the catalogue gate looks whether it has.
    __append_only__: ClassVar[bool] = False
    #: Whether rows are emptied and never removed, because what must stay would go with them: the migration takes DELETE from baodao_app, the gate looks.
    __never_deleted__: ClassVar[bool] = False

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, sort_order=-100)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id, sort_order=-99)


def tenant_foreign_key(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A composite foreign key (tenant_id, column) to (tenant_id, id) of `table`: no row can point across tenants."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=ondelete)


class LentSession(Session):
    """A session whose transaction cannot be ended while somebody looks on, as while it is lent to a plugin."""

    def commit(self) -> None:
        """Commit. Raises ScopeError while lent, as do the others."""
        self._mine()
        super().commit()

    def rollback(self) -> None:
        """Roll back."""
        self._mine()
        super().rollback()

    def close(self) -> None:
        """Close."""
        self._mine()
        super().close()

    def _mine(self) -> None:
        if onlooker.get() is not None:
            raise ScopeError("the transaction is not the plugin's to end; the scope does")


class Database:
    """Engine and session factory of this process; `configure` replaces them (tests, forked workers)."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._factory: sessionmaker[Session] | None = None
        self._openings: dict[str, Engine] = {}

    def configure(self, url: str, *, statement_timeout: int = 5, pool_size: int = 8, **options: Any) -> Engine:
        """Connect to `url`; `statement_timeout` in seconds (5 for the web, 60 for jobs). Earlier connections are closed.

        A transaction may lie idle for twice as long, up to a minute: 10 s for the web (rule 25).
        """
        self.dispose()
        settings = (f"-c statement_timeout={statement_timeout}s -c lock_timeout=2s"
                    f" -c idle_in_transaction_session_timeout={min(2 * statement_timeout, 60)}s -c TimeZone=UTC -c jit=off")
        # autocommit is the driver's word for "the application says BEGIN itself": see _begin.
        connect_args = {"options": settings, "connect_timeout": 5, "application_name": "baodao", "autocommit": True,
                        "cursor_factory": WatchedCursor}
        # Errors name the statement and never its parameters, which are people's names.
        self._engine = create_engine(url, hide_parameters=True, pool_size=pool_size, max_overflow=pool_size,
                                     pool_use_lifo=True, pool_reset_on_return="rollback", connect_args=connect_args, **options)
        event.listen(self._engine, "begin", _begin)
        event.listen(self._engine, "rollback", _give_up)
        event.listen(self._engine, "checkout", refuse_dropped)
        event.listen(self._engine, "checkin", _put_back)
        self._factory = sessionmaker(self._engine, class_=LentSession, expire_on_commit=False, autoflush=True)
        return self._engine

    @property
    def engine(self) -> Engine:
        """The engine; raises ConfigurationError before `configure`."""
        if self._engine is None:
            raise ConfigurationError("数据库尚未配置：请先调用 core.db.database.configure(url)。")
        return self._engine

    def new_session(self, opening: str = "BEGIN") -> Session:
        """A fresh session on this database, each transaction of which begins with `opening`; only core.tenancy opens sessions."""
        if self._factory is None:
            raise ConfigurationError("数据库尚未配置：请先调用 core.db.database.configure(url)。")
        if (engine := self._openings.get(opening)) is None:
            engine = self._openings[opening] = self.engine.execution_options(**{_OPENING: opening})
        return self._factory(bind=engine)

    def dispose(self) -> None:
        """Close all connections; used at stop and after a fork."""
        if self._engine is not None:
            self._engine.dispose()
        self._engine = self._factory = None
        self._openings = {}


def _begin(connection: Connection) -> None:
    """Open a transaction: BEGIN and what must come first go in one message, where the driver would need a round trip each."""
    opening: str = connection.get_execution_options().get(_OPENING, "BEGIN")
    with _failing_as_sqlalchemy(connection, opening) as driver:
        driver.execute(opening, prepare=False)  # several statements cannot be prepared


def _give_up(connection: Connection) -> None:
    """Roll back what has not failed past the driver, which leaves the connection its prepared statements.

    The driver's own rollback, which then finds nothing to do, throws them away, and after each answer of 403 or 404 the next ones would be
    planned anew. After a failure it is right to: a statement that no longer fits its table must be prepared anew.
    """
    if connection.closed or connection.invalidated:
        return
    driver: Any = connection.connection.driver_connection
    if driver.info.transaction_status == TransactionStatus.INTRANS:
        with suppress(psycopg.Error):  # of a lost connection, which the driver's own meets again and SQLAlchemy then handles
            driver.pgconn.exec_(b"ROLLBACK")


def fetch(connection: Connection, text: str, values: Sequence[Any]) -> list[Any]:
    """The rows of a finished statement as named tuples, by the driver alone: on a short statement SQLAlchemy spends as long again.

    `values`, for $1, $2 and so on, go and come as the driver has them. Raises SQLAlchemy's OperationalError.
    """
    with _failing_as_sqlalchemy(connection, text) as driver:
        # In binary, ids and times need no spelling out and reading in.
        rows: list[Any] = psycopg.RawCursor(driver, row_factory=namedtuple_row).execute(text, values, binary=True).fetchall()
        return rows


@contextmanager
def _failing_as_sqlalchemy(connection: Connection, text: str) -> Iterator[Any]:
    """The driver's connection; its errors become those that callers of a session know, without the values."""
    driver: Any = connection.connection.driver_connection
    try:
        yield driver
    except psycopg.OperationalError as error:
        if lost := driver.closed:
            connection.invalidate(error)
        raise OperationalError(text, None, error, connection_invalidated=lost) from error


def refuse_dropped(connection: psycopg.Connection, entry: ConnectionPoolEntry, _proxy: object) -> None:
    """Let the pool replace a connection that the server has ended, at no round trip: between transactions it has nothing to say,
    so one with something to read is lost. A network that forgot it says nothing either; so after a quiet minute it is asked.
    """
    try:
        ended = select.poll()
        ended.register(connection.fileno(), select.POLLIN)
        if not ended.poll(0):
            if time.monotonic() - entry.info.get(_PUT_BACK, time.monotonic()) > _QUIET:
                connection.execute("", prepare=False)
            return
    except psycopg.Error as error:
        raise DisconnectionError from error
    raise DisconnectionError


def _put_back(connection: object, entry: ConnectionPoolEntry) -> None:
    """Note the time; a connection on which something may have been left for the next one is not used again."""
    entry.info[_PUT_BACK] = time.monotonic()
    if outlived(connection):
        entry.invalidate()


database = Database()
configure: Callable[..., Engine] = database.configure
