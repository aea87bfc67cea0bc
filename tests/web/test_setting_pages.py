"""Settings on pages: tried before they are saved, every difference and every change in words, the profile file, the words."""
from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable

import openpyxl
import pytest
from flask.testing import FlaskClient

from core.access.roles import ADMINISTRATOR, COUNTY
from core.audit import set_actor
from core.documents import storage
from core.extension.settings import effective
from core.tenancy import unscoped
from tenants import portable, settings, terms
from tests.support.browsing import csrf_of, submit
from tests.support.factories import TestAccount, TestTenant, make_account, make_tenant, sign_in

Browse = Callable[[TestAccount], FlaskClient]
SERVICE = {"kinds": "巡逻\n帮扶", "activity_norm": "2", "longest_minutes": "480", "backdate_days": "90", "code_days": "30",
           "work_from": "08:00", "work_until": "17:30"}


@pytest.fixture
def administrator(browser_of: Browse, tenant: TestTenant) -> FlaskClient:
    """The administrator's browser."""
    return browser_of(tenant.accounts[ADMINISTRATOR])


def put(namespace: str, values: dict, place: uuid.UUID | None = None, **options) -> None:
    settings.save(namespace, values, place, version=settings.get(namespace, place).version, **options)


def plain(page: str) -> str:
    """The page's text without spaces."""
    return re.sub(r"<[^>]+>|\s+", "", page)


def fields(page: str) -> list[tuple[str, str]]:
    """The hidden fields of the page's form."""
    return [(n, v) for n, v in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page) if n != "csrf_token"]


# Trying

def test_what_others_would_notice_is_shown_before_it_is_saved(administrator: FlaskClient, tenant: TestTenant) -> None:
    with tenant.scope():
        put("service", {"backdate_days": 30}, tenant.counties[0])
    page = submit(administrator, "/settings/service", version="0", **{**SERVICE, "backdate_days": "60", "longest_minutes": "240"})
    said = plain(page.text)
    assert page.status_code == 200
    for part in ("最多补记多少天以前的服务90天60天第02区有自己的设置，不变。", "一次服务最长时间（分钟）480分钟240分钟只检查今后填写或修改的记录",
                 "有2个区县跟随全市，一起改变"):
        assert part in said, part
    with tenant.scope():
        assert (effective("service")["backdate_days"], settings.get("service").version) == (90, 0)
    sent = {name: [v for n, v in fields(page.text) if n == name] for name, _value in fields(page.text)}
    saved = administrator.post("/settings/service", data={**sent, "step": "sure", "csrf_token": csrf_of(page.text)})
    assert saved.status_code == 303
    with tenant.scope():
        assert [effective("service", p)["backdate_days"] for p in (None, *tenant.counties)] == [60, 30, 60]
        assert effective("service")["kinds"] == ["巡逻", "帮扶"]


def test_going_back_keeps_what_was_typed(administrator: FlaskClient) -> None:
    page = submit(administrator, "/settings/service", version="0", step="back", **{**SERVICE, "backdate_days": "61"})
    assert (page.status_code, 'value="61"' in page.text, "巡逻\n帮扶" in page.text) == (200, True, True)


def test_what_concerns_nobody_else_is_saved_at_once_and_nothing_is_not_saved(administrator: FlaskClient, tenant: TestTenant) -> None:
    form = {"phone": "027-12345678", "hours": "", "address": "", "text": ""}
    looked = submit(administrator, "/settings/contact", version="0", step="look", **form)
    assert (looked.status_code, "027-12345678" in looked.text) == (200, True)
    assert submit(administrator, "/settings/contact", version="0", **form).status_code == 303
    assert submit(administrator, "/settings/contact", version="1", step="look", **form).status_code == 303
    assert "没有改动" in administrator.get("/settings/contact").text
    with tenant.scope():
        assert settings.get("contact").version == 1


