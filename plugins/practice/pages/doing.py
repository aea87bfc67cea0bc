"""What the pages of practice share: doing something and saying how it ended, what stands in forms."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request

from core.api import Conflict, Invalid, _, acting, grants_for, session

Route = tuple[str, str, Callable[..., Any], list[str]]


def attempt(action: Callable[[], object], done: str, back: str, again: Callable[[Invalid | Conflict], str]) -> Any:
    """Do something and go back to a page that says how it ended; `again` shows what was typed (422, or 409 where somebody was faster)."""
    try:
        with session().begin_nested():
            action()
    except (Invalid, Conflict) as error:
        return again(error), error.status
    flash(done, "success")
    return redirect(back, 303)


def asked(question: str, submit: str, back: str) -> str | None:
    """The page that asks once more; None when it is confirmed. What the form held goes along."""
    if request.form.get("confirmed"):
        return None
    kept = {name: value for name, value in request.form.items() if name not in ("csrf_token", "confirmed")}
    return render_template("practice/confirm.html", question=question, submit=submit, back=back, kept=kept)


def version() -> int:
    """The version that the form was shown with; 0 for a form that has none, which no row is at."""
    return request.form.get("version", 0, type=int)


def said(name: str) -> str:
    """A text of the form."""
    return request.form.get(name, "").strip()


def places(permission: str) -> list[tuple[uuid.UUID, str]]:
    """For which places the acting person acts: those of the grants."""
    return [(grant.organization_id, grant.name) for grant in grants_for(acting(), permission)]


def own_place(permission: str) -> uuid.UUID:
    """The place that was chosen among them, else the first. Raises Invalid."""
    held = [identity for identity, _name in places(permission)]
    chosen = request.form.get("organization_id", type=uuid.UUID)
    if not held or (chosen is not None and chosen not in held):
        raise Invalid(_("请从列表中选择本级。"), {"organization_id": [_("请从列表中选择")]})
    return chosen or held[0]
