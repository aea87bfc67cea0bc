"""Writes an agreement as iCalendar (RFC 5545): its first day, its last day and the days on which something was given, none of them with a name."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from icalendar import Calendar, Event

from core.api import _, now

DAY = dt.timedelta(days=1)


def written(agreement: Mapping[str, Any], given: Iterable[Mapping[Any, Any]]) -> bytes:
    """The calendar of an agreement's line and what was given under it; whole days, so that no zone is needed."""
    calendar = Calendar()
    for name, value in (("prodid", "-//Baodao//cobuilding//ZH"), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        calendar.add(name, value)
    title, place = agreement["title"], agreement["community"]
    says = "\n".join(part for part in (_("%(unit)s提供", unit=agreement["unit"]), agreement["quantity"], agreement["details"]) if part)
    calendar.add_component(_event(f"{agreement['id']}-since", agreement["since"], _("共建开始：%(title)s", title=title), place, says))
    for one in given:
        calendar.add_component(_event(str(one["id"]), one["done_on"], _("共建：%(what)s", what=one["what"]), place, title))
    calendar.add_component(_event(f"{agreement['id']}-until", agreement["until"], _("共建到期，请商量是否续签：%(title)s", title=title), place, says))
    return bytes(calendar.to_ical())


def _event(identity: str | uuid.UUID, day: dt.date, title: str, place: str, says: str) -> Event:
    event = Event()
    for name, value in (("uid", f"{identity}@cobuilding.baodao"), ("dtstamp", now()), ("dtstart", day), ("dtend", day + DAY), ("summary", title),
                        ("location", place), ("description", says), ("transp", "TRANSPARENT")):
        event.add(name, value)
    return event
