"""One application for the tests that only use it: making it costs 0.2 s of CPU, and compiling its templates anew as much again."""
from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from flask import Flask

from core.config import Config
from core.extension import registry
from core.logs import configure_logging
from web.app import create_app

_BUNDLED = registry.current()  # while tests are collected: the process's own
_made: list[tuple[Config, Flask, dict[str, Any], dict[str, Any]]] = []


def shared_app(config: Config) -> Flask:
    """The application with these settings and the plugins that are installed, as `create_app` makes it.

    A test may change its `config` and its `view_functions`, which the next one finds as they were made. One that adds routes or has
    plugins of its own makes an application of its own.
    """
    if registry.current() is not _BUNDLED:
        return create_app(config)
    kind = dataclasses.replace(config, database_url="", redis_url="", data_dir=Path())  # which are read at each request
    if not any(known == kind for known, *_rest in _made):
        app = create_app(config)
        _made.append((kind, app, dict(app.config), dict(app.view_functions)))
    app, settings, views = next(rest for known, *rest in _made if known == kind)
    app.config.clear()
    app.config.update(settings, BAODAO=config)
    app.view_functions.clear()
    app.view_functions.update(views)
    configure_logging(config.log_level, config.log_format)
    return app
