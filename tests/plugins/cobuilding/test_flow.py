"""From offer and need to the agreement, what was given, the year's list and next year's agreement."""
from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import func, select

from core.errors import Conflict, Invalid, NotFound
from core.extension.dataset import DataReach, DataRequest
from core.tenancy import session, today
from plugins.cobuilding import agreeing, fulfilling, items, queries, reporting
from plugins.cobuilding.fulfilling import FulfilmentInput
from plugins.cobuilding.items import Terms
from plugins.cobuilding.models import CobuildingAgreement, CobuildingFulfilment, CobuildingItem
from plugins.cobuilding.pages.proposing import last_day
from tenants import settings
from tests.plugins.cobuilding.conftest import DAY, FUNDS, VENUE, agreed, given
from tests.service.conftest import at_once
from tests.service.test_records import in_scope
from tests.support.factories import TestTenant


def agreement(tenant: TestTenant, agreement_id: uuid.UUID) -> CobuildingAgreement:
    """The agreement as it is now."""
    with tenant.scope():
        return session().get_one(CobuildingAgreement, (tenant.id, agreement_id))


def test_what_fits_is_of_the_same_kind_and_open(tenant: TestTenant, offer: uuid.UUID, need: uuid.UUID) -> None:
    with tenant.scope():
        for side, owner, terms in (("offer", tenant.units[1], FUNDS), ("need", tenant.communities[1], FUNDS)):
            items.put_up(uuid.uuid4(), side, owner, terms, by=None)
        assert [row.id for row in items.fitting(queries.one_item(need))] == [offer]
        items.change(offer, 1, Terms("talent", "每月一次义诊"))
        assert items.fitting(queries.one_item(need)) == []
        with pytest.raises(Conflict):
            items.change(offer, 1, VENUE)
        items.close(offer, 2, "场地装修")
        with pytest.raises(Conflict):
            items.close(offer, 3, "再关一次")
        with pytest.raises(NotFound):
            items.put_up(uuid.uuid4(), "offer", tenant.communities[0], VENUE, by=None)


@pytest.mark.parametrize(("terms", "field"), [(Terms("funds", "出资"), "amount"), (Terms("法律顾问", "坐班"), "kind")])
def test_terms_are_of_a_known_kind_and_funds_have_an_amount(tenant: TestTenant, terms: Terms, field: str) -> None:
    with tenant.scope(), pytest.raises(Invalid) as refusal:
        items.put_up(uuid.uuid4(), "offer", tenant.units[0], terms, by=None)
    assert set(refusal.value.fields) == {field}


def test_a_tenant_adds_kinds_of_its_own(tenant: TestTenant) -> None:
    with tenant.scope():
        settings.save("cobuilding", {"more_kinds": ["法律顾问"]}, None, version=0)
    with tenant.scope():
        items.put_up(uuid.uuid4(), "offer", tenant.units[0], Terms("法律顾问", "每周坐班半天"), by=None)
        assert session().scalars(select(CobuildingItem.kind)).all() == ["法律顾问"]


def test_both_sides_confirm_and_never_one_person_for_both(tenant: TestTenant, offer: uuid.UUID, need: uuid.UUID) -> None:
    unit, community, made = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    with tenant.scope():
        for _twice in range(2):
            assert agreeing.propose(made, given(tenant, offer_id=offer, need_id=need), ["unit"], by=unit) == made
        with pytest.raises(Conflict):  # one's own side has said so already
            agreeing.confirm(made, 1, ["unit"], by=unit)
        with pytest.raises(Conflict):
            agreeing.confirm(made, 1, ["unit", "community"], by=unit)
    with tenant.scope():
        agreeing.confirm(made, 1, ["community"], by=community)
        with pytest.raises(Conflict):
            agreeing.change(made, 2, VENUE, today(), today(), ["unit"], by=unit)
    row = agreement(tenant, made)
    assert (row.state, row.unit_by, row.community_by, row.unit_on) == ("agreed", unit, community, today())
    both = uuid.uuid4()
    with tenant.scope():
        agreeing.propose(both, given(tenant), ["unit", "community"], by=unit)  # who speaks for both says yes for neither by that
    assert (agreement(tenant, both).unit_on, agreement(tenant, both).community_on) == (None, None)


def test_a_change_asks_the_other_side_again(tenant: TestTenant) -> None:
    unit, community, made = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    with tenant.scope():
        agreeing.propose(made, given(tenant), ["community"], by=community)
        agreeing.change(made, 1, FUNDS, today(), today() + DAY, ["unit"], by=unit)
        for until in (today() - DAY, dt.date(9999, 12, 31)):
            with pytest.raises(Invalid):
                agreeing.change(made, 2, FUNDS, today(), until, ["unit"], by=unit)
    row = agreement(tenant, made)
    assert (row.community_on, row.unit_by, row.amount, row.state) == (None, unit, 20000, "proposed")


