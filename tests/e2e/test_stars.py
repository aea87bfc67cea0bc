"""A star by the pages alone: the member applies, the community approves, the administrator publishes; everybody reads the notice."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from core.tenancy import today
from tests.e2e.conftest import Visitor
from tests.plugins.stars.conftest import hours, level, scheme, serve, simple
from tests.support.factories import make_member, make_tenant


@pytest.mark.long  # tests/plugins/stars asks each step of its pages in each run
def test_a_star_from_the_application_to_the_notice(visit: Callable[[], Visitor]) -> None:
    tenant = make_tenant(plugins=("stars",))
    member = make_member(tenant, "王小明", account=True)
    assert member.account is not None
    serve(tenant, member, 12, today())
    with tenant.scope():
        scheme({**simple(10, 20), "title": "社区星级", "levels": [level(1, hours(10), name="一星"), level(2, hours(20), name="二星")]})
    own, community, admin = visit(), visit(), visit()
    own.sign_in(tenant, member.account)
    community.sign_in(tenant, tenant.accounts["community_officer"])
    admin.sign_in(tenant, tenant.accounts["city_administrator"])

    own.open("/p/stars/me")
    own.press("申请一星")
    assert "审批中" in own.text
    community.open("/p/stars/")
    community.press("王小明", role="link")
    community.press("通过")
    admin.open("/p/stars/rounds/")
    admin.press("社区星级", role="link")
    admin.page.once("dialog", lambda question: question.accept())
    admin.press("公示 1 人")
    admin.follow(admin.page.get_by_role("main").locator("a[href*='/notices/']").first)
    own.open("/p/stars/me")
    own.follow(own.page.get_by_role("main").locator("a[href*='/notices/']").first)
    for one in (own, admin):
        assert ("王＊明" in one.text, "一星" in one.text) == (True, True)
