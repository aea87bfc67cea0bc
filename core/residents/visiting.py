"""Who is at the door: the address of a public request, and the tries it was counted for, which outlive a request that fails."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from core.errors import ScopeError


@dataclass(frozen=True, slots=True)
class Counted:
    """One try of a client, as it was counted."""

    tenant_id: int
    purpose: str
    address: str
    window: dt.timedelta


@dataclass(slots=True)
class Visit:
    """A public request; `undone` says that its transaction was rolled back, and its tries with it."""

    address: str
    tries: list[Counted] = field(default_factory=list)
    undone: bool = False


_visit: ContextVar[Visit | None] = ContextVar("baodao_visit", default=None)


def visitor() -> str:
    """The network address of whoever sent this request to a public page, for `admit`; never to be stored. Raises ScopeError elsewhere."""
    if (visit := _visit.get()) is None:
        raise ScopeError("no public page is being asked for")
    return visit.address


@contextmanager
def visit_from(address: str, recount: Callable[[list[Counted]], None]) -> Iterator[Visit]:
    """Let `visitor()` answer `address` inside the block; the web's frame and tests call this, around the tenant's scope.

    `recount` is given the tries of a request that was undone, when its scope is closed.
    """
    visit = Visit(address)
    token = _visit.set(visit)
    try:
        yield visit
    except BaseException:
        visit.undone = True
        raise
    finally:
        _visit.reset(token)
        if visit.undone and visit.tries:
            recount(visit.tries)


def undone() -> None:
    """Say that the request's transaction is being rolled back."""
    if (visit := _visit.get()) is not None:
        visit.undone = True


def remember(one: Counted) -> None:
    """Note a try of the request at hand, if it is a public one."""
    if (visit := _visit.get()) is not None:
        visit.tries.append(one)


def forget(purpose: str, address: str) -> None:
    """Note that the last such try was taken back."""
    tries = visit.tries if (visit := _visit.get()) is not None else []
    for one in reversed(tries):
        if (one.purpose, one.address) == (purpose, address):
            tries.remove(one)
            return
