"""Scrubs ID numbers and mobile phones from logs and tracebacks, and what the database quotes of a row: the last net behind rule 15."""
from __future__ import annotations

import datetime as dt
import logging
import re
import traceback
import uuid
from collections.abc import Mapping, MutableMapping
from typing import Any

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from structlog.typing import ExcInfo

FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789Xx")
PATTERN = re.compile(
    r"(?P<keep>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[0-9]*[a-f])[0-9a-f]{24,}\b)"
    r"|(?P<id>(?<!\d)[1-9]\d{5}[ -]?(?:18|19|20)\d\d[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dXx](?!\d))"
    r"|(?<!\d)(?:86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)",
)
_LONGEST_CHAIN = 20
HARMLESS = (bool, float, type(None), uuid.UUID, dt.date, dt.timedelta)


def scrub(text: str) -> str:
    """The text with each ID number and mobile phone replaced; row ids and hashes stay whole."""
    return PATTERN.sub(_replacement, text if text.isascii() else text.translate(FULL_WIDTH))


def format_exception(error: BaseException) -> str:
    """The traceback with its causes, outermost last. A database error is named, not quoted: it repeats the row and the parameters."""
    parts: list[str] = []
    chained: BaseException | None = error
    while chained is not None and len(parts) < _LONGEST_CHAIN:
        said = type(chained).__qualname__
        if not isinstance(chained, (SQLAlchemyError, psycopg.Error)):
            said = "".join(traceback.format_exception_only(chained)).rstrip()
        parts.insert(0, "".join(traceback.format_tb(chained.__traceback__)) + said)
        chained = chained.__cause__ or (None if chained.__suppress_context__ else chained.__context__)
    return "\n\n".join(parts)


def _format_exc_info(exc_info: ExcInfo) -> str:
    return format_exception(exc_info[1])


#: Structlog's processor that writes tracebacks so.
render_exception = structlog.processors.ExceptionRenderer(_format_exc_info)


def scrub_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: place it just before the renderer. It renders exceptions itself, so that they pass the net too."""
    event = render_exception(_logger, _method, event)
    return {key: value if key.startswith("_") else _clean(value) for key, value in event.items()}


class ScrubFilter(logging.Filter):
    """The same for the standard library's logging; add it to each handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace message, arguments and traceback of the record; always lets it pass."""
        record.msg, record.args = scrub(record.getMessage()), None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = format_exception(record.exc_info[1])
        if record.exc_text:
            record.exc_text = scrub(record.exc_text)
        if record.stack_info:
            record.stack_info = scrub(record.stack_info)
        return True


def _replacement(found: re.Match[str]) -> str:
    if found["keep"]:
        return found["keep"]
    return "[id number]" if found["id"] else "[phone]"


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, HARMLESS):
        return value
    if isinstance(value, int):
        text = scrub(str(value))
        return value if text == str(value) else text
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(item) for item in value]
    return scrub(repr(value))
