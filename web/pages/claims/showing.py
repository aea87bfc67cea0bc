"""What lists and pages of claims have in common: words, links to the plugin whose matter it is, and the form of a service."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask import current_app, flash, request, url_for
from marshmallow import Schema, fields, validate

from core.db import new_id
from core.errors import Invalid
from core.extension.matter_kinds import matter_kind
from core.extension.registry import current
from core.extension.settings import effective
from core.i18n import _, _l
from core.members.names import search_terms
from core.service.claims.fulfilling import Service, complete
from core.service.claims.queries import ClaimFilter, ClaimRow, served
from core.service.claims.register import STATES, source_title
from core.service.words import GROUPS, RECIPIENTS
from core.tenancy import today
from web.forms import FormField, form_fields
from web.rendering import hours
from web.tenant import actor

HALF_HOUR = 30
TONES = {"held": "info", "waiting": "warn", "done": "good", "released": "neutral", "lapsed": "neutral"}
STEPS = {"claim.taken": (_l("认领"), "good"), "claim.waiting": (_l("候补"), "neutral"), "claim.moved_up": (_l("候补转为认领"), "good"),
         "claim.served": (_l("登记服务"), "info"), "claim.done": (_l("办结"), "good"), "claim.released": (_l("退出"), "neutral"),
         "claim.lapsed": (_l("随事项关闭"), "neutral")}


class ServiceForm(Schema):
    """One service under a claim: the day and how long; everything else is known."""

    record_id = fields.UUID(required=True, metadata={"widget": "hidden"})
    version = fields.Integer(load_default=0, metadata={"widget": "hidden"})
    happened_on = fields.Date(required=True, metadata={"title": _l("哪一天")})
    minutes = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1440),
                             metadata={"title": _l("多长时间"), "widget": "select"})


def service_fields(row: ClaimRow, values: Mapping[str, Any] | None = None, errors: Mapping[str, list[str]] | None = None) -> list[FormField]:
    """The fields of that form; the length that the matter names comes first."""
    longest = effective("service", row.community_id)["longest_minutes"]
    lengths = sorted({*range(HALF_HOUR, longest + 1, HALF_HOUR), *((row.wanted_minutes,) if row.wanted_minutes else ())})
    usual = row.wanted_minutes
    choices = [(m, _("%(length)s（按约定）", length=hours(m)) if m == usual else hours(m)) for m in lengths]
    given = values if values is not None else {"record_id": new_id(), "version": row.version, "happened_on": today(), "minutes": usual or 60}
    return form_fields(ServiceForm(), given, errors, choices={"minutes": choices})


def service(data: Mapping[str, Any]) -> Service:
    """What the form brought."""
    return Service(data["happened_on"], data["minutes"])


def finished(claim_id: uuid.UUID) -> None:
    """Close a claim of which everything is noted already, and say so. Raises Conflict, Invalid while nothing is noted."""
    if claim_id not in served([claim_id]):
        raise Invalid(_("还没有登记过服务。请先登记服务；做不了的，请退出认领。"))
    complete(claim_id, request.form.get("version", 0, type=int), None, by=actor().account_id)
    flash(_("已办结。"), "success")


def shown(rows: Iterable[ClaimRow], side: str) -> list[dict[str, Any]]:
    """Rows for a list: with words, and the address of the claim's page; `side` is "own" or "work"."""
    now = today()
    return [row._asdict() | {"source_title": source_title(row.source), "state_title": STATES[row.state], "tone": TONES[row.state],
                             "late": row.state in ("held", "waiting") and row.due_on is not None and row.due_on < now,
                             "url": url_for("claims.own" if side == "own" else "claims.show", claim_id=row.id)} for row in rows]


def recipient(row: ClaimRow) -> str:
    """For whom: the group where it is one, else person, household or public."""
    return str(GROUPS.get(row.recipient_group or "", row.recipient_group) or RECIPIENTS[row.recipient_kind])


def matter_link(row: ClaimRow, side: str) -> str | None:
    """The page of the matter in its plugin, while that works; `side` is "own" or "show"."""
    kind = matter_kind(row.source)
    if kind is None:
        return None
    endpoint = getattr(kind, side)
    return url_for(endpoint, matter_id=row.matter_id) if endpoint in current_app.view_functions else None


def sources() -> list[tuple[str, str]]:
    """The plugins that put matters up, with their titles, for a filter."""
    return [(name, source_title(name)) for name, plugin in sorted(current().plugins.items()) if plugin.matters is not None]


def narrowed(values: Mapping[str, Any], *, typed: bool = False) -> ClaimFilter:
    """The filter of a list; what is unknown is left out, a name is read only from a form."""
    days = sorted(day for day in (_day(values.get("since")), _day(values.get("until"))) if day is not None)
    since, until = days if len(days) == 2 else (_day(values.get("since")), _day(values.get("until")))
    source = values.get("source")
    name = (values.get("name") or "").strip()[:50] if typed else ""
    name = name if search_terms(name).value else ""  # blanks of other kinds would be everybody's beginning
    return ClaimFilter(source if source in dict(sources()) else None, name, since, until)


def in_address(wanted: ClaimFilter) -> dict[str, Any]:
    """The parameters of an address that says the same, but for the name."""
    return {name: value for name in ("source", "since", "until") if (value := getattr(wanted, name)) is not None}


def after() -> uuid.UUID | None:
    """The id from which the page goes on."""
    return request.values.get("after", type=uuid.UUID)


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None
