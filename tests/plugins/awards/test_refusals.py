"""What awards refuse, with its sentence and without a trace; the ways back of a selection, a nomination and a deed; units as a whole."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from core.access.tokens import create_token
from core.errors import Conflict, Forbidden, NotFound
from core.extension.dataset import DataReach, DataRequest
from core.members.models import Member
from core.rules import deeds
from core.rules.models import Deed
from core.tenancy import session, today
from plugins.awards import board, calling, deciding, evidence, finding, nominating, objecting, publishing, queries, rights
from plugins.awards.models import AwardNomination, AwardObjection, AwardSelection
from plugins.awards.reporting import DATASET
from tenants.activation import disable
from tests.plugins.awards.conftest import REASON, acting_as, nomination, objected, pass_publication, selection, served
from tests.plugins.awards.test_flow import with_rule
from tests.plugins.awards.test_pages import CALL
from tests.plugins.quick import Open, said_after
from tests.support.factories import TestMember, TestTenant, make_account, make_member
from tests.support.refusals import refusal

Nominate = Callable[..., tuple[uuid.UUID, uuid.UUID]]
Call = Callable[..., uuid.UUID]
DAY = dt.timedelta(days=1)
MEND = "有几处需要改正，请看标红的项目。"


def test_a_call_is_mended_changed_and_cancelled_by_page(quick: Open, tenant: TestTenant, member: TestMember, called: Call, nominated: Nominate) -> None:
    year = dt.date(today().year, 1, 1)
    for given, wrong in (
            ({"kind": "没有这一项"}, {"kind": ["请从列表中选择"]}), ({"title": " 名 "}, {"title": ["请用 2 至 60 个字"]}),
            ({"criteria": "好"}, {"criteria": ["请用 4 至 1000 个字写明条件"]}), ({"subject": "street"}, {"subject": ["请从列表中选择"]}),
            ({"steps": ("county",)}, {"steps": ["只能选本级以下的层级"]}), ({"since": year}, {"until": ["请填起止日期，止不能早于起"]}),
            ({"since": year, "until": year - DAY}, {"until": ["请填起止日期，止不能早于起"]}), ({"deed": "honour:县级"}, {"deed": ["请从列表中选择"]})):
        assert refusal(lambda given=given: called(**given)) == (MEND, wrong)  # type: ignore[misc]
    with pytest.raises(NotFound):
        called(place=tenant.units[0])
    with tenant.scope():
        assert session().scalars(select(AwardSelection.id)).all() == []
    county, chosen = quick(tenant.accounts["county_officer"]), called(steps=("street",))
    at = f"/p/awards/selections/{chosen}"
    assert 'value="年度社区服务之星"' in county.get(f"{at}/edit").text
    form = {**CALL, "ticket": str(chosen), "organization_id": str(tenant.counties[0]), "title": "最美在职党员评选", "least_hours": "2"}
    bad = county.post(f"{at}/edit", **(form | {"kind": "没有这一项", "version": 1}))
    assert (bad.status_code, "请从列表中选择" in bad.text, selection(tenant, chosen).title) == (422, True, "年度社区服务之星")
    assert said_after(county, county.post(f"{at}/edit", **form, version=1)) == "已保存。"
    row = selection(tenant, chosen)
    assert (row.title, row.steps, row.least_minutes, row.version, row.since, row.until) == (
        "最美在职党员评选", "street", 120, 2, year, dt.date(year.year, 12, 31))
    stale = county.post(f"{at}/edit", **form, version=1)
    assert (stale.status_code, "刚有别人改过，您的改动没有保存。" in stale.text) == (409, True)
    nominated(member, chosen, agreed=False)
    fixed = county.post(f"{at}/edit", **(form | {"steps": []}), version=2)
    assert (fixed.status_code, "已经有提名，评选对象和推荐层级不能再改。" in fixed.text, selection(tenant, chosen).steps) == (409, True, "street")
    assert said_after(county, county.post(f"{at}/edit", **(form | {"total": "3"}), version=2)) == "已保存。"
    assert quick(tenant.accounts["community_officer"]).post(f"{at}/cancel", reason="不办了", confirmed="yes", version=3).status_code == 403
    assert said_after(county, county.post(f"{at}/cancel", reason="", version=3)) == "请写明理由。（请填写）"
    assert "确定取消这次评选吗？取消后不能恢复，可以另外发起。" in county.post(f"{at}/cancel", reason="今年不办了", version=3).text
    assert (selection(tenant, chosen).state, selection(tenant, chosen).total) == ("open", 3)
    assert said_after(county, county.post(f"{at}/cancel", reason="今年不办了", version=3, confirmed="yes")) == "这次评选已取消。"
    assert said_after(county, county.post(f"{at}/cancel", reason="今年不办了", version=4, confirmed="yes")) == "这次评选已经办结。"
    late = county.post(f"{at}/edit", **form, version=4)
    assert (late.status_code, "这次评选已经公示或办结，不能再改。" in late.text) == (409, True)
    assert (selection(tenant, chosen).state, selection(tenant, chosen).note) == ("cancelled", "今年不办了")
    assert [county.get(f"/p/awards/selections/{uuid.uuid4()}{more}").status_code for more in ("", "/edit")] == [404, 404]
    with acting_as(tenant), pytest.raises(NotFound):
        calling.cancel(uuid.uuid4(), None, "不办了")


def test_nominations_go_back_and_forth_by_page(quick: Open, tenant: TestTenant, member: TestMember, called: Call, nominated: Nominate) -> None:
    chosen, people = called(steps=("community", "street")), [member, make_member(tenant, "李芳"), make_member(tenant, "赵强")]
    county, community, liaison = (quick(tenant.accounts[role]) for role in ("county_officer", "community_officer", "unit_liaison"))
    first, second, third = (nominated(one, chosen)[1] for one in people)

    def send(who: Any, made: uuid.UUID, act: str, **fields: Any) -> Any:
        return who.post(f"/p/awards/nominations/{made}/{act}", version=nomination(tenant, made).version, **fields)

    def states() -> list[str]:
        return [nomination(tenant, one).state for one in (first, second, third)]
    assert [send(liaison, first, act, reason="不合适").status_code for act in ("recommend", "refuse", "withdraw")] == [403] * 3
    assert states() == ["pending"] * 3
    short = send(community, first, "refuse", reason="")
    assert (short.status_code, "请写明理由。" in short.text, states()[0]) == (422, True, "pending")
    assert said_after(community, send(community, first, "refuse", reason="材料不全")) == "已登记为未通过，理由本人可以看到。"
    assert "材料不全" in quick(member.account).get("/p/awards/me").text
    again = send(county, first, "refuse", reason="再退一次")
    assert (again.status_code, "这项提名已经不在办理中。" in again.text) == (409, True)
    assert said_after(community, send(community, second, "recommend", note="情况属实")) == "已同意推荐。"
    assert (send(community, second, "refuse", reason="又不同意").status_code, states()) == (403, ["refused", "pending", "pending"])
    assert said_after(county, send(county, second, "refuse", reason="名额不够")) == "已登记为未通过，理由本人可以看到。"
    assert (said_after(community, send(community, third, "withdraw", reason="提错了人")), states()) == ("已撤回提名。", ["refused", "refused", "withdrawn"])
    done = [send(county, third, act, reason="再撤一次") for act in ("withdraw", "recommend")]
    assert [(one.status_code, sentence in one.text) for one, sentence in zip(done, ("这项提名已经不能撤回。", "这项提名已经不在等待推荐。"), strict=True)] == [
        (409, True)] * 2
    assert nominated(people[2], chosen)[0] == chosen  # what was taken back may be nominated anew
    with tenant.scope():
        assert [row["state"] for row in queries.own(people[2].id)] == ["pending"]
        assert [queries.own(member.id, after=one) for one in (first, uuid.UUID(int=0))] == [[], []]
    for work in (lambda: nominating.withdraw(uuid.uuid4(), None, "提错了人"), lambda: finding.nomination(uuid.uuid4()),
                 lambda: rights.subject_target(None, None)):
        with acting_as(tenant), pytest.raises(NotFound):
            work()
    away = make_member(tenant, "王远方", residence=7, unit=2)
    with acting_as(tenant, "city_administrator"), pytest.raises(NotFound):  # of another county than the selection's
        rights.require_nominating(finding.selection(chosen), rights.subject_target(away.id, None))
    with tenant.scope():
        himself = make_account(tenant, "county_officer", tenant.counties[0], member_id=people[2].id)
        mine = session().scalars(select(AwardNomination.id).where(AwardNomination.member_id == people[2].id, AwardNomination.state == "pending")).one()
    own = quick(himself)
    assert [send(own, mine, act, reason="给自己", answer="agree").status_code for act in ("consent", "recommend", "refuse")] == [403] * 3
    assert nomination(tenant, mine).state == "pending"


def test_units_and_communities_are_nominated_by_page_and_asked_nothing(quick: Open, tenant: TestTenant, member: TestMember, called: Call) -> None:
    served(tenant, member)
    county, chosen = quick(tenant.accounts["county_officer"]), called(subject="unit")
    at = f"/p/awards/selections/{chosen}/nominate"
    assert "第0单位" in county.get(at).text
    assert "第0单位" in county.get(f"{at}/places/{tenant.units[0]}").text
    assert [county.get(f"{at}/{one}").status_code for one in (
        f"places/{tenant.communities[0]}", f"members/{member.id}", f"places/{tenant.units[2]}", f"places/{uuid.uuid4()}")] == [404] * 4
    form = {"reason": "组织得好，人人参加", "ticket": str(uuid.uuid4())}
    short = county.post(f"{at}/places/{tenant.units[0]}", **(form | {"reason": "好"}))
    assert (short.status_code, "写明事迹" in short.text) == (422, True)
    for _twice in range(2):
        assert said_after(county, county.post(f"{at}/places/{tenant.units[0]}", **form)) == "已提名。"
    with tenant.scope():
        made = session().scalars(select(AwardNomination.id)).one()
    assert county.post(f"/p/awards/nominations/{made}/consent", version=1, answer="agree").status_code == 404  # nobody answers for a unit
    with tenant.scope():
        tokens = [create_token(tenant.actor(role), "office", ["awards.read", "awards.nominate", "awards.recommend", "awards.manage"], 1)
                  for role in ("county_officer", "city_administrator")]
    members = called(steps=("street",))

    def ask(address: str, token: int = 0, **values: Any) -> Any:
        return county.client.open(f"/api/v1/p/awards{address}", method="POST" if values else "GET", json=values or None,
                                  headers={"Authorization": f"Bearer {tokens[token]}"})
    assert [ask(f"/selections/{one}/nominations", reason=REASON, **whom).status_code for one, whom in (
        (members, {"organization_id": str(tenant.units[0])}), (chosen, {"member_id": str(member.id)}),
        (chosen, {"member_id": str(member.id), "organization_id": str(tenant.units[0])}))] == [404, 404, 422]
    assert [one["id"] for one in ask(f"/selections?after={members}").json] == [str(chosen)]
    asked = ask(f"/selections/{members}/nominations", reason=REASON, member_id=str(member.id), agreed=True)
    version = {"version": 2}
    with tenant.scope():
        community = create_token(tenant.actor("unit_liaison"), "office", ["awards.read", "awards.recommend"], 1)
    tokens.append(community)
    assert ask(f"/nominations/{asked.json['id']}/recommend", 2, **version).status_code == 403
    with acting_as(tenant):
        publishing.publish(chosen, None, [made])
    pass_publication(tenant, chosen)
    decided = ask(f"/selections/{chosen}/decide", version=2, decided_on=today().isoformat(), document_number="会议决定")
    assert (decided.status_code, decided.json["state"], decided.json["version"], decided.json["document_number"]) == (200, "decided", 3, "会议决定")
    with tenant.scope():
        reach = DataReach(tenant.root, "committee", tenant.paths[tenant.root])
        places = [DataReach(one, "unit", tenant.paths[one]) for one in tenant.units[:2]]
        requests = [DataRequest((reach,), today(), today(), **more) for more in ({"place": places[0]}, {"place": places[1]}, {"member_id": member.id})]
        assert [[(row[0], row[5], row[7]) for part in DATASET.read(one) for row in part] for one in requests] == [[("第0单位", "第02区", "会议决定")], [], []]


def test_publication_and_decision_are_ended_and_undone_with_a_reason(quick: Open, tenant: TestTenant, member: TestMember, nominated: Nominate) -> None:
    chosen, made = nominated(member)
    county, at = quick(tenant.accounts["county_officer"]), f"/p/awards/selections/{chosen}"
    one = f"/p/awards/nominations/{made}"

    def send(act: str, **fields: Any) -> Any:
        return county.post(f"{at}/{act}", version=selection(tenant, chosen).version, **fields)

    def states() -> tuple[str, str]:
        return selection(tenant, chosen).state, nomination(tenant, made).state
    for act, sentence in (("end-publication", "这次评选不在公示中。"), ("undo", "这次评选还没有作出决定。")):
        refused = send(act, reason="名单有误", confirmed="yes")
        assert (refused.status_code, sentence in refused.text, states()) == (409, True, ("open", "recommended"))
    assert [county.get(f"{at}/{paper}").status_code for paper in ("notice", "certificates")] == [409, 409]
    assert send("publish", chosen=["no id", str(uuid.uuid4())]).status_code == 422
    assert said_after(county, send("publish", chosen=["no id", str(made)])) == "已开始公示。请打印张贴，公开网页上同时可以看到。"
    assert (send("end-publication", reason="").status_code, states()) == (422, ("published", "listed"))
    assert "确定终止公示吗？" in send("end-publication", reason="名单有误").text
    assert said_after(county, send("end-publication", reason="名单有误", confirmed="yes")) == "公示已终止，名单可以重新办理。"
    assert states() == ("open", "recommended")
    send("publish", chosen=str(made))
    pass_publication(tenant, chosen)
    for given in ({"decided_on": today() + DAY, "document_number": "会议决定"}, {"decided_on": today(), "document_number": "文"},
                  {"decided_on": "今天", "document_number": "会议决定"}):
        assert (send("decide", **given, confirmed="yes").status_code, states()) == (422, ("published", "listed"))
    assert said_after(county, send("decide", decided_on=today(), document_number="会议决定", confirmed="yes")) == "已作出表彰决定，可以打印名单和证书。"
    assert (send("undo", reason="").status_code, states()) == (422, ("decided", "granted"))
    assert "已给出的证书编号全部作废" in send("undo", reason="文号写错了").text
    assert said_after(county, send("undo", reason="文号写错了", confirmed="yes")) == "表彰决定已撤回。"
    assert (states(), nomination(tenant, made).number) == (("published", "listed"), None)
    send("decide", decided_on=today(), document_number="会议决定", confirmed="yes")
    revoke = {"version": nomination(tenant, made).version, "reason": "弄虚作假"}
    assert "确定撤销这项荣誉吗？" in county.post(f"{one}/revoke", **revoke).text
    assert said_after(county, county.post(f"{one}/revoke", **revoke, confirmed="yes")) == "荣誉已撤销。"
    twice = county.post(f"{one}/revoke", version=revoke["version"] + 1, reason="再撤一次", confirmed="yes")
    assert (twice.status_code, "这项荣誉已经不再有效。" in twice.text, states()) == (409, True, ("decided", "revoked"))
    public = f"/t/{tenant.slug}/p/awards"
    assert [f"{public}/{chosen}" in quick().get(f"{public}/{after}").text for after in ("", f"?after={chosen}")] == [True, False]
    with tenant.scope():
        session().get_one(AwardSelection, (tenant.id, chosen)).decided_on = today() - 3000 * DAY
    assert quick().get(f"{public}/{chosen}").status_code == 404  # no longer in public than the place says, though not gone by the longest
    with tenant.scope(), pytest.raises(NotFound):
        board.one(chosen)


def test_deeds_follow_where_they_can_and_hold_back_who_may_not(tenant: TestTenant, member: TestMember, published: Nominate) -> None:
    with_rule(tenant)
    other = make_member(tenant, "李芳")
    chosen, made = published(member, deed="honour:县级")
    left, gone = published(other, deed="honour:县级")
    with tenant.scope():
        session().execute(update(Member).where(Member.id == other.id).values(status="left"))
        session().get_one(AwardSelection, (tenant.id, left)).deed_level = "县级"
    levelless, _third = published(make_member(tenant, "赵强"), deed="honour:县级")
    with tenant.scope():
        session().get_one(AwardSelection, (tenant.id, levelless)).deed_level = "没有这一级"  # as when the rules changed meanwhile
    for one in (chosen, left, levelless):
        pass_publication(tenant, one)
        with acting_as(tenant):
            assert deciding.decide(one, None, today(), "会议决定") == 1
    with tenant.scope():
        found = session().scalars(select(Deed)).all()
        assert [(one.member_id, one.status) for one in found] == [(member.id, "approved")]
    assert [nomination(tenant, one).state for one in (made, gone, _third)] == ["granted"] * 3  # commended all the same
    with tenant.scope():
        session().execute(update(AwardSelection).where(AwardSelection.id == chosen).values(organization_id=tenant.streets[0]))
    with acting_as(tenant, "street_officer"):
        assert refusal(lambda: deciding.revoke(made, None, "弄虚作假")) == (
            "这项荣誉已按规则登记为加减分和评定事项，您的层级不能撤回它。请由有权审核的一级办理。", {})
        session().rollback()
    assert nomination(tenant, made).state == "granted"
    with acting_as(tenant):
        deeds.withdraw(found[0].id, None, "人工撤回", by=tenant.actor("county_officer"))
        deciding.revoke(made, None, "弄虚作假")
    with tenant.scope():
        assert (session().get_one(AwardNomination, (tenant.id, made)).state, session().get_one(Deed, (tenant.id, found[0].id)).reason) == ("revoked", "人工撤回")


def test_objections_are_refused_and_upheld_even_when_the_publication_was_ended(quick: Open, tenant: TestTenant, published: Nominate) -> None:
    person = make_member(tenant, "周办事")
    chosen, made = published(person)
    with acting_as(tenant):
        for says, contact, sentence, wrong in (
                ("短", "", "请用 4 至 500 个字写明情况。", "says"), ("那天并没有来过", "长" * 101, "联系方式太长，请只写姓氏和电话。", "contact")):
            assert refusal(lambda says=says, contact=contact: objecting.raise_objection(uuid.uuid4(), made, says, contact)) == (  # type: ignore[misc]
                sentence, {wrong: ["请改正"]})
        for work in (lambda: objecting.look(uuid.uuid4()), lambda: objecting.standing(uuid.uuid4()), lambda: objecting.about(uuid.uuid4()),
                     lambda: objecting.forget_one(uuid.uuid4()), lambda: objecting.answer(uuid.uuid4(), 1, "已核实", upheld=False)):
            with pytest.raises(NotFound):
                work()
        assert objecting.nightly(None) == {"forgotten": 0}  # type: ignore[arg-type]
    county, community = quick(tenant.accounts["county_officer"]), quick(tenant.accounts["community_officer"])
    enter = f"/p/awards/nominations/{made}/object"
    short = community.post(enter, says="短", channel="fax", ticket=str(uuid.uuid4()))
    assert (short.status_code, "请用 4 至 500 个字写明情况。" in short.text) == (422, True)
    assert said_after(community, community.post(enter, says="那天并没有来过", channel="fax", ticket=str(uuid.uuid4()))) == "已登记，由发起评选的单位核实办理。"
    with tenant.scope():
        row = session().scalars(select(AwardObjection)).one()
        himself = make_account(tenant, "county_officer", tenant.counties[0], member_id=person.id)
    assert (row.channel, row.state) == ("paper", "open")
    one, own = f"/p/awards/objections/{row.id}", quick(himself)
    assert [own.get(one).status_code, own.get(enter).status_code, own.post(enter, says="我没有意见").status_code] == [403, 404, 404]
    with acting_as(tenant):
        publishing.reopen(chosen, None, "先核实")
    assert "确定异议成立吗？将从名单中去掉，本人可以看到理由。" in county.post(f"{one}/answer", version=1, answer="经查属实", upheld="yes").text
    missing = county.post(f"{one}/answer", version=1, answer="", upheld="yes")
    assert (missing.status_code, "请写明理由。" in missing.text, nomination(tenant, made).state) == (422, True, "recommended")
    assert said_after(county, county.post(f"{one}/answer", version=1, answer="经查属实", upheld="yes", confirmed="yes")) == "已答复。"
    assert (nomination(tenant, made).state, nomination(tenant, made).ended_reason) == ("refused", "经查属实")
    with acting_as(tenant):
        assert refusal(lambda: publishing.publish(chosen, None, [made]))[0] == "请先勾选拟表彰的名单。"
    assert [county.get(enter).status_code, county.get(f"/p/awards/objections/{uuid.uuid4()}").status_code] == [404, 404]
    second, on_list = published(make_member(tenant, "李芳"))
    pass_publication(tenant, second)
    with pytest.raises(Conflict, match="公示已经期满"):
        objected(tenant, on_list)
    with tenant.scope():
        assert session().scalars(select(AwardObjection.id)).all() == [row.id]


def test_where_no_stars_are_given_none_are_shown(tenant: TestTenant, member: TestMember, nominated: Nominate) -> None:
    chosen, _made = nominated(member)
    with tenant.scope():
        known = evidence.figures(finding.selection(chosen), [member.id])[member.id]
        disable("stars")
    with tenant.scope():
        assert evidence.figures(finding.selection(chosen), [member.id]) == {member.id: {name: value for name, value in known.items() if name != "stars"}}
    with acting_as(tenant, "unit_liaison"), pytest.raises(Forbidden):
        rights.require_managing(finding.selection(chosen))
