"""How a view of a plugin names its permission and learns who is acting, without knowing the web's frame."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from core.access.actor import Actor
from core.errors import Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])
PERMISSION = "permission"
_acting: ContextVar[Actor | None] = ContextVar("baodao_acting", default=None)


def requires(permission: str) -> Callable[[View], View]:
    """Declare the permission that a view needs; a view without one stops the mount of its plugin."""
    def mark(view: View) -> View:
        setattr(view, PERMISSION, permission)
        return view
    return mark


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
