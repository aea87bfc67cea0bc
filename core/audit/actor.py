"""Who acts: set once by the web and by the worker, read by everything that must name the doer."""
from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from core.audit.models import ACTOR_KINDS


@dataclass(frozen=True, slots=True)
class Actor:
    """The doer of an act: an account, an operator, a job, or the system itself (`id` null)."""

    kind: str
    id: uuid.UUID | None = None


_actor: ContextVar[Actor] = ContextVar("baodao_actor", default=Actor("system"))  # noqa: B039 - frozen


def current_actor() -> Actor:
    """The doer in this context; the system when nobody was named."""
    return _actor.get()


@contextmanager
def set_actor(kind: str, actor_id: uuid.UUID | None = None) -> Iterator[None]:
    """Name the doer inside the block. Raises ValueError for an unknown kind."""
    if kind not in ACTOR_KINDS:
        raise ValueError(f"unknown kind of actor: {kind!r}")
    token = _actor.set(Actor(kind, actor_id))
    try:
        yield
    finally:
        _actor.reset(token)
