"""From the choice of a community to its end: visits, due days, issues solved by the community's word, records joined, the person's data."""
from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import func, select

from core.errors import Conflict, Invalid, NotFound
from core.extension.dataset import DataReach, DataRequest
from core.service import evaluation, records
from core.service.claims.claiming import claim
from core.service.claims.matters import MatterInput, open_matter
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.liaison import cadres, coordinating, exporting, pointing, reporting, visiting
from plugins.liaison.coordinating import IssueInput
from plugins.liaison.figures import figures
from plugins.liaison.models import LiaisonCadre, LiaisonIssue, LiaisonPoint, LiaisonStep, LiaisonVisit
from plugins.liaison.pointing import PointInput
from plugins.liaison.visiting import VisitInput
from tests.plugins.liaison.conftest import DAY, HARD, WEAK
from tests.service.conftest import at_once, service
from tests.service.test_records import in_scope
from tests.support.factories import TestMember, TestTenant, make_member


def issue(tenant: TestTenant, issue_id: uuid.UUID) -> LiaisonIssue:
    """The issue as it is now."""
    with tenant.scope():
        return session().get_one(LiaisonIssue, (tenant.id, issue_id))


def raised(tenant: TestTenant, point: uuid.UUID, **changes: object) -> uuid.UUID:
    """An issue that the community has raised."""
    with tenant.scope():
        return coordinating.raise_issue(uuid.uuid4(), point, IssueInput(**{"title": "三号楼下水道堵塞", **changes}), side="community", by=None)


def test_a_community_is_chosen_with_reasons_and_the_figures_of_the_day(tenant: TestTenant, member: TestMember, cadre: uuid.UUID) -> None:
    here = tenant.communities[0]
    make_member(tenant, "李芳", residence=0)
    with tenant.scope():
        open_matter("posts", MatterInput(here, "环境卫生", "清扫楼道"), by=None)
        claim(open_matter("posts", MatterInput(here, "政策宣传", "入户", due_on=today() - DAY), by=None), member.id, by=None)
        assert figures(here) == {"members": 1, "reported": 0, "rate": 0, "matters": 1, "claims": 1, "late": 1}
        assert figures(tenant.communities[-1])["rate"] is None
        made = pointing.assign(PointInput(cadre, here, today(), [WEAK, HARD, WEAK], note="两栋危房"), by=None)
        assert pointing.assign(PointInput(cadre, here, today(), [WEAK]), by=None) == made  # sent twice
        row = session().get_one(LiaisonPoint, (tenant.id, made))
        assert (row.reasons, row.figures["late"], row.counted_from) == ([WEAK, HARD], 1, today())
        for wrong in (PointInput(cadre, here, dt.date(9999, 12, 31), [WEAK]), PointInput(cadre, here, today(), ["随便写的"]),
                      PointInput(cadre, here, today(), [WEAK], until=today() - DAY)):
            with pytest.raises(Invalid):
                pointing.assign(wrong, by=None)
        with pytest.raises(Conflict):  # the days overlap
            pointing.assign(PointInput(cadre, here, today() + DAY, [WEAK]), by=None)
        with pytest.raises(NotFound):
            pointing.assign(PointInput(cadre, tenant.streets[0], today(), [WEAK]), by=None)


def test_it_ends_on_a_day_and_the_cadre_leaves_office_only_then(tenant: TestTenant, cadre: uuid.UUID, point: uuid.UUID) -> None:
    with tenant.scope():
        with pytest.raises(Invalid):
            cadres.change(cadre, 1, post="退休", office=None, active=False)
        with pytest.raises(Conflict):
            pointing.end(point, 9, today(), "工作调动")
        pointing.end(point, 1, today() - DAY, "工作调动")
        cadres.change(cadre, 1, post="已调离", office=None, active=False)
        with pytest.raises(Conflict):
            pointing.end(point, 2, today(), "再结束一次")
        with pytest.raises(Conflict):  # out of office
            pointing.assign(PointInput(cadre, tenant.communities[1], today(), [WEAK]), by=None)
        assert pointing.locked(point).end_reason == "工作调动"


