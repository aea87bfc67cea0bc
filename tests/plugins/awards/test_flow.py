"""From the call to the award and back: agreement, steps, publication, objections, decision, deed, revocation, reopening, races."""
from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core.access.actor import load_actor
from core.access.doors import act_as
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.rules import files, packs
from core.rules.kinds import rule_kind
from core.rules.models import Deed
from core.service.hours import working_days_after
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.awards import calling, deciding, evidence, exporting, finding, nominating, objecting, publishing, rights
from plugins.awards.models import AwardEvent, AwardNomination, AwardObjection
from plugins.awards.nominating import NominationInput
from tenants import settings
from tests.plugins.awards.conftest import REASON, acting_as, nomination, objected, pass_publication, selection, served
from tests.service.conftest import at_once, without_locks
from tests.support.factories import TestMember, TestTenant, make_member

__all__ = ["without_locks"]

Nominate = Callable[..., tuple[uuid.UUID, uuid.UUID]]
DAY = dt.timedelta(days=1)


def with_rule(tenant: TestTenant) -> None:
    """The bundled star rule for in-service members, in force: it knows the deed `honour`, of a level, approved by the county."""
    with tenant.scope():
        document = files.example(rule_kind("stars"), "in_service").document
        packs.publish(packs.draft("stars", "in_service", document, None), dt.date(2020, 1, 1))


def test_the_whole_way_to_an_award_and_its_deed(tenant: TestTenant, member: TestMember, called: Callable[..., uuid.UUID]) -> None:
    with_rule(tenant)
    served(tenant, member), served(tenant, member, "fair")
    chosen = called(steps=("community", "street"), deed="honour:县级")
    with acting_as(tenant, "unit_liaison"):
        made = nominating.nominate(uuid.uuid4(), chosen, NominationInput(REASON, tenant.units[0], member_id=member.id))
    assert nomination(tenant, made).state == "asked"
    with tenant.scope(), act_as(member_actor(member)):
        nominating.answer(made, 1, agrees=True, channel="own")
    for role in ("community_officer", "street_officer"):
        with acting_as(tenant, role):
            assert rights.gives_step(finding.selection(chosen), finding.nomination(made))
            nominating.recommend(made, None, "情况属实")
    with acting_as(tenant):
        publishing.publish(chosen, 1, [made])
    assert (nomination(tenant, made).state, selection(tenant, chosen).objections_until) == ("listed", working_days(tenant, 5))
    with acting_as(tenant), pytest.raises(Conflict):
        deciding.decide(chosen, None, today(), "武组发〔2026〕3号")  # not before the last day is over
    pass_publication(tenant, chosen)
    with acting_as(tenant):
        assert deciding.decide(chosen, None, today(), "武组发〔2026〕3号") == 1
    row = nomination(tenant, made)
    assert (row.state, row.number, row.evidence) == ("granted", f"RY-{today().year}-00001", {
        "records": 2, "minutes": 180, "satisfied": 1, "fair": 1, "dissatisfied": 0, "points": 2})
    with tenant.scope():
        deed = session().get_one(Deed, (tenant.id, row.deed_id))
        kinds = session().scalars(select(AwardEvent.kind).where(AwardEvent.tenant_id == tenant_id()).order_by(AwardEvent.id)).all()
    assert (deed.status, deed.kind, deed.level, deed.member_id, deed.evidence) == ("approved", "honour", "县级", member.id, "社区服务之星，武组发〔2026〕3号")
    assert kinds == ["nominated", "agreed", "recommended", "recommended", "listed", "granted"]


def member_actor(member: TestMember) -> Any:
    """The member, acting; inside the scope."""
    assert member.account is not None
    found = load_actor(member.account.id)
    assert found is not None
    return found


def working_days(tenant: TestTenant, count: int) -> dt.date:
    """The last of so many working days from tomorrow on."""
    with tenant.scope():
        return working_days_after(today(), count)


def test_working_days_pass_over_weekends_and_what_the_tenant_lays_down(tenant: TestTenant) -> None:
    friday = dt.date(2026, 6, 5)
    with tenant.scope():
        assert working_days_after(friday, 5) == dt.date(2026, 6, 12)
        settings.save("service", {"days_off": ["2026-06-08"], "working_days": ["2026-06-06"]}, None, version=0)
    with tenant.scope():
        assert working_days_after(friday, 5) == dt.date(2026, 6, 12)
        assert working_days_after(friday, 1) == dt.date(2026, 6, 6)


