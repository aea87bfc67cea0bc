"""The tenant's own words for the domain's: 村 for 社区, 等级 for 星级, in each language."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import Forbidden, Invalid
from core.extension.activation import enabled_plugins
from core.extension.registry import current
from core.i18n import LOCALES, SOURCE_LOCALE, _, _l
from core.organizations import tree
from core.terms import TERMS
from tenants.terms import LONGEST, save_terms, terms_for_tenant
from web.navigation import NavigationItem, register
from web.routing import Pages
from web.tenant import actor

pages = Pages("terms", __name__, url_prefix="/terms")
PERMISSION = "settings.manage"
register("manage", _l("管理"), NavigationItem(_l("用语"), "terms.index", "language", permission="plugins.manage", order=30), order=90)


@pages.page("/", access=PERMISSION)
def index() -> str:
    """Every word with its usual form, in one language."""
    return _form(_locale())


@pages.page("/", access=PERMISSION, methods=("POST",))
def save() -> Response | tuple[str, int]:
    """Rename; a blank field means the usual word."""
    locale = _locale()
    names = {key: request.form.get(f"term-{key}", "") for key in TERMS if f"term-{key}" in request.form}
    try:
        changed = save_terms(names, locale)
    except Invalid as error:
        return _form(locale, names, error), 422
    flash(_("用语已保存，所有页面立即使用。") if changed else _("没有改动。"), "success" if changed else "info")
    return redirect(url_for("terms.index", locale=locale), 303)


def _locale() -> str:
    if tree.root().path not in actor().paths(PERMISSION):
        raise Forbidden
    wanted = request.args.get("locale", SOURCE_LOCALE)
    return wanted if wanted in LOCALES else SOURCE_LOCALE


def _form(locale: str, names: dict[str, str] | None = None, error: Invalid | None = None) -> str:
    given = names if names is not None else terms_for_tenant(locale)
    on = enabled_plugins()
    foreign = {key for plugin in current().plugins.values() if plugin.name not in on for key in plugin.terms}
    usual = {key: words[0 if locale == SOURCE_LOCALE else 1] for key, words in TERMS.items() if key not in foreign}
    rows = [{"key": key, "usual": usual[key], "chinese": TERMS[key][0], "text": given.get(key, ""),
             "errors": error.fields.get(key, []) if error else []} for key in sorted(usual, key=lambda k: TERMS[k][0])]
    languages = [{"title": title, "url": url_for("terms.index", locale=code), "active": code == locale} for code, title in LOCALES.items()]
    return render_template("terms/index.html", rows=rows, languages=languages, longest=LONGEST, chosen=locale, source=SOURCE_LOCALE,
                           message=error.message if error else None)
