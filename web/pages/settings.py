"""The tenant's settings: every section, core's and the plugins', at the level of the whole or of a county; tried before saved."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.errors import Conflict, Invalid
from core.extension.approval_kinds import SECTION as TWO_PERSONS
from core.extension.settings import explain
from core.i18n import _, _l
from tenants import changes, directory, loosening, settings
from tenants.settings import Outcome, SettingsView
from web import settings_forms, settings_trial
from web.navigation import NavigationItem, register
from web.routing import Pages
from web.settings_places import PERMISSION, Place, chosen_place, places, tabs, whole
from web.tenant import actor

pages = Pages("settings", __name__, url_prefix="/settings")
register("manage", _l("管理"), NavigationItem(_l("设置"), "settings.index", "settings", permission=PERMISSION, order=20), order=90)
HISTORY, REASON = 10, "reason"


@pages.page("/", access=PERMISSION)
def index() -> str:
    """The sections at one level."""
    place, levels = chosen_place(), places()
    rows = [{"title": str(s.title), "url": url_for("settings.show", namespace=s.namespace, place=place.id), "plugin": s.plugin,
             "own": len(settings.get(s.namespace, place.id).own), "count": len(s.schema().fields)} for s in settings.available(place.id)]
    everything = bool(levels) and levels[0].id is None
    return render_template("settings/index.html", rows=rows, place=place, places=levels, tabs=tabs("settings.", everything=everything))


@pages.page("/<namespace>", access=PERMISSION)
def show(namespace: str) -> str:
    """One section's form and its history."""
    place = chosen_place()
    return _form(settings.get(namespace, place.id), place)


@pages.page("/<namespace>", access=PERMISSION, methods=("POST",))
def save(namespace: str) -> Response | str | tuple[str, int]:
    """Lay down what the form says; a value that equals the inherited one goes on following it.

    What others would notice is shown first; `step` look shows it in any case, back returns to the form. What loosens the rule of two
    persons is shown too, and then only asked for.
    """
    place = chosen_place()
    view = settings.get(namespace, place.id)
    if request.form.get("step") == "back":
        return _form(view, place, settings_forms.as_sent(view, request.form))
    try:
        return _tried_or_saved(view, place)
    except Invalid as error:
        return _form(view, place, settings_forms.as_sent(view, request.form), error), 422
    except Conflict as error:
        return _form(view, place, None, Invalid(error.message)), 409


def _tried_or_saved(view: SettingsView, place: Place) -> Response | str | tuple[str, int]:
    namespace, (values, locked) = view.section.namespace, settings_forms.submitted(view, request.form)
    holds = locked if place.id is None else None
    version = request.form.get("version", -1, type=int)
    outcome = settings.tried(namespace, values, place.id, locked=holds)
    step = request.form.get("step")
    if not outcome.nothing and (step == "look" or (step != "sure" and (outcome.loosened or settings_trial.concerns_others(view, outcome)))):
        if version != view.version:
            raise Conflict(_("设置已被他人修改。请刷新页面，核对后再保存。"))
        return _trial(view, place, outcome)
    if outcome.loosened:
        return _asked(view, place, outcome, lambda why: loosening.ask(values, why, version=version, locked=locked, by=actor()))
    settings.save(namespace, values, place.id, version=version, locked=holds)
    flash(_("没有改动。"), "info") if outcome.nothing else flash(_("设置已保存，立即生效。"), "success")
    return redirect(url_for("settings.show", namespace=namespace, place=place.id), 303)


def _asked(view: SettingsView, place: Place, outcome: Outcome, ask: Callable[[str], uuid.UUID]) -> Response | tuple[str, int]:
    """Let another person confirm it; without a reason the page asks for one."""
    try:
        asked = ask(request.form.get(REASON, ""))
    except Invalid as error:
        return _trial(view, place, outcome, error), 422
    flash(_("已提交申请，另一人确认后才生效；在那之前仍按原来的设置。"), "success")
    return redirect(url_for("approvals.show", approval_id=asked), 303)


def _trial(view: SettingsView, place: Place, outcome: Outcome, error: Invalid | None = None) -> str:
    left_out = ("csrf_token", "step", *((REASON,) if outcome.loosened else ()))
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in left_out]
    return render_template("settings/trial.html", view=view, place=place, kept=kept, rows=settings_trial.rows(view, outcome),
                           locks=settings_trial.locks(view, outcome), following=settings_trial.following(view, outcome),
                           two=bool(outcome.loosened), reason=request.form.get(REASON, ""), message=error.message if error else None,
                           errors=error.fields if error else {})


def _form(view: SettingsView, place: Place, form: MultiDict[str, str] | None = None, error: Invalid | None = None) -> str:
    inherited = explain(view.section.namespace, place.id, own=False)
    rows = settings_forms.rows(view, inherited, form, error.fields if error else {})
    return render_template("settings/show.html", view=view, place=place, rows=rows, message=error.message if error else None,
                           events=_history(view), tabs=tabs("settings.", everything=whole()), two=view.section.namespace == TWO_PERSONS,
                           waiting=loosening.waiting() if view.section.namespace == TWO_PERSONS else None)


def _history(view: SettingsView) -> list[dict[str, Any]]:
    found = settings.history(view.section.namespace, view.organization_id, HISTORY)
    names = directory.display_names(c.by for c in found)
    return [{"when": c.at, "who": names.get(c.by, _("平台运营人员")), "title": changes.in_words(c, section=False)} for c in found]
