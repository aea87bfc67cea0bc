"""The catalogue: what each plugin adds and for whom, the look before a switch, the switch, its undoing, and a suspended one."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from core.access.roles import ADMINISTRATOR, COUNTY
from core.extension.activation import is_enabled
from core.extension.holding import Held
from core.extension.registry import current
from core.extension.suspension import suspend
from core.jobs import enqueue
from core.service import evaluation, records
from core.tenancy import today
from tenants import activation, effects
from tests.service.conftest import service
from tests.support.browsing import submit
from tests.support.factories import TestAccount, TestTenant, make_account, make_member, make_tenant
from tests.support.plugins import make_plugin

Browse = Callable[[TestAccount], FlaskClient]
OFFICERS = {"city_administrator": 1, "county_officer": 2, "street_officer": 1, "community_officer": 2, "unit_liaison": 1}


@pytest.fixture
def administrator(browser_of: Browse, tenant: TestTenant) -> FlaskClient:
    """The administrator's browser."""
    return browser_of(tenant.accounts[ADMINISTRATOR])


@pytest.fixture
def others(administrator: FlaskClient) -> Iterator[None]:  # after the process has loaded its own
    """A plugin that needs points."""
    current().register(make_plugin("ranking", title="评比", description="按积分评比。", requires=("points",)))
    yield
    current().refuse("ranking", "")  # takes it out
    del current().refused["ranking"]