@pytest.mark.parametrize("listed", [False, True])
def test_who_declines_is_left_alone(tenant: TestTenant, member: TestMember, nominated: Nominate, listed: bool) -> None:
    chosen, made = nominated(member, agreed=listed)
    if listed:
        with acting_as(tenant):
            publishing.publish(chosen, None, [made])
    with tenant.scope(), act_as(member_actor(member)):
        nominating.answer(made, None, agrees=False, channel="own")
    assert nomination(tenant, made).state == "declined"
    if not listed:
        with pytest.raises(Conflict, match="婉拒"):
            nominated(member, chosen)
    else:
        pass_publication(tenant, chosen)
        with acting_as(tenant), pytest.raises(Conflict, match="名单已经没有人"):
            deciding.decide(chosen, None, today(), "会议决定")


def test_an_objection_holds_the_decision_and_takes_off_the_list(tenant: TestTenant, member: TestMember, published: Nominate,
                                                               called: Callable[..., uuid.UUID], nominated: Nominate) -> None:
    other = make_member(tenant, "李芳")
    chosen = called()
    ids = [nominated(one, chosen)[1] for one in (member, other)]
    with acting_as(tenant):
        publishing.publish(chosen, None, ids)
    right, wrong = (objected(tenant, one) for one in ids)
    pass_publication(tenant, chosen)
    with acting_as(tenant), pytest.raises(Conflict, match="异议"):
        deciding.decide(chosen, None, today(), "会议决定")
    with acting_as(tenant):
        objecting.answer(right, 1, "经查属实", upheld=True)
        objecting.answer(wrong, 1, "已核实，有记录", upheld=False)
        assert deciding.decide(chosen, None, today(), "会议决定") == 1
    assert [nomination(tenant, one).state for one in ids] == ["refused", "granted"]
    assert nomination(tenant, ids[0]).ended_reason == "经查属实"
    with pytest.raises(NotFound):
        objected(tenant, ids[1])


