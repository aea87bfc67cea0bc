"""Places, waiting and giving up; what a claim becomes when it is done."""
from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import Conflict, Invalid, NotFound
from core.service.claims import settling
from core.service.claims.claiming import claim, release
from core.service.claims.closing import close_matter, reopen_matter
from core.service.claims.collective import claim_for_unit, join
from core.service.claims.fulfilling import Service, complete, serve
from core.service.claims.matters import MatterInput, change_matter, open_matter
from core.service.claims.models import Claim, Matter
from core.service.models import ServiceRecord
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants.activation import disable, enable
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_account, make_member

Put = Callable[..., uuid.UUID]


def states(tenant: TestTenant) -> list[Any]:
    """Each claim's state and whether it stands under another, in the order in which they were made."""
    with tenant.scope():
        rows = session().execute(select(Claim.state, Claim.parent_id).where(Claim.tenant_id == tenant_id()).order_by(Claim.id)).all()
        taken = session().scalars(select(Matter.taken).where(Matter.tenant_id == tenant_id())).all()
    return [*[f"{state}{'*' if parent else ''}" for state, parent in rows], *taken]


def written(tenant: TestTenant) -> list[Any]:
    """The records: minutes, where they come from, whether together, state, whether they know their claim."""
    with tenant.scope():
        return [tuple(row) for row in session().execute(
            select(ServiceRecord.minutes, ServiceRecord.hours_source, ServiceRecord.collective, ServiceRecord.status,
                   ServiceRecord.claim_id.is_not(None)).where(ServiceRecord.tenant_id == tenant_id()).order_by(ServiceRecord.id))]


