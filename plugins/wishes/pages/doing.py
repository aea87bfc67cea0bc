"""What every page of wishes shares: who acts, doing something and saying how it ended, reaching a wish."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, NotFound, acting, allowed, authorize, place_target, session
from plugins.wishes import queries, words
from plugins.wishes.models import WishesWish

Route = tuple[str, str, Callable[..., Any], str]
Answer = str | Response | tuple[str, int]
Refusal = Invalid | Conflict


def me() -> uuid.UUID:
    """The account that acts."""
    return acting().account_id


def own_member() -> uuid.UUID:
    """The member who is signed in. Raises NotFound for somebody who is none."""
    if (own := acting().member_id) is None:
        raise NotFound
    return own


def said(name: str) -> str:
    """A text of the form."""
    return request.form.get(name, "").strip()


def version() -> int:
    """The version that the form was shown with; 0 for a form that has none, which no row is at."""
    return request.form.get("version", 0, type=int)


def after() -> uuid.UUID | None:
    """From where the list goes on."""
    return request.values.get("after", type=uuid.UUID)


def attempt(action: Callable[[], object], done: str, back: str, again: Callable[[Refusal], str] | None = None) -> Answer:
    """Do something and go on to a page that says how it ended; what cannot be done leaves nothing behind.

    `again` shows the form once more with what was typed and what is to be mended; without it the next page says so.
    """
    try:
        with session().begin_nested():
            action()
        flash(done, "success")
    except (Invalid, Conflict) as error:
        if again is not None:
            return again(error), error.status
        wrong = "".join(f"{text}。" for texts in getattr(error, "fields", {}).values() for text in texts)
        flash(f"{error.message}{wrong}", "danger")
    return redirect(back, 303)


def errors_of(error: Refusal | None) -> Mapping[str, list[str]]:
    """What is wrong with which field."""
    return error.fields if isinstance(error, Invalid) else {}


def asked(question: str, submit: str, back: str) -> str | None:
    """The page that asks once more where no script has asked; None when it is confirmed."""
    if request.form.get("confirmed"):
        return None
    return render_template("wishes/confirm.html", question=question, submit=submit, back=back)


def reached(wish_id: uuid.UUID, permission: str) -> WishesWish:
    """A wish of a community that the actor reaches with a permission. Raises NotFound, Forbidden."""
    row = queries.wish(wish_id)
    authorize(acting(), permission, place_target(row.community_id))
    return row


def may(row: WishesWish, permission: str) -> bool:
    """Whether the actor holds the permission over the wish's community."""
    return allowed(acting(), permission, place_target(row.community_id))


def shown(**more: Any) -> dict[str, Any]:
    """The words that the templates of wishes use."""
    return {"kinds": words.KINDS, "states": words.STATES, "tones": words.TONES, "ratings": words.RATINGS, "groups": words.GROUPS,
            "channels": words.CHANNELS, **more}
