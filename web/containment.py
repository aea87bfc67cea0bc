"""Counts what plugins' pages do wrong: a page that raises, breaks a rule of the database or takes too long, by its route."""
from __future__ import annotations

import time

from flask import Flask, Response, current_app, g, has_request_context, request
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import OperationalError

from core.extension.failures import Slow, note_failure
from web.routing import access_of

LONGEST = 10.0  # seconds for a whole page, of which one statement may take five


def init_app(app: Flask) -> None:
    """Measure the plugins' pages."""
    @app.after_request
    def measure(response: Response) -> Response:
        began, plugin = g.get("began"), _plugin()
        if plugin is not None and began is not None and (seconds := time.perf_counter() - began) > LONGEST:
            _note(plugin, Slow(f"{seconds:.1f} s"), seconds)
        return response


def blame(error: BaseException) -> None:
    """Count an error of the page at hand, if the page is a plugin's."""
    plugin = _plugin()
    if plugin is not None and (not isinstance(error, OperationalError) or isinstance(error.orig, QueryCanceled)):
        _note(plugin, error, time.perf_counter() - g.get("began", time.perf_counter()))


def _plugin() -> str | None:
    if not has_request_context() or request.endpoint is None or request.endpoint not in current_app.view_functions:
        return None
    access = access_of(current_app, request.endpoint)
    return access.plugin if access is not None and g.get("tenant_id") is not None else None


def _note(plugin: str, error: BaseException, seconds: float) -> None:
    route = f"{request.method} {request.url_rule.rule if request.url_rule else ''}"
    note_failure(plugin, route, error, seconds=seconds, tenant=g.tenant_id)
