"""The pages and the API: unit and community from offer and need to the year's list, reach and rights, papers, what each list costs."""
from __future__ import annotations

import html
import io
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from icalendar import Calendar
from sqlalchemy import select

from core.access.tokens import create_token
from core.organizations.tree import get as organization
from core.tenancy import session, today
from plugins.cobuilding import fulfilling, items
from plugins.cobuilding.fulfilling import FulfilmentInput
from plugins.cobuilding.models import CobuildingAgreement, CobuildingFulfilment, CobuildingItem
from tests.plugins.cobuilding.conftest import DAY, FUNDS, VENUE, agreed
from tests.service.conftest import Browser
from tests.support.factories import TestTenant

Open = Callable[..., Browser]
HERE = "/p/cobuilding"


def test_the_way_of_unit_and_community(browser: Open, tenant: TestTenant) -> None:
    unit, community = browser(tenant.accounts["unit_liaison"]), browser(tenant.accounts["community_officer"])
    form = {"kind": "venues", "details": "", "amount": "", "hours": "4", "seats": ""}
    ticket = str(uuid.uuid4())
    wrong = unit.post(f"{HERE}/items/offer", ticket=ticket, owner=str(tenant.units[0]), **(form | {"kind": "funds"}), title="出资修路")
    assert (wrong.status_code, "资金请写明金额" in wrong.text, "出资修路" in wrong.text) == (422, True, True)
    offered = [unit.post(f"{HERE}/items/offer", ticket=ticket, owner=str(tenant.units[0]), title="周末开放会议室", **form).status_code for _two in range(2)]
    assert offered == [303, 303]
    assert unit.post(f"{HERE}/items/offer", ticket=str(uuid.uuid4()), owner=str(tenant.units[1]), title="别人的会议室", **form).status_code == 422
    assert community.post(f"{HERE}/items/need", ticket=str(uuid.uuid4()), owner=str(tenant.communities[0]), title="缺少活动场所", **form).status_code == 303
    with tenant.scope():
        ids = {row.side: row.id for row in session().scalars(select(CobuildingItem))}
    assert len(ids) == 2
    fitting = community.get(f"{HERE}/items/{ids['need']}/fitting").text
    assert ("周末开放会议室" in fitting, f"with={ids['offer']}" in fitting) == (True, True)
    address = f"{HERE}/items/{ids['need']}/propose?with={ids['offer']}"
    assert "周末开放会议室" in community.get(address).text
    proposal = {**form, "ticket": str(uuid.uuid4()), "title": "周末开放会议室", "since": today().isoformat(), "until": (today() + 300 * DAY).isoformat()}
    assert community.post(address, **proposal, reason="").status_code == 422
    assert [community.post(address, **proposal, reason="离社区近").status_code for _two in range(2)] == [303, 303]
    with tenant.scope():
        made = session().scalars(select(CobuildingAgreement)).one()
    agreement = f"{HERE}/agreements/{made.id}"
    assert community.post(f"{agreement}/confirm", version=1).status_code == 303  # the own side already: told, nothing changed
    assert unit.post(f"{agreement}/confirm", version=1).status_code == 303
    assert "履行中" in unit.get(agreement).text
    given = {"ticket": str(uuid.uuid4()), "done_on": today().isoformat(), "what": "开放半天", "hours": "4", "amount": ""}
    assert unit.post(f"{agreement}/fulfil", **given).status_code == 303
    with tenant.scope():
        fulfilment = session().scalars(select(CobuildingFulfilment)).one()
    assert (fulfilment.state, unit.get(f"{HERE}/fulfilments/{fulfilment.id}").status_code) == ("waiting", 403)
    assert community.post(f"{HERE}/fulfilments/{fulfilment.id}", version=1, yes="no", answer="").status_code == 422
    assert community.post(f"{HERE}/fulfilments/{fulfilment.id}", version=1, yes="yes", answer="").status_code == 303
    assert [unit.post(f"{agreement}/renew").status_code for _two in range(2)] == [303, 303]
    asked = unit.post(f"{agreement}/finish?act=end", version=2, reason="期满")
    assert (asked.status_code, "期满" in asked.text) == (200, True)
    assert unit.post(f"{agreement}/finish?act=end", version=2, reason="期满", confirmed="yes").status_code == 303
    with tenant.scope():
        assert sorted(session().scalars(select(CobuildingAgreement.state))) == ["ended", "proposed"]


