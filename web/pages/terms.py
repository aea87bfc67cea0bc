"""The tenant's own words for the domain's: 村 for 社区, 等级 for 星级, in each language; looked at before they are used."""
from __future__ import annotations

from typing import Any

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.collation import sort_key
from core.errors import Forbidden, Invalid
from core.extension.activation import switches
from core.extension.registry import current
from core.i18n import LOCALES, SOURCE_LOCALE, _, _l
from core.terms import TERMS
from tenants.terms import LONGEST, checked_terms, save_terms, terms_for_tenant
from tenants.wording import joined, usual_term
from web import term_uses
from web.navigation import NavigationItem, register
from web.routing import Pages
from web.settings_places import PERMISSION, tabs, whole

pages = Pages("terms", __name__, url_prefix="/terms")
register("manage", _l("管理"), NavigationItem(_l("用语"), "terms.index", "language", permission="plugins.manage", order=30), order=90)


@pages.page("/", access=PERMISSION)
def index() -> str:
    """Every word with its usual form, in one language; searched by either."""
    return _form(_locale())


@pages.page("/", access=PERMISSION, methods=("POST",))
def save() -> Response | str | tuple[str, int]:
    """Rename, once the changes were looked at; a blank field means the usual word, a word that was not sent stays."""
    locale = _locale()
    sent = {key: request.form[f"term-{key}"].strip() for key in TERMS if f"term-{key}" in request.form}
    sent |= dict.fromkeys(set(request.form.getlist("reset")) & TERMS.keys(), "")
    before = terms_for_tenant(locale)
    wanted = {**before, **sent}
    changed = [key for key, text in sent.items() if text != before.get(key, "")]
    step = request.form.get("step")
    try:
        checked_terms(wanted, locale)
    except Invalid as error:
        return _form(locale, sent, error), 422
    if step == "back":
        return _form(locale, sent)
    if changed and step != "sure":
        return _trial(locale, before, {key: sent[key] for key in changed})
    save_terms(wanted, locale)
    flash(_("用语已保存，所有页面立即使用。") if changed else _("没有改动。"), "success" if changed else "info")
    return redirect(url_for("terms.index", locale=locale), 303)


def _trial(locale: str, before: dict[str, str], changed: dict[str, str]) -> str:
    rows = [{"key": key, "text": text, "before": before.get(key) or usual_term(locale, key), "after": text or usual_term(locale, key),
             "uses": _uses(key)} for key, text in changed.items()]
    return render_template("terms/trial.html", rows=rows, locale=locale, language=LOCALES[locale])


def _locale() -> str:
    if not whole():
        raise Forbidden
    wanted = request.args.get("locale", SOURCE_LOCALE)
    return wanted if wanted in LOCALES else SOURCE_LOCALE


def _form(locale: str, names: dict[str, str] | None = None, error: Invalid | None = None) -> str:
    text = request.args.get("q", "").strip()
    own = terms_for_tenant(locale)
    others = [(title, terms_for_tenant(code)) for code, title in LOCALES.items() if code != locale]
    keys = [key for key in sorted(_present(), key=_order) if _fits(key, text, own, names or {})]
    rows = [{"key": key, "usual": usual_term(locale, key), "chinese": TERMS[key][0], "own": own.get(key, ""),
             "text": (names or {}).get(key, own.get(key, "")), "uses": _uses(key),
             "others": joined(f"{title}：{words[key]}" for title, words in others if key in words),
             "errors": error.fields.get(key, []) if error else []} for key in keys]
    languages = [{"title": title, "url": url_for("terms.index", locale=code), "active": code == locale} for code, title in LOCALES.items()]
    return render_template("terms/index.html", rows=rows, languages=languages, longest=LONGEST, chosen=locale, source=SOURCE_LOCALE,
                           text=text, count=len(own), message=error.message if error else None, tabs=tabs("terms.", everything=True))


def _present() -> set[str]:
    """The words of the service and of the plugins that are on."""
    on = switches().on
    return TERMS.keys() - {key for plugin in current().plugins.values() if plugin.name not in on for key in plugin.terms}


def _order(key: str) -> tuple[bool, str]:
    """Words that stand on pages first, each part as Chinese readers expect."""
    return not term_uses.uses(_app(), key), sort_key(TERMS[key][0])


def _app() -> Flask:
    found: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return found


def _fits(key: str, text: str, own: dict[str, str], sent: dict[str, str]) -> bool:
    """What was sent is shown again, whatever was searched for."""
    return key in sent or not text or any(text.casefold() in word.casefold() for word in (*TERMS[key], own.get(key, "")))


def _uses(key: str) -> dict[str, Any]:
    plugin = term_uses.owner(key)
    return {"places": joined(term_uses.uses(_app(), key)),
            "plugin": str(current().plugins[plugin].title) if plugin else ""}