def test_a_lock_says_whose_own_values_it_ends_and_who_set_it(administrator: FlaskClient, browser_of: Browse, tenant: TestTenant) -> None:
    with tenant.scope():
        put("service", {"backdate_days": 30}, tenant.counties[0])
    page = submit(administrator, "/settings/service", version="0", lock="backdate_days", **SERVICE)
    assert "锁定“最多补记多少天以前的服务”：区县不能再改；第02区自己的值从此不用。" in plain(page.text)
    assert submit(administrator, "/settings/service", version="0", lock="backdate_days", step="sure", **SERVICE).status_code == 303
    county = plain(browser_of(tenant.accounts[COUNTY]).get("/settings/service").text)
    assert re.search(r"最多补记多少天以前的服务上级已锁定90天由测试city_administrator于.*?锁定", county)


def test_bounds_units_and_the_levels_above_stand_beside_each_setting(administrator: FlaskClient, tenant: TestTenant) -> None:
    with unscoped():
        settings.save_for_all("service", {"backdate_days": 50, "code_days": 20}, locked=["code_days"])
    with tenant.scope():
        put("service", {"backdate_days": 40})
    page = plain(administrator.get(f"/settings/service?place={tenant.counties[0]}").text)
    for said in ("可填1至400天", "系统默认：90天›平台：50天›全市：40天", "20天平台统一规定，市（州）和区县都不能改"):
        assert said in page, said


# Differences

def test_every_difference_stands_on_one_page_and_is_taken_back(administrator: FlaskClient, tenant: TestTenant) -> None:
    with unscoped():
        settings.save_for_all("registration", {"months": 2})
    with tenant.scope(), set_actor("account", tenant.accounts[ADMINISTRATOR].id):
        put("registration", {"months": 3})
        put("service", {"backdate_days": 40}, locked=["backdate_days"])
        put("service", {"code_days": 9}, tenant.counties[0])
        settings.save("service", {"backdate_days": 30}, tenant.counties[1], version=0, below_locks=True)
        terms.save_terms({"community": "村"})
    page = plain(administrator.get("/setting-differences/").text)
    for said in ("报到·新党员、搬家或换工作地后几个月内报到3个月2个月测试city_administrator", "最多补记多少天以前的服务40天已锁定90天",
                 "第02区", "评价码有效天数9天30天", "最多补记多少天以前的服务30天全市已锁定，未生效40天", "社区→村"):
        assert said in page, said
    address = f"/setting-differences/reset?place={tenant.counties[0]}"
    wanted = {"namespace": "service", "name": "code_days", "version": "1"}
    asked = submit(administrator, "/setting-differences/", address, **wanted)
    assert "现在是“9 天”，恢复后是“30 天”" in asked.text
    assert submit(administrator, "/setting-differences/", address, confirmed="yes", **{**wanted, "version": "7"}).status_code == 303
    assert "已被他人修改" in administrator.get("/setting-differences/").text
    assert submit(administrator, "/setting-differences/", address, confirmed="yes", **wanted).status_code == 303
    assert "评价码有效天数" not in administrator.get("/setting-differences/").text


def test_a_county_sees_and_resets_its_own_only(browser_of: Browse, tenant: TestTenant) -> None:
    with tenant.scope():
        put("service", {"code_days": 9}, tenant.counties[0])
        put("service", {"backdate_days": 30}, tenant.counties[1])
        put("registration", {"months": 3})
    county = browser_of(tenant.accounts[COUNTY])
    page = county.get("/setting-differences/").text
    assert ("评价码有效天数" in page, "最多补记" in page, "几个月内报到" in page) == (True, False, False)
    history = county.get("/setting-history/").text
    assert ("评价码有效天数" in history, "最多补记" in history, "几个月内报到" in history) == (True, False, False)
    other = f"/setting-differences/reset?place={tenant.counties[1]}"
    wanted = {"namespace": "service", "name": "backdate_days", "version": "1", "confirmed": "yes"}
    assert submit(county, "/setting-differences/", other, **wanted).status_code == 404
    submit(county, "/setting-differences/", "/setting-differences/reset", **{**wanted, "namespace": "registration", "name": "months"})
    with tenant.scope():
        assert (effective("service", tenant.counties[1])["backdate_days"], effective("registration")["months"]) == (30, 3)


