"""Lets a plugin's code run within the caller's transaction so that it can be undone, and takes note of what it leaves changed.

A savepoint costs two round trips, so it is made when the plugin first asks for the session, and a plugin that asks for nothing
pays nothing. Whoever kept a session or a connection from elsewhere is refused: what it sends could not be undone.
"""
from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import Token, copy_context
from typing import Any, Self

from psycopg.errors import InvalidSavepointSpecification, NoActiveSqlTransaction
from psycopg.pq import TransactionStatus
from sqlalchemy.event import listens_for
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction

from core.errors import ScopeError
from core.extension.deferred import check_deferred
from core.statements import onlooker
from core.tenancy.scope import open_scope

_GUARDED = "plugin_savepoint"
_GONE = (InvalidSavepointSpecification, NoActiveSqlTransaction)
_UNKNOWN: Any = object()
_PLAIN = re.compile(r"\s*(select|insert|update|delete|with|savepoint|release|rollback)\b", re.IGNORECASE)
_STRANGE = re.compile(r"set_config|\btemp|;", re.IGNORECASE)
#: All that a statement may leave changed for the rest of the transaction, and what a plugin has no business to change.
_SURROUNDINGS = """select current_setting('app.tenant_id', true), current_user::text, current_setting('search_path'),
 current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),
 current_setting('transaction_isolation'), current_setting('transaction_read_only'), current_setting('row_security'),
 current_setting('TimeZone'), current_setting('DateStyle'), current_setting('session_replication_role'),
 (select count(*) from pg_class where relnamespace = pg_my_temp_schema())"""


class TransactionEnded(ScopeError):
    """A plugin ended the caller's transaction or its own savepoint; the caller's work is lost and this cannot be contained."""


class Visit:
    """Calls of plugins from one place, one after another. Raises ScopeError without a scope."""

    __slots__ = ("_autoflush", "_before", "_driver", "_guarded", "_outer", "_plugin", "_root", "_savepoint", "_scope", "_session",
                 "_token", "callers_error")

    def __init__(self) -> None:
        self._scope = scope = open_scope()
        self._session = scope.session
        self._savepoint: SessionTransaction | None = None
        #: The failure of the caller's own rows, found when a plugin asked for the session; it is not the plugin's.
        self.callers_error: BaseException | None = None

    def __enter__(self) -> Self:
        scope = self._scope
        self._outer, scope.door = scope.door, self._enter
        self._token: Token[Any] = onlooker.set(self._look)
        return self

    def __exit__(self, *_error: object) -> None:
        onlooker.reset(self._token)
        self._scope.door = self._outer

    def call(self, plugin: str, function: Callable[[Any], Any], argument: Any) -> Any:
        """The function's answer to its one argument; whatever it raises comes out when its part is undone. Variables of the context stay as they are.

        Raises TransactionEnded when it cannot be undone. To be called within the visit (`with`), where nothing else is sent.
        """
        self._plugin = plugin
        try:
            answer = copy_context().run(function, argument)
            if self._savepoint is not None:
                self._finish(self._savepoint)
        except BaseException:
            if self._savepoint is not None:
                self._undo(self._savepoint)
            raise
        return answer

    def _enter(self) -> None:
        """The plugin asks for the session: first the savepoint."""
        self._scope.door = None
        token = onlooker.set(None)
        try:
            if self._outer is not None:
                self._outer()  # of the plugin that called this one, so that its end undoes both
                self._outer = None
            self._flush()
            session = self._session
            self._autoflush, self._before = session.autoflush, _UNKNOWN
            self._root, self._savepoint = session.get_transaction(), session.begin_nested()
            self._driver: Any = session.connection().connection.driver_connection
            self._guarded, session.info[_GUARDED] = session.info.get(_GUARDED), self._savepoint
        finally:
            onlooker.reset(token)

    def _flush(self) -> None:
        try:
            self._session.flush()
        except BaseException as error:
            self.callers_error = error
            raise

    def _look(self, statement: object) -> None:
        """Refuse what came past the door; before a statement that may change its surroundings, note them."""
        if self._savepoint is None:
            raise ScopeError(f"plugin {self._plugin} may reach the database by session() only")
        if self._before is _UNKNOWN and not (isinstance(statement, str) and _PLAIN.match(statement) and not _STRANGE.search(statement)):
            self._before = self._surroundings()

    def _surroundings(self) -> Any:
        token = onlooker.set(None)
        try:
            return self._driver.execute(_SURROUNDINGS).fetchone()
        finally:
            onlooker.reset(token)

    def _finish(self, savepoint: SessionTransaction) -> None:
        self._session.flush()
        self._check(savepoint)
        token = onlooker.set(None)
        try:
            check_deferred(self._plugin, self._driver)
            self._session.info[_GUARDED] = self._guarded
            savepoint.commit()
            self._leave()
        except DBAPIError as error:
            if isinstance(error.orig, _GONE):
                raise self._ended() from error
            raise
        finally:
            onlooker.reset(token)

    def _leave(self) -> None:
        self._savepoint, self._scope.door = None, self._enter

    def _check(self, savepoint: SessionTransaction) -> None:
        """Raise when something is not as it was before."""
        self._require_place(savepoint)
        if self._driver.info.transaction_status == TransactionStatus.INERROR:  # its savepoint can then only be rolled back
            raise RuntimeError("the plugin went on after an error of the database")
        if self._session.get_nested_transaction() is not savepoint:
            raise RuntimeError("the plugin left a savepoint open")
        if self._session.autoflush != self._autoflush:
            raise RuntimeError("the plugin changed the session's autoflush")
        if self._before is not _UNKNOWN and self._surroundings() != self._before:
            raise RuntimeError("the plugin left the transaction's settings changed, or a temporary table")

    def _require_place(self, savepoint: SessionTransaction) -> None:
        session = self._session
        inner = session.get_nested_transaction()
        while inner is not None and inner is not savepoint:
            inner = inner.parent
        if inner is None or session.get_transaction() is not self._root or self._driver.closed or (
                self._driver.info.transaction_status == TransactionStatus.IDLE):
            raise self._ended()

    def _ended(self) -> TransactionEnded:
        self._session.invalidate()  # nobody knows any more what its connection stands in
        return TransactionEnded(f"plugin {self._plugin} ended or replaced the transaction it was called in")

    def _undo(self, savepoint: SessionTransaction) -> None:
        session = self._session
        session.info[_GUARDED], session.autoflush = self._guarded, self._autoflush
        token = onlooker.set(None)
        self._leave()
        try:
            self._require_place(savepoint)
            savepoint.rollback()
        except DBAPIError as error:
            if isinstance(error.orig, _GONE):
                raise self._ended() from error
            raise
        finally:
            onlooker.reset(token)


@listens_for(Session, "before_commit")
def _keep_open(opened: Session) -> None:
    # Fires for a savepoint too; while a plugin is asked, its own savepoint must not be released by the plugin.
    guarded = opened.info.get(_GUARDED)
    if guarded is not None and opened.get_nested_transaction() is guarded:
        raise ScopeError("a plugin may not commit; the scope does")
