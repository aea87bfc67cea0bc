"""What cannot be done about a star, by whom and when: each with its sentence, and nothing is left of the attempt."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.access.actor import load_actor
from core.access.models import Grant
from core.access.tokens import create_token
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid, NotFound
from core.extension.dispatch import tell
from core.extension.facts import DeedFact
from core.extension.rule_kinds import PackVersion
from core.members.models import Member
from core.rules.packs import checked, draft
from core.rules.queries import pack_version
from core.tenancy import now, session, set_clock, today
from plugins.stars import (
    cases,
    doubts,
    granting,
    notices,
    papers,
    plugin as manifest,
    progress,
    publishing,
    queries,
    reviewing,
    rights,
    rounds,
)
from plugins.stars.models import Star, StarCase, StarDoubt, StarEvent, StarNotice, StarObjection, StarReview, StarRound
from tenants.settings import save
from tests.plugins.stars.conftest import case_of, hours, level, scheme, serve, simple
from tests.plugins.stars.test_flow import CUT, DAY, ONE, TWO, act, given, round_of, star_given, through
from tests.plugins.stars.test_pages import Open, computed, entered, status
from tests.support.factories import TestMember, TestTenant, make_member

STALE = "这一项刚被别人处理过，您的操作没有保存。请刷新页面，核对后再操作。"
ENDED, NOT_NOW = "这一项已经办结，不能撤回。", "这一项不在审批中，请刷新页面查看最新状态。"
CONDITION: dict[str, Any] = {"needs": "amount", "at_least": 1}
AT = "levels/0/ways/0/conditions/0/quantity"

FAULTS: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"levels": [level(1, hours(1)), level(1, hours(2))]}, {"levels/1/number": ["级数重复。"]}),
    ({"levels": [level(1, {**CONDITION, "quantity": {"of": "deeds"}})]}, {f"{AT}/deed_kinds": ["请写明是哪些事项。"]}),
    ({"levels": [level(1, {"needs": "tenure", "since": "deed", "months": 6})]}, {f"{AT}/deed_kinds": ["请写明是哪些事项。"]}),
    ({"levels": [level(1, {**CONDITION, "quantity": {"of": "deeds", "deed_kinds": ["award", "x"]}})]},
     {f"{AT}/deed_kinds": ["“评定事项”中没有 award、x，请先在那里添加。"]}),
    ({"levels": [level(1, {**CONDITION, "quantity": {"of": "measure"}})]}, {f"{AT}/measure": ["请写明指标的名称，如 points.balance。"]}),
    ({"levels": [level(1, {"needs": "share", "percent": 50, "quantity": {"of": "measure", "measure": "points.balance"}})]},
     {f"{AT}/of": ["占比和连续参加不能按其他功能的指标计算。"]}),
    ({"levels": [level(1, {"needs": "share", "percent": 50, "quantity": {"of": "deeds", "deed_kinds": ["award"]}})],
      "deeds": [{"key": "award", "title": "表彰"}]}, {f"{AT}/of": ["占比只能按服务计算。"]})]


def test_a_scheme_that_cannot_hold_together_is_refused_by_its_place() -> None:
    for changes, expected in FAULTS:
        with pytest.raises(Invalid) as refused:
            checked(manifest.rule_kinds[0], simple(1) | changes)
        assert (changes, refused.value.fields) == (changes, expected)


Attempt = tuple[Callable[[], object], type[Exception], str]


def left_behind(tenant: TestTenant) -> list[int]:
    """How many rows there are of all that people do about stars, notes of it included."""
    with tenant.scope():
        return [session().scalar(select(func.count()).select_from(table)) or 0 for table in (
            Star, StarCase, StarDoubt, StarEvent, StarNotice, StarObjection, StarReview, StarRound, AuditEntry)]


def refused(tenant: TestTenant, attempts: list[Attempt]) -> None:
    """Each is refused with its sentence, and leaves nothing."""
    before = left_behind(tenant)
    for number, (attempt, kind, sentence) in enumerate(attempts):
        with pytest.raises(kind) as found, tenant.scope():
            attempt()
        assert (number, str(found.value) if sentence else "") == (number, sentence)
    assert left_behind(tenant) == before


def test_a_case_is_dealt_with_once_and_only_when_it_is_its_time(tenant: TestTenant, member: TestMember) -> None:
    nobody = uuid.uuid4()
    serve(tenant, member, 10, CUT)
    with set_clock(CUT + DAY):
        round_id = round_of(tenant, simple(10))
        found = case_of(tenant, member)
        refused(tenant, [
            (lambda: cases.enter(nobody, 1, by=ONE), NotFound, ""), (lambda: cases.enter(found.id, 9, by=ONE), Conflict, STALE),
            (lambda: cases.approve(found.id, 1, by=ONE), Conflict, NOT_NOW), (lambda: cases.withdraw(found.id, 1, by=ONE), Conflict, ENDED),
            (lambda: cases.object_to(found.id, "有异议", by=ONE), Conflict, "这一项不在公示中，不能再提异议。"),
            (lambda: cases.appeal(found.id, "不服", by=ONE), Conflict, "只有未通过的才能申诉。"),
            (lambda: cases.decide(nobody, "已核对", upheld=True, by=ONE), NotFound, ""), (lambda: publishing.publish(nobody, by=ONE), NotFound, ""),
            (lambda: publishing.publish(round_id, by=ONE), Conflict, "这一批没有已通过审批、等待公示的人员。"),
            (lambda: rounds.compute(nobody), NotFound, ""), (lambda: doubts.settle(nobody, "已核对", by=ONE), NotFound, ""),
            (lambda: reviewing.decide(nobody, "keep", "", by=ONE), NotFound, ""),
            (lambda: rounds.open_round(pack_version(found.pack_id), CUT + 2 * DAY, by=ONE), Invalid, "截止日还没有到，不能评定。"),
            (lambda: rounds.open_round(pack_version(found.pack_id), CUT, by=ONE), Conflict, "这个截止日的批次已经有了，请打开那一批查看。"),
            (lambda: rounds.open_round(pack_version(draft("stars", "new", simple(1))), CUT, by=ONE), Conflict, "这套规则还没有发布。")])
        through(tenant, member)
        first = act(tenant, cases.object_to, found.id, "时长有重复")
        refused(tenant, [(lambda: cases.object_to(found.id, "还有异议", by=TWO), Conflict, "已有一条等待答复，答复以后再提。")])
        act(tenant, cases.refuse, found.id, 5, "材料不全")
        refused(tenant, [(lambda: cases.refuse(found.id, 6, "再次", by=ONE), Conflict, NOT_NOW),
                         (lambda: cases.decide(first, " ", upheld=True, by=ONE), Invalid, "请写明理由，至少两个字。")])
        act(tenant, cases.decide, first, "属实", upheld=True)  # what it was about is refused already: nothing follows
        assert (case_of(tenant, member).state, case_of(tenant, member).reason) == ("refused", "材料不全")
        appeal = act(tenant, cases.appeal, found.id, "已补材料")
        again = act(tenant, cases.enter_now, member.id, pack_of(tenant, found.pack_id))
        refused(tenant, [(lambda: cases.decide(first, "属实", upheld=True, by=ONE), Conflict, "这一条已经答复过。"),
                         (lambda: cases.decide(appeal, "属实", upheld=True, by=ONE), Conflict,
                          "这名党员在这套规则中另有一项正在办理，办结后再处理这一项。")])
        act(tenant, cases.decide, appeal, "已另行提出", upheld=False)
    with tenant.scope():
        assert dict(session().execute(select(StarCase.id, StarCase.state)).all()) == {found.id: "refused", again: "pending"}


def pack_of(tenant: TestTenant, pack_id: uuid.UUID) -> PackVersion:
    """A version in a scope of its own."""
    with tenant.scope():
        return pack_version(pack_id)


def test_a_review_that_comes_too_late_and_papers_that_there_are_none_of(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, CUT)
    star = star_given(tenant, member, certificate=False, review={"after": "lapse", "on": "12-31"})
    with tenant.scope():
        tell("deed_withdrawn", deed=DeedFact(uuid.uuid4(), None, tenant.units[0], "award", None, 1, CUT, CUT))  # a unit's: no star stands on it
        assert session().scalars(select(StarDoubt)).all() == []
    with set_clock(dt.date(2027, 1, 2)), tenant.scope():
        scheme(simple(10, review={"after": "lapse", "on": "12-31"}), since=today())  # the yearly day was before it
        assert reviewing.nightly(None) == {"count": 0}  # type: ignore[arg-type]
        assert reviewing.propose(pack_version(star.pack_id), dt.date(2027, 12, 31)) == 1
        review_id = session().scalars(select(StarReview.id)).one()
        assert [len(queries.open_reviews([star.pack_id], after)) for after in (None, uuid.UUID(int=0), review_id)] == [1, 1, 0]
    refused(tenant, [(lambda: papers.certificate(star.id), Conflict, "这套规则不颁发证书。"),
                     (lambda: reviewing.decide(review_id, "promote", "理由", by=ONE), Invalid, "请选择保留、降级或终止。")])
    act(tenant, granting.revoke, star.id, "记录系伪造，经查实")
    refused(tenant, [(lambda: papers.certificate(star.id), Conflict, "这个星级已经不再持有，不能打印证书。"),
                     (lambda: reviewing.decide(review_id, "keep", "", by=ONE), Conflict, "这个星级已经不再持有，不必复核。")])
    assert given(tenant, member) == [(1, "revoked")]


def test_the_nightly_job_grants_what_is_due_and_the_notice_is_everybodys(tenant: TestTenant, member: TestMember) -> None:
    far, gone = make_member(tenant, "李", unit=-1, residence=-1), make_member(tenant, "赵远")
    serve(tenant, member, 10, CUT)
    with set_clock(CUT + DAY):
        round_of(tenant, simple(10))
        through(tenant, member)
        with tenant.scope():
            scheme(simple(5), "local", place=tenant.counties[0])
            packs = {pack.id: pack for pack in rounds.packs_in_force("stars", CUT)}
            shown = {who.name: [one["pack"].name for one in notices.visible_to(progress.places_of(who.id), packs)] for who in (member, far)}
            assert shown == {"王小明": ["scheme"], "李": ["scheme"]}
            assert [one.name for one in progress.schemes_for(progress.places_of(far.id))] == ["scheme"]
            assert [one.name for one in progress.schemes_for(progress.places_of(member.id))] == ["local", "scheme"]
            assert [papers.display_name(name) for name in ("李", "赵远", "欧阳修文")] == ["李", "赵＊", "欧＊修文"]
            save("stars", {"notice_names": "full"}, version=0)
        with tenant.scope():
            assert papers.display_name("赵远") == "赵远"
            assert granting.nightly(None) == {"count": 0}  # type: ignore[arg-type]
    with set_clock(CUT + 4 * DAY), tenant.scope():
        assert granting.nightly(None) == {"count": 1}  # type: ignore[arg-type]
        session().execute(Member.__table__.update().where(Member.id == gone.id).values(status="left"))  # type: ignore[attr-defined]
    with tenant.scope():
        assert progress.schemes(gone.id) == []
        session().execute(Member.__table__.update().where(Member.id == gone.id).values(status="erased"))  # type: ignore[attr-defined]
    refused(tenant, [(lambda: progress.places_of(gone.id), NotFound, ""), (lambda: progress.schemes(uuid.uuid4()), NotFound, "")])
    assert given(tenant, member) == [(1, "held")]


def test_who_may_read_may_not_for_that_enter_or_withdraw(app: Flask, browser: Open, tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四", account=True)
    document = {**simple(10), "entry": "nomination", "nominators": ["unit"]}
    serve(tenant, member, 10, today())
    computed(tenant, document)
    found = case_of(tenant, member)
    reader = tenant.accounts["community_officer"]
    with tenant.scope():  # also a liaison, but of another unit
        session().add(Grant(account_id=reader.id, organization_id=tenant.units[1], role="unit_liaison", created_at=now()))
        places = progress.places_of(member.id)
        assert [rights.may_enter(one, {"entry": "application"}, rights.target_of(places), places) for one in (
            tenant.actor("community_officer"), load_actor(tenant.others["community_officer"].id))] == [True, False]
    with tenant.scope():
        token = create_token(tenant.actor("community_officer"), "test", ["stars.read", "stars.approve"], 30)
    community, liaison = browser(tenant.accounts["community_officer"]), browser(tenant.accounts["unit_liaison"])
    assert status(community, f"/p/stars/cases/{found.id}/enter", version=1) == 403
    assert status(liaison, f"/p/stars/cases/{found.id}/enter", version=1) == 303
    answer = liaison.post("/p/stars/approve", "/p/stars/", case=f"{found.id}:2")  # the community's turn
    assert ("没有通过任何一项" in liaison.get(answer.location).text, case_of(tenant, member).version) == (True, 2)
    assert status(community, f"/p/stars/cases/{found.id}/withdraw", version=2, reason="不合适") == 403
    pages = {name: browser(tenant.accounts[name]).get(f"/p/stars/cases/{found.id}").text for name in ("community_officer", "unit_liaison")}
    assert {name: f"/p/stars/cases/{found.id}/withdraw" in page for name, page in pages.items()} == {
        "community_officer": False, "unit_liaison": True}
    answer = app.test_client().post(f"/api/v1/p/stars/cases/{found.id}/refuse", json={"version": 2, "note": "材料不全"},
                                    headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.get_json()) == (200, {
        "id": str(found.id), "member_id": str(member.id), "scheme": "scheme", "level": 1, "state": "refused", "step_level": None, "version": 3})
    empty = community.post("/p/stars/search", "/p/stars/", q=" ", tab="refused")
    assert (empty.status_code, empty.location) == (303, "/p/stars/?tab=refused")
    assert browser(other.account).get(f"/p/stars/me/cases/{found.id}").status_code == 404


def test_a_day_that_is_none_opens_no_round_and_a_certificate_is_ones_own(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四", account=True)
    entered(tenant, member, simple(10, publication_days=0))
    act(tenant, cases.approve, case_of(tenant, member).id, 1)
    with tenant.scope():
        star, pack_id = session().scalars(select(Star)).one(), session().scalars(select(StarRound.pack_id)).one()
    admin = browser(tenant.accounts["city_administrator"])
    answer = admin.post("/p/stars/rounds/open", "/p/stars/rounds/", scheme=pack_id, cut_off="2026-02-30")
    assert (answer.status_code, "截止日不是有效的日期。" in admin.get(answer.location).text) == (303, True)
    assert [admin.post("/p/stars/rounds/open", "/p/stars/rounds/", scheme=one, cut_off="").status_code for one in ("x", uuid.uuid4())] == [404, 404]
    with tenant.scope():
        assert session().scalar(select(func.count()).select_from(StarRound)) == 1
    assert [browser(who.account).get(f"/p/stars/me/held/{star.id}/certificate").status_code for who in (member, other)] == [200, 404]
