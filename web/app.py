"""Builds the Flask application: one factory, every part installed in order, and no start without declared doors."""
from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from core.config import Config
from tenants.loading import load_plugins
from web import containment, disk, drafts, errors, health, layout, logs, plugins, rendering, security, tenant
from web.api import init_app as init_api
from web.pages import discover
from web.routing import check_access

csrf = CSRFProtect()
MAX_BODY = 32 * 1024 * 1024
MOST_TEMPLATES = 2000  # more than there are, the plugins' of others included: Jinja keeps 400 and would compile the rest again and again


def create_app(config: Config) -> Flask:
    """The application of one process. Raises ConfigurationError when a route has no declared access."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.jinja_options = {**app.jinja_options, "cache_size": MOST_TEMPLATES}
    secure = config.base_url.startswith("https://")
    app.config.update(
        BAODAO=config, SECRET_KEY=config.secret_key, MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-baodao" if secure else "baodao", SESSION_COOKIE_SECURE=secure, SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax", PERMANENT_SESSION_LIFETIME=timedelta(days=14), WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None, TRUSTED_HOSTS=list(config.trusted_hosts) or None)
    if config.trusted_proxies:
        # The client's address and https only: what else of this kind a client claims, proxies pass on unseen.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies, x_proto=config.trusted_proxies)  # type: ignore[method-assign]
    load_plugins()
    logs.init_app(app)
    disk.init_app(app)
    tenant.init_app(app)
    csrf.init_app(app)
    security.init_app(app, csrf)
    rendering.init_app(app)
    layout.init_app(app)
    drafts.init_app(app)
    errors.init_app(app)
    containment.init_app(app)
    health.init_app(app)
    for pages in discover():
        app.register_blueprint(pages)
    init_api(app)
    plugins.init_app(app)
    check_access(app)
    return app