def test_twin_without_open_objections_counted_it_would_be_decided(tenant: TestTenant, member: TestMember, published: Nominate,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, made = published(member)
    objected(tenant, made)
    pass_publication(tenant, chosen)
    monkeypatch.setattr(deciding, "_open_objections", lambda _selection: 0)
    with acting_as(tenant):
        assert deciding.decide(chosen, None, today(), "会议决定") == 1


def test_revoked_the_deed_ceases_to_count_and_a_decision_is_undone(tenant: TestTenant, member: TestMember, granted: Nominate) -> None:
    with_rule(tenant)
    chosen, made = granted(member, deed="honour:县级")
    first = nomination(tenant, made)
    with acting_as(tenant):
        deciding.reopen(chosen, None, "文号写错了")
    assert (nomination(tenant, made).state, nomination(tenant, made).number, status(tenant, first.deed_id)) == ("listed", None, "withdrawn")
    with acting_as(tenant):
        deciding.decide(chosen, None, today(), "武组发〔2026〕4号")
    second = nomination(tenant, made)
    assert (second.number, status(tenant, second.deed_id)) == (f"RY-{today().year}-00002", "approved")
    with acting_as(tenant):
        deciding.revoke(made, second.version, "弄虚作假")
    assert (nomination(tenant, made).state, status(tenant, second.deed_id)) == ("revoked", "withdrawn")


def status(tenant: TestTenant, deed_id: uuid.UUID | None) -> str:
    """Where a deed stands."""
    with tenant.scope():
        return session().scalars(select(Deed.status).where(Deed.tenant_id == tenant_id(), Deed.id == deed_id)).one()


def test_without_a_rule_that_knows_it_nothing_is_entered(tenant: TestTenant, member: TestMember, granted: Nominate) -> None:
    _chosen, made = granted(member)
    assert nomination(tenant, made).deed_id is None
    with acting_as(tenant), pytest.raises(Invalid):
        calling.call(uuid.uuid4(), tenant.counties[0], calling.SelectionInput("社区服务之星", "又一次", "热心服务", deed="nothing:x"))


def test_quotas_deadline_and_doubles(tenant: TestTenant, member: TestMember, called: Callable[..., uuid.UUID], nominated: Nominate) -> None:
    chosen = called(each=1, total=1, nominate_until=today() - DAY)
    with pytest.raises(Conflict, match="截止"):
        nominated(member, chosen)
    with tenant.scope():
        session().get_one(calling.AwardSelection, (tenant.id, chosen)).nominate_until = None
    _same, made = nominated(member, chosen)
    with pytest.raises(Conflict, match="已经有人提名"):
        nominated(member, chosen)
    with pytest.raises(Conflict, match="最多提名"):
        nominated(make_member(tenant, "李芳"), chosen)
    third = make_member(tenant, "赵强").id
    with acting_as(tenant):
        second = nominating.nominate(uuid.uuid4(), chosen, NominationInput(REASON, tenant.counties[0], member_id=third, agreed=True))
    with acting_as(tenant), pytest.raises(Invalid, match="名额"):
        publishing.publish(chosen, None, [made, second])


def test_nobody_decides_about_oneself(tenant: TestTenant, member: TestMember, published: Nominate, nominated: Nominate) -> None:
    chosen, _made = published(member)
    pass_publication(tenant, chosen)
    with tenant.scope():
        actor = replace(tenant.actor("county_officer"), member_id=member.id)
        with act_as(actor), pytest.raises(Forbidden):
            deciding.decide(chosen, None, today(), "会议决定")
        with act_as(actor), pytest.raises(Forbidden):
            rights.require_nominating(finding.selection(chosen), rights.subject_target(member.id, None))


def test_the_records_suggest_within_reach_by_name_and_never_nominate(tenant: TestTenant, called: Callable[..., uuid.UUID], nominated: Nominate) -> None:
    near, often, far, done = (make_member(tenant, "张一"), make_member(tenant, "白二"), make_member(tenant, "李三", residence=-1, unit=-1),
                              make_member(tenant, "王四"))
    for one, count in ((near, 1), (often, 3), (far, 3), (done, 2)):
        for _again in range(count):
            served(tenant, one)
    chosen = called(least_records=1, least_hours=1)
    nominated(done, chosen)
    with acting_as(tenant, "community_officer"):
        found = evidence.suggested(finding.selection(chosen))
        assert [(row.name, row.records) for row in found] == [("白二", 3), ("张一", 1)]
        assert [row.name for row in evidence.suggested(finding.selection(chosen), found[0].id)] == ["张一"]
        assert session().scalars(select(AwardNomination.member_id).where(AwardNomination.tenant_id == tenant_id())).all() == [done.id]


def test_units_are_commended_as_a_whole(tenant: TestTenant, member: TestMember, called: Callable[..., uuid.UUID]) -> None:
    served(tenant, member)
    chosen = called(subject="unit")
    with acting_as(tenant):
        assert [row.id for row in evidence.suggested(finding.selection(chosen))] == [tenant.units[0]]
        made = nominating.nominate(uuid.uuid4(), chosen, NominationInput("组织得好，人人参加", tenant.counties[0], organization_id=tenant.units[0]))
        publishing.publish(chosen, None, [made])
    pass_publication(tenant, chosen)
    with acting_as(tenant):
        deciding.decide(chosen, None, today(), "会议决定")
    assert nomination(tenant, made).evidence == {"records": 1, "minutes": 90, "satisfied": 1, "fair": 0, "dissatisfied": 0}


def test_two_who_publish_at_once_publish_once(tenant: TestTenant, member: TestMember, nominated: Nominate) -> None:
    chosen, made = nominated(member)
    assert sorted(map(str, race(tenant, chosen, made))) == ["None", "这次评选已经公示或办结。"]


def race(tenant: TestTenant, chosen: uuid.UUID, made: uuid.UUID) -> list[Any]:
    """Two officers who publish the same list in the same moment."""
    gate = threading.Barrier(2)

    def publish() -> Any:
        with acting_as(tenant):
            session().execute(select(1))
            gate.wait(30)
            publishing.publish(chosen, None, [made])
    return at_once(publish, publish)


def test_twin_without_the_lock_both_publish(tenant: TestTenant, member: TestMember, nominated: Nominate, without_locks: None,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, made = nominated(member)
    both = threading.Barrier(2)
    held = finding.locked_selection

    def slowly(*given: Any) -> Any:
        row = held(*given)
        both.wait(30)
        return row
    monkeypatch.setattr(publishing, "locked_selection", slowly)
    assert race(tenant, chosen, made) == [None, None]


def test_a_member_takes_all_along_and_is_erased_to_a_number(tenant: TestTenant, member: TestMember, granted: Nominate, nominated: Nominate) -> None:
    _chosen, kept = granted(member)
    _other, gone = nominated(member)
    with tenant.scope():
        tables = {table.title: len(table.rows) for table in exporting.tables(member.id)}
        assert tables == {"评选提名和荣誉": 2, "提名经过": 6}
        assert exporting.erase(member.id) == 2
        row = session().get_one(AwardNomination, (tenant.id, kept))
        assert (row.number is None, row.reason, row.evidence, session().get(AwardNomination, (tenant.id, gone))) == (False, None, None, None)
        assert session().scalars(select(AwardEvent.id).where(AwardEvent.tenant_id == tenant_id())).all() == []


def test_words_against_somebody_are_forgotten_in_time(tenant: TestTenant, member: TestMember, published: Nominate) -> None:
    _chosen, made = published(member)
    fresh, old = objected(tenant, made), objected(tenant, made)
    with acting_as(tenant):
        for one in (fresh, old):
            objecting.answer(one, 1, "已核实", upheld=False)
    with tenant.scope():
        session().get_one(AwardObjection, (tenant.id, old)).decided_on = today() - 181 * DAY
    with acting_as(tenant):
        assert objecting.nightly(None) == {"forgotten": 1}  # type: ignore[arg-type]
        assert [objecting.look(one).says for one in (fresh, old)] == ["那天并没有来过", None]
