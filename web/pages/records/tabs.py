"""The tabs above the community's lists: the records by state, requests for a correction, call-backs."""
from __future__ import annotations

from typing import Any

from flask import url_for

from core.i18n import _
from core.service.queries import ALL, RecordFilter
from core.service.rights import VERIFY
from core.service.summary import RecordCounts
from web.pages.records.narrowing import in_address
from web.pages.records.words import STATES, TABS
from web.tenant import actor


def work_tabs(active: str, counts: RecordCounts | None, wanted: RecordFilter = ALL) -> list[dict[str, Any]]:
    """The tabs; those with a `key` are states of records and take a search along, the others are lists of their own."""
    tabs: list[dict[str, Any]] = [
        {"title": STATES[key], "key": key, "url": url_for("records.work", status=key, **in_address(wanted)), "active": key == active,
         "count": getattr(counts, key, None) if key != "counted" else None} for key in TABS]
    if actor().can(VERIFY):
        tabs += [{"title": title, "key": None, "url": url_for(f"records.{key}"), "active": key == active, "count": getattr(counts, key, None)}
                 for key, title in (("corrections", _("更正申请")), ("callbacks", _("待回访")))]
    return tabs
