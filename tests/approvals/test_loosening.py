"""What lets one person do what needed two, needs two itself; to ask for more takes one. And the twin, where one switches it off alone."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from core import audit
from core.access.roles import ADMINISTRATOR, COUNTY
from core.errors import Conflict, Invalid, NotFound
from core.extension.approval_kinds import SECTION, loosened
from core.extension.settings import effective
from core.tenancy import unscoped
from tenants import loosening, portable, settings
from tests.approvals.conftest import at_once
from tests.approvals.test_approvals import confirm
from tests.service.conftest import Browser
from tests.support.factories import TestAccount, TestTenant

Browsers = Callable[..., Browser]
PAGE, WHY = "/settings/approvals", "本市只有一名经办人"
ON = {"export": True, "export_from": 200, "hierarchy": True, "points_correction": True}


def form(**changes: Any) -> dict[str, str]:
    """The section's form as it is sent: a box that is not ticked is not in it."""
    return {name: str(value).lower() for name, value in (ON | changes).items() if value is not False}


def holding(tenant: TestTenant) -> dict[str, Any]:
    """What holds."""
    with tenant.scope():
        return {name: value for name, value in effective(SECTION).items() if name in ON}


def lay_down(tenant: TestTenant, **values: Any) -> None:
    """The installation sets it."""
    with tenant.scope():
        settings.save(SECTION, values, version=settings.get(SECTION).version)


def asked(tenant: TestTenant, **values: Any) -> uuid.UUID:
    """The administrator asks for `values` and nothing else."""
    with tenant.scope(), audit.set_actor("account", tenant.accounts[ADMINISTRATOR].id):
        return loosening.ask(values, WHY, version=settings.get(SECTION).version, locked=(), by=tenant.actor(ADMINISTRATOR))


@pytest.mark.parametrize(("before", "after", "names"), [
    ({}, {"export": False}, {"export"}), ({}, {"points_correction": False, "hierarchy": False}, {"points_correction", "hierarchy"}),
    ({}, {"export_from": 201}, {"export_from"}), ({}, {"export_from": 199}, set()), ({}, {}, set()),
    ({"export": False}, {"export_from": 5_000}, set()), ({"export": False}, {"export": True, "export_from": 5_000}, set()),
    ({"hierarchy": False}, {"export": False}, {"export"})])
def test_less_for_two_is_told_from_more(before: dict[str, Any], after: dict[str, Any], names: set[str]) -> None:
    assert loosened(ON | before, ON | before | after) == names


def test_to_switch_it_off_waits_for_another_and_to_switch_it_on_does_not(tenant: TestTenant, second: TestAccount, browser: Browsers) -> None:
    first, other = browser(tenant.accounts[ADMINISTRATOR]), browser(second)
    assert "须由另一人确认后才生效" in first.get(PAGE).text
    shown = first.post(PAGE, version="0", **form(export=False))
    assert (shown.status_code, "一个人不能决定" in shown.text, "提交申请" in shown.text) == (200, True, True)
    unsaid = first.post(PAGE, version="0", step="sure", reason="", **form(export=False))
    assert (unsaid.status_code, "4 至 300 个字" in unsaid.text) == (422, True)
    request = first.post(PAGE, version="0", step="sure", reason=WHY, **form(export=False)).location
    assert request.startswith("/approvals/")
    assert "仍按原来的设置" in first.get(request).text
    assert "李第二" in first.get(request).text
    assert request in first.get(PAGE).text
    assert holding(tenant) == ON
    assert all(part in other.get("/approvals/").text for part in ("放宽两人办理", WHY))
    assert "是 → 否" in other.get(request).text
    assert first.post(f"{request}/confirm", read="yes").status_code == 403
    assert holding(tenant) == ON
    assert other.post(f"{request}/confirm", read="yes").status_code == 303
    assert holding(tenant) == ON | {"export": False}
    assert request not in first.get(PAGE).text
    tightened = first.post(PAGE, version="1", **form(export_from=100))
    assert (tightened.status_code, tightened.location.split("?")[0]) == (303, PAGE)
    assert holding(tenant) == ON | {"export_from": 100}


