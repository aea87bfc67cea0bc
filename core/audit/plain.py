"""Values for jsonb columns that hold ids, codes and counts: they come back exactly as they went in, and name nobody."""
from __future__ import annotations

from typing import Any

import orjson

from core.privacy.logfilter import scrub


def plain_json(value: Any) -> Any:
    """`value` as jsonb will give it back: ids and dates as text. Raises TypeError for a fraction, which jsonb may rewrite."""
    return _without_fractions(orjson.loads(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)))


def scrub_json(value: Any) -> Any:
    """`value` with ID and mobile numbers blotted out of every text in it."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {key: scrub_json(item) for key, item in value.items()}
    return [scrub_json(item) for item in value] if isinstance(value, list) else value


def _without_fractions(value: Any) -> Any:
    if isinstance(value, float):
        raise TypeError("a fraction does not survive jsonb unchanged; give it as text")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _without_fractions(item)
    return value
