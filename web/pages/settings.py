"""The tenant's settings: every section, core's and the plugins', at the level of the whole or of a county."""
from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.access.authorization import Target, authorize
from core.errors import Conflict, Forbidden, Invalid
from core.extension.settings import explain
from core.i18n import _, _l
from core.organizations import tree
from tenants import directory, settings
from tenants.settings import LEVELS, SettingsView
from web import settings_forms
from web.navigation import NavigationItem, register
from web.routing import Pages
from web.tenant import actor

pages = Pages("settings", __name__, url_prefix="/settings")
PERMISSION = "settings.manage"
register("manage", _l("管理"), NavigationItem(_l("设置"), "settings.index", "settings", permission=PERMISSION, order=20), order=90)
ORIGINS = {"default": _l("系统默认"), "operator": _l("平台统一规定"), "tenant": _l("市（州）设置"), "organization": _l("上级设置")}


class Place(NamedTuple):
    """The level at which settings are made: the whole tenant (`id` None) or one county."""

    id: uuid.UUID | None
    name: str


@pages.page("/", access=PERMISSION)
def index() -> str:
    """The sections at one level."""
    place = _place()
    rows = [{"title": str(s.title), "url": url_for("settings.show", namespace=s.namespace, place=place.id), "plugin": s.plugin,
             "own": len(settings.get(s.namespace, place.id).own), "count": len(s.schema().fields)} for s in settings.available(place.id)]
    return render_template("settings/index.html", rows=rows, place=place, places=_places())


@pages.page("/<namespace>", access=PERMISSION)
def show(namespace: str) -> str:
    """One section's form and its history."""
    place = _place()
    return _form(settings.get(namespace, place.id), place)


@pages.page("/<namespace>", access=PERMISSION, methods=("POST",))
def save(namespace: str) -> Response | tuple[str, int]:
    """Lay down what the form says; a value that equals the inherited one goes on following it."""
    place = _place()
    view = settings.get(namespace, place.id)
    try:
        values, locked = settings_forms.submitted(view, request.form)
        version = request.form.get("version", -1, type=int)
        settings.save(namespace, values, place.id, version=version, locked=locked if place.id is None else None)
    except Invalid as error:
        return _form(view, place, settings_forms.as_sent(view, request.form), error), 422
    except Conflict as error:
        return _form(view, place, None, Invalid(error.message)), 409
    flash(_("设置已保存，立即生效。"), "success")
    return redirect(url_for("settings.show", namespace=namespace, place=place.id), 303)


def _form(view: SettingsView, place: Place, form: MultiDict[str, str] | None = None, error: Invalid | None = None) -> str:
    inherited = explain(view.section.namespace, place.id, own=False)
    rows = settings_forms.rows(view, inherited, form, error.fields if error else {})
    return render_template("settings/show.html", view=view, place=place, rows=rows, message=error.message if error else None,
                           events=_history(view), origins={n: str(ORIGINS[v.origin]) for n, v in inherited.items()})


def _history(view: SettingsView) -> list[dict[str, Any]]:
    changes = settings.history(view.section.namespace, view.organization_id, 20)
    names = directory.display_names(c.by for c in changes)
    titles = {name: str(one.metadata.get("title", name)) for name, one in view.section.schema().fields.items()}
    return [{"when": c.at, "who": names.get(c.by, _("系统")),
             "title": _("、").join(titles.get(n, n) for n in _changed(c.before, c.after)) or _("锁定")} for c in changes]


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    old, new = before.get("values", {}), after.get("values", {})
    return sorted(n for n in {*old, *new} if old.get(n, ...) != new.get(n, ...))


def _places() -> list[Place]:
    """The levels that this person may set: the whole for the city, the counties below, or one's own."""
    paths = actor().paths(PERMISSION)
    found = [Place(row.id, row.name) for row in tree.search(paths, kinds=LEVELS, limit=200)]
    return ([Place(None, _("全辖区"))] if _whole() else []) + found


def _place() -> Place:
    wanted = request.args.get("place", type=uuid.UUID)
    if wanted is None:
        if _whole():
            return Place(None, _("全辖区"))
        places = _places()
        if not places:
            raise Forbidden(_("您的系统没有单独的设置，随全市统一。"))
        return places[0]
    organization = tree.get(wanted)
    authorize(actor(), PERMISSION, Target((organization.path,)))
    return Place(organization.id, organization.name)


def _whole() -> bool:
    return tree.root().path in actor().paths(PERMISSION)