def test_without_the_question_one_person_switches_it_off(tenant: TestTenant, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: with nothing told to be looser, the page saves at once and the next large export needs nobody."""
    monkeypatch.setattr(settings, "loosened", lambda *_: frozenset())
    saved = browser(tenant.accounts[ADMINISTRATOR]).post(PAGE, version="0", **form(export=False, hierarchy=False))
    assert saved.location.split("?")[0] == PAGE
    assert holding(tenant) == ON | {"export": False, "hierarchy": False}


def test_no_other_way_of_an_account_to_the_settings_loosens_them(tenant: TestTenant, browser: Browsers) -> None:
    lay_down(tenant, export_from=50)
    first = browser(tenant.accounts[ADMINISTRATOR])
    back = first.post("/setting-differences/reset", namespace=SECTION, name="export_from", version="1", confirmed="yes")
    assert "放宽两人办理" in first.get(back.location).text
    with tenant.scope():
        text = portable.export().replace("export_from = 50", "export_from = 5000")
        seen = portable.plan(text, "x.toml").seen
    applied = first.post("/profile-file/apply", text=text, name="x.toml", seen=seen)
    assert (applied.status_code, "放宽两人办理" in applied.text) == (409, True)
    with tenant.scope(), audit.set_actor("account", tenant.accounts[ADMINISTRATOR].id), pytest.raises(Conflict, match="放宽"):
        settings.save(SECTION, {"export_from": 50, "points_correction": False}, version=1)
    assert holding(tenant) == ON | {"export_from": 50}
    with tenant.scope(), audit.set_actor("operator", uuid.uuid4()):  # who runs the installation answers for it elsewhere
        portable.apply(text, "x.toml", seen)
    assert holding(tenant) == ON | {"export_from": 5_000}


def test_what_was_saved_or_laid_down_meanwhile_is_not_overwritten(tenant: TestTenant, second: TestAccount) -> None:
    request = asked(tenant, hierarchy=False)
    lay_down(tenant, export_from=50)
    with pytest.raises(Conflict, match="变动过"):
        confirm(tenant, request, second)
    again = asked(tenant, hierarchy=False, export_from=50)
    with unscoped():
        settings.save_for_all(SECTION, {"export": False})
    with pytest.raises(Conflict, match="变动过"):
        confirm(tenant, again, second)
    with unscoped():
        settings.save_for_all(SECTION, {})
    confirm(tenant, again, second)
    assert holding(tenant) == ON | {"hierarchy": False, "export_from": 50}
    with tenant.scope():
        assert [(one.by, one.after["values"]) for one in settings.history(SECTION)] == [
            (second.id, {"hierarchy": False, "export_from": 50}), (None, {"export_from": 50})]


def test_two_who_confirm_different_requests_at_once_have_one_effect(tenant: TestTenant, second: TestAccount) -> None:
    requests = [asked(tenant, hierarchy=False), asked(tenant, points_correction=False)]
    outcome = at_once(*(lambda request=request: confirm(tenant, request, second) for request in requests))
    assert sorted(type(one).__name__ for one in outcome) == ["Conflict", "NoneType"]
    assert sorted(ON.items() - holding(tenant).items()) in ([("hierarchy", True)], [("points_correction", True)])


def test_it_is_asked_for_by_who_sets_for_the_whole_with_a_reason_and_a_fresh_page(tenant: TestTenant) -> None:
    with tenant.scope():
        for role, why, version, error in ((COUNTY, WHY, 0, NotFound), (ADMINISTRATOR, "无", 0, Invalid), (ADMINISTRATOR, WHY, 3, Conflict)):
            with pytest.raises(error):
                loosening.ask({"export": False}, why, version=version, locked=(), by=tenant.actor(role))
        assert loosening.waiting() is None


def test_where_nobody_else_could_confirm_the_page_says_so(tenant: TestTenant, browser: Browsers) -> None:
    first = browser(tenant.accounts[ADMINISTRATOR])
    request = first.post(PAGE, version="0", step="sure", reason=WHY, **form(export_from=500)).location
    assert "目前没有别的账号可以确认" in first.get(request).text
    assert holding(tenant) == ON
