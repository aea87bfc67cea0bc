"""What claims and records refuse, each with its sentence and without a trace; what ended under somebody's hands; lists that go on."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from core.access import accounts
from core.access.actor import load_actor
from core.access.roles import COMMUNITY
from core.audit.actor import set_actor
from core.audit.models import AuditEntry
from core.errors import BaodaoError, Invalid, NotFound
from core.extension.settings import effective
from core.jobs import job_view, run_due
from core.registration import membership
from core.service import callbacks, card, corrections, evaluation, records
from core.service.claims import board, claiming, closing, collective, matters, queries, register, rights, rows, settling
from core.service.claims.matters import MatterInput
from core.service.claims.models import Claim, Matter
from core.service.claims.queries import ClaimFilter
from core.service.corrections import CorrectionInput
from core.service.models import ServiceRecord
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants.activation import disable
from tests.service.conftest import service
from tests.support.factories import TestMember, TestTenant, make_member

PutUp = Callable[..., uuid.UUID]
GONE = uuid.UUID(int=7)


def said(work: Callable[[], Any], field: str | None = None) -> str:
    """The sentence of what must be refused; of one field, when that is named."""
    with pytest.raises(BaodaoError) as refused:
        work()
    return refused.value.fields[field][0] if field else refused.value.message


def kept(tenant: TestTenant) -> list[int]:
    """How much there is of everything that these refusals must leave alone."""
    with tenant.scope():
        return [session().scalar(select(func.count()).select_from(model).where(model.tenant_id == tenant_id())) or 0
                for model in (Claim, Matter, ServiceRecord, AuditEntry)]


def test_what_is_not_there_is_not_found(tenant: TestTenant, members: list[TestMember], matter: PutUp) -> None:
    identity, units_only = matter(), matter(collective=True)
    left = make_member(tenant, "已离开")
    with tenant.scope():
        membership.leave(left.id, today())
    before = kept(tenant)
    with tenant.scope():
        for work in (lambda: claiming.claim(identity, left.id, by=None), lambda: claiming.locked(GONE), lambda: queries.claim_row(GONE),
                     lambda: rows.matter_recipient(GONE), lambda: rows.matter_target(GONE), lambda: rows.community_path(GONE),
                     lambda: settling.reopen(GONE, "没有做完"), lambda: records.locked(GONE),
                     lambda: records.submit(left.id, service(tenant.communities[0]), entered_by=None),
                     lambda: card.card_paper(GONE, 2026, printed_by="测试")):
            with pytest.raises(NotFound):
                work()
    with pytest.raises(NotFound), tenant.scope():
        collective.claim_for_unit(units_only, tenant.communities[0], [members[0].id], by=None)
    assert kept(tenant) == before


def test_a_matter_is_put_up_with_values_that_can_be_and_closed_once(tenant: TestTenant, matter: PutUp) -> None:
    wrong = MatterInput(community_id=tenant.communities[0], kind="看电视", title="扫", recipient_kind="animal", places=0, minutes=100_000,
                        begins_on=today(), due_on=today() - dt.timedelta(days=1))
    identity, before = matter(), kept(tenant)
    with tenant.scope():
        with pytest.raises(Invalid) as refused:
            matters.open_matter("posts", wrong, by=None)
        longest = effective("service", tenant.communities[0])["longest_minutes"] / 60
        assert {field: words[0] for field, words in refused.value.fields.items()} == {
            "kind": "请从列表中选择", "title": "请用 2 至 100 个字写明要做什么", "recipient_kind": "请从列表中选择", "places": "请填写 1 以上的人数",
            "minutes": f"一次服务最长 {longest:g} 小时", "due_on": "期限早于开始日期"}
    assert kept(tenant) == before
    with tenant.scope():
        closing.close_matter(identity, 1)
    before = kept(tenant)
    with tenant.scope():
        assert said(lambda: closing.close_matter(identity, None)) == "这件事已经关闭，不能再办理。"
        disable("posts")
    with tenant.scope(), pytest.raises(NotFound):
        closing.reopen_matter(identity, None)
    with tenant.scope():
        assert session().get_one(Matter, (tenant_id(), identity)).state == "closed"


def test_a_claim_goes_on_only_when_it_was_done(tenant: TestTenant, members: list[TestMember], matter: PutUp) -> None:
    first, second, third = members
    identity, units = matter(places=1, waits=True), matter(collective=True, places=2)
    with tenant.scope():
        held, queued = claiming.claim(identity, first.id, by=None), claiming.claim(identity, second.id, by=None)
        ours = collective.claim_for_unit(units, tenant.units[0], [first.id, second.id], by=None)
    before = kept(tenant)
    with tenant.scope():
        assert [held.held, queued.held] == [True, False]
        assert said(lambda: collective.join(held.id, [third.id], by=None)) == "这不是集体认领。"
        assert said(lambda: settling.reopen(held.id, " "), "reason") == "请填写"
        assert said(lambda: settling.reopen(held.id, "没有做完")) == "这次认领没有办结，不用重新办理。"
    assert kept(tenant) == before
    with tenant.scope():
        under = session().scalars(select(Claim.id).where(Claim.tenant_id == tenant_id(), Claim.parent_id == ours.id, Claim.member_id == second.id)).one()
        claiming.release(under, None, "临时有事")
        assert queries.names_under([ours.id]) == {ours.id: ["王小明"]}
        assert session().get_one(Matter, (tenant_id(), units)).taken == 1


def test_an_officer_who_is_a_member_sees_to_the_own_claim_as_a_member(tenant: TestTenant, members: list[TestMember], matter: PutUp) -> None:
    identity, officer = matter(places=2), members[0].account
    assert officer is not None
    with tenant.scope():
        accounts.grant_role(officer.id, COMMUNITY, tenant.communities[0])
        mine, other = (claiming.claim(identity, one.id, by=None) for one in members[:2])
    with tenant.scope():
        actor = load_actor(officer.id)
        assert actor is not None
        assert said(lambda: rights.authorize_enter(actor, mine.id)) == "这是您本人的认领，请在“我的认领”中办理。"
        rights.authorize_enter(actor, other.id)
        assert [rights.authorize_read(actor, one.id) for one in (mine, other)] == [False, True]


def test_lists_go_on_where_a_page_ended(tenant: TestTenant, members: list[TestMember], matter: PutUp) -> None:
    days = [None, 3, 1, None, 2]
    for place, day in enumerate(days):
        identity = matter(title=f"第{place}件", due_on=None if day is None else today() + dt.timedelta(days=day))
        with tenant.scope():
            claiming.claim(identity, members[0].id, by=None)

    def walk(page: Callable[..., Any]) -> list[str]:
        found, after = [], None
        while True:
            one = page(after)
            found += [row.title for row in one.rows]
            after = one.next
            if after is None:
                return found
    with tenant.scope():
        grants = tenant.actor(COMMUNITY).grants
        assert walk(lambda after: queries.of_member(members[0].id, live=True, after=after, limit=2)) == ["第2件", "第4件", "第1件", "第0件", "第3件"]
        assert walk(lambda after: queries.register("community", grants, after=after, limit=2)) == [f"第{n}件" for n in (4, 3, 2, 1, 0)]
        of_today, earlier = ClaimFilter("posts", since=today(), until=today()), ClaimFilter("posts", until=today() - dt.timedelta(days=1))
        assert [queries.count_register("community", grants, wanted) for wanted in (of_today, earlier, ClaimFilter("reports"))] == [5, 0, 0]
    for place in range(3):
        matter(title=f"再{place}")
    with tenant.scope():
        first, after = board.open_matters(members[1].id, limit=2)
        rest, end = board.open_matters(members[1].id, after=after, limit=2)
        assert ([m.title for m in first], [m.title for m in rest], end) == (["再2", "再1"], ["再0"], None)


def test_a_register_is_written_for_who_may_and_within_bounds(tenant: TestTenant, members: list[TestMember], matter: PutUp,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    identity = matter()
    with tenant.scope():
        claiming.claim(identity, members[0].id, by=None)
        officer = tenant.accounts[COMMUNITY].id
        with pytest.raises(ValueError, match="nobody's name"):
            register.start_export("community", ClaimFilter(name="王"))
        with set_actor("account", officer):
            may = register.start_export("community", ClaimFilter(since=today()))
        with set_actor("account", tenant.accounts["auditor"].id):
            may_not = register.start_export("community", ClaimFilter())
    run_due()
    with tenant.scope():
        done, refused = job_view(may).result, job_view(may_not).result
        assert (done and done["rows"], refused) == (1, {"refused": "您已没有导出工作台账的权限。"})
        monkeypatch.setattr(register, "MOST_ROWS", 0)
        target = io.BytesIO()
        assert said(lambda: register.export_found(tenant.actor(COMMUNITY), "community", ClaimFilter(), target)) == (
            "一次最多导出 20000 行。请先按日期缩小范围，再导出。")
        assert target.getvalue() == b""


def test_a_record_is_decided_once_and_corrected_within_its_form(tenant: TestTenant, members: list[TestMember]) -> None:
    home, by = tenant.communities[0], tenant.accounts[COMMUNITY].id
    with tenant.scope():
        record, other, early = (records.submit(members[0].id, service(home), entered_by=None) for _time in range(3))
        assert said(lambda: records.submit(members[0].id, service(home, recipient_kind="animal"), entered_by=None), "recipient_kind") == "请从列表中选择"
        assert said(lambda: records.verify(record, 1, by=by, minutes=0), "minutes") == "请改正"
        session().get_one(ServiceRecord, (tenant_id(), early)).hours_source = "system"
        session().flush()
        records.amend(early, service(home, title="清扫楼道和院子"), 1)
        assert session().get_one(ServiceRecord, (tenant_id(), early)).hours_source == "system"
        records.amend(early, service(home, minutes=30), 2)
        assert session().get_one(ServiceRecord, (tenant_id(), early)).hours_source == "reported"
        for identity in (record, other):
            records.verify(identity, 1, by=by)
        assert said(lambda: records.verify(record, 2, by=by)) == "这条记录已经处理过，请刷新页面查看最新状态。"
        assert said(lambda: evaluation.key_in(record, "sms", "fair", None, today(), by=by), "channel") == "请选择"
        with pytest.raises(Invalid):
            evaluation.key_in(record, "paper", "excellent", None, today(), by=by)
        given = CorrectionInput(happened_on=today(), minutes=90, title="清扫院子", kind="环境卫生", place=None, reason="地点写错了")
        assert said(lambda: corrections.ask(record, replace(given, place="楼" * 61), 2, by=None), "place") == "最多 60 个字"
        asked = corrections.ask(record, given, 2, by=None)
        assert said(lambda: corrections.ask(other, given, 2, by=None, correction_id=asked)) == "这张表单已经用过，请重新打开后再填写。"
    with tenant.scope():
        assert corrections.accept(record, asked, by=by) == record
        row = session().get_one(ServiceRecord, (tenant_id(), record))
        assert (row.title, row.minutes, row.hours_source, row.status) == ("清扫院子", 90, "reported", "verified")
        records.send_back(record, row.version, "请补充")
        assert said(lambda: records.send_back(record, row.version, "请补充")) == "这条记录已经处理过，请刷新页面查看最新状态。"
        assert said(lambda: callbacks.note(record, "fine", "dream", "", by=by)) == said(lambda: callbacks.note(other, "fine", "dream", "", by=by))
