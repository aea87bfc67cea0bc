"""From setting a post to the records that come of it: by services, and through the pages of officer, liaison and member."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from core.errors import Conflict, Invalid
from core.service.claims.claiming import claim
from core.service.claims.models import Matter
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.posts import categories, inviting, setting
from plugins.posts.models import Invitation, Post
from plugins.posts.setting import PostInput
from tests.plugins.posts.conftest import Put, claim_id, claims, written
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member

Open = Callable[..., Browser]
RECIPIENT = "孙桂兰"


def form(tenant: TestTenant, **changes: Any) -> dict[str, Any]:
    """A filled form of a weekly post for two."""
    return {"post_id": uuid.uuid4(), "community_id": tenant.communities[0], "category": "楼栋长", "title": "三号楼楼栋长", "duties": "联系住户",
            "places": "2", "waits": "true", "standing": "true", "days_1": ["6"], "from_1": "19:00", "until_1": "21:00", "skills": ["电工"],
            "other_skills": "普法、急救", "recipient_kind": "household", "recipient": RECIPIENT, **changes}


def saturday() -> dt.date:
    """The last Saturday that was, or today."""
    return today() - dt.timedelta(days=(today().isoweekday() - 6) % 7)


def test_the_whole_way_through_the_pages(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    officer, own, values = browser(tenant.accounts["community_officer"]), browser(member.account), form(tenant)
    assert officer.post("/p/posts/new", **values).status_code == 303
    assert officer.post("/p/posts/new", **values).status_code == 303  # sent twice is once
    with tenant.scope():
        post, matter = session().scalars(select(Post).where(Post.tenant_id == tenant_id())).one(), session().scalars(select(Matter)).one()
    assert (post.skills, post.times, matter.kind, matter.places) == (
        ["电工", "普法", "急救"], [{"days": [6], "from": "19:00", "until": "21:00"}], "其他", 2)
    seen = own.get("/p/posts/me").text
    assert ("三号楼楼栋长" in seen, "周六 19:00–21:00" in seen, "还缺 2 人" in seen) == (True, True, True)
    page = own.get(f"/p/posts/me/{post.id}").text
    assert ("认领这个岗位" in page, RECIPIENT in page) == (True, False)
    assert own.post(f"/p/posts/me/{post.id}/claim").status_code == 303
    page = own.get(f"/p/posts/me/{post.id}").text
    assert ("在岗" in page, RECIPIENT in page) == (True, True)  # who holds it knows for whom
    day, form_id = saturday().isoformat(), uuid.uuid4()
    serve = {"day": day, "minutes": "45", "form_id": form_id, "version": 1}
    for _twice in range(2):
        own.post(f"/p/posts/me/claims/{claim_id(tenant)}/serve", **serve)
    assert written(tenant) == [("其他", "三号楼楼栋长", 45, "reported", "submitted")]
    duty = officer.get(f"/p/posts/{post.id}/duty?day={day}").text
    assert ("王小明" in duty, "当天已登记" in duty) == (True, True)
    page = officer.get(f"/p/posts/{post.id}").text
    assert ("王小明" in page, RECIPIENT in page, "1 次，0.8 小时" in page) == (True, True, True)
    own.post(f"/p/posts/me/claims/{claim_id(tenant)}/serve", day="", finish="yes", version=1)
    assert claims(tenant) == [(member.id, "done")]


def test_the_duty_list_makes_the_records_of_all_who_were_there(browser: Open, tenant: TestTenant, put: Put) -> None:
    people = [make_member(tenant, name) for name in ("王小明", "李芳", "赵强")]
    post = put(places=3, slots=(setting.Slot((6,), dt.time(19), dt.time(21)),))
    with tenant.scope():
        made = [claim(post, one.id, by=None).id for one in people]
    officer, form_id = browser(tenant.accounts["community_officer"]), uuid.uuid4()
    page = officer.get(f"/p/posts/{post}/duty?day={saturday().isoformat()}").text
    assert re.findall(r'name="minutes-[^"]+" value="(\d+)"', page) == ["120"] * 3
    assert len(re.findall(r'<h2 class="print-only">[^<]+　“[^<]+”轮值表</h2>', page)) == 1  # the sheet on the wall says whose it is
    values = {"day": saturday().isoformat(), "form_id": form_id, "claim": [str(made[0]), str(made[1])], f"minutes-{made[0]}": "120",
              f"minutes-{made[1]}": "60"}
    assert officer.post(f"/p/posts/{post}/duty", **{**values, "claim": []}).status_code == 422
    for _twice in range(2):
        assert officer.post(f"/p/posts/{post}/duty", **values).status_code == 303
    assert sorted(written(tenant)) == [("治安巡逻", "夜间巡逻员", 60, "reported", "verified"), ("治安巡逻", "夜间巡逻员", 120, "system", "verified")]
    assert [state for _member, state in claims(tenant)] == ["held"] * 3


def test_a_post_that_is_no_standing_one_is_done_with_its_service(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    post = put(standing=False)
    with tenant.scope():
        made = claim(post, member.id, by=None).id
    officer, values = browser(tenant.accounts["community_officer"]), {"form_id": uuid.uuid4(), "claim": [str(made)], f"minutes-{made}": "90"}
    for _twice in range(2):
        assert officer.post(f"/p/posts/{post}/duty", **values).status_code == 303
    assert (claims(tenant), len(written(tenant))) == ([(member.id, "done")], 1)


def test_the_queue_moves_up_when_somebody_leaves(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    second, third = make_member(tenant, "李芳", account=True), make_member(tenant, "赵强", account=True)
    post, (one, two, three) = put(), [browser(person.account) for person in (member, second, third)]
    for who in (one, two, three):
        who.post(f"/p/posts/me/{post}/claim")
    assert [state for _member, state in claims(tenant)] == ["held", "waiting", "waiting"]
    assert "前面还有 1 人" in three.get(f"/p/posts/me/{post}").text
    with tenant.scope():
        first = session().scalars(select(inviting.queries.claim_rows("posts").c.id).order_by("id").limit(1)).one()
    assert "请写明退出的原因" in follow(one, one.post(f"/p/posts/me/claims/{first}/release", version=1))
    assert "已退出，谢谢您的付出" in follow(one, one.post(f"/p/posts/me/claims/{first}/release", version=1, reason="工作调动"))
    assert [state for _member, state in claims(tenant)] == ["released", "held", "waiting"]
    assert two.post(f"/p/posts/me/claims/{first}/release", version=1, reason="不是我的").status_code == 404


def follow(browser: Browser, answer: Any) -> str:
    """The page to which an answer leads."""
    return browser.get(answer.headers["Location"]).text


def test_closing_says_before_what_lapses_and_opening_again_begins_anew(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    post, officer = put(), browser(tenant.accounts["community_officer"])
    with tenant.scope():
        claim(post, member.id, by=None)
        inviting.invite(post, make_member_id(tenant), by=tenant.accounts["community_officer"].id)
    asked = officer.post(f"/p/posts/{post}/close", version=1, reason="任务已完成").text
    assert ("关闭“夜间巡逻员”吗？" in asked, "1 人在岗、0 人候补" in asked) == (True, True)
    assert "请写明关闭的原因" in follow(officer, officer.post(f"/p/posts/{post}/close", version=1, confirmed="yes"))
    officer.post(f"/p/posts/{post}/close", version=1, reason="任务已完成", confirmed="yes")
    assert claims(tenant) == [(member.id, "lapsed")]
    own = browser(member.account)
    assert "任务已完成" in own.get(f"/p/posts/me/{post}").text
    assert "夜间巡逻员" not in own.get("/p/posts/me").text.partition('id="main"')[2]
    with tenant.scope():
        assert session().scalars(select(Invitation.state).where(Invitation.tenant_id == tenant_id())).all() == ["withdrawn"]
    officer.post(f"/p/posts/{post}/reopen", version=2)
    assert own.post(f"/p/posts/me/{post}/claim").status_code == 303
    assert claims(tenant) == [(member.id, "lapsed"), (member.id, "held")]


def make_member_id(tenant: TestTenant) -> uuid.UUID:
    """A member of the tenant, from inside a scope."""
    from core.members.models import Member
    row = session().scalars(select(Member).where(Member.tenant_id == tenant_id())).first()
    assert row is not None
    copy = {c.key: getattr(row, c.key) for c in Member.__mapper__.column_attrs if c.key not in ("id", "id_number_index", "phone_index")}
    session().add(Member(id=(new := uuid.uuid4()), **copy))
    session().flush()
    return new


def test_the_officer_does_everything_for_a_member_without_a_phone(browser: Open, tenant: TestTenant, put: Put) -> None:
    quiet, officer, post = make_member(tenant, "钱玉兰"), browser(tenant.accounts["community_officer"]), put()
    found = officer.post(f"/p/posts/{post}/find", q="qyl").text
    assert ("钱玉兰" in found, "代钱玉兰认领" in found) == (True, True)
    officer.post(f"/p/posts/{post}/claims", member_id=quiet.id)
    made = claim_id(tenant)
    assert claims(tenant) == [(quiet.id, "held")]
    officer.post(f"/p/posts/claims/{made}/complete", version=1, day=today().isoformat(), minutes=60)
    assert (claims(tenant), written(tenant)) == ([(quiet.id, "done")], [("治安巡逻", "夜间巡逻员", 60, "reported", "verified")])
    officer.post(f"/p/posts/members/{quiet.id}/claims", matter_id=post)
    assert claims(tenant)[-1] == (quiet.id, "waiting")  # a place that was used up is not given again
    officer.post(f"/p/posts/members/{quiet.id}/release", claim_id=claim_id(tenant), version=1)
    assert claims(tenant)[-1] == (quiet.id, "released")


def test_a_liaison_claims_for_the_units_own_members_only(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    liaison, post, other = browser(tenant.accounts["unit_liaison"]), put(), make_member(tenant, "周外", unit=1)
    assert "王小明" in liaison.post("/p/posts/members/find", "/p/posts/", q="王").text
    assert "夜间巡逻员" in liaison.get(f"/p/posts/members/{member.id}").text
    assert liaison.post(f"/p/posts/members/{member.id}/claims", matter_id=post).status_code == 303
    assert liaison.post(f"/p/posts/members/{other.id}/claims", matter_id=post).status_code == 404
    assert liaison.get(f"/p/posts/{post}").status_code == 404
    assert claims(tenant) == [(member.id, "held")]


def test_an_invitation_is_accepted_or_declined_without_a_reason(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    officer, own, posts = browser(tenant.accounts["community_officer"]), browser(member.account), [put(), put(title="普法宣传员")]
    for post in posts:
        for _twice in range(2):
            officer.post(f"/p/posts/{post}/invitations", member_id=member.id)
    with tenant.scope():
        rows = {row.matter_id: row.id for row in session().scalars(select(Invitation).where(Invitation.tenant_id == tenant_id()))}
    assert len(rows) == 2
    assert own.get("/p/posts/me").text.count("我愿意") == 2
    own.post(f"/p/posts/me/invitations/{rows[posts[0]]}/accept")
    own.post(f"/p/posts/me/invitations/{rows[posts[1]]}/decline")
    assert claims(tenant) == [(member.id, "held")]
    assert "这次不方便" in officer.get(f"/p/posts/{posts[1]}").text
    stranger = browser(make_member(tenant, "李芳", account=True).account)
    assert stranger.post(f"/p/posts/me/invitations/{rows[posts[1]]}/accept").status_code == 404


def test_a_form_keeps_what_was_typed_and_says_what_to_mend(browser: Open, tenant: TestTenant, put: Put) -> None:
    officer = browser(tenant.accounts["community_officer"])
    answer = officer.post("/p/posts/new", **form(tenant, duties="", places="0", title="三号楼"))
    assert (answer.status_code, "三号楼" in answer.text, "请填写这一项" in answer.text) == (422, True, True)
    answer = officer.post("/p/posts/new", **form(tenant, from_1="21:00", until_1="19:00"))
    assert (answer.status_code, "结束时间要晚于开始时间" in answer.text) == (422, True)
    assert officer.post("/p/posts/new", **form(tenant, community_id=tenant.communities[1])).status_code == 422
    post = put()
    assert officer.post(f"/p/posts/{post}/edit", **form(tenant, version="1", title="改过的")).status_code == 303
    stale = officer.post(f"/p/posts/{post}/edit", **form(tenant, version="1", title="又改"))
    assert (stale.status_code, "刚有别人改过" in stale.text, "又改" in stale.text) == (409, True, True)
    copied = officer.get(f"/p/posts/new?copy={post}").text
    assert ("改过的" in copied, RECIPIENT in copied) == (True, False)


def test_services_refuse_what_cannot_be(tenant: TestTenant, put: Put) -> None:
    post = put()
    given = PostInput(tenant.communities[0], "治安巡逻", "夜间巡逻员", "巡逻")
    with pytest.raises(Conflict), tenant.scope():  # an id that belongs to another community's post
        setting.create(PostInput(tenant.communities[1], "治安巡逻", "x 岗", "巡逻"), by=None, post_id=post)
    for wrong in ({"category": "没有的"}, {"duties": " "}, {"skills": ("x" * 21,)}, {"community_id": tenant.units[0]}):
        with pytest.raises(Invalid), tenant.scope():
            setting.create(PostInput(**{**{name: getattr(given, name) for name in PostInput.__slots__}, **wrong}), by=None)
    with pytest.raises(Invalid), tenant.scope():
        setting.change(post, 1, PostInput(tenant.communities[1], "治安巡逻", "夜间巡逻员", "巡逻"))
    with tenant.scope():
        assert session().scalar(select(func.count()).select_from(Post)) == 1
        assert categories.kind_of("楼栋长", tenant.communities[0]) == "其他"
        assert categories.kind_of("卫生委员", tenant.communities[0]) == "环境卫生"
        assert categories.kind_of("没有的", tenant.communities[0]) == "其他"
