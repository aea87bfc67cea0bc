"""Values for jsonb columns that hold ids, codes and counts: they come back exactly as they went in, and name nobody."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson

from core.privacy.logfilter import scrub


def plain_json(value: Any) -> Any:
    """`value` as jsonb will give it back: ids, dates and decimals as text. Raises TypeError for anything else that is not JSON."""
    return orjson.loads(orjson.dumps(value, default=_decimal, option=orjson.OPT_NON_STR_KEYS))


def scrub_json(value: Any) -> Any:
    """Plain `value` with ID and mobile numbers blotted out of every text in it."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {key: scrub_json(item) for key, item in value.items()}
    return [scrub_json(item) for item in value] if isinstance(value, list) else value


def without_fractions(value: Any) -> Any:
    """Plain `value` with fractions as text: jsonb may write a number in another way, and a hash over it would no longer fit."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {key: without_fractions(item) for key, item in value.items()}
    return [without_fractions(item) for item in value] if isinstance(value, list) else value


def _decimal(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"not for jsonb: {type(value).__name__}")
