"""The header Idempotency-Key on the API's writes: a program that heard no answer sends the request again, and it counts once."""
from __future__ import annotations

from typing import Any

from apispec import BasePlugin
from flask import Flask, Response, g, request

from core.access.idempotency import Answer, Once, once
from core.errors import Invalid
from core.i18n import _
from web.routing import API_PREFIX
from web.security import SAFE_METHODS

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
LONGEST = 255
PARAMETER = "IDEMPOTENCY_KEY"
_WRITES = frozenset({"post", "put", "patch", "delete"})
DESCRIPTION = ("A name of your own for this write, such as a UUID. The same request with the same key counts once: for 24 hours it is answered "
               "as the first time, with the header Idempotency-Replayed: true. 409 while the first is at work; 422 when the key was used for "
               "another request. A request that was refused is not remembered.")


class Documented(BasePlugin):
    """Adds the header to every write of the OpenAPI document, the plugins' too."""

    def operation_helper(self, path: str | None = None, operations: dict[str, Any] | None = None, **_kwargs: Any) -> None:  # noqa: ARG002
        """Called by apispec for each address."""
        for method, operation in (operations or {}).items():
            if method in _WRITES:
                operation.setdefault("parameters", []).append(PARAMETER)


def parameter() -> dict[str, Any]:
    """The header, for the OpenAPI document."""
    return {"name": HEADER, "required": False, "description": DESCRIPTION,
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"}}


def init_app(app: Flask) -> None:
    """Look before the view, keep after it: then the scope is still open, and its commit keeps the answer or nothing at all."""
    app.before_request(_look)
    app.after_request(_keep)


def _look() -> Response | None:
    key = request.headers.get(HEADER)
    if key is None or request.method in SAFE_METHODS or not request.path.startswith(API_PREFIX) or g.get("actor") is None:
        return None
    if not 0 < len(key) <= LONGEST or not all("!" <= letter <= "~" for letter in key):
        raise Invalid(_("Idempotency-Key 须为 1 至 255 个可见的英文字符，不含空格。"))
    asked = once(g.actor.account_id, key, request.method.encode(), request.full_path.encode(), request.get_data())
    known = asked.answered()
    if known is None:
        g.once = asked
        return None
    return Response(known.content, status=known.status, content_type=known.media_type, headers={REPLAYED: "true"})


def _keep(response: Response) -> Response:
    asked: Once | None = g.pop("once", None)
    if asked is not None and response.status_code < 400 and not g.get("failed"):
        content = None if response.is_streamed or response.direct_passthrough else response.get_data()
        asked.keep(Answer(response.status_code, response.content_type or "", content))
    return response
