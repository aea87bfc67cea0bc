"""The administrator tries a setting before saving it, sees what differs, and takes a profile file out, in, and back."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.extension.settings import effective
from tenants import settings
from tests.e2e.conftest import Visitor
from tests.support.factories import TestTenant, make_tenant


def norms(tenant: TestTenant) -> list[int]:
    """The yearly norm of the city and of its counties."""
    with tenant.scope():
        return [effective("service", place)["activity_norm"] for place in (None, *tenant.counties)]


@pytest.mark.long  # tests/web/test_setting_pages.py asks these pages in each run
def test_settings_are_tried_saved_taken_out_and_brought_back(visit: Callable[[], Visitor], tmp_path: Path) -> None:
    tenant = make_tenant()
    with tenant.scope():
        settings.save("service", {"activity_norm": 9}, tenant.counties[0], version=0)
    admin = visit()
    admin.sign_in(tenant, tenant.accounts["city_administrator"])
    admin.open("/settings/service")
    admin.page.fill("[name=activity_norm]", "4")
    admin.press("保存设置")  # a county follows, so it is shown first
    seen, tried = admin.text, norms(tenant)
    admin.press("返回修改")
    admin.page.fill("[name=activity_norm]", "5")
    admin.press("试看会有什么变化")
    admin.press("确认保存")
    assert ("第02区有自己的设置" in seen, tried, norms(tenant)) == (True, [2, 9, 2], [5, 9, 5])

    admin.open("/profile-file/")
    with admin.page.expect_download() as download:
        admin.page.get_by_role("link", name="下载配置文件").click()
    changed = tmp_path / "changed.toml"
    changed.write_text(Path(download.value.path()).read_text("utf-8").replace("activity_norm = 9", "activity_norm = 7"), "utf-8")
    admin.page.set_input_files("[name=file]", changed)
    admin.press("查看差别")
    assert "第02区 · 服务纪实 · 每年参加活动一般不少于几次：9 次 → 7 次" in admin.text
    admin.press("确认套用")
    applied = norms(tenant)
    admin.press("撤销：看看恢复会改什么")
    admin.press("确认套用")
    assert (applied, norms(tenant)) == ([5, 7, 5], [5, 9, 5])

    admin.open("/setting-differences/")
    admin.press("恢复")
    admin.press("恢复")
    assert norms(tenant) == [2, 9, 2]
    admin.open("/setting-history/")
    assert "跟随上级或默认 → 5 次" in admin.text
