"""The only way from core to plugins: three verbs that ask the tenant's plugins and keep each one's failure to itself.

It walks `get_hookimpls()` itself: pluggy's own call loses every answer when one plugin raises, and a subset caller
still asks a plugin that is off when it has renamed its function by `specname`.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pluggy
from psycopg.pq import TransactionStatus
from sqlalchemy import select
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Session, SessionTransaction

from core.errors import ScopeError
from core.extension.activation import enabled_plugins, switched_on
from core.extension.breaker import breaker
from core.extension.facts import encode
from core.extension.failures import is_exit, record_failure
from core.extension.holding import held_back
from core.extension.hookspecs import COLLECT, REQUIRE, RULES, TELL, Rule
from core.extension.registry import current
from core.extension.work import redelivery
from core.jobs.queue import enqueue
from core.tenancy import scope_cache, session
from core.tenancy.scope import tenant_id

_GUARDED = "plugin_savepoint"


def collect(hook: str, **arguments: Any) -> tuple[Any, ...]:
    """The answers of the tenant's plugins in one tuple; a failing plugin is left out, logged and counted.

    Raises TypeError for an unknown hook or wrong arguments, ScopeError without a tenant's scope.
    """
    answers: list[Any] = []
    for implementation in _asked(hook, COLLECT, arguments):
        if breaker.is_open(tenant_id(), implementation.plugin_name):
            continue
        try:
            answers += _call(hook, implementation, arguments)
        except BaseException as error:  # noqa: BLE001  whatever a plugin throws; _contain lets the process's own exits pass
            _contain(hook, implementation, error)
    return tuple(answers)


def tell(hook: str, **arguments: Any) -> None:
    """Tell the tenant's plugins, in this transaction. What a failing plugin did is undone, and a job tells it again later.

    A plugin that is off and holds rows hears by such a job what the hook's rule wants it to know: its jobs wait until it is on.
    Raises TypeError for an unknown hook or wrong arguments, ScopeError without a tenant's scope.
    """
    for implementation in _asked(hook, TELL, arguments):
        if implementation.plugin_name not in enabled_plugins():
            _tell_later(hook, implementation, arguments)
            continue
        try:
            _call(hook, implementation, arguments)
        except BaseException as error:  # noqa: BLE001  likewise
            _contain(hook, implementation, error)
            _tell_later(hook, implementation, arguments)


def require(hook: str, **arguments: Any) -> dict[str, Any]:
    """The answers by plugin name, all of them or none: the first failure passes through, so that the caller's work fails.

    Also asks plugins that are off but still hold rows of the tenant, where the hook's rule says so.
    """
    return {implementation.plugin_name: _call(hook, implementation, arguments)
            for implementation in _asked(hook, REQUIRE, arguments)}


def tell_one(plugin: str, hook: str, **arguments: Any) -> bool:
    """Tell one plugin once more and let its failure through; False when the plugin is off or no longer has the hook."""
    for implementation in _asked(hook, TELL, arguments):
        if implementation.plugin_name == plugin and plugin in enabled_plugins():
            _call(hook, implementation, arguments)
            return True
    return False


def _tell_later(hook: str, implementation: pluggy.HookImpl, arguments: dict[str, Any]) -> None:
    enqueue(redelivery(implementation.plugin_name), {"hook": hook, "facts": {name: encode(fact) for name, fact in arguments.items()}})


def holds_rows(plugin: str) -> bool:
    """Whether the plugin still holds rows of the scope's tenant."""
    missing = held.missing if (held := held_back().get(plugin)) is not None else frozenset()
    return any(session().scalar(select(model.id).where(model.tenant_id == tenant_id()).limit(1)) is not None
               for model in current().plugins[plugin].models if str(model.__tablename__) not in missing)  # type: ignore[attr-defined]


