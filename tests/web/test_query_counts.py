"""Every page with a list sends as many statements for three rows as for one, and the number stands here (style: tests)."""
from __future__ import annotations

import uuid
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.access import operators
from core.access.actor import load_actor
from core.access.roles import ADMINISTRATOR, AUDITOR, COMMUNITY, COUNTY, LIAISON, MEMBER, permissions
from core.access.tokens import create_token
from core.audit import set_actor
from core.config import Config
from core.organizations import tree
from core.registration import reporting
from core.service import corrections, evaluation, records
from core.service.claims.claiming import claim
from core.service.claims.matters import MatterInput, open_matter
from core.service.corrections import CorrectionInput
from core.tenancy import today, unscoped
from plugins.wishes import entering as wishes
from plugins.wishes.entering import WishInput
from tenants import settings
from tenants.importing import work
from tests.importing.conftest import member, workbook
from tests.security import rows
from tests.service.conftest import service
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.factories import PASSWORD, make_account, make_member, make_tenant, sign_in
from tests.support.statements import sent

COUNTS = {
    (ADMINISTRATOR, "/accounts/"): 4, (ADMINISTRATOR, "/jobs/"): 4, (ADMINISTRATOR, "/imports/"): 3, (ADMINISTRATOR, "/account/"): 6,
    (ADMINISTRATOR, "/account/logins/"): 4, (ADMINISTRATOR, "/account/second-factor/"): 6,
    (ADMINISTRATOR, "/p/reports/"): 3, (ADMINISTRATOR, "/p/reports/manage"): 3,
    (ADMINISTRATOR, "/plugins/"): 3, (ADMINISTRATOR, "/plugins/health/"): 5, (ADMINISTRATOR, "/settings/"): 7, (ADMINISTRATOR, "/plugins/points"): 13,
    (ADMINISTRATOR, "/setting-history/"): 6, (ADMINISTRATOR, "/setting-differences/"): 8, (ADMINISTRATOR, "/"): 17, (AUDITOR, "/audit/"): 5,
    (ADMINISTRATOR, "/organizations/OWN"): 8, (ADMINISTRATOR, "/organizations/units/"): 5, (ADMINISTRATOR, "/organizations/?q=区"): 4,
    (COUNTY, "/members/"): 5, (COUNTY, "/members/new/places?kind=residence&residence_text=又一"): 5,
    (COUNTY, "/certificates/"): 4, (COUNTY, "/certificates/issue"): 5, (COUNTY, "/certificates/issue/OWN"): 8,
    (COUNTY, "/obligations/"): 6, (COUNTY, "/coverage/?by=unit"): 6, (COUNTY, "/coverage/?by=place"): 7, (COUNTY, "/report-ins/"): 6,
    (COUNTY, "/report-ins/unit"): 3, (COUNTY, "/member-accounts/"): 4, (COUNTY, "/p/points/"): 4,
    (COMMUNITY, "/"): 15, (COMMUNITY, "/report-ins/?status=confirmed"): 7, (COMMUNITY, "/report-ins/"): 7, (COMMUNITY, "/records/work/"): 6,
    (COMMUNITY, "/records/work/corrections"): 4, (LIAISON, "/records/filed/members"): 8,
    (COMMUNITY, "/members/"): 5, (LIAISON, "/"): 7, (LIAISON, "/report-ins/unit"): 10, (LIAISON, "/records/filed/"): 7,
    (COMMUNITY, "/records/work/?status=verified&kind=环境卫生"): 5, (LIAISON, "/records/filed/?kind=环境卫生"): 6, (COUNTY, "/records/filed/"): 6,
    (LIAISON, "/member-accounts/OWN"): 4, (MEMBER, "/"): 11, (MEMBER, "/records/"): 7, (MEMBER, "/report-in"): 8, (MEMBER, "/p/points/me"): 4,
    (MEMBER, "/claims/"): 3, (COMMUNITY, "/claims/work/"): 4, (COMMUNITY, "/claims/register/"): 9, (LIAISON, "/claims/register/"): 9,
    (COMMUNITY, "/p/needs/?tab=classified"): 9, (COMMUNITY, "/p/needs/bulletins/"): 10, (COMMUNITY, "/p/posts/"): 5, (MEMBER, "/p/posts/me"): 11,
    (COMMUNITY, "/p/pledges/?tab=waiting"): 10, (COMMUNITY, "/p/pledges/make"): 4, (COMMUNITY, "/p/pledges/objections/"): 3,
    (MEMBER, "/p/pledges/me"): 6, (COMMUNITY, "/p/wishes/?tab=accepted"): 7, (MEMBER, "/p/wishes/me/"): 9, (LIAISON, "/p/wishes/unit/"): 10,
    (COMMUNITY, "/p/menu/?tab=waiting"): 6, (COMMUNITY, "/p/menu/offers/?tab=listed"): 6,
    (COMMUNITY, "/p/liaison/"): 8, (COMMUNITY, "/p/liaison/issues/"): 5, (COUNTY, "/p/liaison/cadres/"): 3, (LIAISON, "/p/cobuilding/"): 6,
    (COUNTY, "/p/stars/?tab=published"): 6, (COUNTY, "/p/stars/held/"): 5, (COUNTY, "/p/stars/rounds/"): 5, (COUNTY, "/p/stars/reviews/"): 8,
}


