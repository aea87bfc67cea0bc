"""What every part of the API shares: declared access, problem+json, cursors, and lists written without a detour."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from flask import Response
from flask_smorest import Api, Blueprint
from marshmallow import EXCLUDE, Schema, fields, validate

from web.routing import Access, declare

View = Callable[..., Any]
_DOCUMENTED = (400, 401, 403, 404, 409, 422, 429, 503)
LONGEST_PAGE = 200


class Problem(Schema):
    """RFC 9457 problem+json."""

    type = fields.String()
    status = fields.Integer()
    title = fields.String(metadata={"description": "A sentence that says what to do"})
    request_id = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.Raw())


class BaodaoApi(Api):
    """flask-smorest's Api; errors are answered by web.errors for pages and programs alike."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """Leave Flask's handlers to web.errors."""


class ApiBlueprint(Blueprint):
    """A part of the API whose every operation declares its access."""

    def operation(self, rule: str, method: str, access: str | Access, *, status: int = 200, answer: Any = None,
                  query: Any = None, body: Any = None, summary: str = "") -> Callable[[View], View]:
        """Add one operation. `query` and `body` are marshmallow schemas; their loaded values come as the first arguments.

        `answer` documents the success; the view returns data to dump, or a finished Response for a hot list.
        """
        door = Access(permission=access) if isinstance(access, str) else access

        def register(view: View) -> View:
            wrapped = self.response(status, answer)(view)
            if body is not None:
                wrapped = self.arguments(body)(wrapped)
            if query is not None:
                wrapped = self.arguments(query, location="query")(wrapped)
            for code in _DOCUMENTED:
                wrapped = self.alt_response(code, schema=Problem, content_type="application/problem+json")(wrapped)
            wrapped = self.doc(summary=summary, operationId=f"{self.name}_{view.__name__}")(wrapped)
            declare(wrapped, door)
            self.add_url_rule(rule, view_func=wrapped, methods=[method])
            return wrapped
        return register


class PageQuery(Schema):
    """Cursor paging of every list."""

    class Meta:
        """Unknown parameters are refused by the parser's default; a subclass adds its filters."""

        unknown = EXCLUDE

    limit = fields.Integer(load_default=50, validate=validate.Range(1, LONGEST_PAGE), metadata={"description": "Rows a page"})
    cursor = fields.UUID(load_default=None, metadata={"description": "`next` of the page before"})


def page_schema(row: type[Schema]) -> Schema:
    """The documented shape of a list: `items` and the cursor `next`, null on the last page."""
    name = row.__name__.removesuffix("Schema") + "Page"
    made = type(name, (Schema,), {"items": fields.List(fields.Nested(row), required=True),
                                  "next": fields.UUID(allow_none=True, required=True)})
    return made()


def write_page(names: Sequence[str], rows: Sequence[Sequence[Any]], limit: int, identity: str = "id") -> Response:
    """A list's answer from up to `limit` + 1 rows of columns. The cursor is the last row's id, never a name or a key of it."""
    shown = [dict(zip(names, row, strict=True)) for row in rows[:limit]]
    return json_response({"items": shown, "next": shown[-1][identity] if len(rows) > limit else None})


def json_response(data: object, status: int = 200) -> Response:
    """JSON by orjson: UUIDs, dates and times as ISO text."""
    return Response(orjson.dumps(data), status=status, mimetype="application/json")


