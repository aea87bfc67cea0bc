"""What registration refuses, each with its sentence and without a trace; duties that elsewhere met and owes again; lists that go on."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.access.roles import COUNTY
from core.errors import BaodaoError, NotFound
from core.members.reach import grants_for
from core.registration import certificates, elsewhere, membership, obligation_queries, printing, reporting
from core.registration.certificate_queries import units_to_issue, valid_of
from core.registration.models import Obligation
from core.registration.obligation_queries import ObligationFilter
from core.registration.queries import member_state, report_in
from core.registration.roster import reported
from core.tenancy import session, set_clock, today
from core.tenancy.scope import tenant_id
from tests.registration.conftest import acts, duties, join, set_registration
from tests.support.factories import TestTenant, make_member

DAY = dt.date(2026, 5, 4)


def said(work: Callable[[], Any]) -> str:
    """The sentence with which it is refused."""
    with pytest.raises(BaodaoError) as refused:
        work()
    return refused.value.message


def test_a_report_in_is_decided_once_and_not_ahead_of_its_day(tenant: TestTenant) -> None:
    member = make_member(tenant)
    home, by = tenant.communities[0], tenant.accounts["community_officer"].id
    with tenant.scope():
        assert said(lambda: reporting.submit(member.id, home, "residence", "officer", by=by, on=today() + dt.timedelta(days=1))) == "报到日期还没有到。"
        waiting = reporting.submit(member.id, home, "residence", "phone", by=None)
        view = report_in(waiting)
        assert said(lambda: printing.receipt_pdf(view)) == "这条报到还没有确认，没有回执可以打印。"
        assert said(lambda: printing.start([])) == "没有可以打印的报到证，请先制发。"
        reporting.send_back(waiting, 1, "请带介绍信", by=by)
        assert said(lambda: reporting.send_back(waiting, 2, "再退一次", by=by)) == "这条报到已经处理过，请刷新页面查看最新状态。"
        assert report_in(waiting).note == "请带介绍信"
    assert acts(tenant) == ["report_in.submitted", "report_in.returned"]


def test_a_certificate_is_issued_anew_for_who_is_there_and_has_none(tenant: TestTenant) -> None:
    member, left = make_member(tenant, "王小明"), make_member(tenant, "李华")
    with tenant.scope():
        made = certificates.issue(certificates.issuer_for(tenant.paths[tenant.units[0]]), tenant.units[0], by=None).certificates
        own = {known.id: person for person in (member.id, left.id) if (known := valid_of(person)) is not None}
        assert set(own) == set(made)
        assert said(lambda: certificates.reissue(uuid.uuid4(), "lost", by=None)) == NotFound().message
        membership.leave(left.id, today())
    gone = next(known for known, person in own.items() if person == left.id)
    here = next(known for known, person in own.items() if person == member.id)
    with pytest.raises(BaodaoError) as refused, tenant.scope():
        certificates.reissue(gone, "lost", by=None)
    assert refused.value.message in {"这名党员已不在名册中，不能补发报到证。", "这张报到证已经作废。"}
    with tenant.scope():
        again = certificates.reissue(here, "lost", by=None)
        with pytest.raises(NotFound):
            certificates.issuer_for("")
        known = valid_of(member.id)
        assert known is not None
        assert (known.id, again) == (again, known.id)
        grants = grants_for(tenant.actor("city_administrator"), "certificates.issue")
        assert [[row.name for row in units_to_issue(grants, text=text).rows] for text in ("第1", "没有")] == [["第1单位"], []]


def test_duties_that_a_report_in_elsewhere_met_are_owed_again_when_it_is_taken_back(tenant: TestTenant) -> None:
    set_registration(tenant, report_to="both")
    member = make_member(tenant, workplace=2)
    join(tenant, member, DAY)
    assert sorted(row[1:3] for row in duties(tenant, member)) == [("residence", "open"), ("workplace", "open")]
    with set_clock(DAY), tenant.scope():
        assert elsewhere.meet(member.id, "residence", DAY) == 1
    assert sorted(row[1:3] for row in duties(tenant, member)) == [("residence", "met"), ("workplace", "open")]
    with tenant.scope():
        assert elsewhere.owe_again(member.id, DAY - dt.timedelta(days=1)) == 0
        assert elsewhere.owe_again(member.id, DAY) == 1
    assert sorted(row[1:3] for row in duties(tenant, member)) == [("residence", "open"), ("workplace", "open")]
    with set_clock(DAY), tenant.scope():
        assert [elsewhere.meet(member.id, basis, DAY + dt.timedelta(days=at)) for at, basis in enumerate(("residence", "workplace"))] == [1, 1]
    join(tenant, member, DAY)  # a duty of the same kind arose meanwhile
    with tenant.scope():
        assert elsewhere.owe_again(member.id, DAY) == 1
        states = session().scalars(select(Obligation.status).where(Obligation.tenant_id == tenant_id(), Obligation.basis == "residence")).all()
        assert sorted(states) == ["open", "superseded"]
        wanted = ObligationFilter(grants_for(tenant.actor(COUNTY), "obligations.read"), state="open", cause="moved")
        assert obligation_queries.obligation_list(wanted).rows == []


def test_who_lives_nowhere_has_nothing_to_do(tenant: TestTenant) -> None:
    member = make_member(tenant, residence_id=None)
    with tenant.scope():
        state = member_state(member.id)
    assert (state.choices, state.next_step) == ((), "complete")


def test_the_communitys_list_goes_on_and_back(tenant: TestTenant) -> None:
    people = [make_member(tenant, name) for name in ("甲一", "乙二", "丙三", "丁四", "戊五")]
    with tenant.scope():
        for person in people:
            reporting.accept(person.id, tenant.communities[0], "residence", by=None)
        everybody = [row.name for row in reported(tenant.communities[0]).rows]
        first = reported(tenant.communities[0], limit=2)
        second = reported(tenant.communities[0], after=first.next, limit=2)
        third = reported(tenant.communities[0], after=second.next, limit=2)
        back = reported(tenant.communities[0], before=third.previous, limit=2)
        assert [[row.name for row in page.rows] for page in (first, second, third, back)] == [everybody[:2], everybody[2:4], everybody[4:], everybody[2:4]]
        assert (third.next, first.previous, back.next) == (None, None, second.next)
        assert reported(tenant.communities[0], after=uuid.uuid4(), limit=2).rows == first.rows
