"""For each write of the API a body that its schema takes, so that the question of reach is asked at all."""
from __future__ import annotations

from typing import Any

from flask import Flask

_TEXTS = {"date": "2026-01-05", "date-time": "2026-01-05T08:00:00+08:00", "uuid": "00000000-0000-7000-8000-000000000001", "time": "08:00:00"}


def of(app: Flask) -> dict[str, Any]:
    """The least body of each endpoint that wants one, by the endpoint's name."""
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    paths = {rule.rule.replace("uuid:", "").replace("<", "{").replace(">", "}"): rule.endpoint for rule in app.url_map.iter_rules()
             if rule.methods and rule.methods & {"POST", "PUT"}}
    return {paths[path]: _least(document, operation["requestBody"]["content"]["application/json"]["schema"])
            for path, operations in document["paths"].items() for verb, operation in operations.items()
            if verb in {"post", "put"} and "requestBody" in operation}


def _least(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """The least value that a schema allows: required members only, the first of several kinds."""
    if reference := schema.get("$ref"):
        return _least(document, document["components"]["schemas"][reference.rpartition("/")[2]])
    if choices := schema.get("enum"):
        return next(choice for choice in choices if choice)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: _least(document, schema["properties"][name]) for name in schema.get("required", ())}
    if kind == "array":
        return [_least(document, schema["items"])] * schema.get("minItems", 1)
    return {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1), "boolean": True}.get(
        kind, _TEXTS.get(schema.get("format", ""), "测试" * max(1, schema.get("minLength", 1) // 2 + schema.get("minLength", 1) % 2)))
