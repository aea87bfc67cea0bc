"""The operator's pages: the tenants and their health, profiles applied after their difference was seen, plugins by tenant."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.factors import OFFICERS
from core.config import Config
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.extension.registry import current
from core.i18n import _
from core.privacy.cipher import MasterKeys
from tenants import deletion, health, operating, profile, provisioning
from tenants.health import apart
from web.routing import OPERATOR, Pages
from web.tenant import second_factor_policy

LONGEST = 40_000
PASTED = "pasted.toml"

pages = Pages("operator", __name__, url_prefix="/operator")


@pages.page("/", access=OPERATOR)
def index() -> str:
    """Every tenant with its state."""
    rows = [(line, health.state(line.id)) for line in health.tenants()]
    return render_template("operator/index.html", rows=rows, optional_factor=second_factor_policy() != OFFICERS)


@pages.page("/tenants/<code>", access=OPERATOR)
def tenant(code: str) -> str:
    """One tenant: numbers, warnings, plugins; no person."""
    line = health.tenant(code)
    return _tenant(line)


@pages.page("/tenants/<code>/deletion", access=OPERATOR, methods=("POST",))
def delete(code: str) -> str | Response | tuple[str, int]:
    """Ask for the deletion of a tenant, or as another operator confirm or refuse it (security rule 12)."""
    line, answer = health.tenant(code), request.form.get("answer", "")
    try:
        if answer == "ask":
            deletion.ask(line.id, request.form.get("name", ""), request.form.get("reason", ""), by=g.operator.id)
        else:
            deletion.decide(line.id, confirm=answer == "confirm", by=g.operator.id)
    except (Invalid, Conflict) as error:
        return _tenant(line, error), error.status
    flash(_("已提出，请另一名运营人员登录后确认。") if answer == "ask" else _("已删除：从现在起没有人能登录。") if answer == "confirm"
          else _("没有删除。"), "success")
    return redirect(url_for("operator.tenant", code=code), 303)


def _tenant(line: health.TenantLine, error: BaodaoError | None = None) -> str:
    asked = deletion.waiting(line.id)
    return render_template("operator/tenant.html", line=line, state=health.state(line.id), shipped=_shipped_for(line.code), asked=asked,
                           own=asked is not None and asked.asked_by == g.operator.id, message=error.message if error else None,
                           reason=request.form.get("reason", ""))


@pages.page("/apply", access=OPERATOR, methods=("GET", "POST"))
def apply() -> str | Response | tuple[str, int]:
    """Choose or paste a profile, see what it would change, confirm."""
    if request.method == "GET":
        return _form(request.args.get("name", ""))
    name, text = request.form.get("name", ""), request.form.get("text", "")
    try:
        wanted = _wanted(name, text)
        if request.form.get("confirmed") != "yes":
            changes = apart(provisioning.plan, wanted)
            return render_template("operator/difference.html", profile=wanted, changes=changes, name=name, text=text)
        made = apart(provisioning.apply, wanted, MasterKeys(_config().master_keys))
    except (Invalid, Conflict) as error:
        return _form(name, text, error), error.status
    flash(_("%(name)s：已完成 %(count)s 项改动。", name=wanted.name, count=len(made)) if made
          else _("%(name)s已与配置文件一致，无需改动。", name=wanted.name), "success")
    return redirect(url_for("operator.tenant", code=wanted.code), 303)


@pages.page("/plugins", access=OPERATOR)
def plugins() -> str:
    """Which plugin is on for which tenant, and those that could not be loaded."""
    lines = health.tenants()
    states = {line.code: health.state(line.id) for line in lines}
    return render_template("operator/plugins.html", lines=lines, plugins=list(current().plugins.values()), refused=current().refused,
                           states=states)


@pages.page("/plugins", access=OPERATOR, methods=("POST",))
def switch() -> Response:
    """Switch a plugin for one tenant."""
    line = health.tenant(request.form.get("tenant", ""))
    name, on = request.form.get("plugin", ""), request.form.get("on") == "yes"
    try:
        changed = apart(operating.switch_plugin, line, name, on=on)
    except (Conflict, NotFound) as error:
        flash(error.message, "error")
    else:
        verb = _("已启用") if on else _("已停用，记录仍保留")
        flash(f"{line.name}：{name} {verb}" if changed else _("没有变化。"), "success")
    return redirect(url_for("operator.plugins"), 303)


def _wanted(name: str, text: str) -> profile.Profile:
    if text.strip():
        if len(text) > LONGEST:
            raise Invalid(_("配置文件太长，请核对粘贴的内容。"))
        return profile.parse(text, PASTED)
    path = next((p for p in _shipped() if p.name == name), None)
    if path is None:
        raise Invalid(_("请选择一个配置文件，或粘贴配置内容。"))
    return profile.load(path)


def _form(name: str = "", text: str = "", error: BaodaoError | None = None) -> str:
    return render_template("operator/apply.html", shipped=[p.name for p in _shipped()], name=name, text=text,
                           message=error.message if error else None)


def _shipped() -> list[Path]:
    return sorted(profile.SHIPPED.glob("*.toml"))


def _shipped_for(code: str) -> str | None:
    """The shipped profile of this tenant, if there is one that can be read."""
    for path in _shipped():
        try:
            if profile.load(path).code == code:
                return path.name
        except BaodaoError:
            continue
    return None


def _config() -> Config:
    config: Any = current_app.config["BAODAO"]
    return config
