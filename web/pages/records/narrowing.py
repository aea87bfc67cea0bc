"""What a list of records is narrowed by: kind and days stand in the address, a name or other words are sent by form only."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from marshmallow import Schema, fields
from werkzeug.datastructures import MultiDict

from core.access.actor import GrantFact
from core.extension.settings import effective
from core.i18n import _l
from core.members.names import search_terms
from core.service import settings as _settings  # registers the section  # noqa: F401
from core.service.queries import RecordFilter
from web.forms import FormField, form_fields

LONGEST = 50


class NarrowForm(Schema):
    """The part of the filter that may stand in an address."""

    kind = fields.String(load_default=None, allow_none=True, metadata={"title": _l("服务类别"), "widget": "select"})
    since = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("服务日期从")})
    until = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("服务日期到")})


def kinds_of(grants: tuple[GrantFact, ...]) -> list[str]:
    """The kinds of service that hold where the grants lie: a county may have its own."""
    places: list[uuid.UUID | None] = [g.organization_id for g in grants] or [None]
    return list(dict.fromkeys(kind for place in places for kind in effective("service", place)["kinds"]))


def narrowed(values: MultiDict[str, str], kinds: list[str], *, typed: bool = False) -> RecordFilter:
    """Read the filter; what is unknown or no day is left out, and days given in the wrong order mean the time between them.

    With `typed`, name and words are read too: only from a form, never from an address.
    """
    days = sorted(day for day in (_day(values.get("since")), _day(values.get("until"))) if day is not None)
    since, until = days if len(days) == 2 else (_day(values.get("since")), _day(values.get("until")))
    name, title = ((values.get("name") or "").strip()[:LONGEST], (values.get("title") or "").strip()[:LONGEST]) if typed else ("", "")
    name = name if search_terms(name).value else ""  # blanks of other kinds would be everybody's beginning
    kind = values.get("kind")
    return RecordFilter(name, title, kind if kind in kinds else None, since, until)


def in_address(wanted: RecordFilter) -> dict[str, Any]:
    """The parameters of an address that says the same, but for what was typed."""
    return {name: value for name in ("kind", "since", "until") if (value := getattr(wanted, name)) is not None}


def shown(wanted: RecordFilter, kinds: list[str]) -> list[FormField]:
    """The fields of the filter, filled in."""
    return form_fields(NarrowForm(), in_address(wanted), choices={"kind": [(k, k) for k in kinds]}, as_filter=True)


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None