def test_what_was_taken_down_is_its_owners_alone(browser: Open, tenant: TestTenant, offer: uuid.UUID) -> None:
    unit, community = browser(tenant.accounts["unit_liaison"]), browser(tenant.accounts["community_officer"])
    fitting = f"{HERE}/items/{offer}/fitting"
    assert [one.get(fitting).status_code for one in (unit, community)] == [200, 200]
    assert unit.post(f"{HERE}/items/{offer}/close", version=1, reason="装修").status_code == 303
    assert [one.get(fitting).status_code for one in (unit, community)] == [200, 404]


def test_a_unit_proposes_on_its_own_offer_and_takes_the_days_along(browser: Open, tenant: TestTenant, offer: uuid.UUID, need: uuid.UUID) -> None:
    unit, community, far = (browser(one) for one in (tenant.accounts["unit_liaison"], tenant.accounts["community_officer"],
                                                     tenant.others["community_officer"]))
    with tenant.scope():
        name = organization(tenant.communities[0]).name
    address = f"{HERE}/items/{offer}/propose?community={tenant.communities[0]}"
    assert f"community={tenant.communities[0]}" in html.unescape(unit.get(f"{HERE}/items/{offer}/fitting?q={name}").text)
    assert [unit.get(one).status_code for one in (address, f"{HERE}/items/{offer}/propose", f"{HERE}/items/{offer}/propose?community={tenant.units[0]}")] == [
        200, 403, 404]
    proposal = {"ticket": str(uuid.uuid4()), "kind": "venues", "title": "周末开放会议室", "since": today().isoformat(), "until": today().isoformat(),
                "reason": "离社区近"}
    assert [far.post(address, **proposal).status_code, unit.post(address, **proposal).status_code] == [404, 303]
    with tenant.scope():
        made = session().scalars(select(CobuildingAgreement)).one()
    assert (made.unit_id, made.community_id, made.state, made.unit_on, made.community_on, made.offer_id) == (
        tenant.units[0], tenant.communities[0], "proposed", today(), None, offer)
    days = f"{HERE}/agreements/{made.id}/calendar.ics"
    assert [unit.get(days).status_code, community.post(f"{HERE}/agreements/{made.id}/confirm", version=1).status_code] == [404, 303]
    events = Calendar.from_ical(unit.get(days).data).walk("VEVENT")
    assert [(str(one["summary"]), one["dtstart"].dt, str(one["location"])) for one in events] == [
        ("共建开始：周末开放会议室", today(), name), ("共建到期，请商量是否续签：周末开放会议室", today(), name)]
    assert far.get(days).status_code == 404


def test_the_years_list_on_screen_as_workbook_and_on_paper(browser: Open, tenant: TestTenant) -> None:
    made = agreed(tenant, terms=FUNDS)
    with tenant.scope():
        fulfilling.enter(uuid.uuid4(), made, FulfilmentInput(today() - DAY, "到位一半", 10000), received=True, by=None)
    year = (today() - DAY).year
    unit = browser(tenant.accounts["unit_liaison"])
    page = unit.get(f"{HERE}/yearly?year={year}").text
    assert [word in page for word in ("20,000", "10,000", "修缮楼道照明")] == [True] * 3
    book = openpyxl.load_workbook(io.BytesIO(unit.get(f"{HERE}/yearly/export?year={year}").data))
    assert [book.worksheets[0][cell].value for cell in ("C2", "D2", "J2")] == ["资金", "修缮楼道照明", 10000]
    assert unit.get(f"{HERE}/yearly.pdf?year={year}&organization_id={tenant.units[0]}").data.startswith(b"%PDF")
    assert unit.get(f"{HERE}/agreements/{made}/paper").data.startswith(b"%PDF")
    assert unit.get(f"{HERE}/yearly?organization_id={tenant.units[1]}").status_code == 404
    sibling = browser(tenant.others["community_officer"])
    assert "修缮楼道照明" not in sibling.get(f"{HERE}/yearly?year={year}").text