#: Lists that are searched by form: the name of somebody in them stands in no address.
SEARCHES = {(COMMUNITY, "/records/work/search", "tab=verified&name=wxm"): 5, (COMMUNITY, "/records/work/search", "tab=verified&title=楼道"): 5,
            (LIAISON, "/records/filed/search", "name=王&title=楼道"): 6, (COUNTY, "/records/filed/search", "name=王"): 6,
            (COMMUNITY, "/claims/work/search", "name=wxm"): 4, (COMMUNITY, "/claims/register/search", "name=wxm"): 9,
            (COUNTY, "/p/points/search", "q=li"): 4, (COUNTY, "/p/stars/search", "tab=published&q=王"): 6}


#: Lists of the service loop over the API, below /api/v1; HERE is the community.
PROGRAMS = {(COMMUNITY, "p/needs/communities/HERE/needs?state=classified"): 5, (COMMUNITY, "p/posts/posts"): 3, (COMMUNITY, "p/pledges/pledges?tab=waiting"): 5,
            (COMMUNITY, "p/wishes/wishes"): 3, (COMMUNITY, "p/wishes/communities/HERE/wall"): 4, (MEMBER, "p/wishes/me/wall"): 5,
            (COMMUNITY, "p/menu/communities/HERE/menu"): 5, (COMMUNITY, "claims"): 2, (COMMUNITY, "claims/register?side=community"): 4,
            (MEMBER, "claims/own"): 2, (MEMBER, "claims/own/matters"): 5}

#: Pages that say the same for three rows as for one: choices and figures.
FIXED = {(ADMINISTRATOR, "/plugins/"), (ADMINISTRATOR, "/plugins/health/"), (LIAISON, "/")}


class World:
    """A tenant that grows by one of everything at a time, and whoever looks at its lists."""

    def __init__(self, app: Flask) -> None:
        self.app, self.tenant = app, make_tenant(plugins=rows.PLUGINS)
        self.person = make_member(self.tenant, "王小明", workplace=1, account=True)
        assert self.person.account is not None
        self.accounts = {**self.tenant.accounts, MEMBER: self.person.account}
        self.size = 0
        self.unit: uuid.UUID | None = None  # one whose members have no certificates

    def grow(self) -> None:
        """One more of everything."""
        self.size += 1
        tenant, number = self.tenant, self.size
        rows.things(tenant)
        waiting = make_member(tenant, f"李{number}")
        with tenant.scope():
            place = tree.add(tree.get(tenant.counties[0]), "unit", f"more-{number}", f"又一单位{number}", unit_type="government")
            tree.add(tree.get(tenant.streets[0]), "community", f"more-community-{number}", f"又一社区{number}")
            county = tree.add(tree.get(tenant.root), "county", f"more-county-{number}", f"又一区{number}")
            with set_actor("account", tenant.accounts[ADMINISTRATOR].id):
                settings.save("points", {"hours_cap": 2 + number}, county.id, version=0)
            make_account(tenant, LIAISON, place.id)
            reporting.submit(waiting.id, tenant.communities[0], "residence", "phone", by=None)
            mine = reporting.submit(self.person.id, tenant.communities[1], "workplace", "phone", by=None)
            reporting.withdraw(mine, 1)
            for _one in range(2):
                done = records.submit(self.person.id, service(tenant.communities[0]), entered_by=None)
                records.verify(done, 1, by=None)
            claim(open_matter("posts", MatterInput(tenant.communities[0], "环境卫生", f"清扫 {number} 栋"), by=None), self.person.id, by=None)
            wishes.enter(WishInput(tenant.communities[0], "wish", f"心愿 {number}", phone="13900000000"), by=None)
            evaluation.key_in(done, "paper", "satisfied", None, today(), by=tenant.accounts[COMMUNITY].id)
            asked = CorrectionInput(today(), 60, "清扫楼道", "环境卫生", None, "时长有误")
            corrections.ask(done, asked, 3, by=None)
            self.unit = self.unit or place.id
        make_member(tenant, f"张{number}", unit_id=self.unit)
        with tenant.scope(), set_actor("account", tenant.accounts[ADMINISTRATOR].id):
            work.start_check("花名册.xlsx", workbook([member(number)]), tenant.accounts[ADMINISTRATOR].id)

    def client(self, role: str) -> FlaskClient:
        client = self.app.test_client()
        sign_in(client, self.accounts[role])
        return client

    def program(self, role: str) -> FlaskClient:
        """A client that speaks for a program with all that the role may do."""
        with self.tenant.scope():
            actor = load_actor(self.accounts[role].id)
            assert actor is not None
            token = create_token(actor, "all", [one.code for one in permissions() if actor.can(one.code)], 1)
        client = self.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client