def test_two_who_confirm_and_decline_at_once_are_told(tenant: TestTenant) -> None:
    with tenant.scope():
        made = agreeing.propose(uuid.uuid4(), given(tenant), ["unit"], by=uuid.uuid4())
    outcome = at_once(in_scope(tenant, lambda: agreeing.confirm(made, 1, ["community"], by=uuid.uuid4())),
                      in_scope(tenant, lambda: agreeing.decline(made, 1, "场地已另有用处")))
    assert sorted(type(one).__name__ for one in outcome) == ["Conflict", "NoneType"]


def test_twin_without_the_lock_both_pass(tenant: TestTenant, without_locks: None) -> None:
    for _try in range(20):
        with tenant.scope():
            made = agreeing.propose(uuid.uuid4(), given(tenant), ["unit"], by=uuid.uuid4())
        outcome = at_once(in_scope(tenant, lambda made=made: agreeing.confirm(made, 1, ["community"], by=uuid.uuid4())),
                          in_scope(tenant, lambda made=made: agreeing.decline(made, 1, "场地已另有用处")))
        if outcome == [None, None]:
            return
    pytest.fail("the lock was not what kept them apart")


def test_what_was_given_counts_when_the_community_says_so(tenant: TestTenant) -> None:
    made = agreed(tenant, terms=FUNDS)
    first, second, officer = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    with tenant.scope():
        for _twice in range(2):
            fulfilling.enter(first, made, FulfilmentInput(today() - DAY, "到位一半", 10000), received=False, by=None)
        fulfilling.enter(second, made, FulfilmentInput(today(), "又到位一笔", 5000), received=True, by=officer)
        for day in (today() + DAY, today() - 30 * DAY):
            with pytest.raises(Invalid):
                fulfilling.enter(uuid.uuid4(), made, FulfilmentInput(day, "不在期内"), received=True, by=None)
        assert _year(tenant) == [(1, 5000)]
        fulfilling.answer(first, 1, yes=True, reason=None, by=officer)
        with pytest.raises(Conflict):
            fulfilling.answer(first, 1, yes=True, reason=None, by=officer)
        assert _year(tenant) == [(2, 15000)]
        with pytest.raises(Invalid):
            fulfilling.answer(first, 2, yes=False, reason=None, by=officer)
        fulfilling.answer(first, 2, yes=False, reason="没有到账", by=officer)
        assert _year(tenant) == [(1, 5000)]
        assert session().scalar(select(func.count()).select_from(CobuildingFulfilment)) == 2


def _year(tenant: TestTenant) -> list[tuple[int, int]]:
    request = DataRequest((DataReach(tenant.units[0], "unit", tenant.paths[tenant.units[0]]),), today() - 60 * DAY, today())
    return [(row[8], row[9]) for batch in reporting.DATASET.read(request) for row in batch]


def test_the_dataset_keeps_to_reach_and_days(tenant: TestTenant) -> None:
    agreed(tenant)
    with tenant.scope():
        reaches = [DataReach(place, kind, tenant.paths[place]) for kind, place in (
            ("unit", tenant.units[0]), ("community", tenant.communities[0]), ("county", tenant.counties[0]), ("unit", tenant.units[1]),
            ("community", tenant.communities[1]), ("county", tenant.counties[1]))]
        assert [reporting.DATASET.count(DataRequest((reach,), today(), today())) for reach in reaches] == [1, 1, 1, 0, 0, 0]
        assert reporting.DATASET.count(DataRequest((reaches[0],), dt.date(2000, 1, 1), dt.date(2000, 12, 31))) == 0


def test_next_year_in_one_press_and_once(tenant: TestTenant) -> None:
    made, community = agreed(tenant), uuid.uuid4()
    with tenant.scope():
        following = agreeing.renew(made, ["community"], by=community)
        assert agreeing.renew(made, ["unit"], by=uuid.uuid4()) == following
        with pytest.raises(Conflict):
            agreeing.renew(following, ["unit"], by=None)
        agreeing.end(made, 2, "期满")
        with pytest.raises(Conflict):
            agreeing.end(made, 3, "再结束")
    row, old = agreement(tenant, following), agreement(tenant, made)
    assert (row.since, row.until - row.since, row.state, row.community_by, row.unit_on) == (
        old.until + DAY, old.until - old.since, "proposed", community, None)
    assert (row.title, row.hours, row.renews_id, old.end_reason) == (old.title, 4, made, "期满")


@pytest.mark.parametrize(("since", "months", "until"), [((2026, 1, 1), 12, (2026, 12, 31)), ((2024, 2, 29), 12, (2025, 2, 27)), ((2026, 8, 31), 6, (2027, 2, 27))])
def test_so_many_months(since: tuple[int, int, int], months: int, until: tuple[int, int, int]) -> None:
    assert last_day(dt.date(*since), months) == dt.date(*until)
