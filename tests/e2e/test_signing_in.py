"""An officer's first sign-in by slip and passkey, in a browser with a virtual authenticator: what only a browser can show."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from core.access import passkeys, slips
from core.access.roles import COUNTY
from core.config import Config
from tests.e2e.conftest import Visitor
from tests.support.applications import shared_app
from tests.support.factories import make_tenant
from tests.support.serving import served

KEY = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
       "automaticPresenceSimulation": True}


@pytest.fixture
def site(config: Config) -> Iterator[str]:
    """The application as installed, by a name: at an IP address browsers offer no passkeys."""
    with served(shared_app(dataclasses.replace(config, second_factor="officers")), "localhost") as address:
        yield address


def test_a_slip_a_passkey_and_from_then_on_the_passkey_alone(browser: Browser, site: str) -> None:
    tenant = make_tenant()
    with tenant.scope():
        code = slips.issue(tenant.accounts[COUNTY].id, by=None)
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True)
    context.set_default_timeout(20_000)
    visitor = Visitor(context.new_page(), site)
    visitor.page.on("console", visitor.note)
    devtools = context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    visitor.open(f"/t/{tenant.slug}/start#{COUNTY}:{code}")
    assert (visitor.page.input_value("[name=code]"), "#" in visitor.page.url) == (code, False)
    visitor.page.fill("[name=new_password]", "eleven green doors")
    visitor.page.click("[data-show-password=field-new_password]")
    assert visitor.page.get_attribute("[name=new_password]", "type") == "text"
    visitor.page.fill("[name=again]", "eleven green doors")
    visitor.press("设好密码并登录")
    assert "第一次登录，请先设置两步登录" in visitor.text
    visitor.press("也可以改用通行密钥", role="link")
    visitor.page.fill("[name=name]", "办公室电脑")
    visitor.press("登记这台设备")
    assert "下面十个恢复码只显示这一次" in visitor.text
    visitor.press("已经收好，继续", role="link")
    assert visitor.page.url == f"{site}/"
    context.clear_cookies()
    visitor.open(f"/t/{tenant.slug}/login/passkey?next=/account/second-factor/")
    visitor.press("用通行密钥登录")
    assert visitor.page.url == f"{site}/account/second-factor/"
    assert "办公室电脑" in visitor.text
    context.clear_cookies()
    visitor.open(f"/t/{tenant.slug}/login")
    visitor.page.fill("[name=username]", COUNTY)
    visitor.page.fill("[name=password]", "eleven green doors")
    visitor.press("登录")
    visitor.press("改用通行密钥（指纹、人脸或安全钥匙）")
    assert visitor.page.url == f"{site}/"
    context.close()
    assert visitor.findings == []
    with tenant.scope():
        assert passkeys.count(tenant.accounts[COUNTY].id) == 1