def test_a_visit_moves_the_next_day_and_putting_it_right_moves_it_back(tenant: TestTenant, point: uuid.UUID) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    with tenant.scope():
        for _twice in range(2):
            visiting.enter(first, point, VisitInput(today() - 20 * DAY, "research", "走访了楼栋"), side="community", by=None)
        visiting.enter(second, point, VisitInput(today() - 3 * DAY, "guidance", "听取汇报"), side="officer", by=None)
        row = pointing.locked(point)
        assert (row.visited_on, row.counted_from) == (today() - 3 * DAY, today() - 3 * DAY)
        visiting.change(second, 1, VisitInput(today() - 30 * DAY, "guidance", "听取汇报"))
        assert pointing.locked(point).counted_from == today() - 20 * DAY
        for day in (today() + DAY, today() - 200 * DAY):
            with pytest.raises(Invalid):
                visiting.enter(uuid.uuid4(), point, VisitInput(day, "research", "走访"), side="cadre", by=None)
        with pytest.raises(Conflict):
            visiting.change(second, 1, VisitInput(today(), "research", "走访"))
        assert session().scalar(select(func.count()).select_from(LiaisonVisit)) == 2


def test_service_is_joined_to_its_record_and_not_typed_again(tenant: TestTenant, member: TestMember, point: uuid.UUID) -> None:
    visit, other = uuid.uuid4(), make_member(tenant, "李芳")
    with tenant.scope():
        made = [records.submit(who, service(place), entered_by=None) for who, place in (
            (member.id, tenant.communities[0]), (member.id, tenant.communities[1]), (other.id, tenant.communities[0]))]
        for one in made:
            records.verify(one, 1, by=None)
            evaluation.key_in(one, "visit", "satisfied", "", today(), by=None)
        visiting.enter(visit, point, VisitInput(today(), "service", "打扫楼道"), side="cadre", by=None)
        assert [one[0] for one in visiting.candidates(point)] == made[:1]
        for strange in made[1:]:
            with pytest.raises(NotFound):
                visiting.join(visit, 1, strange)
        visiting.join(visit, 1, made[0])
        assert session().get_one(LiaisonVisit, (tenant.id, visit)).record_id == made[0]
        visiting.join(visit, 2, None)


def test_an_issue_is_solved_only_when_the_community_says_so(tenant: TestTenant, point: uuid.UUID) -> None:
    made = raised(tenant, point)
    held = issue(tenant, made)
    assert (held.state, held.holder_id, held.deadline) == ("open", tenant.streets[0], today() + 30 * DAY)
    with tenant.scope():
        coordinating.entrust(made, 1, IssueInput("", unit_id=tenant.units[0], deadline=today() + 5 * DAY), side="officer", by=None)
        coordinating.escalate(made, 2, "街道协调不了", side="community", by=None)
        coordinating.escalate(made, 3, "县里协调不了", side="officer", by=None)
        with pytest.raises(Conflict):
            coordinating.escalate(made, 4, "还要往上", side="officer", by=None)
    assert issue(tenant, made).holder_id == tenant.root
    with tenant.scope():
        version = issue_version(made)
        coordinating.report(made, version, "已疏通", side="unit", by=None)
        coordinating.send_back(made, version + 1, "又堵了", by=None)
        coordinating.add_step(made, version + 2, "换了管道", side="unit", by=None)
        coordinating.report(made, version + 3, "已换管道", side="unit", by=None)
        coordinating.confirm(made, version + 4, None, by=None)
        for act in (coordinating.close, coordinating.confirm):
            with pytest.raises(Conflict):
                act(made, version + 5, "再来", by=None)
        kinds = session().scalars(select(LiaisonStep.kind).where(LiaisonStep.issue_id == made).order_by(LiaisonStep.id)).all()
    assert kinds == ["raised", "entrusted", "escalated", "escalated", "reported", "sent_back", "step", "reported", "confirmed"]
    assert (issue(tenant, made).state, issue(tenant, made).ended_on) == ("solved", today())


