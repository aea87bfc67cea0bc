"""Every setting that stands otherwise than the level above: the city's against the platform's, each county's against the city's."""
from __future__ import annotations

import itertools
import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid
from core.i18n import LOCALES, _
from core.organizations import tree
from tenants import deviations, settings
from tenants.deviations import Deviation
from tenants.directory import display_names
from tenants.terms import terms_for_tenant
from tenants.wording import usual_term
from web.routing import Pages
from web.settings_places import PERMISSION, chosen_place, places, tabs, whole, whole_place

pages = Pages("setting_differences", __name__, url_prefix="/setting-differences")


@pages.page("/", access=PERMISSION)
def index() -> str:
    """All of them on one page, level by level, each with its link and the way back."""
    everything = whole()
    found = deviations.deviations(None if everything else [p.id for p in places() if p.id is not None])
    names, people = tree.names(d.organization_id for d in found), display_names(d.changed_by for d in found)
    found.sort(key=lambda d: (d.organization_id is not None, names.get(d.organization_id, "") if d.organization_id else ""))
    groups = [{"place": names[place] if place else whole_place().name, "whole": place is None, "rows": [_row(d, people) for d in rows]}
              for place, rows in itertools.groupby(found, key=lambda d: d.organization_id)]
    return render_template("settings/differences.html", groups=groups, words=_words() if everything else [], everything=everything,
                           tabs=tabs("setting_differences.", everything=everything))


@pages.page("/reset", access=PERMISSION, methods=("POST",))
def reset() -> Response | str:
    """Let one setting follow the level above again, after a question."""
    place = chosen_place()
    namespace, name = request.form.get("namespace", ""), request.form.get("name", "")
    version = request.form.get("version", -1, type=int)
    if request.form.get("confirmed") != "yes":
        found = next((d for d in deviations.deviations() if (d.namespace, d.name, d.organization_id) == (namespace, name, place.id)), None)
        if found is None:
            return _back(Conflict(_("这项设置已经跟随上级，不必再恢复。")))
        hidden = {"namespace": namespace, "name": name, "version": version}
        return render_template("settings/reset.html", found=found, place=place, hidden=hidden)
    try:
        settings.reset(namespace, name, place.id, version=version)
    except (Conflict, Invalid) as error:
        return _back(error)
    flash(_("已恢复，跟随上级。"), "success")
    return _back()


def _back(error: BaodaoError | None = None) -> Response:
    if error is not None:
        flash(error.message, "error")
    return redirect(url_for("setting_differences.index"), 303)


def _row(one: Deviation, people: dict[uuid.UUID | None, str]) -> dict[str, Any]:
    return {"one": one, "title": f"{one.section} · {one.title}", "who": people.get(one.changed_by, _("平台运营人员")),
            "url": url_for("settings.show", namespace=one.namespace, place=one.organization_id)}


def _words() -> list[tuple[str, str, str]]:
    return [(LOCALES[locale], usual_term(locale, key), text) for locale in LOCALES for key, text in sorted(terms_for_tenant(locale).items())]
