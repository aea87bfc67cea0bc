"""What a pack holds: each member's figures in this community and period, once however often it is pressed, unchanged once it is signed."""
from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from core.errors import Conflict, Forbidden, Invalid
from core.jobs.running import run_due
from core.registration.models import ReportIn
from core.service import evaluation, records
from core.service.records import RecordInput
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.feedback import letters, making, moving, periods, remarks, running
from plugins.feedback.models import FeedbackLine, FeedbackPack
from tenants import settings
from tests.plugins.feedback.conftest import lines, make, pack, present, promise, report, send, serve
from tests.support.factories import TestMember, TestTenant, make_member

FIGURES = ("report_state", "records", "activities", "minutes", "satisfied", "fair", "dissatisfied", "claims", "claims_done")


def figures(line: dict[str, object]) -> tuple[object, ...]:
    return tuple(line[name] for name in FIGURES)


def test_a_pack_holds_each_member_of_its_pair(tenant: TestTenant, member: TestMember) -> None:
    """Those who reported in here and those who served here, with what they did here in the period; nothing from elsewhere or another year."""
    serve(tenant, member, "dissatisfied", 30)
    serve(tenant, member, community=1)  # elsewhere
    promise(tenant, member, kept=False)
    promise(tenant, member, kept=True)
    guest = make_member(tenant, "李芳", residence=1)  # reported in nowhere, served here
    serve(tenant, guest, "fair", 45)
    other = make_member(tenant, "赵强", unit=1)
    report(tenant, other)
    idle = make_member(tenant, "钱进")  # neither reported in nor served: not in it
    packs = make(tenant)
    found = {pack(tenant, one).unit_id: one for one in packs}
    assert list(found) == [tenant.units[0], tenant.units[1]]
    mine = lines(tenant, found[tenant.units[0]])
    assert {line["member_id"]: figures(line) for line in mine} == {
        member.id: ("confirmed", 2, 2, 120, 1, 0, 1, 2, 1), guest.id: (None, 1, 1, 45, 0, 1, 0, 0, 0)}
    assert {line["member_id"]: line["parts"] for line in mine} == {member.id: {"pledges.made": 2, "pledges.kept": 1}, guest.id: {}}
    assert [figures(line) for line in lines(tenant, found[tenant.units[1]])] == [("confirmed", 0, 0, 0, 0, 0, 0, 0, 0)]
    assert idle.id not in {line["member_id"] for line in mine}
    row = pack(tenant, found[tenant.units[0]])
    assert (row.state, row.members, row.reported, row.records, row.minutes, row.claims, row.claims_done, row.norm, row.period) == (
        "draft", 2, 1, 3, 165, 2, 1, 2, str(today().year))
    assert [(one["key"], one["total"]) for one in row.parts] == [("pledges.made", 2), ("pledges.kept", 1)]


def test_public_work_without_an_evaluation_is_told_apart_and_not_as_satisfied(tenant: TestTenant, member: TestMember) -> None:
    """R78: the letter says how people judged; where nobody was asked, it says that."""
    officer = tenant.accounts["community_officer"].id
    with tenant.scope():
        settings.save("service", {"public_waiver": True}, version=0)
        swept = records.submit(member.id, RecordInput("环境卫生", "清扫广场", today(), 30, tenant.communities[0], recipient_kind="public"), entered_by=officer)
        records.verify(swept, 1, by=uuid.uuid4())
        evaluation.waive(swept, "公共区域，没有固定的服务对象", by=officer)
    made, = make(tenant)
    assert [(line["records"], line["satisfied"], line["fair"], line["dissatisfied"]) for line in lines(tenant, made)] == [(2, 1, 0, 0)]
    with tenant.scope():
        letter, = letters.letters([made])
    assert "满意 1 次、基本满意 0 次、不满意 0 次，公共区域服务免评价 1 次。各人情况见所附情况表。" in letter["paragraphs"][1]


def test_pressed_twice_it_is_once_and_a_new_unit_comes_along(tenant: TestTenant, member: TestMember) -> None:
    first = make(tenant)
    assert len(first) == 1
    report(tenant, make_member(tenant, "赵强", unit=1))
    with tenant.scope():
        assert [making.make([tenant.communities[0]], present()) for _ in range(2)] == [1, 0]
        assert len(session().scalars(select(FeedbackLine.id).where(FeedbackLine.tenant_id == tenant_id())).all()) == 2


@pytest.mark.parametrize(("values", "expected"), [({"norm_same_day": True}, 1), ({"norm_kinds": ["文化娱乐"]}, 0)])
def test_activities_are_counted_as_the_place_counts_them(tenant: TestTenant, member: TestMember, values: dict[str, object], expected: int) -> None:
    serve(tenant, member)
    with tenant.scope():
        settings.save("service", values, None, version=0)
    assert [(line["records"], line["activities"]) for line in lines(tenant, make(tenant)[0])] == [(2, expected)]


