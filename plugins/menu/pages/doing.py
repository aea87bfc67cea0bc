"""What every page of the menu shares: doing something and saying how it ended, who acts, names of providers and places."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.api import (
    Conflict,
    Invalid,
    NotFound,
    _,
    acting,
    current_tenant,
    member_places,
    organization_names,
    session,
    settings,
    split_name,
    term,
    visible_members,
)
from plugins.menu.times import slot_said, times_said, wished_said

Route = tuple[str, str, Callable[..., Any], list[str]]
FOUND = 20
GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]


def me() -> uuid.UUID:
    """The account that acts."""
    return acting().account_id


def own_member() -> uuid.UUID:
    """The member who is signed in. Raises NotFound for somebody who is none."""
    if (own := acting().member_id) is None:
        raise NotFound
    return own


def attempt(action: Callable[[], object], done: str, back: str) -> Response:
    """Do something and go back to a page that says how it ended; what cannot be done leaves nothing behind."""
    try:
        with session().begin_nested():
            action()
        flash(done, "success")
    except (Invalid, Conflict) as error:
        wrong = _("；").join(dict.fromkeys(text for texts in getattr(error, "fields", {}).values() for text in texts))
        flash(_("%(message)s（%(wrong)s）", message=error.message, wrong=wrong) if wrong else error.message, "danger")
    return redirect(back, 303)


def confirmed(question: str, submit: str, back: str) -> str | None:
    """The page that asks once more where no script has asked; None when it is confirmed."""
    if request.form.get("confirmed"):
        return None
    kept = {name: value for name, value in request.form.items() if name not in ("csrf_token", "confirmed")}
    return render_template("menu/confirm.html", question=question, submit=submit, back=back, kept=kept)


def after() -> uuid.UUID | None:
    """From where the list goes on."""
    return request.values.get("after", type=uuid.UUID)


def member_names(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Names of several members in one query."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    people = member_places()
    return {row.id: row.name for row in session().execute(select(people.c.id, people.c.name).where(people.c.id.in_(wanted)))}


def find_members(text: str) -> list[Any]:
    """Active members within the officer's reach whose name, pinyin or initials begin with a text: id, name, unit_name."""
    people = visible_members(acting().paths("menu.enter"), text[:50])
    return list(session().execute(select(people.c.id, people.c.name, people.c.unit_name).order_by(people.c.sort_key, people.c.id).limit(FOUND)))


def provider_words(rows: Iterable[Any]) -> Callable[[Any], str]:
    """How to call whoever was asked: a function of a row with member_id and unit_id, two queries for all rows."""
    listed = list(rows)
    people, units = member_names(row.member_id for row in listed), organization_names(row.unit_id for row in listed)
    return lambda row: people.get(row.member_id) or units.get(row.unit_id) or "—"


def public_name(name: str | None, unit: str | None, community_id: uuid.UUID) -> str:
    """What a resident reads of whoever offers: a unit's name, and of a member what the setting allows."""
    shown = settings("menu", community_id)["name_display"]
    if unit is not None:
        return unit
    if not name or shown == "none":
        return term("member")
    return name if shown == "full" else _("%(surname)s同志", surname=split_name(name)[0] or name[:1])


def public_address(view: str, **values: Any) -> str:
    """The whole address of a public page of the menu in this tenant, for papers and telephones."""
    base: str = current_app.config["BAODAO"].base_url
    return f"{base.rstrip('/')}{url_for(f'menu_public.{view}', slug=current_tenant().slug, **values)}"


WORDS: dict[str, Callable[..., str]] = {"slot_said": slot_said, "times_said": times_said, "wished_said": wished_said}
