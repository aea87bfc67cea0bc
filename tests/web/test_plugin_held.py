"""A plugin whose tables are not there: its pages and menu are closed, the administrator is told the command, all else goes on."""
from __future__ import annotations

import pytest

from core.config import Config
from core.extension.registry import Registry, using
from tests.support import snow
from tests.support.factories import make_tenant, sign_in
from tests.support.plugins import make_plugin
from web.app import create_app

COMMAND = "数据表还没有建立。请运行 baodao db upgrade。"


@pytest.mark.parametrize("with_tables", [True, False], ids=["held", "twin: nothing is missing"])
def test_closed_and_told(config: Config, with_tables: bool) -> None:
    with using(Registry()) as registry:
        plugin = snow.plugin if with_tables else make_plugin("snow", navigation=(), permissions=snow.plugin.permissions)
        assert registry.register(plugin)
        app = create_app(config)
        client, officer, tenant = app.test_client(), app.test_client(), make_tenant(plugins=["snow"])
        sign_in(client, tenant.accounts["city_administrator"])
        sign_in(officer, tenant.accounts["community_officer"])
        pages = {path: client.get(path) for path in ("/account/", "/members/", "/plugins/", "/plugins/health/")}
        assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(pages, 200)
        assert "/p/snow/" not in pages["/account/"].text
        assert [COMMAND in pages[path].text for path in ("/plugins/", "/plugins/health/")] == [with_tables, with_tables]
        held = officer.get("/p/snow/")
        assert (held.status_code, "“扫雪值班”的数据表还没有准备好" in held.text) == ((503, True) if with_tables else (404, False))
