"""A record's way through the services, and what two people do to it at the same moment."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.audit.queries import entries
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.service import evaluation, records
from core.service.detail import evaluation_view, history, record_view
from core.service.models import Evaluation, EvaluationCode, ServiceRecord
from core.service.queries import by_ids, of_communities, of_member, of_units
from core.service.summary import MemberYear, RecordCounts, counts_for_communities, counts_for_units, member_year
from core.tenancy import session, today
from tenants.settings import save
from tests.service.conftest import RECIPIENT, at_once, service
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

OFFICER = uuid.uuid4()


def write(tenant: TestTenant, member: TestMember, *, verified: bool = False, **changes: Any) -> uuid.UUID:
    """One record, verified or not."""
    with tenant.scope():
        identity = records.submit(member.id, service(tenant.communities[0], **changes), entered_by=None)
        if verified:
            records.verify(identity, 1, by=None)
    return identity


def in_scope(tenant: TestTenant, work: Callable[[], Any]) -> Callable[[], Any]:
    """The work in a scope of its own."""
    def run() -> Any:
        with tenant.scope():
            return work()
    return run


def test_a_record_is_verified_evaluated_and_counts(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member)
    officer = tenant.accounts["community_officer"]
    with tenant.scope():
        records.verify(record_id, 1, by=officer.id, minutes=60)
        code = evaluation.issue_code(record_id)
    with tenant.scope():
        evaluation.evaluate_by_code(code, "fair", "再来")
        seen = record_view(record_id)
        assert (seen.status, seen.minutes, seen.hours_source, seen.recipient, seen.verified_by, seen.counted_on, seen.version) == (
            "counted", 60, "officer", RECIPIENT, "测试community_officer", today(), 3)
        judged = evaluation_view(record_id)
        assert judged == ("code", "fair", "再来", today(), None)
    with tenant.scope():
        assert [e.action for e in history(record_id)] == [
            "record.counted", "evaluation.code_issued", "record.verified", "record.submitted"]


def test_a_returned_record_is_handed_in_again_and_its_code_is_void(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member, verified=True)
    with tenant.scope():
        code = evaluation.issue_code(record_id)
        records.send_back(record_id, 2, "时长有误")
        assert record_view(record_id).returned_reason == "时长有误"
        records.amend(record_id, service(tenant.communities[1], minutes=120), 3)
        records.verify(record_id, 4, by=None)
        with pytest.raises(NotFound):
            evaluation.find_code(code)
        seen = record_view(record_id)
        assert (seen.status, seen.minutes, seen.community_id, seen.returned_reason) == ("verified", 120, tenant.communities[1], None)


def test_a_verified_record_is_not_amended(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member, verified=True)
    with tenant.scope(), pytest.raises(Conflict):
        records.amend(record_id, service(tenant.communities[0]), 2)


def test_what_is_wrong_is_said_by_field(tenant: TestTenant, member: TestMember) -> None:
    wrong = service(tenant.counties[0], kind="打牌", title="x", happened_on=today() + dt.timedelta(days=1), minutes=481, recipient=" ",
                    recipient_group="rich")
    with tenant.scope(), pytest.raises(Invalid) as refused:
        records.submit(member.id, wrong, entered_by=None)
    assert sorted(refused.value.fields) == ["community_id", "happened_on", "kind", "minutes", "recipient", "recipient_group", "title"]


@pytest.mark.parametrize(("days", "accepted"), [(0, True), (90, True), (91, False)])
def test_a_service_can_be_noted_for_ninety_days(tenant: TestTenant, member: TestMember, days: int, accepted: bool) -> None:
    given = service(tenant.communities[0], happened_on=today() - dt.timedelta(days=days))
    with tenant.scope():
        if accepted:
            records.submit(member.id, given, entered_by=None)
        else:
            with pytest.raises(Invalid):
                records.submit(member.id, given, entered_by=None)


def test_the_recipient_lies_encrypted(tenant: TestTenant, member: TestMember, database: TestDatabase) -> None:
    record_id = write(tenant, member, verified=True)
    with tenant.scope():
        evaluation.key_in(record_id, "visit", "satisfied", f"{RECIPIENT}很满意", today(), by=OFFICER)
    with database.connect_admin() as admin:
        stored = [bytes(row[0]) for row in admin.execute("select recipient from service_record union all select comment from evaluation")]
    assert len(stored) == 2
    assert not any(RECIPIENT.encode() in value for value in stored)


def test_the_audit_log_names_no_person(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member)
    with tenant.scope():
        records.send_back(record_id, 1, f"请{RECIPIENT}签字")
    with tenant.scope():
        assert RECIPIENT not in str([e.details for e in entries()])


def test_the_same_form_sent_twice_is_one_record(tenant: TestTenant, member: TestMember) -> None:
    identity = new_id()
    submit = in_scope(tenant, lambda: records.submit(member.id, service(tenant.communities[0]), entered_by=None, record_id=identity))
    assert at_once(submit, submit) == [identity, identity]
    with tenant.scope():
        assert [row.id for row in of_member(member.id).rows] == [identity]


def test_a_forms_id_does_not_open_somebody_elses_record(tenant: TestTenant, member: TestMember) -> None:
    identity, other = write(tenant, member), make_member(tenant, "李四")
    with tenant.scope(), pytest.raises(Conflict):
        records.submit(other.id, service(tenant.communities[0]), entered_by=None, record_id=identity)


def test_two_officers_at_once_verify_once(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member)
    outcome = at_once(*(in_scope(tenant, lambda m=m: records.verify(record_id, 1, by=OFFICER, minutes=m)) for m in (60, 120)))
    assert sorted(type(o).__name__ for o in outcome) == ["Conflict", "NoneType"]


def test_twin_without_the_lock_both_officers_verify(tenant: TestTenant, member: TestMember, without_locks: None) -> None:
    record_id, outcome = write(tenant, member), []
    for _attempt in range(20):  # a race has to happen once
        outcome.append([type(o).__name__ for o in at_once(*(in_scope(tenant, lambda m=m, r=record_id: records.verify(
            r, 1, by=OFFICER, minutes=m)) for m in (60, 120)))])
        if outcome[-1] == ["NoneType", "NoneType"]:
            return
        record_id = write(tenant, member)
    pytest.fail(f"the lock is not what holds: {outcome}")


def test_a_code_used_twice_at_once_counts_once(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member, verified=True)
    with tenant.scope():
        code = evaluation.issue_code(record_id)
    outcome = at_once(*(in_scope(tenant, lambda r=r: evaluation.evaluate_by_code(code, r)) for r in ("satisfied", "dissatisfied")))
    assert sorted(type(o).__name__ for o in outcome) == ["NoneType", "NotFound"]
    assert evaluations(tenant) == 1


def test_twin_without_lock_and_key_a_code_counts_twice(
        tenant: TestTenant, member: TestMember, without_locks: None, database: TestDatabase) -> None:
    with database.connect_admin() as admin:
        admin.execute("alter table evaluation drop constraint uq_evaluation_tenant_id_record_id")
        try:
            for attempt in range(1, 21):
                record_id = write(tenant, member, verified=True)
                with tenant.scope():
                    code = evaluation.issue_code(record_id)
                at_once(*(in_scope(tenant, lambda r=r, c=code: evaluation.evaluate_by_code(c, r)) for r in ("satisfied", "dissatisfied")))
                if evaluations(tenant) > attempt:
                    return
            pytest.fail("lock and key are not what holds")
        finally:
            admin.execute("delete from evaluation")
            admin.execute("alter table evaluation add constraint uq_evaluation_tenant_id_record_id unique (tenant_id, record_id)")


def evaluations(tenant: TestTenant) -> int:
    """How many judgements are stored."""
    with tenant.scope():
        return len(session().scalars(select(Evaluation.id)).all())


@pytest.mark.parametrize("typed", ["{0} {1} {2}", "{0}-{1}-{2}", " {0}{1}{2} ", "wide"])
def test_a_code_is_read_as_people_type_it(tenant: TestTenant, member: TestMember, typed: str) -> None:
    record_id = write(tenant, member, verified=True)
    with tenant.scope():
        code = evaluation.issue_code(record_id)
        text = code.translate(str.maketrans("0123456789", "０１２３４５６７８９")) if typed == "wide" else typed.format(
            code[:4], code[4:8], code[8:])
        assert evaluation.find_code(text).record_id == record_id


def test_only_a_hash_of_the_code_is_kept_and_a_new_one_voids_the_old(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member, verified=True)
    with tenant.scope():
        first, second = evaluation.issue_code(record_id), evaluation.issue_code(record_id)
        with pytest.raises(NotFound):
            evaluation.find_code(first)
        assert evaluation.find_code(second).record_id == record_id
        stored = session().scalars(select(EvaluationCode.code_hash)).all()
        assert [second.encode() in value for value in stored] == [False]


def test_a_slip_older_than_the_service_is_refused(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member, verified=True)
    with tenant.scope(), pytest.raises(Invalid):
        evaluation.key_in(record_id, "paper", "satisfied", None, today() - dt.timedelta(days=1), by=OFFICER)


def test_waiving_needs_the_setting_and_public_work(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member, verified=True, recipient_kind="public", recipient=None)
    personal = write(tenant, member, verified=True)
    with tenant.scope(), pytest.raises(Conflict):
        evaluation.waive(record_id, "广场清扫，没有具体对象", by=OFFICER)
    with tenant.scope():
        save("service", {"public_waiver": True}, version=0)
    with tenant.scope():
        with pytest.raises(Conflict):
            evaluation.waive(personal, "没有时间", by=OFFICER)
        with pytest.raises(Invalid):
            evaluation.waive(record_id, "无", by=OFFICER)
        evaluation.waive(record_id, "广场清扫，没有具体对象", by=OFFICER)
        assert record_view(record_id).status == "counted"


def test_counts_and_the_members_year(tenant: TestTenant, member: TestMember) -> None:
    write(tenant, member)
    write(tenant, member, verified=True)
    returned, counted = write(tenant, member), write(tenant, member, verified=True)
    old = write(tenant, member, verified=True)
    with tenant.scope():
        records.send_back(returned, 1, "请补充地点")
        for identity in (counted, old):
            evaluation.key_in(identity, "visit", "satisfied", None, today(), by=OFFICER)  # which is not drawn for a call-back
        session().get_one(ServiceRecord, (tenant.id, old)).happened_on = dt.date(today().year - 1, 12, 31)
    expected = RecordCounts(submitted=1, verified=1, returned=1, counted=1, counted_minutes=90, members=1)
    with tenant.scope():
        officer, liaison = (tenant.actor(role).grants for role in ("community_officer", "unit_liaison"))
        assert [counts_for_communities(officer), counts_for_units(liaison)] == [expected] * 2
        assert [counts_for_communities(liaison), counts_for_units(officer)] == [RecordCounts()] * 2
        assert member_year(member.id) == MemberYear(today().year, 1, 90, 2, 1)
        assert member_year(member.id, today().year - 1).activities == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_at_one_row_and_three(tenant: TestTenant, member: TestMember, statements: list[str], rows: int) -> None:
    ids = [write(tenant, member) for _row in range(rows)]
    with tenant.scope():
        grants = tenant.actor("community_officer").grants
        session().execute(select(1))
        statements.clear()
        assert len(of_member(member.id).rows) == rows
        assert len(of_communities(grants, "submitted").rows) == rows
        assert len(by_ids(grants, ids)) == rows
        assert len(statements) == 3


def test_lists_page_by_id_alone(tenant: TestTenant, member: TestMember) -> None:
    days = [today() - dt.timedelta(days=n) for n in (3, 1, 1, 0, 2)]
    for day in days:
        write(tenant, member, happened_on=day)
    with tenant.scope():
        grants, seen, after = tenant.actor("community_officer").grants, [], None
        for _page in range(3):
            page = of_communities(grants, "submitted", after=after, limit=2)
            seen += [row.happened_on for row in page.rows]
            after = page.next
        assert (seen, after) == (sorted(days), None)
        newest = of_member(member.id, limit=3)
        assert [r.happened_on for r in newest.rows + of_member(member.id, after=newest.next).rows] == sorted(days, reverse=True)


def test_each_sees_the_records_of_the_own_reach_only(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member)
    with tenant.scope():
        records.verify(record_id, 1, by=None)
        seen = {role: (len(of_communities(tenant.actor(role).grants, "verified").rows), len(of_units(tenant.actor(role).grants).rows))
                for role in ("city_administrator", "county_officer", "street_officer", "community_officer", "unit_liaison")}
    assert seen == {"city_administrator": (1, 1), "county_officer": (1, 1), "street_officer": (1, 0), "community_officer": (1, 0),
                    "unit_liaison": (0, 1)}
    other = make_tenant("4228", name="恩施州")
    with other.scope():
        assert of_communities(other.actor("city_administrator").grants, "verified").rows == []
        with pytest.raises(NotFound):
            record_view(record_id)


def test_hours_that_a_member_hands_in_again_are_the_members(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member)
    with tenant.scope():
        records.verify(record_id, 1, by=None, minutes=60)
        records.send_back(record_id, 2, "请核对时长")
        records.amend(record_id, service(tenant.communities[0], minutes=240), 3)
        seen = record_view(record_id)
    assert (seen.status, seen.minutes, seen.hours_source) == ("submitted", 240, "reported")


def test_a_countys_own_rules_hold_in_its_communities(tenant: TestTenant, member: TestMember) -> None:
    values = {"kinds": ["环境卫生", "河道巡查"], "longest_minutes": 60, "backdate_days": 3, "code_days": 2, "public_waiver": True,
              "activity_norm": 5}
    with tenant.scope():
        save("service", values, tenant.counties[0], version=0)
    here, there = tenant.communities[0], tenant.communities[7]

    def wrong(place: uuid.UUID, **changes: Any) -> list[str]:
        with tenant.scope():
            try:
                records.submit(member.id, service(place, **changes), entered_by=None)
            except Invalid as error:
                return sorted(error.fields)
            return []
    late = today() - dt.timedelta(days=5)
    assert [(wrong(place), wrong(place, minutes=60, kind="河道巡查"), wrong(place, minutes=60, happened_on=late)) for place in (here, there)] == [
        (["minutes"], [], ["happened_on"]), ([], ["kind"], [])]
    with tenant.scope():
        waived = [records.submit(member.id, service(place, minutes=60, recipient_kind="public"), entered_by=None) for place in (here, there)]
        for record_id in waived:
            records.verify(record_id, 1, by=None)
        evaluation.waive(waived[0], "河道公共区域", by=new_id())
        with pytest.raises(Conflict):
            evaluation.waive(waived[1], "河道公共区域", by=new_id())
        assert member_year(member.id).norm == 5
