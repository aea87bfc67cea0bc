"""Step 8 of the story: the administrator switches points on, and they are there at the next request, for everybody."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from core.service import evaluation, records
from core.service.records import RecordInput
from core.tenancy import today
from tests.e2e.conftest import Visitor
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant


def serve(tenant: TestTenant, member: TestMember) -> None:
    """A service of two hours that counts."""
    officer = tenant.accounts["community_officer"].id
    with tenant.scope():
        record = records.submit(member.id, RecordInput("治安巡逻", "小区夜间巡逻", today(), 120, tenant.communities[0],
                                                       recipient="居民"), entered_by=officer)
        records.verify(record, 1, by=officer)
        evaluation.key_in(record, "paper", "satisfied", None, today(), by=officer)


@pytest.mark.long  # tests/web/test_switch_between_processes.py switches in each run
def test_points_appear_at_once(visit: Callable[[], Visitor]) -> None:
    tenant = make_tenant()
    member = make_member(tenant, "王小明", account=True)
    assert member.account is not None
    serve(tenant, member)
    admin, person = visit(), visit()
    admin.sign_in(tenant, tenant.accounts["city_administrator"])
    person.sign_in(tenant, member.account)
    before = ("奉献积分" in admin.page.content(), "我的积分" in person.page.content(),
              person.page.request.get(f"{person.address}/p/points/me").status)

    admin.open("/plugins/?q=积分")
    admin.press("启用", role="link")
    assert "在职党员" in admin.text
    assert "现在还没有改动" in admin.text
    admin.press("确认启用")
    admin.press("撤销这次操作")
    person.open("/")
    undone = person.page.request.get(f"{person.address}/p/points/me").status
    admin.open("/plugins/?q=积分")
    admin.press("启用", role="link")
    admin.press("确认启用")
    admin.open("/")
    person.open("/")
    after = ("奉献积分" in admin.page.content(), "我的积分" in person.page.content())
    serve(tenant, member)
    person.open("/p/points/me")
    assert (before, undone, after) == ((False, False, 404), 404, (True, True))
    assert "积分余额2分" in person.text.replace(" ", "")
