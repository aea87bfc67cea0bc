"""Addresses of the present page with some query parameters changed: sorting, filters, paging, preferences."""
from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import request

_IN_PATHS = "/:@!$&'()*+,;=~"


def with_query(**changes: object) -> str:
    """The present path and query with `changes`; None removes a parameter, a list repeats it."""
    arguments: dict[str, list[str]] = {key: request.args.getlist(key) for key in request.args}
    for key, value in changes.items():
        if value is None:
            arguments.pop(key, None)
        else:
            arguments[key] = [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]
    query = urlencode(arguments, doseq=True)
    # Quoted first: a browser drops a tab, and what stood behind it would begin with two slashes, another site's address.
    path = "/" + quote(request.script_root + request.path, safe=_IN_PATHS).lstrip("/")
    return f"{path}?{query}" if query else path
