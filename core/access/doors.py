"""How a view of a plugin names its permission, or says that it is public, and learns who is acting, without knowing the web's frame."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from core.access.actor import Actor
from core.errors import Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])
PERMISSION, PUBLIC_DOOR = "permission", "public_door"
_acting: ContextVar[Actor | None] = ContextVar("baodao_acting", default=None)


def requires(permission: str) -> Callable[[View], View]:
    """Declare the permission that a view needs; a view without one stops the mount of its plugin."""
    def mark(view: View) -> View:
        setattr(view, PERMISSION, permission)
        return view
    return mark


@dataclass(frozen=True, slots=True)
class PublicDoor:
    """What a public view is for: people with forms, or (`csrf` False) programs that sign what they send."""

    csrf: bool


@overload
def public(view: View) -> View: ...


@overload
def public(*, csrf: bool = True) -> Callable[[View], View]: ...


def public(view: View | None = None, *, csrf: bool = True) -> View | Callable[[View], View]:
    """Mark a view of `public_routes` as open to everybody, without a login, in the tenant whose slug its address bears.

    `csrf=False` is for signed calls of machines and for feeds: no cookie and no login is read, so nobody is ever acting, and no form
    token is asked for. Such a view must itself verify a signature before it changes anything.
    """
    def mark(view: View) -> View:
        setattr(view, PUBLIC_DOOR, PublicDoor(csrf))
        return view
    return mark if view is None else mark(view)


def acting() -> Actor:
    """The signed-in person of this request. Raises Unauthenticated when there is none."""
    if (found := _acting.get()) is None:
        raise Unauthenticated
    return found


@contextmanager
def act_as(actor: Actor) -> Iterator[None]:
    """Let `acting()` answer `actor` inside the block; the web's frame and tests call this."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)
