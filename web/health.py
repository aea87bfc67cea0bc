"""Health for machines: alive, ready, measured."""
from __future__ import annotations

import os
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from flask import Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core import outgoing
from core.config import Config
from core.db import database
from core.jobs.bell import connect
from web.routing import PUBLIC, Pages

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # set by `baodao serve`: the folder in which the processes add up their counts
PROBES = ("/healthz", "/readyz", "/metrics")
pages = Pages("health", __name__)
metrics = CollectorRegistry()
REQUESTS = Counter("baodao_requests_total", "Requests by route, method and status.", ("route", "method", "status"), registry=metrics)
SECONDS = Histogram("baodao_request_seconds", "Seconds a request took, by route.", ("route",), registry=metrics)
TLS_REFUSED = Counter("baodao_outgoing_tls_refused_total", "Calls to other servers given up for their certificate or TLS.", registry=metrics)
outgoing.on_tls_refused(TLS_REFUSED.inc)


class _ByAddress:
    """Whatever host is named where a probe is asked for, it is taken for the trusted `host`: machines know an address only."""

    def __init__(self, answer: WSGIApplication, host: str) -> None:
        self._answer, self._host = answer, host

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._answer(environ | {"HTTP_HOST": self._host} if environ.get("PATH_INFO") in PROBES else environ, start_response)


def init_app(app: Flask) -> None:
    """Mount the probes and count each request."""
    app.register_blueprint(pages)
    trusted = app.config["BAODAO"].trusted_hosts
    if trusted:
        app.wsgi_app = _ByAddress(app.wsgi_app, trusted[0].removeprefix("."))  # type: ignore[method-assign]

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "-"
        REQUESTS.labels(route, request.method, str(response.status_code)).inc()
        if (began := g.get("began")) is not None:
            SECONDS.labels(route).observe(time.perf_counter() - began)
        return response


@pages.page("/healthz", access=PUBLIC)
def alive() -> Response:
    """This process answers."""
    return Response("ok\n", mimetype="text/plain")


@pages.page("/readyz", access=PUBLIC)
def ready() -> Response:
    """PostgreSQL and its schema answer; Redis is told of, but the web works without it."""
    checks = {"database": _database(), "redis": _redis()}
    status = 200 if checks["database"] == "ok" else 503
    return Response(orjson.dumps(checks), status=status, mimetype="application/json")


@pages.page("/metrics", access=PUBLIC)
def measured() -> Response:
    """Prometheus text of all web processes, for callers on this machine only: a proxy must not pass it on."""
    if request.remote_addr not in {"127.0.0.1", "::1"} or request.headers.get("X-Forwarded-For"):
        return Response("only for local scrapers\n", status=403, mimetype="text/plain")
    return Response(generate_latest(_all_processes()), content_type=CONTENT_TYPE_LATEST)


def _all_processes() -> CollectorRegistry:
    if SHARED not in os.environ:
        return metrics
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # prometheus_client gives no types there
    return together


def _database() -> str:
    try:
        with database.engine.connect() as connection:
            connection.execute(text("select 1 from tenant limit 1"))
    except SQLAlchemyError as error:
        return type(error).__name__
    return "ok"


def _redis() -> str:
    config: Config = current_app.config["BAODAO"]
    try:
        with connect(config.redis_url) as client:
            client.ping()
    except (RedisError, OSError) as error:
        return type(error).__name__
    return "ok"
