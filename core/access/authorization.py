"""The one question of access: may this actor do this to that? Out of scope answers as if the thing were absent."""
from __future__ import annotations

import uuid
from dataclasses import dataclass

from core.access.actor import Actor
from core.access.administration import carries
from core.access.roles import MEMBER, permission
from core.errors import Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class Target:
    """What is acted on: the paths under which it stands (a member has several), and the member whom it belongs to."""

    paths: tuple[str, ...] = ()
    member_id: uuid.UUID | None = None


def authorize(actor: Actor, action: str, target: Target | None = None) -> None:
    """Let the action pass or raise (security rule 9).

    Without a target: Forbidden unless the permission is held somewhere. With one: NotFound when no grant reaches it (the
    same answer as for an absent thing), Forbidden when it is in reach but the permission is missing there.
    """
    permission(action)
    if target is None:
        if not actor.can(action):
            raise Forbidden
        return
    reaching = [g for g in actor.grants if _reaches(actor, g.role, g.path, target)]
    if not reaching:
        raise NotFound
    if not actor.allows_scope(action) or not any(carries(g.role, action, apart=actor.apart) for g in reaching):
        raise Forbidden


def allowed(actor: Actor, action: str, target: Target | None = None) -> bool:
    """Whether `authorize` would let it pass; for showing or hiding a button."""
    try:
        authorize(actor, action, target)
    except (NotFound, Forbidden):
        return False
    return True


def _reaches(actor: Actor, role: str, path: str, target: Target) -> bool:
    if role == MEMBER:  # a member's grant reaches the member's own things only
        return target.member_id is not None and target.member_id == actor.member_id
    return any(p.startswith(path) for p in target.paths)
