"""Works out whom a hook concerns in a tenant, once for each set of plugins that are on, and how each is called."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pluggy

from core.extension.activation import Switches, switches
from core.extension.hookspecs import RULES, Rule
from core.extension.registry import Registry, current

_MOST = 1000  # sets of plugins in one process
Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hearer:
    """One plugin's implementation of a hook: `answer` calls it with what it wants of the arguments and checks what comes back."""

    plugin: str
    answer: Callable[[Arguments], Any]


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook in this process: its rule, its arguments, and who implements it, in the order in which the plugins were loaded."""

    rule: Rule
    arguments: frozenset[str]
    hearers: tuple[Hearer, ...]


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whom a hook concerns in a tenant: those that `working`, those that are on and `waiting`, and those that are `off`."""

    working: tuple[Hearer, ...]
    waiting: tuple[Hearer, ...]
    off: tuple[Hearer, ...]


def hook_named(name: str, verb: str, arguments: Arguments) -> Hook:
    """The hook of that name. Raises TypeError when there is none for this verb, or when it takes other arguments."""
    registry = current()
    hook: Hook | None = registry.prepared.get(name)
    if hook is None:
        hook = _prepare(registry, name, verb)
    if hook.rule.verb != verb:
        raise TypeError(f"no hook {name!r} to {verb}")
    if hook.arguments != arguments.keys():
        raise TypeError(f"{name} takes {sorted(hook.arguments)}, not {sorted(arguments)}")
    return hook


def hearing(name: str, hook: Hook) -> Hearing:
    """Whom it concerns in the scope's tenant. Raises ScopeError without one."""
    found, registry = switches(), current()
    key = (name, found.on, found.working)
    known: Hearing | None = registry.prepared.get(key)
    if known is None:
        if len(registry.prepared) > _MOST:
            registry.prepared.clear()
        known = registry.prepared[key] = _sorted(hook, found)
    return known


def _sorted(hook: Hook, found: Switches) -> Hearing:
    working = tuple(h for h in hook.hearers if h.plugin in found.working)
    waiting = tuple(h for h in hook.hearers if h.plugin in found.on - found.working)
    return Hearing(working, waiting, tuple(h for h in hook.hearers if h.plugin not in found.on))


def _prepare(registry: Registry, name: str, verb: str) -> Hook:
    rule = RULES.get(name)
    if rule is None:
        raise TypeError(f"no hook {name!r} to {verb}")
    arguments = frozenset(getattr(registry.manager.hook, name).spec.argnames)
    hearers = tuple(Hearer(i.plugin_name, _answering(name, rule, i)) for i in registry.implementations(name))
    hook = registry.prepared[name] = Hook(rule, arguments, hearers)
    return hook


def _answering(name: str, rule: Rule, implementation: pluggy.HookImpl) -> Callable[[Arguments], Any]:
    item, names = rule.item, implementation.argnames
    function = implementation.function if len(names) == 1 else _several(implementation.function, names)
    only = names[0] if len(names) == 1 else None
    if item is None or not rule.many:
        return lambda arguments: _checked(name, item, function(arguments if only is None else arguments[only]))

    def answer(arguments: Arguments) -> Any:
        given: Any = function(arguments if only is None else arguments[only])
        # Made a tuple here, where it can be undone: a generator raises where it is consumed.
        items = () if given is None else tuple(given)
        for one in items:
            if not isinstance(one, item):
                _checked(name, item, one)
        return items
    return answer


def _several(function: Callable[..., Any], names: tuple[str, ...]) -> Callable[[Arguments], Any]:
    return lambda arguments: function(*[arguments[name] for name in names])


def _checked(name: str, item: type | None, answer: Any) -> Any:
    if item is None:
        return None
    if not isinstance(answer, item):
        raise TypeError(f"{name} must answer {item.__name__}, not {type(answer).__name__}")
    return answer
