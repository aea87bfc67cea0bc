"""What is counted ahead equals a slow count, stays equal after changes, is the tenant's alone, and is never doubled."""
from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

from sqlalchemy import select, update

from core.db import new_id
from core.exchange.models import ExchangePartner, ExchangeReceipt, ExchangeUnit
from core.members.models import Member
from core.organizations import tree
from core.overview import reading
from core.overview.keeping import recount
from core.overview.models import OverviewFigure
from core.overview.periods import Period, parse, starting
from core.service.models import ServiceRecord
from core.tenancy import Tenant, now, session, today, unscoped
from core.tenancy.scope import tenant_id
from tests.overview.conftest import slow
from tests.support.factories import TestTenant, make_member


def kept(side: str) -> dict[tuple[uuid.UUID, str, dt.date], dict[str, Any]]:
    """What stands in the table."""
    rows = session().execute(select(OverviewFigure.organization_id, OverviewFigure.kind, OverviewFigure.since, OverviewFigure.figures).where(
        OverviewFigure.tenant_id == tenant_id(), OverviewFigure.side == side)).all()
    return {(row.organization_id, row.kind, row.since): {key: number for key, number in row.figures.items() if number} for row in rows}


def test_what_is_kept_equals_a_slow_count_and_is_brought_up_to_date(tenant: TestTenant) -> None:
    with tenant.scope():
        assert (whole := recount(years=0)["changed"]) > 100
        assert {side: kept(side) for side in ("place", "unit")} == {side: slow(side) for side in ("place", "unit")}
    with tenant.scope():
        assert recount()["changed"] == 0  # counted again nothing is written
    with tenant.scope():
        row = session().scalars(select(ServiceRecord).where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.status == "counted")
                                .order_by(ServiceRecord.happened_on.desc()).limit(1)).one()
        row.status = "withdrawn"
        session().execute(update(Member).where(Member.tenant_id == tenant_id(), Member.name == "王1").values(residence_id=tenant.communities[6]))
        session().flush()
        assert {side: kept(side) for side in ("place", "unit")} != {side: slow(side) for side in ("place", "unit")}  # the twin
        assert 0 < recount()["changed"] < whole / 2
        assert {side: kept(side) for side in ("place", "unit")} == {side: slow(side) for side in ("place", "unit")}


def test_a_board_says_the_same_counted_at_once_and_ahead(tenant: TestTenant) -> None:
    period = starting("half", today() - dt.timedelta(days=90))
    with tenant.scope():
        recount(years=0)
        wanted = {side: slow(side) for side in ("place", "unit")}
        for organization in (tenant.root, *tenant.counties, *tenant.streets, *tenant.communities, *tenant.sectors, *tenant.units):
            at = tree.get(organization)
            for side in reading.sides(at):
                board = reading.board(at, side, period)
                for shown, one in ((board.present, period), (board.former, period.former)):
                    numbers = {**wanted[side].get((at.id, "half", one.since), {}), **wanted[side].get((at.id, "now", dt.date(1970, 1, 1)), {})}
                    assert {key: number for key, number in shown.items() if number and key != "at_norm"} == numbers
                assert [numbers.get("records", 0) for _month, numbers in board.months] == [
                    wanted[side].get((at.id, "month", month), {}).get("records", 0) for month, _numbers in board.months]


def test_below_is_by_name_page_by_page_whatever_the_numbers(tenant: TestTenant) -> None:
    period = starting("year", today())
    with tenant.scope():
        recount()
        street = tree.get(tenant.streets[0])
        everything, end = reading.below(street, "place", period)
        assert ([row.name for row in everything], end) == (["001001社区", "001002社区"], None)
        first, more = reading.below(street, "place", period, limit=1)
        rest, end = reading.below(street, "place", period, after=more, limit=1)
        assert ([*first, *rest], end) == (everything, None)


def test_a_sector_authority_is_counted_by_unit(tenant: TestTenant) -> None:
    with unscoped():
        session().execute(update(Tenant).where(Tenant.id == tenant.id).values(kind="sector"))
    with tenant.scope():
        assert [reading.sides(tree.get(one)) for one in (tenant.root, tenant.sectors[0], tenant.units[0])] == [("unit",)] * 3


def test_a_receipt_from_elsewhere_counts_and_guests_units_are_counted_at_home(tenant: TestTenant) -> None:
    here, unit = make_member(tenant, unit=0), tenant.units[1]

    def told(at: uuid.UUID) -> tuple[int, int]:
        recount()
        numbers = reading.board(tree.get(at), "unit", starting("year", today())).present
        return numbers["expected"], numbers["reported"]

    with tenant.scope():
        partner = ExchangePartner(id=new_id(), code="4205", name="宜昌市", kind="city", local=True, state="active", changed_at=now())
        session().add(partner)
        session().flush()
        all_of_them, guests = told(tenant.root), told(unit)
        session().add(ExchangeReceipt(member_id=here.id, partner_id=partner.id, remote_id=new_id(), edition=0, community="东山社区",
                                      basis="residence", number="1", reported_on=today(), in_force=True))
        session().flush()
        assert told(tenant.root) == (all_of_them[0], all_of_them[1] + 1)
        session().add(ExchangeUnit(organization_id=unit, partner_id=partner.id, remote_id=new_id()))
        session().flush()
        assert guests[0] > 0
        assert told(tenant.root) == (all_of_them[0] - guests[0], all_of_them[1] + 1 - guests[1])
        assert [key for key in kept("unit") if key[0] == unit] == []


def test_periods_follow_one_another_and_are_read_from_an_address() -> None:
    draws = random.Random(3)
    for _time in range(200):
        day = dt.date(2001, 1, 1) + dt.timedelta(days=draws.randrange(9_000))
        for kind in ("month", "quarter", "half", "year"):
            period = starting(kind, day)
            assert period.since <= day <= period.until
            assert (period.former.until + dt.timedelta(days=1), period.next.former) == (period.since, period)
            assert parse(period.code, dt.date(2030, 1, 1)) == period
    this = Period("year", dt.date(2026, 1, 1))
    assert [parse(text, dt.date(2026, 5, 1)) for text in ("", "x", "2026-Q9", "2999", "1234")] == [this] * 5
    assert parse("2026-Q4", dt.date(2026, 5, 1)) == Period("quarter", dt.date(2026, 4, 1))
