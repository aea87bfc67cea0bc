"""Puts a filter over records into words, by the titles that its form shows."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.api import QuantitySchema, WhereSchema, _

_CHOSEN = ("evaluation", "hours_source", "recipient_kind", "recipient_group", "months", "weekdays")


def where_words(where: Mapping[str, Any]) -> str:
    """The filter as an attribute in brackets; empty where it does not narrow."""
    fields, said = WhereSchema().fields, []
    if where.get("kind"):
        said.append(_("、").join(where["kind"]))
    said += [_("、").join(str(fields[name].metadata["choices"][value]) for value in where[name]) for name in _CHOSEN if where.get(name)]
    said += [("" if where[name] == "yes" else _("非")) + str(fields[name].metadata["title"])
             for name in ("collective", "outside_hours", "elsewhere") if where.get(name)]
    if where.get("within"):
        said.append(_("限 %(codes)s", codes=_("、").join(where["within"])))
    said += [f"{fields[name].metadata['title']} {where[name]}" for name in ("since", "until", "minutes_at_least", "minutes_below")
             if where.get(name)]
    return _("（%(said)s）", said=_("，").join(said)) if said else ""


def quantity_words(of: str) -> str:
    """What is counted."""
    return {"minutes": _("服务时长"), "times": _("服务次数"), "days": _("服务天数")}.get(of) or str(
        QuantitySchema().fields["of"].metadata["choices"][of])