def table(page: str) -> list[list[str]]:
    """The cells of the page's tables, as text."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    return [[re.sub(r"<[^>]+>|\s+", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)] for row in rows]


def test_the_page_of_a_plugin_says_what_it_adds_for_whom_and_with_which_data(administrator: FlaskClient) -> None:
    page = re.sub(r"<[^>]+>|\s+", "", administrator.get("/plugins/points").text)
    for said in ("菜单奉献积分、积分兑换、我的积分", "核对积分余额（每天03:10）", "设置3项，区县可以有自己的", "积分余额",
                 "显示在党员页面上的内容、服务记录计入时的处理",
                 "查看积分市（州）管理员、县（市、区）或行业系统经办人、街道（乡镇）经办人、社区经办人、单位联络员", "查看本人积分在职党员",
                 "每名党员的积分余额和每一笔的来由", "不需要其他插件", "未启用"):
        assert said in page, said
    assert administrator.get("/plugins/pionts").status_code == 404


def test_the_preview_counts_the_accounts_that_gain_and_those_of_nobody_else(administrator: FlaskClient, tenant: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市")
    make_member(tenant, "王小明", account=True)
    with other.scope():  # a leak would be counted
        make_account(other, "member", other.units[0])
    with tenant.scope():
        found = {e.role: (e.accounts, e.permissions, e.menus) for e in effects.by_role(current().plugins["points"])}
    desk = ("查看积分", "办理积分兑换和发卡", "登记不列入积分的情形", "更正积分（两人办理）")
    rights = dict.fromkeys(OFFICERS, (desk, ("奉献积分", "积分兑换"))) | {
        "unit_liaison": (("查看积分",), ("奉献积分",)),
        "city_administrator": ((*desk, "维护兑换物品、补记和排名开关"), ("奉献积分", "积分兑换"))}
    assert found == {**{role: (count, *rights[role]) for role, count in OFFICERS.items()}, "member": (1, ("查看本人积分",), ("我的积分",))}
    page = administrator.get("/plugins/points/switch?to=on").text
    assert ["在职党员", "1个", "查看本人积分", "我的积分"] in table(page)
    assert "现在还没有改动" in page
    with tenant.scope():
        assert not is_enabled("points")


def test_switching_off_tells_what_is_kept_and_what_waits_and_is_undone_at_once(browser_of: Browse) -> None:
    tenant = make_tenant(plugins=["points"])
    member = make_member(tenant)
    with tenant.scope():
        done = records.submit(member.id, service(tenant.communities[0]), entered_by=None)
        records.verify(done, 1, by=None)
        evaluation.key_in(done, "paper", "satisfied", None, today(), by=tenant.accounts["community_officer"].id)
        enqueue("points.check", {})
    administrator = browser_of(tenant.accounts[ADMINISTRATOR])
    page = administrator.get("/plugins/points/switch?to=off").text
    assert "数据不会删除（2 条）" in page  # the account and its entry
    assert "它的 1 个后台任务会停下来等待" in page
    done = submit(administrator, "/plugins/points/switch?to=off", "/plugins/points/switch", to="off")
    page = administrator.get(done.location).text
    assert "撤销这次操作" in page
    assert "未启用，数据保留着" in page
    back = submit(administrator, done.location, "/plugins/points/switch", to="on")
    page = administrator.get(back.location).text
    assert ("已启用。" in page, re.findall(r'history-title">([^<]+)<', page)) == (True, ["启用", "停用"])
    assert "撤销这次操作" not in administrator.get(done.location).text  # the notice is of a state that is gone


@pytest.mark.usefixtures("others")
def test_what_stands_in_the_way_is_named_by_its_title(administrator: FlaskClient, tenant: TestTenant) -> None:
    assert "请先启用：奉献积分" in administrator.get("/plugins/ranking/switch?to=on").text
    refused = submit(administrator, "/plugins/", "/plugins/ranking/switch", to="on")
    assert (refused.status_code, "请先启用 奉献积分" in refused.text) == (409, True)
    with tenant.scope():
        activation.enable("points")
        activation.enable("ranking")
    assert "请先停用依赖它的：评比" in administrator.get("/plugins/points/switch?to=off").text
    assert "需要它的插件" in administrator.get("/plugins/points").text


@pytest.mark.usefixtures("others")
def test_many_plugins_are_searched(administrator: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.pages.plugins.MANY", 99)
    assert 'name="q"' not in administrator.get("/plugins/").text
    monkeypatch.setattr("web.pages.plugins.MANY", 2)
    found = administrator.get("/plugins/?q=评比").text
    assert ("/plugins/ranking/switch" in found, "/plugins/points/switch" in found) == (True, False)
    assert "没有符合条件的插件" in administrator.get("/plugins/?q=评比&state=on").text


def test_a_suspended_plugin_is_told_and_resumed(administrator: FlaskClient, tenant: TestTenant) -> None:
    with tenant.scope():
        activation.enable("points")
        assert suspend("points", "member_panels")
    for address in ("/plugins/", "/plugins/points"):
        assert "已自动暂停" in administrator.get(address).text
    resumed = submit(administrator, "/plugins/points", "/plugins/points/switch", to="on")
    page = administrator.get(resumed.location).text
    assert ("插件已恢复" in page, "撤销这次操作" in page) == (True, False)
    with tenant.scope():
        assert is_enabled("points")


def test_a_refused_plugin_is_shown_with_its_reason_and_nothing_else_suffers(administrator: FlaskClient) -> None:
    current().refuse("broken", "缺少迁移目录")
    try:
        page = administrator.get("/plugins/").text
    finally:
        del current().refused["broken"]
    assert ("缺少迁移目录" in page, "奉献积分" in page) == (True, True)


def test_only_the_administrator_switches(browser_of: Browse, tenant: TestTenant) -> None:
    county = browser_of(tenant.accounts[COUNTY])
    assert [county.get(a).status_code for a in ("/plugins/", "/plugins/points", "/plugins/points/switch")] == [403, 403, 403]


def test_a_plugin_that_is_held_back_says_so_with_the_command_for_operators(administrator: FlaskClient, tenant: TestTenant,
                                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant.scope():
        activation.enable("points")
    administrator.get("/plugins/")  # the tables were looked at
    state = current().tables
    monkeypatch.setattr(state, "held", {"points": Held("missing", command="baodao db upgrade")})
    monkeypatch.setattr(state, "next_look", float("inf"))
    for address in ("/plugins/", "/plugins/points"):
        page = administrator.get(address).text
        assert ("已启用，但暂停使用" in page, "请运行 baodao db upgrade。" in page) == (True, True)
