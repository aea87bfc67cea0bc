"""Reads what the operations of plugins are sent as strictly as core's own: they are flask-smorest's blueprints and know nothing of `base`."""
from __future__ import annotations

from typing import Any

import orjson
from flask import Request
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser


class StrictParser(FlaskParser):
    """A misspelt filter is refused, where webargs would answer the whole list; JSON is what orjson takes for it.

    Python's own reader fails, which would count against the plugin, at what is nested a thousand deep and at whole numbers of 4,301 digits;
    it lets through halves of characters, which no answer can repeat.
    """

    #: For a query too the schema decides, and marshmallow's own way is to refuse; so a plugin may still write `unknown = EXCLUDE`.
    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": None, "querystring": None}  # noqa: RUF012

    def _raw_load_json(self, req: Request) -> Any:
        return orjson.loads(req.get_data()) if req.is_json and req.get_data() else super()._raw_load_json(req)


def init_app() -> None:
    """For all plugins at once: their decorators ask the class."""
    Blueprint.ARGUMENTS_PARSER = StrictParser()