# History

def test_changes_are_told_in_words_paged_and_exported(administrator: FlaskClient, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant.scope(), set_actor("account", tenant.accounts[ADMINISTRATOR].id):
        put("registration", {"report_to": "both"})
        terms.save_terms({"community": "village"}, "en")
        put("registration", {"report_to": "both", "phone": False}, locked=["phone"])
    submit(administrator, "/plugins/", "/plugins/points/switch", to="on")
    monkeypatch.setattr("tenants.changes.PAGE", 3)
    first = administrator.get("/setting-history/").text
    for said in ("插件“奉献积分”：未启用→已启用", "报到·党员可以用手机报到：跟随上级或默认→否", "报到·党员可以用手机报到：不锁定→已锁定",
                 "用语“社区”（English）：community→village"):
        assert said in plain(first), said
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = plain(administrator.get(following[1].replace("&amp;", "&")).text)
    assert ("报到·向哪里报到：跟随上级或默认→居住地和工作地社区都要报到" in second, "奉献积分”：" in second) == (True, False)
    assert "插件“奉献积分”" not in plain(administrator.get("/setting-history/?about=terms").text)
    book = openpyxl.load_workbook(io.BytesIO(administrator.get("/setting-history/export?about=registration").data))
    cells = [[c.value for c in row] for row in book.worksheets[0].iter_rows()]
    found = [row[1:] for row in cells if row[3] == "报到"]
    who = ["测试city_administrator", "全辖区", "报到"]
    assert found == [[*who, "报到 · 党员可以用手机报到", "跟随上级或默认", "否"], [*who, "报到 · 党员可以用手机报到", "不锁定", "已锁定"],
                     [*who, "报到 · 向哪里报到", "跟随上级或默认", "居住地和工作地社区都要报到"]]


def test_a_long_list_is_told_by_what_goes_and_what_comes(administrator: FlaskClient, tenant: TestTenant) -> None:
    with tenant.scope():
        kinds = effective("service")["kinds"]
        put("service", {"kinds": kinds[:-1]})
        put("service", {"kinds": [*kinds[:-2], "植树"]})
    assert "服务类别：去掉：应急值守→加上：植树" in plain(administrator.get("/setting-history/").text)


# Words

def test_a_search_changes_only_the_words_it_shows(administrator: FlaskClient, tenant: TestTenant) -> None:
    with tenant.scope():
        terms.save_terms({"community": "村", "unit": "机关"})
    shown = administrator.get("/terms/?q=村").text
    assert ('name="term-community"' in shown, 'name="term-unit"' in shown) == (True, False)
    assert "没有找到这个词" in administrator.get("/terms/?q=无此词").text
    looked = submit(administrator, "/terms/?q=村", "/terms/", **{"term-community": "屯"})
    assert re.search(r"村屯首页.*服务备案表", plain(looked.text))
    with tenant.scope():
        assert terms.terms_for_tenant() == {"community": "村", "unit": "机关"}
    assert submit(administrator, "/terms/", step="sure", **{"term-community": "屯"}).status_code == 303
    assert submit(administrator, "/terms/", reset="unit").status_code == 200
    assert submit(administrator, "/terms/", reset="unit", step="sure").status_code == 303
    with tenant.scope():
        assert terms.terms_for_tenant() == {"community": "屯"}


def test_each_word_says_where_it_stands_and_whose_it_is(administrator: FlaskClient) -> None:
    assert submit(administrator, "/plugins/", "/plugins/points/switch", to="on").status_code == 303
    page = plain(administrator.get("/terms/?q=积分").text)
    assert "积分奉献积分" in page  # the badge of its plugin
    assert "目前没有页面用到" in plain(administrator.get("/terms/?q=楼栋").text)


# The profile file

def look(client: FlaskClient, text: str | bytes) -> str:
    """Upload a file to be compared."""
    token = csrf_of(client.get("/profile-file/").text)
    content = text if isinstance(text, bytes) else text.encode()
    return client.post("/profile-file/look", data={"csrf_token": token, "file": (io.BytesIO(content), "a.toml")}).text


def apply(client: FlaskClient, page: str, text: str, **changed: str):
    """Confirm what was shown."""
    seen = dict(fields(page))["seen"]
    return client.post("/profile-file/apply", data={"csrf_token": csrf_of(page), "seen": seen, "name": "a.toml", "text": text, **changed})


def test_the_file_is_downloaded_compared_applied_and_undone(administrator: FlaskClient, tenant: TestTenant) -> None:
    with tenant.scope():
        put("registration", {"report_to": "both"})
    answer = administrator.get("/profile-file/download")
    text = answer.data.decode()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "没有要改的" in look(administrator, text)
    changed = text.replace('report_to = "both"', "phone = false").replace("plugins = []", 'plugins = ["points"]')
    page = look(administrator, changed)
    for said in ("启用插件“奉献积分”", "向哪里报到：居住地和工作地社区都要报到→居住地或工作地社区，任选一处", "党员可以用手机报到：是→否"):
        assert said in plain(page), said
    with tenant.scope():
        assert effective("registration")["phone"] is True
    done = apply(administrator, page, changed)
    assert done.status_code == 303
    kept = uuid.UUID(done.location.split("before=")[1])
    with tenant.scope():
        assert (effective("registration")["phone"], effective("points")["hours_cap"]) == (False, 2)
        assert storage.load(kept).content.decode() == text
    undo = submit(administrator, done.location, "/profile-file/look", before=kept).text
    assert "停用插件“奉献积分”" in plain(undo)
    assert apply(administrator, undo, text).status_code == 303
    assert administrator.get("/profile-file/download").data.decode() == text


def test_a_stale_comparison_changes_nothing(administrator: FlaskClient, tenant: TestTenant) -> None:
    page = look(administrator, "[settings.registration]\nphone = false")
    with tenant.scope():
        put("registration", {"months": 3})
    refused = apply(administrator, page, "[settings.registration]\nphone = false")
    assert (refused.status_code, "设置又有了变化" in refused.text) == (409, True)
    with tenant.scope():
        assert (effective("registration")["phone"], effective("registration")["months"]) == (True, 3)


@pytest.mark.parametrize(("content", "said"), [
    ("[settings.registration]\nmonts = 1", "settings.registration.monts：没有这个设置（您是否想写months？）"), ("x =", "不是正确的TOML文件"),
    ("\xff\xfe".encode("latin-1"), "不是UTF-8文字"), ("#" * (portable.LONGEST + 1), "文件太大"),
    ("[settings.registration]\nmonths = nan", "值不合要求"), ("[settings.registration.months]\na = [[[1]]]", "值不合要求")])
def test_what_is_wrong_with_a_file_is_said(administrator: FlaskClient, content: str | bytes, said: str) -> None:
    assert said in plain(look(administrator, content))


def test_the_file_from_before_is_its_owners(administrator: FlaskClient, application, tenant: TestTenant) -> None:
    with tenant.scope():
        second = make_account(tenant, ADMINISTRATOR, tenant.root)
        kept = storage.save("x.toml", "text/plain", b"", "plugins.manage", 1, second.id)
    assert submit(administrator, "/profile-file/", "/profile-file/look", before=kept).status_code == 404
    theirs = application.test_client()
    sign_in(theirs, second)
    assert submit(theirs, "/profile-file/", "/profile-file/look", before=kept).status_code == 200


def test_a_file_of_another_city_changes_no_name(administrator: FlaskClient, tenant: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市")
    with other.scope():
        text = portable.export()
    page = look(administrator, text.replace("[settings]", "[settings.registration]\nphone = false"))
    assert "这个文件是黄石市的" in plain(page)
    assert "黄石" not in plain(administrator.get("/account/").text)
    assert tenant.name == "武汉市"


def test_only_the_administrator_has_the_file(browser_of: Browse, tenant: TestTenant) -> None:
    county = browser_of(tenant.accounts[COUNTY])
    assert [county.get(a).status_code for a in ("/profile-file/", "/profile-file/download", "/terms/")] == [403, 403, 403]