def issue_version(issue_id: uuid.UUID) -> int:
    """The version, inside a scope."""
    return session().scalars(select(LiaisonIssue.version).where(LiaisonIssue.tenant_id == tenant_id(), LiaisonIssue.id == issue_id)).one()


@pytest.mark.parametrize("change", [{"deadline": today() - DAY}, {"unit_id": uuid.UUID(int=1)}])
def test_what_cannot_be_raised(tenant: TestTenant, point: uuid.UUID, change: dict[str, object]) -> None:
    with pytest.raises((Invalid, NotFound)):
        raised(tenant, point, **change)


def test_two_who_report_and_confirm_at_once_are_told(tenant: TestTenant, point: uuid.UUID) -> None:
    made = raised(tenant, point)
    outcome = at_once(in_scope(tenant, lambda: coordinating.report(made, 1, "已解决", side="unit", by=None)),
                      in_scope(tenant, lambda: coordinating.close(made, 1, "不用了", by=None)))
    assert sorted(type(one).__name__ for one in outcome) == ["Conflict", "NoneType"]


def test_twin_without_the_lock_both_pass(tenant: TestTenant, point: uuid.UUID, without_locks: None) -> None:
    for _try in range(20):
        made = raised(tenant, point)
        outcome = at_once(in_scope(tenant, lambda made=made: coordinating.report(made, 1, "已解决", side="unit", by=None)),
                          in_scope(tenant, lambda made=made: coordinating.close(made, 1, "不用了", by=None)))
        if outcome == [None, None]:
            return
    pytest.fail("the lock was not what kept them apart")


def test_the_persons_copy_and_erasure_leave_the_community_its_issues(tenant: TestTenant, member: TestMember, cadre: uuid.UUID,
                                                                    point: uuid.UUID) -> None:
    raised(tenant, point)
    with tenant.scope():
        visiting.enter(uuid.uuid4(), point, VisitInput(today(), "research", "走访了楼栋"), side="cadre", by=None)
        copy = {table.title: table.rows for table in exporting.tables(member.id)}
        assert [len(rows) for rows in copy.values()] == [1, 1, 1]
        assert copy["到联系点的情况"][0]["findings"] == "走访了楼栋"
        assert exporting.erase(member.id) == 1
        assert exporting.tables(member.id) == []
    with tenant.scope():
        row = session().get_one(LiaisonCadre, (tenant.id, cadre))
        assert (row.member_id, row.name, row.post, row.active) == (None, None, None, False)
        assert session().scalar(select(func.count()).select_from(LiaisonIssue)) == 1


def test_the_register_as_a_dataset_keeps_to_its_reach_and_days(tenant: TestTenant, member: TestMember, point: uuid.UUID) -> None:
    raised(tenant, point, unit_id=tenant.units[0])
    with tenant.scope():
        visiting.enter(uuid.uuid4(), point, VisitInput(today(), "research", "走访"), side="cadre", by=None)
        reaches = [DataReach(place, kind, tenant.paths[place]) for kind, place in (
            ("community", tenant.communities[0]), ("county", tenant.counties[0]), ("community", tenant.communities[-1]), ("unit", tenant.units[0]))]
        asked = [DataRequest((reach,), today(), today()) for reach in reaches]
        assert [reporting.POINTS.count(one) for one in asked] == [1, 1, 0, 0]
        assert [reporting.ISSUES.count(one) for one in asked] == [1, 1, 0, 1]
        row = next(iter(reporting.POINTS.read(asked[0])))[0]
        assert (row[0], row[1], row[6:8]) == (member.name, "党组书记、局长", (WEAK, 1))
        before = DataRequest((reaches[0],), dt.date(2000, 1, 1), dt.date(2000, 12, 31))
        assert (reporting.POINTS.count(before), next(iter(reporting.ISSUES.read(asked[0])))[0][5]) == (0, "协调中")