def test_remarks_stay_when_it_is_made_anew_and_nobody_remarks_on_oneself(tenant: TestTenant, member: TestMember) -> None:
    [one] = make(tenant)
    line = lines(tenant, one)[0]["id"]
    with tenant.scope():
        remarks.keep(one, 1, "配合很好", {line: "热心", uuid.uuid4(): "别人的"}, own=None)
    serve(tenant, member)
    with tenant.scope():
        making.make_anew(one, 2)
        with pytest.raises(Forbidden):
            remarks.keep(one, 3, "", {session().scalars(select(FeedbackLine.id)).one(): "我自己"}, own=member.id)
    assert [(new["remark"], new["records"]) for new in lines(tenant, one)] == [("热心", 2)]
    assert (pack(tenant, one).remark, pack(tenant, one).records, pack(tenant, one).version) == ("配合很好", 2, 3)


def test_what_is_signed_stays_as_it_was_and_a_correction_stands_beside_it(tenant: TestTenant, member: TestMember) -> None:
    [one] = make(tenant)
    send(tenant, one)
    serve(tenant, member)
    with tenant.scope():
        with pytest.raises(Conflict):
            making.make_anew(one)
        new = making.correct(one, 4)
        assert making.correct(one, 4) == new  # pressed twice
    assert [[line["records"] for line in lines(tenant, each)] for each in (one, new)] == [[1], [2]]
    assert (pack(tenant, one).state, pack(tenant, new).state, pack(tenant, new).revision) == ("sent", "draft", 2)
    send(tenant, new)
    assert (pack(tenant, one).state, pack(tenant, new).number) == ("archived", f"社区反馈〔{today().year}〕2号")


def test_a_report_in_that_ended_before_the_period_is_not_told(tenant: TestTenant) -> None:
    gone = make_member(tenant, "孙立")
    report(tenant, gone)
    year = present()
    with tenant.scope():
        row = session().scalars(select(ReportIn)).one()
        row.status, row.reported_on, row.ended_on = "ended", year.begins_on - dt.timedelta(days=400), year.begins_on - dt.timedelta(days=1)
        session().flush()
        assert making.make([tenant.communities[0]], year) == 0
        row.ended_on = year.begins_on
        session().flush()
        assert making.make([tenant.communities[0]], year) == 1
        assert session().scalars(select(FeedbackLine.report_state)).all() == ["ended"]


def test_the_press_makes_all_pairs_below_a_place(tenant: TestTenant, member: TestMember) -> None:
    report(tenant, make_member(tenant, "李芳", residence=-1), -1)
    with tenant.scope():
        running.begin(tenant.counties[0], present(), again=False, by=None)
    assert run_due() == 1
    with tenant.scope():
        assert session().scalars(select(FeedbackPack.community_id)).all() == [tenant.communities[0]]
        running.begin(tenant.root, present(), again=True, by=None)
    assert run_due() == 1
    with tenant.scope():
        assert set(session().scalars(select(FeedbackPack.community_id))) == {tenant.communities[0], tenant.communities[-1]}
        assert sorted(session().scalars(select(FeedbackPack.version))) == [1, 2]  # the first was a draft and is made anew


@pytest.mark.parametrize(("key", "first", "last", "words"), [
    ("2026", "2026-01-01", "2026-12-31", "2026年度"), ("2024H1", "2024-01-01", "2024-06-30", "2024年上半年"),
    ("2026H2", "2026-07-01", "2026-12-31", "2026年下半年"), ("2026Q4", "2026-10-01", "2026-12-31", "2026年第四季度")])
def test_periods(key: str, first: str, last: str, words: str) -> None:
    period = periods.parse(key)
    assert (period.begins_on.isoformat(), period.ends_on.isoformat(), periods.written(key)) == (first, last, words)
    assert periods.containing(period.ends_on, {"4": "year", "H": "half", "Q": "quarter"}[key[4:5] or "4"]) == period
    with pytest.raises(Invalid):
        periods.parse(key + "x")


def test_who_signs_is_the_places_setting(tenant: TestTenant, member: TestMember) -> None:
    [one] = make(tenant)
    officer = uuid.uuid4()
    with tenant.scope():
        settings.save("feedback", {"signer": "second"}, None, version=0)
        moving.review(one, 1, by=officer)
        with pytest.raises(Conflict):
            moving.sign(one, 2, "周书记", by=officer)
        moving.sign(one, 2, "周书记", by=uuid.uuid4())
        moving.take_back(one, 3)
    row = pack(tenant, one)
    assert (row.state, row.signer, row.number) == ("draft", None, f"社区反馈〔{today().year}〕1号")
