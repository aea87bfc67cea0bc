"""What the overview's pages share: the blueprint, and what is looked at."""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from core.access.actor import GrantFact
from core.access.authorization import Target, authorize
from core.errors import NotFound
from core.extension.figures import Side
from core.i18n import _l
from core.members.reach import grants_for
from core.organizations import tree
from core.organizations.tree import OrganizationFact
from core.overview import periods, reading
from core.overview.periods import MONTHS, Period
from core.tenancy import today
from web.navigation import NavigationItem, register
from web.routing import Pages
from web.tenant import actor

READ = "overview.read"
KIND_TITLES = {"year": _l("年"), "half": _l("半年"), "quarter": _l("季度"), "month": _l("月")}
SIDE_TITLES = {"place": _l("按地区"), "unit": _l("按单位")}

pages = Pages("overview", __name__, url_prefix="/overview")
register("figures", _l("统计"), NavigationItem(_l("总览"), "overview.index", "report-analytics", permission=READ, order=1), order=50)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is looked at: an organization, counted by place or by unit, in a period."""

    at: OrganizationFact
    side: Side
    period: Period

    def address(self, **changes: Any) -> str:
        """The page with something else chosen; always from the beginning of the list."""
        chosen = {"at": self.at.id, "side": self.side, "period": self.period.code}
        return url_for("overview.index", **(chosen | changes))

    @property
    def side_tabs(self) -> list[dict[str, Any]]:
        """By place or by unit, where there is a choice."""
        sides = reading.sides(self.at)
        return [{"title": SIDE_TITLES[side], "url": self.address(side=side), "active": side == self.side} for side in sides] if len(sides) > 1 else []

    @property
    def period_tabs(self) -> list[dict[str, Any]]:
        """Year, half-year, quarter, month: the one in which the present one ends, or today."""
        day = min(self.period.until, today())
        return [{"title": KIND_TITLES[kind], "url": self.address(period=periods.starting(kind, day).code), "active": kind == self.period.kind}
                for kind in sorted(MONTHS, key=lambda kind: -MONTHS[kind])]

    @property
    def following(self) -> Period | None:
        """The period after, unless it has not begun."""
        return self.period.next if self.period.next.since <= today() else None


def chosen() -> Choice:
    """What the address or the form asks for, authorized. Raises NotFound out of reach."""
    wanted: uuid.UUID | None = request.values.get("at", type=uuid.UUID)
    found = grants()
    if wanted is None and not found:
        raise NotFound
    at = tree.get(wanted or found[0].organization_id)
    authorize(actor(), READ, Target((at.path,)))
    sides = reading.sides(at)
    if not sides:
        raise NotFound
    side = request.values.get("side")
    return Choice(at, "unit" if side == "unit" and "unit" in sides else sides[0], periods.parse(request.values.get("period", ""), today()))


def grants() -> list[GrantFact]:
    """Where the reader's overview may begin."""
    return reading.starts(grants_for(actor(), READ))


def trail(choice: Choice) -> list[tuple[str, str | None]]:
    """The way down to the organization, beginning where the reader's reach begins."""
    above = [row for row in tree.ancestors(choice.at.path) if any(row.path.startswith(grant.path) for grant in grants())]
    return [(row.name, choice.address(at=row.id) if row.id != choice.at.id else None) for row in above]
