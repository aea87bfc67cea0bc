"""The board, the screen's data and the form for objections: what stands there, for whom, and how often one may write."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import func, select

import plugins.pledges.pages.public as public_pages
from core.organizations.tree import get
from core.service.claims.collective import claim_for_unit
from core.service.claims.matters import MatterInput, open_matter
from core.tenancy import now, session, today
from core.tenancy.clock import set_clock
from plugins.pledges import ending, making, objecting, publishing
from plugins.pledges.making import PledgeInput
from plugins.pledges.models import PledgeObjection
from tenants import settings
from tenants.activation import disable
from tests.plugins.pledges.conftest import RESIDENT, TEXT, change
from tests.plugins.pledges.test_pages import code_of
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

Open = Callable[..., Browser]
Take = Callable[..., uuid.UUID]
DAY = dt.timedelta(days=1)


@pytest.fixture
def board(tenant: TestTenant) -> str:
    """The board's address."""
    return f"/t/{tenant.slug}/p/pledges/{code_of(tenant)}"


@pytest.mark.parametrize(("values", "shown"), [
    ({"name_display": "full", "show_unit": True}, "王小明 第0单位"), ({"name_display": "full"}, "王小明"), ({}, "王同志"),
    ({"name_display": "masked"}, "王＊＊"), ({"name_display": "none", "show_unit": True}, "在职党员 第0单位")])
def test_names_stand_as_the_tenant_sets(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take, board: str,
                                        values: dict[str, Any], shown: str) -> None:
    pledged(member)
    with tenant.scope():
        settings.save("pledges", values, None, version=0)
    pages = [browser().get(address).text for address in (board, f"{board}/screen", f"{board}/screen/data")]
    secrets = {"王小明", "小明", "第0单位", member.phone, member.id_number, RESIDENT, str(member.id), str(tenant.units[0])}
    for page in pages:
        assert [word for word in sorted(secrets) if word in page and word not in shown] == []
    assert "　".join(shown.split()).split("　")[0] in pages[0]
    row = browser().get(f"{board}/screen/data").json["rows"][0]
    assert " ".join(filter(None, (row["who"], row["unit"]))) == shown


def test_a_units_pledge_names_the_unit(browser: Open, tenant: TestTenant, member: TestMember, board: str) -> None:
    with tenant.scope():
        matter = open_matter("posts", MatterInput(tenant.communities[0], "环境卫生", "大扫除", collective=True), by=None)
        parent = claim_for_unit(matter, tenant.units[0], [member.id], by=None).id
        publishing.publish(making.make(PledgeInput(parent, TEXT, today()), by=None), 1)
    row = browser().get(f"{board}/screen/data").json["rows"][0]
    assert (row["who"], row["unit"]) == ("第0单位", "")


def test_what_stands_where(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take, board: str) -> None:
    pledged(member, text="正在做的承诺"), pledged(member, text="没有公开的承诺", public=False)
    late, kept, old, broken, released = (pledged(member, text=text) for text in (
        "逾期的承诺", "兑现的承诺", "早就兑现的承诺", "没有兑现的承诺", "解除的承诺"))
    with tenant.scope():
        ending.close(kept, 2, "kept", "")
        ending.close(old, 2, "kept", "")
        ending.close(broken, 2, "not_kept", "没有来")
        ending.close(released, 2, "released", "生病了")
    change(tenant, late, deadline=today() - DAY, board_on=today() - DAY)
    change(tenant, old, ended_on=today() - 400 * DAY, board_on=today() - 400 * DAY)
    found = {tab: re.findall(r"<p>([^<]*的承诺)</p>", browser().get(f"{board}?tab={tab}").text) for tab in ("open", "late", "kept", "not_kept")}
    assert found == {"open": ["正在做的承诺"], "late": ["逾期的承诺"], "kept": ["兑现的承诺"], "not_kept": ["没有兑现的承诺"]}
    assert [row["text"] for row in browser().get(f"{board}/screen/data").json["rows"]] == ["逾期的承诺", "正在做的承诺", "兑现的承诺"]
    assert "生病了" not in browser().get(f"{board}?tab=not_kept").text


def test_pages_follow_one_another(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take, board: str) -> None:
    for number in range(21):
        pledged(member, today() + (number + 1) * DAY, text=f"第{number:02}号承诺")
    found = re.findall("第(..)号承诺", browser().get(board).text)
    following = re.search(r'rel="next" href="([^"]+)"', browser().get(board).text)
    assert following is not None
    found += re.findall("第(..)号承诺", browser().get(following[1].replace("&amp;", "&")).text)
    assert found == [f"{number:02}" for number in range(21)]
    refresh = re.search(r'http-equiv="refresh" content="12;url=([^"]+)"', browser().get(f"{board}/screen").text)
    assert refresh is not None
    assert re.findall("第(..)号承诺", browser().get(refresh[1]).text) == ["04", "05", "06", "07"]


