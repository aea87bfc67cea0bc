"""The only way from core to plugins: three verbs that ask the tenant's plugins and keep each one's failure to itself.

It walks the implementations itself: pluggy's own call loses every answer when one plugin raises, and a subset caller
still asks a plugin that is off when it has renamed its function by `specname`.
"""
from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from core.extension.activation import is_enabled, switches
from core.extension.facts import encode
from core.extension.failures import Unanswered, is_exit, note_cost, note_failure
from core.extension.hearing import Hearer, hearing, hook_named
from core.extension.holding import held_back
from core.extension.hookspecs import COLLECT, REQUIRE, TELL
from core.extension.limits import limits
from core.extension.registry import current
from core.extension.visit import TransactionEnded, Visit
from core.extension.work import redelivery
from core.jobs.queue import enqueue
from core.memory import Growth, watching
from core.tenancy import session
from core.tenancy.scope import tenant_id


def collect(hook: str, **arguments: Any) -> tuple[Any, ...]:
    """The answers of the tenant's plugins in one tuple; a failing plugin is left out, logged and counted.

    Raises TypeError for an unknown hook or wrong arguments, ScopeError without a tenant's scope.
    """
    answers: list[Any] = []
    for _plugin, items in _collect(hook, arguments):
        answers += items
    return tuple(answers)


def collect_from(hook: str, **arguments: Any) -> list[tuple[str, tuple[Any, ...]]]:
    """The same as pairs of a plugin's name and its answers, for whoever goes on to run the plugin's code (see `attempt`)."""
    return _collect(hook, arguments)


def _collect(hook: str, arguments: dict[str, Any]) -> list[tuple[str, tuple[Any, ...]]]:
    asked = hook_named(hook, COLLECT, arguments)
    found: list[tuple[str, tuple[Any, ...]]] = []
    if not asked.hearers:
        tenant_id()
        return found
    working = hearing(hook, asked).working  # before the visit, in which nothing but the plugins' own is sent
    weighed = watching()
    slow = 0.0 if weighed else limits().seconds or float("inf")
    with Visit() as visit:
        began = perf_counter()
        for one in working:
            growth = Growth() if weighed else None
            try:
                found.append((one.plugin, visit.call(one.plugin, one.answer, arguments)))
                ended = perf_counter()
                if ended - began > slow:
                    note_cost(one.plugin, hook, ended - began, growth)
            except BaseException as error:  # noqa: BLE001  whatever a plugin throws; _contain lets the process's own exits pass
                ended = perf_counter()
                _contain(visit, one.plugin, hook, error, ended - began)
            began = ended
    return found


def tell(hook: str, **arguments: Any) -> None:
    """Tell the tenant's plugins, in this transaction. What a failing plugin did is undone, and a job tells it again later.

    A plugin that is on and held back, or could not be loaded, is told by such a job, which waits until it works; one that is off and
    holds rows too, where the hook's rule says so.
    Raises TypeError for an unknown hook or wrong arguments, ScopeError without a tenant's scope.
    """
    asked = hook_named(hook, TELL, arguments)
    for plugin in _refused_here():
        _tell_later(hook, plugin, arguments)
    if not asked.hearers:
        tenant_id()
        return
    known = hearing(hook, asked)
    for one in known.working:
        if not is_enabled(one.plugin) or attempt(one.plugin, hook, one.answer, arguments, failed=_FAILED) is _FAILED:
            _tell_later(hook, one.plugin, arguments)
    for one in (*known.waiting, *(_holders(known.off) if asked.rule.holders else ())):
        _tell_later(hook, one.plugin, arguments)


def require(hook: str, **arguments: Any) -> dict[str, Any]:
    """The answers by plugin name, all of them or none: the first failure passes through, so that the caller's work fails.

    Also asks plugins that are off or held back but still hold rows of the tenant, where the hook's rule says so.
    """
    asked = hook_named(hook, REQUIRE, arguments)
    if not asked.hearers:
        tenant_id()
        return {}
    known = hearing(hook, asked)
    others = _holders((*known.waiting, *known.off)) if asked.rule.holders else []
    return {one.plugin: _demand(hook, one, arguments) for one in asked.hearers if one in known.working or one in others}


def attempt(plugin: str, hook: str, function: Callable[[Any], Any], argument: Any, *, failed: Any = None) -> Any:
    """The answer of a plugin's code, or `failed` when it fails, which is then undone, logged and counted under `hook`."""
    visit, began, growth = Visit(), perf_counter(), Growth() if watching() else None
    try:
        with visit:
            answer = visit.call(plugin, function, argument)
    except BaseException as error:  # noqa: BLE001  likewise
        _contain(visit, plugin, hook, error, perf_counter() - began)
        return failed
    note_cost(plugin, hook, perf_counter() - began, growth)
    return answer


def tell_one(plugin: str, hook: str, **arguments: Any) -> bool:
    """Tell one plugin once more and let its failure through; False when the plugin does not work or no longer has the hook."""
    for one in hearing(hook, hook_named(hook, TELL, arguments)).working:
        if one.plugin == plugin:
            with Visit() as visit:
                visit.call(plugin, one.answer, arguments)
            return True
    return False


def holds_rows(plugin: str) -> bool:
    """Whether the plugin still holds rows of the scope's tenant; of tables that are not there it holds none."""
    missing = held.missing if (held := held_back().get(plugin)) is not None else frozenset()
    return any(session().scalar(select(model.id).where(model.tenant_id == tenant_id()).limit(1)) is not None
               for model in current().plugins[plugin].models if str(model.__tablename__) not in missing)  # type: ignore[attr-defined]


_FAILED = object()


def _demand(hook: str, one: Hearer, arguments: dict[str, Any]) -> Any:
    visit = Visit()
    try:
        with visit:
            return visit.call(one.plugin, one.answer, arguments)
    except Exception as error:
        if visit.callers_error is None:
            note_failure(one.plugin, hook, error, fatal=isinstance(error, TransactionEnded))
        raise


def _holders(hearers: tuple[Hearer, ...]) -> list[Hearer]:
    return [one for one in hearers if holds_rows(one.plugin)]


def _refused_here() -> list[str]:
    """Plugins that are on and could not be loaded: what they should hear is kept, whatever hooks they have."""
    refused = current().refused
    return sorted(switches().missing & refused.keys()) if refused else []


def _tell_later(hook: str, plugin: str, arguments: dict[str, Any]) -> None:
    enqueue(redelivery(plugin), {"hook": hook, "facts": {name: encode(fact) for name, fact in arguments.items()}})


def _contain(visit: Visit, plugin: str, hook: str, error: BaseException, seconds: float) -> None:
    """Count a failure whose part was undone; raise what is none of the plugin's, or could not be undone."""
    if is_exit(error):
        raise error
    if visit.callers_error is not None:
        raise visit.callers_error
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        raise error
    if isinstance(error, Unanswered):
        return
    note_failure(plugin, hook, error, seconds=seconds, fatal=isinstance(error, TransactionEnded))
    if isinstance(error, TransactionEnded):
        raise error
