"""A form that is sent: what it asks is done or leaves nothing behind, and the next page says which."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request
from marshmallow import Schema

from core.errors import BaodaoError, Conflict, Invalid
from core.forms import form_fields, load_form
from core.i18n import _
from core.tenancy import session

Refusal = Invalid | Conflict
#: The address, the name, the view and the method, as a module of pages lists them for its plugin's blueprint.
Route = tuple[str, str, Callable[..., Any], str]
_NOT_KEPT = ("csrf_token", "confirmed")


def attempt(action: Callable[[], Any], done: str | Callable[[Any], str], back: str, again: Callable[[Refusal], str] | None = None) -> Any:
    """Do something and go on to the page `back`, which says how it ended: `done`, or `done` of what `action` returned.

    What cannot be done (Invalid, Conflict) leaves nothing behind. `again` then shows the form with what was typed (422, or 409 where
    somebody else was faster); without it the page `back` says what is wrong, with the words for each field. Other errors go on.
    """
    try:
        with session().begin_nested():
            result = action()
    except (Invalid, Conflict) as error:
        if again is not None:
            return again(error), error.status
        flash(_in_a_sentence(error), "danger")
        return redirect(back, 303)
    flash(done(result) if callable(done) else done, "success")
    return redirect(back, 303)


def asked(question: str, submit: str, back: str, explanation: str = "") -> str | None:
    """The page that asks once more where no script has asked; None when it is confirmed. Everything that the form held goes along."""
    if request.form.get("confirmed"):
        return None
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_KEPT]
    return render_template("confirm.html", question=question, explanation=explanation, submit=submit, back=back, kept=kept)


def one_form(template: str, schema: Schema, values: Mapping[str, Any], do: Callable[[dict[str, Any]], object], *, back: str, done: str,
             then: str | None = None, choices: Mapping[str, Any] | None = None, **shown: Any) -> Any:
    """A page with one form: shown with `values`, and when it is sent, done and left for `then` (else `back`).

    Refused, it comes back with what was typed and what is wrong (422 or 409, as `attempt`). The template gets `fields`, `message`
    (None, or the sentence of the refusal), `back` and whatever else is `shown`.
    """
    def page(error: Refusal | None = None) -> str:
        fields = form_fields(schema, values if error is None else request.form, getattr(error, "fields", None), choices=choices)
        return render_template(template, fields=fields, message=error.message if error else None, back=back, **shown)
    if request.method != "POST":
        return page()
    return attempt(lambda: do(load_form(schema, request.form)), done, then or back, page)


def refused(error: BaodaoError | None) -> dict[str, Any] | None:
    """What a template shows of a refusal: the sentence (`message`), and the words beside each field (`fields`); None where none is."""
    return {"message": error.message, "fields": dict(getattr(error, "fields", {}) or {})} if error is not None else None


def _in_a_sentence(error: Refusal) -> str:
    wrong = _("；").join(dict.fromkeys(text for texts in getattr(error, "fields", {}).values() for text in texts))
    return _("%(message)s（%(wrong)s）", message=error.message, wrong=wrong) if wrong else error.message
