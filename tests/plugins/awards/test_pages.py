"""Pages and API: what each person sees and may do, on paper as by phone; what stands in public and what does not."""
from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

import plugins.awards.pages.public as public_pages
from core.access.tokens import create_token
from core.members import consents
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.awards import publishing
from plugins.awards.models import AwardNomination, AwardObjection, AwardSelection
from plugins.awards.reporting import DATASET
from tenants import settings
from tenants.activation import disable, enable
from tests.plugins.awards.conftest import REASON, acting_as, nomination, objected, pass_publication, selection, served
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

Open = Callable[..., Browser]
Nominate = Callable[..., tuple[uuid.UUID, uuid.UUID]]
DAY = dt.timedelta(days=1)
CALL: dict[str, Any] = {"kind": "社区服务之星", "title": "年度社区服务之星", "criteria": "热心服务，群众满意", "subject": "member", "steps": ["street"],
                        "least_records": "1", "least_hours": "1"}


def test_from_the_call_to_the_certificate_by_pages(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    served(tenant, member)
    county, community, street, own = (browser(one) for one in (tenant.accounts["county_officer"], tenant.accounts["community_officer"],
                                                               tenant.accounts["street_officer"], member.account))
    form = {**CALL, "ticket": str(uuid.uuid4()), "organization_id": str(tenant.counties[0])}
    wrong = county.post("/p/awards/new", **(form | {"criteria": "好", "steps": ["county"]}))
    assert (wrong.status_code, "年度社区服务之星" in wrong.text) == (422, True)
    assert county.post("/p/awards/new", **(form | {"organization_id": str(tenant.counties[1])})).status_code == 404
    assert [county.post("/p/awards/new", **form).status_code for _twice in range(2)] == [303, 303]
    with tenant.scope():
        chosen = session().scalars(select(AwardSelection.id)).one()
    at = f"/p/awards/selections/{chosen}"
    assert "年度社区服务之星" in community.get("/p/awards/").text
    page = community.get(f"{at}/nominate").text
    assert "服务 1 次，共 1.5 小时，评价满意 1、基本满意 0、不满意 0" in page
    assert "王小明" in community.post(f"{at}/nominate", q="wxm").text
    form = {"reason": REASON, "consent": "ask", "ticket": str(uuid.uuid4())}
    short = community.post(f"{at}/nominate/members/{member.id}", **(form | {"reason": "好"}))
    assert (short.status_code, "写明事迹" in short.text) == (422, True)
    assert [community.post(f"{at}/nominate/members/{member.id}", **form).status_code for _twice in range(2)] == [303, 303]
    with tenant.scope():
        made = session().scalars(select(AwardNomination.id)).one()
    one = f"/p/awards/nominations/{made}"
    assert REASON in own.get("/p/awards/me").text
    assert own.post(f"/p/awards/me/nominations/{made}/answer", version=9, answer="agree").status_code == 409
    assert own.post(f"/p/awards/me/nominations/{made}/answer", version=1, answer="agree").status_code == 303
    assert "轮到街道推荐" in street.get(one).text
    assert [who.post(f"{one}/recommend", version=2).status_code for who in (community, street)] == [403, 303]
    assert county.post(f"{at}/publish", version=1).status_code == 422
    assert county.post(f"{at}/publish", version=1, chosen=str(made)).status_code == 303
    for paper in ("notice", "commendation"):
        assert county.get(f"{at}/{paper}").status_code == (200 if paper == "notice" else 409)
    assert county.get(f"{at}/notice").data.startswith(b"%PDF")
    pass_publication(tenant, chosen)
    decision: dict[str, Any] = {"version": 2, "decided_on": today().isoformat(), "document_number": "武组发〔2026〕3号"}
    assert county.post(f"{at}/decide", **(decision | {"decided_on": ""})).status_code == 422
    asked = county.post(f"{at}/decide", **decision)
    assert (asked.status_code, selection(tenant, chosen).state) == (200, "published")
    assert county.post(f"{at}/decide", **decision, confirmed="yes").status_code == 303
    papers = [county.get(f"{at}/commendation"), county.get(f"{at}/certificates"), county.get(f"{one}/certificate"),
              own.get(f"/p/awards/me/nominations/{made}/certificate")]
    assert [paper.data[:4] for paper in papers] == [b"%PDF"] * 4
    book = openpyxl.load_workbook(io.BytesIO(county.get(f"{at}/commendation-table").data))
    assert [cell.value for cell in book.worksheets[0][2]][1:3] == ["王小明", "第0单位"]
    book = openpyxl.load_workbook(io.BytesIO(community.get(f"{at}/export").data))
    assert [cell.value for cell in book.worksheets[0][2]][0::3][:2] == ["王小明", REASON]
    assert "社区服务之星" in county.get(f"/members/{member.id}").text
    assert county.post(f"{one}/revoke", version=5, reason="弄虚作假", confirmed="yes").status_code == 303
    assert "弄虚作假" in own.get("/p/awards/me").text


def test_paper_for_those_without_a_phone(browser: Open, tenant: TestTenant, nominated: Nominate) -> None:
    person = make_member(tenant, "李芳")
    _chosen, made = nominated(person, agreed=False)
    liaison, one = browser(tenant.accounts["unit_liaison"]), f"/p/awards/nominations/{made}"
    assert "登记本人的书面答复" in liaison.get(one).text
    assert liaison.post(f"{one}/consent", version=1, answer="agree").status_code == 303
    row = nomination(tenant, made)
    assert (row.state, row.consent_channel, row.consent_on) == ("recommended", "paper", today())
    assert liaison.post(f"{one}/consent", version=1, answer="decline").status_code == 409
    assert liaison.post(f"{one}/consent", version=row.version, answer="decline").status_code == 303
    assert nomination(tenant, made).state == "declined"


def test_reach_and_rights(browser: Open, tenant: TestTenant, member: TestMember, nominated: Nominate) -> None:
    chosen, made = nominated(member)
    far = make_member(tenant, "李芳", unit=-1, residence=-1)
    at, one = f"/p/awards/selections/{chosen}", f"/p/awards/nominations/{made}"
    stranger = make_member(tenant, "赵强", account=True)
    for account, seen, acts in ((tenant.accounts["community_officer"], 200, 403), (tenant.accounts["county_officer"], 200, 409),
                                (tenant.accounts["city_administrator"], 200, 409), (tenant.accounts["unit_liaison"], 200, 403),
                                (tenant.others["community_officer"], 404, 404), (tenant.others["county_officer"], 404, 404), (stranger.account, 403, 403)):
        who = browser(account)
        assert (account.role if account else "", who.get(at).status_code, who.get(one).status_code,
                who.post(f"{at}/publish", version=9, chosen=str(made)).status_code) == (account.role if account else "", seen, seen, acts)
    community = browser(tenant.accounts["community_officer"])
    assert [community.get(f"{at}/nominate/members/{who}").status_code for who in (member.id, far.id)] == [200, 404]
    assert [browser(who).post(f"/p/awards/me/nominations/{made}/answer", version=2, answer="agree").status_code
            for who in (member.account, stranger.account)] == [409, 404]
    assert browser(stranger.account).get(f"/p/awards/me/nominations/{made}/certificate").status_code == 404


@pytest.mark.parametrize(("values", "shown"), [({}, "王小明　第0单位"), ({"name_display": "comrade"}, "王同志　第0单位"),
                                               ({"name_display": "masked", "show_unit": False}, "王＊＊"), ({"name_display": "none"}, "在职党员　第0单位")])
def test_names_stand_as_the_tenant_sets(browser: Open, tenant: TestTenant, member: TestMember, published: Nominate, values: dict[str, Any],
                                        shown: str) -> None:
    chosen, _made = published(member)
    with tenant.scope():
        if values:
            settings.save("awards", values, None, version=0)
    page = browser().get(f"/t/{tenant.slug}/p/awards/{chosen}").text
    assert [word for word in shown.split("　") if word not in page] == []
    hidden = {"王小明", "小明", "第0单位", member.phone, str(member.id), REASON}
    assert [word for word in sorted(hidden) if word in page and word not in shown] == []


def test_who_took_consent_back_is_not_named(browser: Open, tenant: TestTenant, member: TestMember, published: Nominate) -> None:
    chosen, _made = published(member)
    with tenant.scope():
        consents.say(member.id, "board", given=False, channel="self", by=None)
    assert "王小明" not in browser().get(f"/t/{tenant.slug}/p/awards/{chosen}").text


def test_what_stands_in_public(browser: Open, tenant: TestTenant, member: TestMember, called: Callable[..., uuid.UUID], published: Nominate,
                               granted: Nominate) -> None:
    here = f"/t/{tenant.slug}/p/awards"
    called(title="还在提名的评选")
    on_notice, made = published(member, title="正在公示的评选")
    decided, given = granted(make_member(tenant, "李芳"), title="已经表彰的评选")
    assert re.findall("[在经]..的评选", browser().get(f"{here}/").text) == ["经表彰的评选", "在公示的评选"]
    other = make_tenant("4228", plugins=("awards",))
    absent = [f"/t/{other.slug}/p/awards/{on_notice}", f"{here}/{decided}/{given}/object", f"{here}/{on_notice}/{given}/object", f"{here}/{uuid.uuid4()}"]
    assert [address for address in absent if browser().get(address).status_code != 404] == []
    assert browser().get(f"{here}/{on_notice}/{made}/object").status_code == 200
    with acting_as(tenant):
        publishing.reopen(on_notice, None, "名单有误")
    assert browser().get(f"{here}/{on_notice}").status_code == 404
    with tenant.scope():
        disable("awards")
    assert browser().get(f"{here}/").status_code == 404
    with tenant.scope():
        enable("awards")
    assert "李芳" in browser().get(f"{here}/{decided}").text


def ticket(page: str) -> str:
    """The form's ticket."""
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def count(tenant: TestTenant) -> int:
    """How many objections there are."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(AwardObjection)) or 0


def test_anybody_objects_once_and_the_nominee_never_learns_who(browser: Open, tenant: TestTenant, member: TestMember, published: Nominate,
                                                               later: Callable[[], None]) -> None:
    chosen, made = published(member)
    here = f"/t/{tenant.slug}/p/awards"
    address = f"{here}/{chosen}/{made}/object"
    sent = {"says": "那天并没有来过", "contact": "13900000000", "ticket": ticket(browser().get(address).text)}
    later()
    assert browser().post(address, **(sent | {"says": "短"})).status_code == 422
    first, second = (browser().post(address, **sent) for _twice in range(2))
    assert (first.status_code, second.status_code, count(tenant)) == (200, 200, 1)
    number = re.search(r'"objection-number">([^<]+)<', second.text)
    assert number is not None
    county = browser(tenant.accounts["county_officer"])
    with tenant.scope():
        row = session().scalars(select(AwardObjection)).one()
    assert b"13900000000" not in (row.contact or b"")
    one = f"/p/awards/objections/{row.id}"
    assert [word in county.get(one).text for word in ("13900000000", "那天并没有来过")] == [True, True]
    assert [browser(who).get(one).status_code for who in (tenant.accounts["community_officer"], tenant.others["county_officer"], member.account)] == [403, 404, 403]
    assert county.post(f"{one}/answer", version=1, answer="已核实，有记录", upheld="no").status_code == 303
    assert county.post(f"{one}/answer", version=1, answer="再答", upheld="no").status_code == 409
    assert "已核实，有记录" in browser().post(f"{here}/answer", number=number[1]).text
    assert browser().post(f"{here}/answer", number="1234 5678 9012").status_code == 404
    seen = browser(member.account).get("/p/awards/me").text + browser(tenant.accounts["unit_liaison"]).get(f"/p/awards/nominations/{made}").text
    assert [word in seen for word in ("那天并没有来过", "13900000000")] == [False, False]
    assert county.post(f"{one}/forget", confirmed="yes").status_code == 303
    assert "那天并没有来过" not in county.get(one).text


def flood(browser: Open, address: str, later: Callable[[], None]) -> list[int]:
    """Seven objections from one address, one after another."""
    found = []
    for number in range(7):
        given = ticket(browser().get(address).text)
        later()
        found.append(browser().post(address, says=f"第 {number} 次反映", ticket=given).status_code)
    return found


@pytest.mark.parametrize("limited", [True, False], ids=["limited", "twin"])
def test_one_address_may_write_five_times(browser: Open, tenant: TestTenant, member: TestMember, published: Nominate, later: Callable[[], None],
                                          monkeypatch: pytest.MonkeyPatch, limited: bool) -> None:
    chosen, made = published(member)
    if not limited:
        monkeypatch.setattr(public_pages, "admit", lambda *_args, **_options: None)
    found = flood(browser, f"/t/{tenant.slug}/p/awards/{chosen}/{made}/object", later)
    assert (found, count(tenant)) == (([200] * 5 + [429] * 2, 5) if limited else ([200] * 7, 7))


def test_an_objection_by_telephone_is_entered(browser: Open, tenant: TestTenant, member: TestMember, published: Nominate) -> None:
    _chosen, made = published(member)
    community, address = browser(tenant.accounts["community_officer"]), f"/p/awards/nominations/{made}/object"
    form = {"says": "那天并没有来过", "contact": "三单元周婆婆", "channel": "phone", "ticket": str(uuid.uuid4())}
    assert community.get(address).status_code == 200
    assert [community.post(address, **form).status_code for _twice in range(2)] == [303, 303]
    with tenant.scope():
        row = session().scalars(select(AwardObjection)).one()
    assert (row.channel, row.entered_by) == ("phone", tenant.accounts["community_officer"].id)


def test_the_api_lists_nominates_recommends_and_decides(browser: Open, tenant: TestTenant, member: TestMember, called: Callable[..., uuid.UUID]) -> None:
    chosen = called(steps=("community",))
    with tenant.scope():
        tokens = {role: create_token(tenant.actor(role), "office", ["awards.read", "awards.nominate", "awards.recommend", *manage], 1)
                  for role, manage in (("community_officer", []), ("county_officer", ["awards.manage"]))}
    client = browser().client

    def ask(role: str, method: str, address: str, **values: Any) -> Any:
        return client.open(f"/api/v1/p/awards{address}", method=method, headers={"Authorization": f"Bearer {tokens[role]}"}, json=values or None)
    assert [one["id"] for one in ask("community_officer", "GET", "/selections").json] == [str(chosen)]
    made = ask("community_officer", "POST", f"/selections/{chosen}/nominations", member_id=str(member.id), reason=REASON, agreed=True)
    assert made.status_code == 201
    assert ask("community_officer", "POST", f"/selections/{chosen}/nominations", reason=REASON).status_code == 422
    nominations = ask("county_officer", "GET", f"/selections/{chosen}/nominations").json
    assert [(one["id"], one["figures"]["records"]) for one in nominations] == [(made.json["id"], 0)]
    version = nominations[0]["version"]
    assert ask("community_officer", "POST", f"/nominations/{made.json['id']}/recommend", version=version).json["state"] == "recommended"
    decision = {"version": 1, "decided_on": today().isoformat(), "document_number": "会议决定"}
    assert ask("county_officer", "POST", f"/selections/{chosen}/decide", **decision).status_code == 409
    assert ask("community_officer", "POST", f"/selections/{chosen}/decide", **decision).status_code == 403


def test_the_dataset_reads_within_reach(tenant: TestTenant, member: TestMember, granted: Nominate) -> None:
    from core.extension.dataset import DataReach, DataRequest
    granted(member)
    with tenant.scope():
        reaches = [DataReach(place, kind, tenant.paths[place]) for kind, place in (
            ("community", tenant.communities[0]), ("unit", tenant.units[0]), ("county", tenant.counties[0]), ("community", tenant.communities[-1]),
            ("committee", tenant.root))]
        requests = [DataRequest((reach,), today(), today()) for reach in reaches]
        assert [DATASET.count(one) for one in requests] == [1, 1, 1, 0, 1]
        rows = [row for batch in DATASET.read(requests[0]) for row in batch]
    assert [(row[0], row[2], row[7], row[9]) for row in rows] == [(member.name, "社区服务之星", "武组发〔2026〕3号", "已授予")]


def test_lists_cost_the_same_for_one_row_and_for_three(browser: Open, tenant: TestTenant, member: TestMember, called: Callable[..., uuid.UUID],
                                                       nominated: Nominate, statements: list[str]) -> None:
    chosen, full = called(title="正在公示", least_hours=0), called(title="正在提名")
    county, community, own = (browser(one) for one in (tenant.accounts["county_officer"], tenant.accounts["community_officer"], member.account))
    public = f"/t/{tenant.slug}/p/awards"
    pages = [(county, "/p/awards/"), (county, f"/p/awards/selections/{full}"), (community, f"/p/awards/selections/{full}/nominate"),
             (county, f"/p/awards/selections/{chosen}"), (own, "/p/awards/me"), (browser(), f"{public}/"), (browser(), f"{public}/{chosen}")]

    def grow() -> None:
        nominated(member, called(title="又一次评选"))
        served(tenant, make_member(tenant, "丙三"))
        nominated(make_member(tenant, "丁四"), full)
        on_list = nominated(make_member(tenant, "乙二"), chosen)[1]
        more = called(title="再来一次")
        shown = nominated(make_member(tenant, "甲一"), more)[1]
        with acting_as(tenant):
            publishing.publish(more, None, [shown])
        with tenant.scope():  # as if all had been published together
            session().get_one(AwardNomination, (tenant.id, on_list)).state = "listed"

    def state(name: str) -> None:
        with tenant.scope():
            session().get_one(AwardSelection, (tenant.id, chosen)).state = name

    def objections() -> None:
        with tenant.scope():
            row = session().get_one(AwardSelection, (tenant.id, chosen))
            row.state, row.published_on, row.objections_until = "published", today(), today() + 9 * DAY
            ids = session().scalars(select(AwardNomination.id).where(AwardNomination.tenant_id == tenant_id(), AwardNomination.selection_id == chosen)).all()
        for one in ids:
            objected(tenant, one)

    def cost() -> list[tuple[int, int]]:
        found = []
        for who, address in pages:
            statements.clear()
            found.append((len(who.get(address).text), len(statements)))
        return found
    grow(), objections()
    cost()
    one = cost()
    state("open")
    grow(), grow(), objections()
    three = cost()
    assert [number for _length, number in one] == [number for _length, number in three]
    assert [number for _length, number in three] == COUNTS, [number for _length, number in three]
    assert [address for (_who, address), few, many in zip(pages, one, three, strict=True) if many[0] <= few[0]] == []  # the twin: they did grow


COUNTS = [5, 11, 7, 12, 4, 5, 8]
