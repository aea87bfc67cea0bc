"""Writes iCalendar (RFC 5545): what was agreed, where and in which community, and never for whom."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from icalendar import Calendar, Event as CalendarEvent, Timezone, TimezoneStandard

from core.api import _
from plugins.menu.times import LOCAL

HOURS = dt.timedelta(hours=8)
REFRESH = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """One agreement. `sequence` counts its changes, so that a calendar takes the newest; a cancelled one stays, and says so."""

    id: uuid.UUID
    title: str
    begins_at: dt.datetime
    ends_at: dt.datetime
    place: str | None
    community: str
    cancelled: bool
    sequence: int
    changed_at: dt.datetime


def written(events: Iterable[Event]) -> bytes:
    """A calendar of these events, in the time of Asia/Shanghai."""
    calendar = Calendar()
    calendar.add("prodid", "-//Baodao//menu//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("社区服务约定"))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add_component(_zone())
    for one in events:
        calendar.add_component(_event(one))
    return calendar.to_ical()


def _event(one: Event) -> CalendarEvent:
    event = CalendarEvent()
    event.add("uid", f"{one.id}@menu.baodao")
    event.add("sequence", one.sequence)
    event.add("dtstamp", one.changed_at.astimezone(dt.UTC))
    event.add("last-modified", one.changed_at.astimezone(dt.UTC))
    event.add("dtstart", one.begins_at.astimezone(LOCAL))
    event.add("dtend", one.ends_at.astimezone(LOCAL))
    event.add("summary", _("%(title)s（已取消）", title=one.title) if one.cancelled else one.title)
    event.add("location", " ".join(part for part in (one.community, one.place) if part))
    event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
    return event


def _zone() -> Timezone:
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", "Asia/Shanghai")
    standard.add("dtstart", dt.datetime(1992, 1, 1))  # noqa: DTZ001  a wall clock's time, as the standard asks
    standard.add("tzoffsetfrom", HOURS)
    standard.add("tzoffsetto", HOURS)
    standard.add("tzname", "CST")
    zone.add_component(standard)
    return zone