def test_reach_and_rights(browser: Open, tenant: TestTenant, offer: uuid.UUID, need: uuid.UUID) -> None:
    made = agreed(tenant)
    addresses = (f"{HERE}/agreements/{made}", f"{HERE}/agreements/{made}/fulfil", f"{HERE}/items/{offer}", f"{HERE}/items/{need}",
                 f"{HERE}/items/{need}/propose?with={offer}")
    expected = {"unit_liaison": [200, 200, 200, 404, 200], "community_officer": [200, 200, 404, 200, 200], "street_officer": [200, 403, 404, 403, 200],
                "county_officer": [200, 200, 200, 403, 200], "city_administrator": [200, 403, 403, 403, 200]}
    assert {role: [browser(tenant.accounts[role]).get(address).status_code for address in addresses] for role in expected} == expected
    sibling = browser(tenant.others["community_officer"])
    assert [sibling.get(address).status_code for address in addresses] == [404] * 5
    assert "周末开放会议室" in sibling.get(f"{HERE}/items/?tab=offer").text  # put up for everybody who does this work
    assert sibling.get(f"{HERE}/items/{offer}/propose").status_code == 200  # for the own community
    assert sibling.post(f"{HERE}/items/{offer}/propose", ticket=str(uuid.uuid4()), community_id=str(tenant.communities[0]), kind="venues", title="会议室",
                        since=today().isoformat(), until=today().isoformat(), reason="离得近").status_code == 422


def test_lists_cost_the_same_for_one_row_and_for_three(browser: Open, tenant: TestTenant, offer: uuid.UUID, statements: list[str]) -> None:
    unit = browser(tenant.accounts["unit_liaison"])
    made = agreed(tenant)
    pages = [f"{HERE}/", f"{HERE}/items/?tab=offer", f"{HERE}/yearly?year={today().year}", f"{HERE}/agreements/{made}"]

    def grow() -> None:
        agreed(tenant, since=today())
        with tenant.scope():
            items.put_up(uuid.uuid4(), "offer", tenant.units[0], VENUE, by=None)
            fulfilling.enter(uuid.uuid4(), made, FulfilmentInput(today(), "开放半天"), received=True, by=None)

    def cost() -> list[tuple[int, int]]:
        found = []
        for address in pages:
            statements.clear()
            found.append((len(unit.get(address).text), len(statements)))
        return found
    grow()
    cost()
    one = cost()
    for _more in range(2):
        grow()
    three = cost()
    assert [count for _length, count in one] == [count for _length, count in three] == COUNTS
    assert [address for address, few, many in zip(pages, one, three, strict=True) if many[0] <= few[0]] == []  # the twin: they did grow


COUNTS = [6, 7, 5, 12]


def test_the_api_puts_up_confirms_and_fulfils(browser: Open, tenant: TestTenant) -> None:
    made = agreed(tenant)
    with tenant.scope():
        token = create_token(tenant.actor("unit_liaison"), "office", ["cobuilding.read", "cobuilding.offer"], 1)
    client = browser().client

    def ask(method: str, address: str, **values: Any) -> Any:
        return client.open(f"/api/v1/p/cobuilding{address}", method=method, headers={"Authorization": f"Bearer {token}"}, json=values or None)
    given = {"side": "offer", "kind": "talent", "title": "每月一次义诊"}
    put = ask("POST", "/items", organization_id=str(tenant.units[0]), **given)
    assert (put.status_code, ask("POST", "/items", organization_id=str(tenant.units[1]), **given).status_code) == (201, 404)
    assert [one["id"] for one in ask("GET", "/items?kind=talent").json] == [put.json["id"]]
    assert [one["id"] for one in ask("GET", "/agreements").json] == [str(made)]
    assert ask("POST", f"/agreements/{made}/confirm", version=2).status_code == 409
    assert ask("POST", f"/agreements/{made}/fulfilments", done_on=today().isoformat(), what="开放半天", hours=4).status_code == 201


@pytest.mark.parametrize("address", ["", "items/", "yearly", "yearly.pdf", "items/offer"])
def test_nothing_yet(browser: Open, tenant: TestTenant, address: str) -> None:
    assert browser(tenant.accounts["unit_liaison"]).get(f"{HERE}/{address}").status_code == 200
