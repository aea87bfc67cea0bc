"""Posts where the browser matters: claimed on a phone, and a duty list that is filled in by keyboard alone."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from core.service.claims.claiming import claim
from core.service.models import ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id
from plugins.posts import setting
from plugins.posts.setting import PostInput
from tests.e2e.conftest import Visitor
from tests.support.factories import make_member, make_tenant


@pytest.mark.long  # the year of a community walks it in each run
def test_a_post_is_claimed_on_a_phone_and_its_duty_list_filled_in_by_keyboard(visit: Callable[[], Visitor]) -> None:
    tenant = make_tenant(plugins=("posts",))
    member, other = make_member(tenant, "王小明", account=True), make_member(tenant, "李芳")
    assert member.account is not None
    with tenant.scope():
        post = setting.create(PostInput(tenant.communities[0], "治安巡逻", "夜间巡逻员", "傍晚在东区巡逻", places=3, minutes=90), by=None)
        claim(post, other.id, by=None)
    own, officer = visit(), visit()
    own.sign_in(tenant, member.account)
    own.open("/p/posts/me")
    own.press("夜间巡逻员", role="link")
    own.press("认领这个岗位")
    assert ("在岗" in own.text, "登记一次服务" in own.text) == (True, True)

    officer.sign_in(tenant, tenant.accounts["community_officer"])
    officer.open(f"/p/posts/{post}")
    officer.press("登记到岗", role="link")
    keyboard = officer.page.keyboard
    officer.page.get_by_label("王小明", exact=True).focus()
    keyboard.press("Space")
    officer.page.get_by_role("main").get_by_role("button", name="登记到岗").focus()
    with officer.page.expect_navigation():
        keyboard.press("Enter")
    officer.look()
    assert "已登记 1 人的服务" in officer.text
    with tenant.scope():
        assert session().execute(select(func.count(), func.sum(ServiceRecord.minutes)).where(
            ServiceRecord.tenant_id == tenant_id(), ServiceRecord.status == "verified")).one() == (1, 90)
