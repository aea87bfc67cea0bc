"""The operator reads and checks the log of what operators did, on a screen and on a phone."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from core.access import operators
from core.tenancy import unscoped
from tests.e2e.conftest import Visitor
from tests.support.factories import PASSWORD, make_tenant


@pytest.mark.long  # tests/tenants/test_operator_pages.py asks the page in each run
def test_the_operator_reads_and_checks_the_log(visit: Callable[[], Visitor]) -> None:
    make_tenant()
    with unscoped():
        operators.create_operator("root", PASSWORD)
        operators.sign_in("root", "wrong-password")
    operator = visit()
    operator.open("/operator/login")
    operator.page.fill("[name=username]", "root")
    operator.page.fill("[name=password]", PASSWORD)
    operator.press("登录")
    operator.press("插件", role="link")
    operator.press("启用")
    operator.press("操作日志", role="link")
    assert all(said in operator.text for said in ("建立运营账号", "登录失败", "启用插件", "4201 awards", "命令行"))
    operator.press("核验完整性")
    assert "操作日志完整" in operator.page.inner_text("body")
    operator.open("/operator/log/?action=members.imported")
    assert "没有符合条件的内容" in operator.text
