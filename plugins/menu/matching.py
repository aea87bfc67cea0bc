"""Which offers of the community's menu fit a request, and why; the officer decides, never the machine (R68)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Row, select

from core.api import _, session, tenant_id
from plugins.menu import queries, times
from plugins.menu.models import MenuRequest, MenuStep


class Fit(NamedTuple):
    """An offer, and in how many respects and why it fits."""

    offer: Row
    weight: int
    reasons: list[str]


def fits(request: MenuRequest, most: int = 10) -> list[Fit]:
    """The offers that fit best; those that have said no to this request are left out, those that fit in nothing too."""
    gone = _declined(request.id)
    found = [one for offer in queries.menu(request.community_id) if offer.offer_id not in gone and (one := _fit(request, offer)).weight > 1]
    return sorted(found, key=lambda one: (-one.weight, one.offer.number))[:most]


def _fit(request: MenuRequest, offer: Row) -> Fit:
    reasons, weight = [], 0
    if request.category == offer.category:
        reasons.append(_("同一类服务"))
        weight += 3
    shared = _shared(request.title or "", f"{offer.title}{offer.description or ''}")
    if shared:
        reasons.append(_("内容都提到“%(words)s”", words=shared))
        weight += 2
    if times.fits(offer.times, request.wished):
        reasons.append(_("时间合适") if offer.times else _("时间可以商量"))
        weight += 1
    return Fit(offer, weight, reasons)


def _shared(wanted: str, offered: str) -> str:
    """The longest run of at least two characters that both have."""
    for length in range(min(len(wanted), 8), 1, -1):
        for start in range(len(wanted) - length + 1):
            if (part := wanted[start:start + length]).strip() == part and part in offered and part.isalnum():
                return part
    return ""


def _declined(request_id: uuid.UUID) -> Sequence[uuid.UUID | None]:
    return session().scalars(select(MenuStep.offer_id).where(MenuStep.tenant_id == tenant_id(), MenuStep.request_id == request_id,
                                                             MenuStep.kind == "declined", MenuStep.offer_id.is_not(None))).all()