def _asked(hook: str, verb: str, arguments: dict[str, Any]) -> list[pluggy.HookImpl]:
    rule = RULES.get(hook)
    if rule is None or rule.verb != verb:
        raise TypeError(f"no hook {hook!r} to {verb}")
    registry = current()
    expected = set(getattr(registry.manager.hook, hook).spec.argnames)
    if expected != arguments.keys():
        raise TypeError(f"{hook} takes {sorted(expected)}, not {sorted(arguments)}")
    implementations = registry.implementations(hook)
    if not implementations:
        tenant_id()
        return []
    enabled = enabled_plugins()
    waiting = switched_on() - enabled if verb == TELL else frozenset()  # held back: it hears by a job, once it works again
    return [i for i in implementations if i.plugin_name in enabled or i.plugin_name in waiting or (rule.holders and holds_rows(i.plugin_name))]


def _call(hook: str, implementation: pluggy.HookImpl, arguments: dict[str, Any]) -> Any:
    """One plugin's answer, from inside a savepoint; the scope and the transaction must be the same afterwards."""
    opened = session()
    opened.flush()  # the caller's own rows: their errors are not the plugin's
    savepoint = opened.begin_nested()
    place = _Place(implementation.plugin_name, opened, scope_cache(), opened.get_transaction(), savepoint)
    outer = opened.info.get(_GUARDED)  # what a plugin calls may tell others in their turn
    opened.info[_GUARDED] = savepoint
    try:
        answer = _shaped(hook, RULES[hook], implementation.function(*(arguments[a] for a in implementation.argnames)))
        opened.flush()
        place.check()
        place.check_alive()
        opened.info[_GUARDED] = outer
        savepoint.commit()
    except BaseException:
        opened.info[_GUARDED] = outer
        place.check()
        savepoint.rollback()
        raise
    return answer


class _TransactionEnded(ScopeError):
    """A plugin ended the caller's transaction; the caller's work is lost and this cannot be contained."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a plugin is called; it must be found again as it was."""

    plugin: str
    session: Session
    cache: dict[Any, Any]
    root: SessionTransaction | None
    savepoint: SessionTransaction

    def check(self) -> None:
        """Raise when the scope or the transaction was ended or replaced."""
        same = session() is self.session and scope_cache() is self.cache and self.session.get_transaction() is self.root
        inner = self.session.get_nested_transaction()
        while same and inner is not None and inner is not self.savepoint:
            inner = inner.parent
        if not same or inner is None:
            raise _TransactionEnded(f"plugin {self.plugin} ended or replaced the transaction it was called in")

    def check_alive(self) -> None:
        """Raise when the plugin swallowed an error of the database: its savepoint can then only be rolled back."""
        driver = self.session.connection().connection.driver_connection
        if driver is not None and driver.info.transaction_status == TransactionStatus.INERROR:
            raise RuntimeError("the plugin went on after an error of the database")


def _shaped(hook: str, rule: Rule, answer: Any) -> Any:
    if rule.item is None:
        return None
    # Made a tuple here, inside the savepoint: a generator raises where it is consumed.
    items = tuple(answer) if rule.many and answer is not None else () if rule.many else (answer,)
    for item in items:
        if not isinstance(item, rule.item):
            raise TypeError(f"{hook} must answer {rule.item.__name__}, not {type(item).__name__}")
    return items if rule.many else answer


def _contain(hook: str, implementation: pluggy.HookImpl, error: BaseException) -> None:
    if is_exit(error) or isinstance(error, _TransactionEnded):
        raise error
    breaker.count(tenant_id(), implementation.plugin_name)
    record_failure(implementation.plugin_name, hook, error)


@listens_for(Session, "before_commit")
def _keep_open(opened: Session) -> None:
    # Fires for a savepoint too; while a plugin is asked, its own savepoint must not be released by the plugin.
    guarded = opened.info.get(_GUARDED)
    if guarded is not None and opened.get_nested_transaction() is guarded:
        raise ScopeError("a plugin may not commit; the scope does")
