"""What the pages of co-building share: forms that come back with what was typed, rows in words."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request
from marshmallow import Schema
from sqlalchemy import Row

from core.api import Conflict, Invalid, acting, form_fields, load_form, organization_names, session
from plugins.cobuilding.words import STATES, TONES, kind_word, quantity

Route = tuple[str, str, Callable[..., Any], tuple[str, ...]]
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")


def me() -> uuid.UUID:
    """The account that acts."""
    return acting().account_id


def after() -> uuid.UUID | None:
    """From where the list goes on."""
    return request.values.get("after", type=uuid.UUID)


def following(rows: Sequence[Row[Any]], size: int) -> uuid.UUID | None:
    """The id after which the next page begins, where there is one."""
    return rows[size - 1].id if len(rows) > size else None


def answered(schema: Schema, values: Mapping[str, Any], do: Callable[[dict[str, Any]], object], *, title: str, submit: str, back: str, done: str,
             lead: str = "", then: str | None = None, choices: Mapping[str, Any] | None = None, **shown: Any) -> Any:
    """A page with one form: shown with `values`, and when it is sent, done and left for `then` (else `back`); refused, it comes back
    with what was typed and what is wrong (422, or 409 where somebody else was faster), and nothing is left behind.
    """
    error: Invalid | Conflict | None = None
    if request.method == "POST":
        try:
            with session().begin_nested():
                do(load_form(schema, request.form))
        except (Invalid, Conflict) as refused:
            error = refused
        else:
            flash(done, "success")
            return redirect(then or back, 303)
    fields = form_fields(schema, request.form if error else values, getattr(error, "fields", None), choices=choices)
    page = render_template("cobuilding/form.html", fields=fields, title=title, submit=submit, back=back, lead=lead,
                           message=error.message if error else None, **shown)
    return (page, error.status) if error else page


def asked(question: str, submit: str, back: str) -> str | None:
    """The page that asks once more; None when it is confirmed. What the form held goes along."""
    if request.form.get("confirmed"):
        return None
    kept = {name: value for name, value in request.form.items() if name not in ("csrf_token", "confirmed")}
    return render_template("cobuilding/confirm.html", question=question, submit=submit, back=back, kept=kept)


def item_lines(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Offers and needs in words; the names of their owners in one query."""
    names = organization_names({row.unit_id or row.community_id for row in rows})
    return [{**row._mapping, "owner": names.get(row.unit_id or row.community_id, ""), "kind_word": kind_word(row.kind),
             "quantity": quantity(row._mapping)} for row in rows]


def agreement_lines(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Agreements in words; the names of both sides in one query."""
    names = organization_names({one for row in rows for one in (row.unit_id, row.community_id)})
    return [{**row._mapping, "unit": names.get(row.unit_id, ""), "community": names.get(row.community_id, ""), "kind_word": kind_word(row.kind),
             "quantity": quantity(row._mapping), "word": str(STATES[row.state]), "tone": TONES[row.state]} for row in rows]
