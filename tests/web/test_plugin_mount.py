"""A plugin whose pages or API cannot be mounted is refused alone: the site starts, and nothing of the plugin can be called."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Blueprint
from flask_smorest import Blueprint as ApiBlueprint

from core.access.doors import requires
from core.config import Config
from core.extension.manifest import Navigation
from core.extension.registry import Registry, using
from tests.support.factories import make_tenant, sign_in
from tests.support.plugins import make_plugin
from web.app import create_app


@pytest.fixture
def registry() -> Iterator[Registry]:
    """An empty registry, which is the process's during the test."""
    with using(Registry()) as fresh:
        yield fresh


@requires("account.self")
def open_page() -> str:
    """A page that is well declared."""
    return "open"


def undeclared() -> str:
    """A page that names no permission."""
    return "undeclared"


def unknown() -> str:
    """A page that names a permission which nobody defined."""
    return "unknown"


requires("no.such")(unknown)


@requires("account.self")
def static() -> str:
    """A page under the name that the frame takes for files: neither login nor switch would be asked for."""
    return "static"


def pages(*views: Callable[[], str]) -> Callable[[], Blueprint]:
    """A factory of pages, each at its function's name."""
    def make() -> Blueprint:
        blueprint = Blueprint("faulty", __name__)
        for view in views:
            blueprint.add_url_rule(f"/{view.__name__}", view.__name__, view)
        return blueprint
    return make


def api(*views: Callable[[], str]) -> Callable[[], ApiBlueprint]:
    """The same for the API."""
    def make() -> ApiBlueprint:
        blueprint = ApiBlueprint("faulty_api", __name__)
        for view in views:
            blueprint.add_url_rule(f"/{view.__name__}", view_func=view)
        return blueprint
    return make


def spoil() -> str:
    """What a plugin would like to say to everybody."""
    return "spoilt"


def app_wide(register: Callable[[Blueprint], object]) -> Callable[[], Blueprint]:
    """A factory of pages that also reach for the requests of the whole site."""
    def make() -> Blueprint:
        blueprint = pages(open_page)()
        register(blueprint)
        return blueprint
    return make


def breaks() -> Any:
    raise RuntimeError("no routes today")


@pytest.mark.parametrize("faulty", [
    {"routes": breaks}, {"routes": pages(open_page, undeclared)}, {"routes": pages(open_page, unknown)}, {"routes": pages(static)},
    {"routes": app_wide(lambda b: b.before_app_request(spoil))}, {"routes": app_wide(lambda b: b.app_errorhandler(404)(spoil))},
    {"routes": app_wide(lambda b: b.app_context_processor(lambda: {"account": None}))},
    {"routes": pages(open_page), "api_routes": breaks}, {"routes": pages(open_page), "api_routes": api(undeclared)}],
    ids=["pages raise", "page undeclared", "page unknown", "page called static", "before all", "all errors",
                              "all templates", "api raises", "api undeclared"])
def test_the_site_starts_without_it(config: Config, registry: Registry, faulty: dict[str, Any]) -> None:
    registry.register(make_plugin("sound", routes=lambda: pages(open_page)().__class__("sound", __name__)))
    registry.register(make_plugin("faulty", **faulty))
    app = create_app(config)
    tenant = make_tenant(plugins=["sound", "faulty"])
    client = app.test_client()
    sign_in(client, tenant.accounts["city_administrator"])
    answers = {client.get(f"/p/faulty/{view}").status_code for view in ("open_page", "undeclared", "unknown", "static")}
    assert (sorted(registry.plugins), sorted(registry.refused), answers) == (["sound"], ["faulty"], {404})
    assert (client.get("/account/").status_code, "spoilt" in client.get("/account/").text) == (200, False)


def test_a_menu_entry_without_a_page_would_break_every_page(config: Config, registry: Registry) -> None:
    registry.register(make_plugin("faulty", routes=pages(open_page), navigation=(Navigation("x", "faulty.open_pge", "account.self"),)))
    app = create_app(config)
    client = app.test_client()
    sign_in(client, make_tenant(plugins=["faulty"]).accounts["city_administrator"])
    assert client.get("/account/").status_code == 200
    assert registry.refused == {"faulty": "页面不能挂载：菜单的页面 faulty.open_pge 不存在（您是否想写 faulty.open_page？）"}


def test_an_icon_that_is_misspelt(config: Config, registry: Registry) -> None:
    entry = Navigation("x", "faulty.open_page", "account.self", icon="calender")
    registry.register(make_plugin("faulty", routes=pages(open_page), navigation=(entry,)))
    create_app(config)
    assert registry.refused == {"faulty": "页面不能挂载：没有名为 calender 的图标（您是否想写 calendar？）"}


def test_an_entry_stands_in_the_block_that_it_names(config: Config, registry: Registry) -> None:
    entries = (Navigation("值班荣誉", "faulty.open_page", "account.self", group="honours"), Navigation("值班", "faulty.open_page", "account.self", group="service"))
    registry.register(make_plugin("faulty", routes=pages(open_page), navigation=entries))
    client = create_app(config).test_client()
    sign_in(client, make_tenant(plugins=["faulty"]).accounts["city_administrator"])
    page = client.get("/account/").text
    assert [page.index("评价激励") < page.index("值班荣誉"), page.index("服务查验") < page.index("值班</") < page.index("评价激励"), "特色功能" in page] == [
        True, True, False]


def test_twin_a_sound_one_is_mounted(config: Config, registry: Registry) -> None:
    registry.register(make_plugin("faulty", routes=pages(open_page)))
    app = create_app(config)
    client = app.test_client()
    sign_in(client, make_tenant(plugins=["faulty"]).accounts["city_administrator"])
    assert (client.get("/p/faulty/open_page").text, registry.refused) == ("open", {})
