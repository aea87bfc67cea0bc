"""What every page of needs shares: whose community it is, reaching a need, and trying what a page shows again."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Response as FileResponse, request

from core.api import Conflict, Invalid, NotFound, acting, authorize, grants_for, organization, place_target, session, today
from plugins.needs import queries
from plugins.needs.models import Need
from plugins.needs.texts import tidy


def chosen_community(permission: str) -> Any | None:
    """The community that the address or form names, else the only one that the actor looks after; None: one has to be chosen.

    Raises NotFound for one out of reach and for what is none, Forbidden for one within reach without the right.
    """
    named = request.values.get("community", "")
    if named:
        return reached_community(_uuid(named), permission)
    grants = {grant.organization_id for grant in grants_for(acting(), permission)}
    kinds = {grant.kind for grant in grants_for(acting(), permission)}
    return reached_community(grants.pop(), permission) if kinds == {"community"} and len(grants) == 1 else None


def needed_community(permission: str) -> Any:
    """The same where a form must name it. Raises NotFound."""
    if (found := chosen_community(permission)) is None:
        raise NotFound
    return found


def reached_community(community_id: uuid.UUID, permission: str) -> Any:
    """A community within the actor's reach. Raises NotFound, Forbidden."""
    authorize(acting(), permission, place_target(community_id))
    found = organization(community_id)
    if found.kind != "community":
        raise NotFound
    return found


def reached_need(need_id: uuid.UUID, permission: str) -> Need:
    """A need whose community the actor reaches. Raises NotFound, Forbidden."""
    row = queries.get(need_id)
    authorize(acting(), permission, place_target(row.community_id))
    return row


class Refused(NamedTuple):
    """Why something was not done: a sentence, what is wrong with which field, and the status of the answer."""

    message: str
    fields: dict[str, list[str]]
    status: int


def tried(action: Callable[[], object]) -> Refused | None:
    """Do something, or answer why not, for a page that is shown again with what was typed; nothing is left of what failed."""
    try:
        with session().begin_nested():
            action()
    except Invalid as error:
        return Refused(error.message, error.fields, error.status)
    except Conflict as error:
        return Refused(error.message, {}, error.status)
    return None


def pdf(content: bytes) -> FileResponse:
    """A paper to print; its name tells the day and nobody's affairs."""
    return FileResponse(content, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{today():%Y%m%d}.pdf"'})


def said(name: str, *, lines: bool = False) -> str:
    """A text of the form."""
    return tidy(request.form.get(name, ""), lines=lines)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None