def test_absent_where_it_is_not(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take, board: str) -> None:
    other = make_tenant("4228", plugins=("pledges", "posts"))
    pledge_id, hidden = pledged(member), pledged(member, public=False)
    foreign = f"/t/{other.slug}/p/pledges/{code_of(other)}"
    with tenant.scope():
        elsewhere, county = get(tenant.communities[1]).code, get(tenant.counties[0]).code
    here = f"/t/{tenant.slug}/p/pledges"
    assert TEXT in browser().get(board).text
    assert TEXT not in browser().get(foreign).text + browser().get(f"{here}/{elsewhere}").text
    absent = [f"{foreign}/{pledge_id}/object", f"{here}/{elsewhere}/{pledge_id}/object", f"{board}/{hidden}/object", f"{here}/{county}",
              f"{here}/nowhere", f"/t/{other.slug}/p/pledges/{code_of(tenant)}", f"{here}/{county}/screen", f"{here}/nowhere/screen/data"]
    assert [address for address in absent if browser().get(address).status_code != 404] == []
    assert browser().post(f"{board}/{hidden}/object", says="没有兑现", ticket="x").status_code == 404
    with tenant.scope():
        disable("pledges")
    assert [browser().get(f"{board}{rest}").status_code for rest in ("", "/screen", "/screen/data", f"/{pledge_id}/object")] == [404] * 4


@pytest.fixture
def later() -> Iterator[Callable[[], None]]:
    """`later()` lets ten seconds pass, as long as people type at least."""
    moment = now()
    with ExitStack() as clocks:
        def pass_by() -> None:
            nonlocal moment
            moment += dt.timedelta(seconds=10)
            clocks.enter_context(set_clock(moment))
        pass_by()
        yield pass_by


def ticket(page: str) -> str:
    """The form's ticket."""
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def objections(tenant: TestTenant) -> int:
    """How many there are."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(PledgeObjection)) or 0


def test_a_resident_objects_and_the_form_sent_twice_counts_once(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take,
                                                                board: str, later: Callable[[], None]) -> None:
    address = f"{board}/{pledged(member)}/object"
    sent = {"says": "一次也没有来过", "contact": "13900000000", "ticket": ticket(browser().get(address).text)}
    assert browser().post(address, **sent).status_code == 422  # faster than anybody types
    later()
    answer = browser().post(address, **(sent | {"says": "短"}))
    assert (answer.status_code, "13900000000" in answer.text) == (422, True)
    sent["ticket"] = ticket(answer.text)
    later()
    first, second = (browser().post(address, **sent) for _twice in range(2))
    assert (first.status_code, second.status_code, objections(tenant)) == (200, 200, 1)
    number = re.search(r'"objection-number">([^<]+)<', second.text)
    assert number is not None
    asked = browser().post(f"{board}/answer", number=number[1]).text
    assert [word in asked for word in ("核实中", "社区正在核实。", "一次也没有来过")] == [True, True, False]
    with tenant.scope():
        objecting.answer(session().scalars(select(PledgeObjection.id)).one(), 1, "已去过四次，有记录", upheld=False, by=None)
        elsewhere = get(tenant.communities[1]).code
    assert "已去过四次，有记录" in browser().post(f"{board}/answer", number=number[1].replace(" ", "")).text
    for place, typed in ((board, "1234 5678 9012"), (f"/t/{tenant.slug}/p/pledges/{elsewhere}", number[1])):
        answer = browser().post(f"{place}/answer", number=typed)
        assert (answer.status_code, "有记录" in answer.text) == (404, False)


def flood(browser: Open, address: str, later: Callable[[], None]) -> list[int]:
    """Seven objections from one address, one after another."""
    found = []
    for number in range(7):
        given = ticket(browser().get(address).text)
        later()
        found.append(browser().post(address, says=f"第 {number} 次反映", ticket=given).status_code)
    return found


def test_one_address_may_write_five_times(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take, board: str,
                                          later: Callable[[], None]) -> None:
    assert flood(browser, f"{board}/{pledged(member)}/object", later) == [200] * 5 + [429] * 2
    assert objections(tenant) == 5


def test_twin_without_the_limit_all_come_in(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take, board: str,
                                            later: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_pages, "admit", lambda *_args, **_options: None)
    assert flood(browser, f"{board}/{pledged(member)}/object", later) == [200] * 7
    assert objections(tenant) == 7


def test_the_board_says_so_where_nothing_stands(browser: Open, tenant: TestTenant, board: str) -> None:
    make_member(tenant)
    assert "这里还没有承诺" in browser().get(board).text
    assert browser().get(f"{board}/screen/data").json["rows"] == []
