"""Shows the forms that a plugin declares and does what they ask: values checked by one schema, reach checked, acts noted."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from psycopg.errors import UniqueViolation
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from core import audit
from core.db import TenantRow
from core.errors import Conflict, Invalid
from core.extension.declarations import Action, Form, Table
from core.extension.manifest import Plugin
from core.i18n import _
from core.members.reaching import row_in_reach
from core.tenancy import session
from web.forms import form_fields, load_form

VERSION = "version"


class FormView:
    """One declared form: shown, filled in, sent back with what must be mended, or done."""

    def __init__(self, plugin: Plugin, form: Form) -> None:
        self._plugin, self._form = plugin, form

    def answer(self, **path: Any) -> str | Response | tuple[str, int]:
        """Show the form, or do what was sent."""
        row = _row(self._form, path)
        if request.method == "GET":
            return self._page(row, _values_of(row, self._form))
        try:
            data = load_form(self._form.schema(), _without_version(request.form, self._form))
            if row is not None:
                _take_version(row)
            done = act(self._plugin, self._form, row, path, data)
        except (Invalid, Conflict) as error:
            return self._page(row, request.form, error), error.status
        flash(done, "success")
        return redirect(_following(self._plugin, self._form.then), 303)

    def _page(self, row: Any, values: Mapping[str, Any], error: Invalid | Conflict | None = None) -> str:
        fields = form_fields(self._form.schema(), _with_only_choice(self._form, values), error.fields if isinstance(error, Invalid) else None)
        return render_template("plugin/form.html", form=self._form, fields=fields, message=error.message if error else None,
                               version=getattr(row, VERSION, None), cancel_url=_following(self._plugin, self._form.then),
                               plugin=self._plugin)


class ActionView:
    """One declared action: asked about first where it says so, then done."""

    def __init__(self, plugin: Plugin, action: Action) -> None:
        self._plugin, self._action = plugin, action

    def answer(self, **path: Any) -> str | Response:
        """Do it; with scripts the browser has asked already, else a page asks."""
        back = _following(self._plugin, self._action.then)
        row = _row(self._action, path)
        if self._action.ask and not request.form.get("confirmed"):
            return render_template("plugin/ask.html", action=self._action, cancel_url=back)
        try:
            flash(act(self._plugin, self._action, row, path, {}), "success")
        except (Invalid, Conflict) as error:  # what the function did is undone already
            flash(error.message, "error")
        return redirect(back, 303)


def act(plugin: Plugin, page: Form | Action, row: Any, path: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """Call the plugin's function, keep what it made and note the act; answers the sentence that says so.

    Raises what the function raises, and Conflict where there is such a row already.
    """
    try:
        with session().begin_nested():
            made = page.function(*([] if row is None else [row]), **path, **data)
            if isinstance(made, TenantRow):
                session().add(made)
            session().flush()
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise Conflict(_("已经有相同的一条，没有重复保存。请核对后再填。")) from error
        raise
    about: Any = made if isinstance(made, TenantRow) else row
    audit.record(f"{plugin.name}.{page.name}", "plugin" if about is None else str(about.__tablename__), getattr(about, "id", None),
                 {"plugin": plugin.name} if about is None else {})
    return made if isinstance(made, str) else str(page.done or _("已保存。"))


def _row(page: Form | Action, path: dict[str, Any]) -> Any:
    """The row that the address names, within reach, and locked if something is to be done; its id is taken out of `path`."""
    if page.row is None:
        return None
    identity: uuid.UUID = path.pop("id")
    return row_in_reach(page.row, identity, page.permission, lock=request.method != "GET")


def _values_of(row: Any, form: Form) -> Mapping[str, Any]:
    return {} if row is None else {name: getattr(row, name) for name in form.schema().fields if hasattr(row, name)}


def _with_only_choice(form: Form, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where a required field has one choice only, nobody need choose it."""
    if request.method != "GET":
        return values
    found = dict(values)
    for name, field in form.schema().fields.items():
        choices = field.metadata.get("choices") if field.required else None
        if callable(choices) and name not in found and len(pairs := choices()) == 1:
            found[name] = pairs[0][0]
    return found


def _without_version(sent: Any, form: Form) -> Any:
    if VERSION in form.schema().fields or VERSION not in sent:
        return sent
    kept = sent.copy()
    kept.poplist(VERSION)
    return kept


def _take_version(row: Any) -> None:
    """Refuse a form that was filled in from an older state of the row. Raises Conflict."""
    if VERSION not in inspect(row).mapper.columns:
        return
    if request.form.get(VERSION, type=int) != row.version:
        raise Conflict(_("这一条已被他人修改。请返回刷新页面，核对后再保存。"))
    row.version += 1


def _following(plugin: Plugin, then: str) -> str:
    """The address of the page that follows an act: the one named, else the plugin's first list or page."""
    pages = plugin.pages.items if plugin.pages is not None else []
    first = next((page.name for page in pages if isinstance(page, Table)), None)
    first = first or next(page.name for page in pages if not page.of_row and not isinstance(page, Action))
    return url_for(f"{plugin.name}.{then or first}")