def statements(client: FlaskClient, address: str, form: str | None = None) -> tuple[int, int]:
    """How many statements a page sends, once what a process keeps is warm, and how long it is."""
    def ask() -> TestResponse:
        return client.get(address) if form is None else client.post(address, data=dict(parse_qsl(form)))
    assert ask().status_code == 200, address
    with sent() as seen:
        length = len(ask().data)
    return len(seen), length


@pytest.fixture
def world(config: Config) -> World:
    return World(without_csrf(shared_app(config)))


def test_lists_cost_the_same_for_one_row_and_for_three(world: World) -> None:
    found = []
    for more in (1, 2):
        for _one in range(more):
            world.grow()
        clients = {role: world.client(role) for role in world.accounts}
        own = {"organizations": world.tenant.root, "certificates": world.unit, "member-accounts": world.tenant.units[0]}
        found.append({(role, address): statements(clients[role], address.replace("OWN", str(own.get(address.split("/")[1]))))
                      for role, address in COUNTS})
    assert [{page: count for page, (count, _length) in one.items()} for one in found] == [COUNTS, COUNTS]
    few, many = found
    assert {page for page in COUNTS if many[page][1] <= few[page][1]} == FIXED  # the twin: all the others did grow


def test_lists_over_the_api_cost_the_same_for_one_row_and_for_three(world: World) -> None:
    found = []
    for more in (1, 2):
        for _one in range(more):
            world.grow()
        programs = {role: world.program(role) for role in (COMMUNITY, MEMBER)}
        here = str(world.tenant.communities[0])
        found.append({(role, address): statements(programs[role], f"/api/v1/{address.replace('HERE', here)}") for role, address in PROGRAMS})
    assert [{address: count for address, (count, _length) in one.items()} for one in found] == [PROGRAMS, PROGRAMS]
    few, many = found
    assert {address for address in PROGRAMS if many[address][1] <= few[address][1]} == set()  # the twin: they did grow


def test_searches_cost_the_same_for_one_row_and_for_three(world: World) -> None:
    found = []
    for more in (1, 2):
        for _one in range(more):
            world.grow()
        clients = {role: world.client(role) for role in world.accounts}
        found.append({(role, address, form): statements(clients[role], address, form) for role, address, form in SEARCHES})
    assert [{page: count for page, (count, _length) in one.items()} for one in found] == [SEARCHES, SEARCHES]
    few, many = found
    assert {page for page in SEARCHES if many[page][1] <= few[page][1]} == set()  # the twin: they did grow


def test_the_operators_log_costs_the_same_for_one_row_and_for_three(config: Config) -> None:
    with unscoped():
        operators.create_operator("root", PASSWORD)  # the first line of the log
    client = shared_app(config).test_client()
    with unscoped():
        token = operators.sign_in("root", PASSWORD).token
    with client.session_transaction() as cookie:
        cookie["operator"] = token
    with unscoped():
        operators.create_operator("second", PASSWORD)
    found = [statements(client, f"/operator/log/?{rest}") for rest in ("before=2", "before=4")]
    assert [count for count, _length in found] == [3, 3]
    assert found[0][1] < found[1][1]  # the twin
