"""Who sees which post, proposals with their reasons, papers, the public list, the API; what lists cost; off here and on there."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask

from core.access.actor import load_actor
from core.access.tokens import create_token
from core.datasets.scope import data_reach
from core.extension.dataset import DataRequest
from core.members.models import Member
from core.service.claims.claiming import claim, release
from core.tenancy import now, session, today
from plugins.posts import exporting, inviting, matching, queries, reasons
from plugins.posts.reporting import DATASETS
from plugins.posts.setting import Slot
from tenants.activation import disable, enable
from tenants.settings import get, save
from tests.plugins.posts.conftest import Put, claims
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

Open = Callable[..., Browser]


def test_a_post_is_for_its_community_and_those_above(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    post = put(recipient_kind="person", recipient="孙桂兰")
    with tenant.scope():
        made = claim(post, member.id, by=None).id
    for role, expected in (("community_officer", 200), ("street_officer", 200), ("county_officer", 200), ("city_administrator", 200),
                           ("auditor", 403), ("unit_liaison", 404)):
        answer = browser(tenant.accounts[role]).get(f"/p/posts/{post}")
        assert (role, answer.status_code, "孙桂兰" in answer.text) == (role, expected, role == "community_officer")
    sibling = browser(tenant.others["community_officer"])
    assert "夜间巡逻员" not in sibling.get("/p/posts/").text
    assert [sibling.get(f"/p/posts/{post}{page}").status_code for page in ("", "/edit", "/duty", "/fitting")] == [404] * 4
    assert sibling.get(f"/p/posts/new?copy={post}").status_code == 404
    for address, fields in ((f"/p/posts/{post}/close", {"reason": "不要了"}), (f"/p/posts/{post}/claims", {"member_id": member.id}),
                            (f"/p/posts/claims/{made}/release", {"reason": "不要了"}), (f"/p/posts/{post}/duty", {})):
        assert sibling.post(address, "/p/posts/", version=1, **fields).status_code == 404
    street = browser(tenant.accounts["street_officer"])
    assert street.post(f"/p/posts/{post}/close", "/p/posts/", version=1, reason="不要了").status_code == 403
    assert claims(tenant) == [(member.id, "held")]


def test_a_member_of_another_city_finds_nothing(browser: Open, tenant: TestTenant, put: Put) -> None:
    post, other = put(), make_tenant("4202", name="黄石市", plugins=("posts",))
    stranger = browser(make_member(other, account=True).account)
    assert "夜间巡逻员" not in stranger.get("/p/posts/me").text
    assert stranger.get(f"/p/posts/me/{post}").status_code == 404
    assert stranger.post(f"/p/posts/me/{post}/claim", "/p/posts/me").status_code == 404
    assert claims(tenant) == []


def test_a_member_sees_other_communities_on_request(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    post, own = put(community_id=tenant.communities[-1], title="远处的岗位"), browser(member.account)
    assert "远处的岗位" not in own.get("/p/posts/me").text
    assert str(tenant.communities[-1]) in own.post("/p/posts/me/elsewhere", q="002002").text
    assert "远处的岗位" in own.get(f"/p/posts/me/communities/{tenant.communities[-1]}").text
    assert own.post(f"/p/posts/me/{post}/claim").status_code == 303
    assert claims(tenant) == [(member.id, "held")]


def test_proposals_say_why_and_leave_the_laden_in_peace(browser: Open, tenant: TestTenant, put: Put) -> None:
    post = put(title="楼道电路检修", category="专业服务", skills=("电工",), slots=(Slot((6,), dt.time(9), dt.time(11)),))
    make_member(tenant, "王电工", skills=["高级电工"], preferences=["周末"])
    make_member(tenant, "李邻居")
    make_member(tenant, "周远方", residence=-1, skills=["电工"])
    left = make_member(tenant, "赵退出", skills=["电工"])
    laden = make_member(tenant, "钱满了", skills=["电工"])
    with tenant.scope():
        release(claim(post, left.id, by=None).id, 1, "身体原因")
    others = [put(title=f"岗位 {number}") for number in range(3)]
    with tenant.scope():
        for other in others:
            claim(other, laden.id, by=None)
        found = [(one.row.name, reasons.said(one.fit)) for one in matching.for_post(queries.post(post))]
    assert found == [("王电工", "有特长：高级电工；住在本社区；目前没有岗位；愿意在周末服务"), ("李邻居", "住在本社区；目前没有岗位"),
                     ("赵退出", "有特长：电工；住在本社区；目前没有岗位；以前退出过这个岗位，请先问本人意愿")]
    page = browser(tenant.accounts["community_officer"]).get(f"/p/posts/{post}/fitting").text
    assert ("王电工" in page, "钱满了" in page, "周远方" in page) == (True, False, False)


def test_a_member_is_shown_what_fits_first(browser: Open, tenant: TestTenant, put: Put) -> None:
    put(title="电路检修员", category="专业服务", skills=("电工",), community_id=tenant.communities[1])
    put(title="同区的岗位", community_id=tenant.communities[3])
    put(title="外区的岗位", community_id=tenant.communities[-1])
    handy = make_member(tenant, "王电工", account=True, skills=["电工"])
    with tenant.scope():
        found = [(one.row.title, reasons.said(one.fit)) for one in matching.for_member(handy.id)]
    assert found == [("电路检修员", "有特长：电工；目前没有岗位；住在同一街道"), ("同区的岗位", "目前没有岗位；住在同一区县")]
    assert "比较适合您的" in browser(handy.account).get("/p/posts/me").text


def test_the_queries_of_a_list_do_not_grow(browser: Open, tenant: TestTenant, put: Put, statements: list[str], member: TestMember) -> None:
    officer, own, first = browser(tenant.accounts["community_officer"]), browser(member.account), put(places=9)
    with tenant.scope():
        claim(first, make_member_in(tenant, 0), by=None)
        inviting.invite(first, member.id, by=uuid.uuid4())
    pages = ((officer, "/p/posts/"), (officer, f"/p/posts/{first}"), (officer, f"/p/posts/{first}/fitting"), (officer, f"/p/posts/{first}/duty"),
             (own, "/p/posts/me"))
    counts: list[dict[str, int]] = []
    for _round in (1, 3):
        counts.append({address: sent(browser_, address, statements) for browser_, address in pages})
        if _round == 1:
            for number in (1, 2):
                more = put(title=f"岗位 {number}", places=5)
                with tenant.scope():
                    claim(more, make_member_in(tenant, number), by=None)
                    claim(first, make_member_in(tenant, number + 5), by=None)
                    inviting.invite(more, member.id, by=uuid.uuid4())
    assert counts[0] == counts[1]
    assert max(counts[1].values()) <= 20, counts


def make_member_in(tenant: TestTenant, number: int) -> uuid.UUID:
    """Another member, from inside a scope."""
    row = Member(id=uuid.uuid4(), name=f"党员{number}", pinyin="dy", initials="dy", sort_key=f"{number}", sex="male", unit_id=tenant.units[0],
                 residence_id=tenant.communities[0], created_at=now(), updated_at=now())
    session().add(row)
    session().flush()
    return row.id


def sent(browser: Browser, address: str, statements: list[str]) -> int:
    """How many statements a page takes, once it is warm."""
    browser.get(address)
    statements.clear()
    assert browser.get(address).status_code == 200
    return len(statements)


def test_papers_exports_and_datasets_hold_the_posts_but_no_name(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    post = put(recipient_kind="person", recipient="孙桂兰")
    put(title="别处的", community_id=tenant.communities[-1])
    officer = browser(tenant.accounts["community_officer"])
    assert officer.get("/p/posts/list.pdf").data.startswith(b"%PDF")
    assert officer.get("/p/posts/export").data.startswith(b"PK")
    with tenant.scope():
        claim(post, member.id, by=None)
        actor = tenant.actor("community_officer")
        rows = [row[2] for row in exporting.rows(actor, exporting.PostFilter())]
        reach = DataRequest(data_reach(actor, "posts.read"), today(), today())
        found = [[row for part in one.read(reach) for row in part] for one in DATASETS]
        assert [one.count(reach) for one in DATASETS] == [1, 1]
    assert rows == ["夜间巡逻员"]
    assert ([row[2] for row in found[0]], [row[3] for row in found[1]]) == (["夜间巡逻员"], ["王小明"])
    assert "孙桂兰" not in str(found)


def test_the_public_list_is_there_only_where_it_is_switched_on(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    post, everybody = put(recipient_kind="person", recipient="孙桂兰"), browser()
    with tenant.scope():
        claim(post, member.id, by=None)
    code = tenant.paths[tenant.communities[0]].rstrip("/").split("/")[-1]
    address = f"/t/{tenant.slug}/p/posts/{code}"
    assert everybody.get(address).status_code == 404
    with tenant.scope():
        save("posts", {"public_list": True}, version=get("posts").version)
    answer = everybody.get(address)
    assert (answer.status_code, "夜间巡逻员" in answer.text, "王小明" in answer.text, "孙桂兰" in answer.text) == (200, True, False, False)
    assert everybody.get(f"/t/{tenant.slug}/p/posts/no-such").status_code == 404
    with tenant.scope():
        disable("posts")
    assert everybody.get(address).status_code == 404


def test_off_it_is_absent_and_on_again_all_is_there(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    post, own = put(), browser(member.account)
    own.post(f"/p/posts/me/{post}/claim")
    with tenant.scope():
        disable("posts")
    assert [own.get("/p/posts/me").status_code, own.get(f"/p/posts/me/{post}").status_code] == [404, 404]
    with tenant.scope():
        enable("posts")
    assert "夜间巡逻员" in own.get("/p/posts/me").text
    assert claims(tenant) == [(member.id, "held")]


def test_an_english_page_says_it_in_english(browser: Open, tenant: TestTenant, put: Put, member: TestMember) -> None:
    put()
    own = browser(member.account)
    own.client.set_cookie("baodao_lang", "en")
    page = own.get("/p/posts/me").text
    assert ("A good fit for you" in page, "lives in this community; holds no post at present" in page, "1 still wanted" in page) == (True,) * 3


def test_the_api_sets_claims_and_releases(app: Flask, tenant: TestTenant, member: TestMember) -> None:
    assert member.account is not None
    with tenant.scope():
        own = load_actor(member.account.id)
        assert own is not None
        tokens = [create_token(tenant.actor("community_officer"), "api", ["posts.read", "posts.manage"], 1), create_token(own, "api", ["posts.self"], 1)]

    def ask(who: int, method: str, address: str, **body: Any) -> Any:
        return app.test_client().open(f"/api/v1/p/posts{address}", method=method, json=body or None, headers={"Authorization": f"Bearer {tokens[who]}"})

    given = {"community_id": str(tenant.communities[0]), "category": "治安巡逻", "title": "夜间巡逻员", "duties": "巡逻", "recipient_kind": "person",
             "recipient": "孙桂兰", "times": [{"days": [6], "from": "19:00", "until": "21:00"}]}
    made = ask(0, "POST", "/posts", **given)
    assert (made.status_code, "孙桂兰" in made.text) == (201, False)
    post = made.json["id"]
    assert ask(0, "POST", "/posts", **{**given, "community_id": str(tenant.communities[1])}).status_code == 404
    assert [one["id"] for one in ask(0, "GET", "/posts").json["posts"]] == [post]
    taken = ask(1, "POST", f"/own/{post}/claim")
    assert (taken.status_code, taken.json["state"]) == (201, "held")
    assert ask(1, "POST", f"/posts/{post}/close", version=1, reason="不要了").status_code == 403
    changed = ask(0, "PUT", f"/posts/{post}", **{**given, "version": 1, "places": 3, "recipient": None})
    assert (changed.status_code, changed.json["places"], changed.json["taken"]) == (200, 3, 1)
    released = ask(1, "POST", f"/own/{post}/release", version=1, reason="工作调动")
    assert (released.status_code, released.json["state"]) == (200, "released")
    assert ask(0, "POST", f"/posts/{post}/claims", member_id=str(member.id)).json["state"] == "held"
    assert ask(0, "POST", f"/posts/{post}/close", version=2, reason="任务已完成").json["state"] == "closed"


def test_a_members_data_are_exported_and_erased(tenant: TestTenant, put: Put, member: TestMember) -> None:
    post = put()
    with tenant.scope():
        inviting.invite(post, member.id, by=uuid.uuid4())
        assert [(one.title, [row["title"] for row in one.rows]) for one in exporting.of_member(member.id)] == [("岗位邀请", ["夜间巡逻员"])]
        assert (inviting.erase(member.id), exporting.of_member(member.id)) == (1, [])
