"""Logging of the web process: one JSON line a request, with ids only and never a person's data."""
from __future__ import annotations

import time

import structlog
from flask import Flask, Response, g, request

from core.config import Config
from core.logs import configure_logging
from web.tenant import request_id

log = structlog.get_logger("web")


def init_app(app: Flask) -> None:
    """Configure structlog and log each request once, by its route and not by its address."""
    config: Config = app.config["BAODAO"]
    configure_logging(config.log_level, config.log_format)

    @app.before_request
    def begin() -> None:
        g.request_id, g.began = request_id(request), time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        route = request.url_rule.rule if request.url_rule else "-"
        milliseconds = round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1)
        if not route.startswith("/static"):
            log.info("request", method=request.method, route=route, status=response.status_code, milliseconds=milliseconds)
        return response
