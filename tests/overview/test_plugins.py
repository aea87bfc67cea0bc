"""Each bundled plugin of the service loop answers the overview: by place and by unit, no more statements for three places than for one."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from core.extension.dataset import DataReach
from core.extension.dispatch import collect
from core.extension.failures import failures
from core.extension.figures import FigureRequest
from core.organizations import tree
from core.overview import catalogue, reading
from core.overview.periods import starting
from core.tenancy import today
from tests.security import rows
from tests.support.databases import TestDatabase
from tests.support.factories import make_tenant
from tests.support.statements import sent


def test_one_thing_of_every_kind_is_counted_where_it_belongs(database: TestDatabase) -> None:
    tenant = make_tenant(plugins=rows.PLUGINS)
    rows.things(tenant)
    month = starting("month", today())
    with tenant.scope():
        def numbers(organization: uuid.UUID, side: Any) -> dict[str, int]:
            board = reading.board(tree.get(organization), side, month)
            return {one.figure.key: board.value(one.figure) for one in catalogue.shown(side) if one.plugin}
        assert numbers(tenant.communities[0], "place") == {
            "feedback.sent": 1, "feedback.answered": 0,
            "menu.ordered": 1, "menu.served": 0, "menu.listed": 1, "needs.received": 1, "needs.settled": 0, "needs.open": 1, "needs.bulletins": 1,
            "pledges.published": 0, "pledges.kept": 0, "pledges.open": 0, "posts.opened": 1, "posts.open": 1, "posts.taken": 1,
            "wishes.received": 1, "wishes.fulfilled": 0, "wishes.waiting": 1}
        assert numbers(tenant.units[0], "unit") == {"feedback.sent": 1, "feedback.answered": 0, "menu.taken": 0,
                                                    "menu.served": 0, "pledges.published": 0, "pledges.kept": 0, "pledges.open": 0,
                                                    "posts.taken": 1, "wishes.claimed": 0, "wishes.done": 0}
        assert set(numbers(tenant.communities[1], "place").values()) == {0}  # the twin: nothing of it is the neighbour's
        assert failures() == []


def test_each_figure_is_one_statement_and_a_title_none(database: TestDatabase) -> None:
    tenant = make_tenant(plugins=rows.PLUGINS)
    rows.things(tenant)
    with tenant.scope():
        collect("overview_figures", request=FigureRequest("place", (), dt.date.min, dt.date.min))  # what a scope keeps is warm
        counts = []
        for number in (0, 1, 3):
            reach = tuple(DataReach(place, "community", tenant.paths[place]) for place in tenant.communities[:number])
            with sent() as seen:
                found = collect("overview_figures", request=FigureRequest("place", reach, dt.date(today().year, 1, 1), today()))
            counts.append(len([one for one in seen if "count(" in str(one)]))
        assert counts == [0, len(found), len(found)]
