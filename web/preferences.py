"""The reader's language and text size, kept in cookies and changed by a plain link on any page (no script needed).

A link `?_lang=en` or `?_text=large` sets the cookie and redirects to the same address without that parameter.
"""
from __future__ import annotations

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from core.i18n import LOCALES, SOURCE_LOCALE, set_locale
from web.queries import with_query

LANGUAGE_COOKIE = "baodao_lang"
TEXT_COOKIE = "baodao_text"
CHOICES = {"_lang": (LANGUAGE_COOKIE, tuple(LOCALES)), "_text": (TEXT_COOKIE, ("normal", "large"))}  # parameter: (cookie, values)
_YEAR_SECONDS = 365 * 24 * 3600


def large_text() -> bool:
    """Whether the reader chose the large-text mode."""
    return request.cookies.get(TEXT_COOKIE) == "large"


def _choose() -> BaseResponse | None:
    wanted = {} if request.method != "GET" else {
        cookie: request.args[name] for name, (cookie, known) in CHOICES.items() if name in request.args and request.args[name] in known}
    if not wanted:
        set_locale(request.cookies.get(LANGUAGE_COOKIE, SOURCE_LOCALE))
        return None
    response: Response | BaseResponse = redirect(with_query(_lang=None, _text=None), 303)
    for name, value in wanted.items():
        response.set_cookie(
            name, value, max_age=_YEAR_SECONDS, samesite="Lax", secure=request.is_secure, httponly=True
        )
    return response


def init_app(app: Flask) -> None:
    """Set the locale at each request and answer the preference links.

    It runs before all other hooks: a thread keeps its context variables, so a request that is refused early would
    otherwise be answered in the language of the reader before.
    """
    app.before_request_funcs.setdefault(None, []).insert(0, _choose)
