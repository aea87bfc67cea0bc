"""What every part of the API shares: declared access, checked input, problem+json, cursors, and answers without a detour."""
from __future__ import annotations

import http
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, wraps
from typing import Any

import orjson
from flask import Response, request
from flask_smorest import Api, Blueprint
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from core.errors import Invalid
from core.i18n import _
from web.form_messages import translated
from web.routing import Access, declare

View = Callable[..., Any]
PROBLEM = "PROBLEM"
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
    DEFAULT_ERROR_RESPONSE_NAME = PROBLEM  # documented for every operation, the plugins' too

    def _register_responses(self) -> None:
        """What a plugin's part documents by a status alone is a problem like all others; flask-smorest would call it plain JSON."""
        for status in (status for status in http.HTTPStatus if status >= http.HTTPStatus.BAD_REQUEST):
            self.spec.components.response(status.name, {"description": status.phrase,
                                                        "content": {"application/problem+json": {"schema": self.ERROR_SCHEMA}}}, lazy=True)

    def _register_error_handlers(self) -> None:
        """Leave Flask's handlers to web.errors."""


class ApiBlueprint(Blueprint):
    """A part of the API whose every operation declares its access."""

    def operation(self, rule: str, method: str, access: str | Access, *, status: int = 200, answer: type[Schema] | Schema | None = None,
                  query: type[Schema] | None = None, body: type[Schema] | None = None, summary: str = "") -> Callable[[View], View]:
        """Add one operation. `query` and `body` are marshmallow schemas; their loaded values come as the first arguments.

        `answer` documents the success; the view returns data to dump, or a finished Response for a hot list.
        """
        door = Access(permission=access) if isinstance(access, str) else access
        queries = query(unknown=RAISE) if query else None
        bodies = body(unknown=RAISE) if body else None
        answers = answer() if isinstance(answer, type) else answer

        def register(view: View) -> View:
            # flask-smorest's decorators write the documentation; at run time they would cost a dozen calls each.
            documented = self._documented(view, status, answers, queries, bodies, summary)

            @wraps(view)
            def run(**path: Any) -> Response:
                given = [_load(queries, request.args.to_dict())] if queries else []
                if bodies:
                    given.append(_load(bodies, _json()))
                result = view(*given, **path)
                if isinstance(result, Response):
                    return result
                return json_response(answers.dump(result) if answers else None, status)

            run._apidoc = documented._apidoc  # type: ignore[attr-defined]  # where flask-smorest looks for it
            declare(run, door)
            self.add_url_rule(rule, view_func=run, methods=[method], tags=[self._title()])
            return run
        return register

    def _documented(self, view: View, status: int, answer: Schema | None, query: Schema | None, body: Schema | None, summary: str) -> Any:
        @wraps(view)
        def shell() -> None:
            """Bear the documentation."""

        shown: Any = self.response(status, answer)(shell)
        if body is not None:
            shown = self.arguments(body)(shown)
        if query is not None:
            shown = self.arguments(query, location="query")(shown)
        shown._apidoc.get("arguments", {}).pop("responses", None)  # 422 is a problem like the others
        return self.doc(summary=summary, operationId=f"{self._title()}_{view.__name__}")(shown)

    def _title(self) -> str:
        return self.name.removeprefix("api_")  # the pages of the same area have the bare name


def _json() -> Any:
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        return orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise BadRequest from error


def _load(schema: Schema, given: Any) -> Any:
    try:
        return schema.load(given)
    except ValidationError as error:
        raise Invalid(_("内容有误，请检查后再试。"), _worded(error.normalized_messages())) from error


def _worded(messages: Mapping[Any, Any]) -> dict[str, Any]:
    """Messages in the reader's language, nested as the input is."""
    return {str(name): _worded(said) if isinstance(said, Mapping) else [translated(text) for text in said]
            for name, said in messages.items()}


class PageQuery(Schema):
    """Cursor paging of every list; a subclass adds its filters."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, LONGEST_PAGE), metadata={"description": "Rows a page"})
    cursor = fields.UUID(load_default=None, metadata={"description": "`next` of the page before"})


class VersionBody(Schema):
    """What every change of state needs: the version that was read, so that nobody's decision is overwritten."""

    version = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2**31 - 1))


class CreatedSchema(Schema):
    """The id of what was made."""

    id = fields.UUID(required=True)


@cache
def page_schema(row: type[Schema]) -> Schema:
    """The documented shape of a list: `items` and the cursor `next`, null on the last page."""
    name = row.__name__.removesuffix("Schema") + "Page"
    made = type(name, (Schema,), {"items": fields.List(fields.Nested(row), required=True),
                                  "next": fields.UUID(allow_none=True, required=True)})
    return made()


def write_page(names: Sequence[str], rows: Iterable[Sequence[Any]], following: uuid.UUID | None) -> Response:
    """A list's answer from rows of columns. The cursor is the last row's id, never a name or a key of it."""
    return json_response({"items": [dict(zip(names, row, strict=True)) for row in rows], "next": following})


def json_response(data: object, status: int = 200) -> Response:
    """JSON by orjson: UUIDs, dates and times as ISO text; None is an empty answer."""
    return Response(b"" if data is None else orjson.dumps(data), status=status, mimetype="application/json")