def test_the_last_place_then_the_queue_then_up(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter(waits=True)
    with tenant.scope():
        made = [claim(put, member.id, by=None) for member in members]
        assert [one.held for one in made] == [True, False, False]
        assert claim(put, members[0].id, by=None) == made[0]  # sent twice is once
    with pytest.raises(Invalid), tenant.scope():
        release(made[0].id, 1, " ")
    with tenant.scope():
        release(made[0].id, 1, "工作调动")
    assert states(tenant) == ["released", "held", "waiting", 1]
    with tenant.scope():
        release(made[2].id, 1, "")  # who only waits owes no reason
    assert states(tenant) == ["released", "held", "released", 1]


def test_no_place_no_claim(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter()
    with tenant.scope():
        claim(put, members[0].id, by=None)
    with pytest.raises(Conflict), tenant.scope():
        claim(put, members[1].id, by=None)
    assert states(tenant) == ["held", 1]


def test_deadlines_keep_to_the_matter(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter(due_on=today() + dt.timedelta(days=10))
    for wrong in (today() - dt.timedelta(days=1), today() + dt.timedelta(days=11)):
        with pytest.raises(Invalid), tenant.scope():
            claim(put, members[0].id, by=None, due_on=wrong)
    with tenant.scope():
        claim(put, members[0].id, by=None)
        assert session().scalar(select(Claim.due_on).where(Claim.tenant_id == tenant_id())) == today() + dt.timedelta(days=10)


def test_a_claim_closes_into_a_record_that_nobody_types(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter(recipient_kind="person", recipient="孙桂兰", recipient_group="elderly")
    with tenant.scope():
        made = claim(put, members[0].id, by=None)
        serve(made.id, Service(today()), by=None)
        complete(made.id, 1, Service(today(), minutes=30), by=None, verified_by=tenant.accounts["community_officer"].id)
    assert written(tenant) == [(90, "system", False, "submitted", True), (30, "reported", False, "verified", True)]
    assert states(tenant) == ["done", 1]
    with pytest.raises(Conflict), tenant.scope():
        serve(made.id, Service(today()), by=None)


def test_the_form_of_a_service_sent_twice_is_one_record(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put, record_id = matter(), uuid.uuid4()
    with tenant.scope():
        made = claim(put, members[0].id, by=None)
        assert serve(made.id, Service(today()), by=None, record_id=record_id) == [record_id]
    with tenant.scope():
        assert serve(made.id, Service(today()), by=None, record_id=record_id) == [record_id]
    assert len(written(tenant)) == 1


def test_a_unit_claims_with_its_members(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter(collective=True)
    with tenant.scope():
        made = claim_for_unit(put, tenant.units[0], [members[0].id], by=None)
        join(made.id, [members[0].id, members[1].id], by=None)
    assert states(tenant) == ["held", "held*", "held*", 1]
    with tenant.scope():
        complete(made.id, None, Service(today()), by=None)
    assert written(tenant) == [(90, "system", True, "submitted", True)] * 2
    assert states(tenant) == ["done", "done*", "done*", 1]


def test_nobody_vouches_for_a_service_of_ones_own(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put, own = matter(collective=True), make_member(tenant, "官员").id
    with tenant.scope():
        officer = make_account(tenant, "community_officer", tenant.communities[0], member_id=own)
        made = claim_for_unit(put, tenant.units[0], [members[0].id, own], by=None)
        complete(made.id, None, Service(today()), by=officer.id, verified_by=officer.id)
    with tenant.scope():
        states = dict(session().execute(select(ServiceRecord.member_id, ServiceRecord.status).where(ServiceRecord.tenant_id == tenant_id())).all())
    assert states == {members[0].id: "verified", own: "submitted"}


def test_only_members_of_the_unit_serve_under_it(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter(collective=True)
    with pytest.raises(Invalid), tenant.scope():
        claim_for_unit(put, tenant.units[1], [members[0].id], by=None)
    put = matter()
    with pytest.raises(Conflict), tenant.scope():
        claim_for_unit(put, tenant.units[0], [members[0].id], by=None)
    assert states(tenant) == [0, 0]


def test_closing_lapses_what_is_open_and_leaves_what_is_done(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter(places=2, waits=True)
    with tenant.scope():
        first = claim(put, members[0].id, by=None)
        claim(put, members[1].id, by=None)
        claim(put, members[2].id, by=None)
        complete(first.id, None, Service(today()), by=None)
    with tenant.scope():
        assert close_matter(put, None, "天气原因取消") == 1
    assert states(tenant) == ["done", "lapsed", "lapsed", 1]
    with pytest.raises(Conflict), tenant.scope():
        claim(put, members[1].id, by=None)
    with tenant.scope():
        reopen_matter(put, None)
        assert claim(put, members[1].id, by=None).held
    assert states(tenant) == ["done", "lapsed", "lapsed", "held", 2]


def test_places_never_fall_below_who_holds_one(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter(places=2)
    given = MatterInput(tenant.communities[0], "环境卫生", "清扫楼道", places=1)
    with tenant.scope():
        for member in members[:2]:
            claim(put, member.id, by=None)
    with pytest.raises(Invalid), tenant.scope():
        change_matter(put, 1, given)
    with pytest.raises(Conflict), tenant.scope():
        change_matter(put, 9, given)


def test_off_means_off_and_back_again(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter(places=2)
    with tenant.scope():
        made = claim(put, members[0].id, by=None)
    with tenant.scope():
        disable("posts")
    with pytest.raises(NotFound), tenant.scope():
        claim(put, members[1].id, by=None)
    with tenant.scope():
        complete(made.id, None, Service(today()), by=None)  # what was taken on may be brought to its end
    with tenant.scope():
        enable("posts")
    with tenant.scope():
        assert claim(put, members[1].id, by=None).held
    assert states(tenant) == ["done", "held", 2]


def test_claims_go_with_their_member(database: TestDatabase, tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter(places=2, collective=True)
    with tenant.scope():
        first = claim(put, members[0].id, by=None)
        second = claim_for_unit(put, tenant.units[0], [members[1].id], by=None)
        for made in (first, second):
            serve(made.id, Service(today()), by=None)
    gone, stays = members[1].id, [first.id, second.id]
    with database.connect_admin() as admin:  # as when a tenant is removed: the application may not
        admin.execute("delete from account where member_id = %s", [gone])
        admin.execute("delete from member where id = %s", [gone])
    with tenant.scope():
        assert list(session().scalars(select(Claim.id).where(Claim.tenant_id == tenant_id()).order_by(Claim.id))) == stays
    assert len(written(tenant)) == 1


def test_a_form_opens_its_own_matter_only(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter()
    again = MatterInput(tenant.communities[0], "环境卫生", "清扫楼道")
    with tenant.scope():
        assert open_matter("posts", again, by=None, matter_id=put) == put
    with pytest.raises(Conflict), tenant.scope():
        open_matter("posts", dataclasses.replace(again, community_id=tenant.communities[1]), by=None, matter_id=put)
    assert states(tenant) == [0]


def test_a_units_claim_goes_on_with_everybody(tenant: TestTenant, members: list[TestMember], matter: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put, told = matter(collective=True), []
    with tenant.scope():
        made = claim_for_unit(put, tenant.units[0], [one.id for one in members[:2]], by=None)
        complete(made.id, None, Service(today()), by=None)
        monkeypatch.setattr(settling, "tell", lambda hook, claim: told.append((hook, claim.state)))
        settling.reopen(made.id, "还差一层没有扫")
    assert told == [("claim_taken", "held")] * 3
    assert states(tenant) == ["held", "held*", "held*", 1]
