"""Pages and API: what each person sees and may do; on paper through the officer; nothing of a resident where it does not belong."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
from sqlalchemy import select, update

from core.access.models import Account
from core.access.tokens import create_token
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.pledges import objecting
from plugins.pledges.models import Pledge, PledgeObjection
from tests.plugins.pledges.conftest import TEXT, change, pledge
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member

Open = Callable[..., Browser]
Take = Callable[..., uuid.UUID]
DAY = dt.timedelta(days=1)


def test_a_member_promises_on_several_claims_at_one_press(browser: Open, tenant: TestTenant, member: TestMember, claimed: Take) -> None:
    ids = [claimed(member, title=title) for title in ("清扫楼道", "看望老人")]
    other = claimed(make_member(tenant, "李芳"))
    own = browser(member.account)
    page = own.get("/p/pledges/me").text
    assert [title in page for title in ("清扫楼道", "看望老人")] == [True, True]
    assert "认真完成“清扫楼道”，按时办好，请群众监督。" in page
    due = (today() + DAY).isoformat()
    fields = {f"{name}-{one}": value for one in (*ids, other) for name, value in (("text", TEXT), ("deadline", due))}
    wrong = own.post("/p/pledges/me/make", claim=[str(ids[0])], **(fields | {f"text-{ids[0]}": "打 13812345678 找我"}))
    assert (wrong.status_code, "请不要写电话" in wrong.text, "打 13812345678 找我" in wrong.text) == (422, True, True)
    assert own.post("/p/pledges/me/make", claim=[str(one) for one in (*ids, other)], **fields).status_code == 303
    with tenant.scope():
        assert session().scalars(select(Pledge.member_id)).all() == [member.id, member.id]  # the other's is left alone
    assert own.post("/p/pledges/me/make", claim=[str(ids[0])], **fields).status_code == 303
    assert own.get("/p/pledges/me").text.count("等待社区公开") == 2


def test_a_claims_own_page_leads_to_its_promise(browser: Open, tenant: TestTenant, member: TestMember, claimed: Take, pledged: Take) -> None:
    """Without a promise it leads to where one is made, for the member and for whoever may enter it; then to the promise itself (R37)."""
    pledged(member)
    with tenant.scope():
        promised = session().execute(select(Pledge.id, Pledge.claim_id)).one()
    bare = claimed(member)
    officer, own = browser(tenant.accounts["community_officer"]), browser(member.account)
    street = browser(tenant.accounts["street_officer"])
    make, mine, enter = 'href="/p/pledges/me#make"', f'href="/p/pledges/me#pledge-{promised.id}"', 'href="/p/pledges/make"'
    for who, page, expected in ((own, f"/claims/{bare}", {make}), (own, f"/claims/{promised.claim_id}", {mine}),
                                (officer, f"/claims/work/{bare}", {enter}), (street, f"/claims/work/{bare}", set()),
                                (officer, f"/claims/work/{promised.claim_id}", {f'href="/p/pledges/pledges/{promised.id}"'})):
        text = who.get(page).text
        found = {link for link in (make, mine, enter, f'href="/p/pledges/pledges/{promised.id}"') if link in text}
        assert (page, found, TEXT in text) == (page, expected, str(promised.claim_id) in page)


def test_paper_published_filed_and_reminded(browser: Open, tenant: TestTenant, claimed: Take) -> None:
    """A member without a phone: the officer enters, publishes, reminds; the unit files and takes the list along."""
    person = make_member(tenant, "李芳")
    claim_id = claimed(person)
    officer, liaison = (browser(tenant.accounts[role]) for role in ("community_officer", "unit_liaison"))
    due = (today() + DAY).isoformat()
    assert "李芳" in officer.get("/p/pledges/make").text
    form: dict[str, Any] = {"claim": str(claim_id), f"text-{claim_id}": TEXT, f"deadline-{claim_id}": due}
    assert browser(tenant.others["community_officer"]).post("/p/pledges/make", **form).status_code == 422  # out of reach: as if nothing was ticked
    assert officer.post("/p/pledges/make", **form).status_code == 303
    with tenant.scope():
        pledge_id = session().scalars(select(Pledge.id)).one()
    assert TEXT in officer.get("/p/pledges/").text
    assert "李芳" not in liaison.get("/p/pledges/unit").text  # nothing is filed before it is public
    assert officer.post("/p/pledges/publish", pledge=f"{pledge_id}:1").status_code == 303
    assert "李芳" in liaison.get("/p/pledges/unit").text
    assert liaison.post("/p/pledges/unit/file", pledge=f"{pledge_id}:2").status_code == 303
    assert [b.post("/p/pledges/remind", pledge=f"{pledge_id}:2", **{"from": who}).status_code for b, who in ((liaison, "unit"), (officer, ""))] == [303, 303]
    row = pledge(tenant, pledge_id)
    assert (row.published_on, row.filed_on, row.reminded_on) == (today(), today(), today())
    for address, who in (("/p/pledges/export?tab=open", officer), ("/p/pledges/unit/export?tab=all", liaison)):
        book = openpyxl.load_workbook(io.BytesIO(who.get(address).data))
        assert [cell.value for cell in book.worksheets[0][2]][:5] == ["李芳", "第0单位", row_community(tenant), "清扫楼道", TEXT]
    assert officer.get(f"/p/pledges/pledges/{pledge_id}/paper").status_code == 200
    for size in ("", "?size=a3"):
        assert officer.get(f"/p/pledges/communities/{tenant.communities[0]}/poster{size}").data.startswith(b"%PDF")
    assert officer.get(f"/p/pledges/communities/{tenant.communities[-1]}/poster").status_code == 404


def row_community(tenant: TestTenant) -> str:
    """The name of the first community."""
    from core.organizations.tree import names
    with tenant.scope():
        return names([tenant.communities[0]])[tenant.communities[0]]


def test_reach_and_rights(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    pledge_id = pledged(member, public=False)
    address = f"/p/pledges/pledges/{pledge_id}"
    for account, seen, acts in ((tenant.accounts["community_officer"], 200, 303), (tenant.accounts["county_officer"], 200, 403),
                                (tenant.accounts["unit_liaison"], 200, 403), (tenant.others["community_officer"], 404, 404),
                                (tenant.others["county_officer"], 404, 403), (member.account, 403, 403)):
        who = browser(account)
        assert (who.get(address).status_code, who.post(f"{address}/text", version=pledge(tenant, pledge_id).version, text=TEXT).status_code) == (seen, acts)
    with tenant.scope():  # the community's officer is a member too, and this is that member's pledge
        session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.id == member.account.id).values(member_id=None))
        session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.id == tenant.accounts["community_officer"].id)
                          .values(member_id=member.id))
    own = browser(tenant.accounts["community_officer"])
    assert (own.get(address).status_code, own.post(f"{address}/publish", version=2).status_code) == (200, 403)


def test_an_officer_decides_corrects_closes_and_takes_back(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    pledge_id = pledged(member)
    officer, own, address = browser(tenant.accounts["community_officer"]), browser(member.account), f"/p/pledges/pledges/{pledge_id}"
    later = (today() + 20 * DAY).isoformat()
    assert own.post(f"/p/pledges/me/pledges/{pledge_id}/deadline", version=2, deadline="", reason="住院", pledge=str(pledge_id)).status_code == 422
    assert own.post(f"/p/pledges/me/pledges/{pledge_id}/deadline", version=2, deadline=later, reason="住院").status_code == 303
    assert "住院" in officer.get(address).text
    assert officer.post(f"{address}/deadline", version=2, decision="agree").status_code == 409
    assert officer.post(f"{address}/deadline", version=3, decision="agree").status_code == 303
    asked = officer.post(f"{address}/close", version=4, outcome="not_kept", reason="没有来")
    assert (asked.status_code, "没有来" in asked.text, pledge(tenant, pledge_id).state) == (200, True, "open")
    assert officer.post(f"{address}/close", version=4, outcome="not_kept", reason="没有来", confirmed="yes").status_code == 303
    assert "没有来" in own.get("/p/pledges/me").text
    assert officer.post(f"{address}/reopen", version=5, reason="").status_code == 422
    assert officer.post(f"{address}/reopen", version=5, reason="记错了人").status_code == 303
    assert (pledge(tenant, pledge_id).state, pledge(tenant, pledge_id).board) == ("open", "open")


def test_objections_on_paper_are_answered_and_the_member_never_learns_who(browser: Open, tenant: TestTenant, member: TestMember,
                                                                          pledged: Take) -> None:
    pledge_id = pledged(member)
    officer, own = browser(tenant.accounts["community_officer"]), browser(member.account)
    form = {"says": "楼道还是很脏", "contact": "三单元周婆婆", "ticket": str(uuid.uuid4())}
    assert [officer.post(f"/p/pledges/pledges/{pledge_id}/object", **form).status_code for _twice in range(2)] == [303, 303]
    with tenant.scope():
        row = session().scalars(select(PledgeObjection)).one()
    assert (row.channel, b"\xe5\x91\xa8\xe5\xa9\x86" in (row.contact or b"")) == ("paper", False)
    address = f"/p/pledges/objections/{row.id}"
    page = officer.get(address).text
    assert ["周婆婆" in page, "楼道还是很脏" in page] == [True, True]
    assert [browser(account).get(address).status_code for account in (tenant.others["community_officer"], tenant.accounts["unit_liaison"],
                                                                      member.account)] == [404, 403, 403]
    asked = officer.post(f"{address}/answer", version=1, answer="经查属实", upheld="yes")
    assert (asked.status_code, pledge(tenant, pledge_id).state) == (200, "open")
    assert officer.post(f"{address}/answer", version=1, answer="经查属实", upheld="yes", confirmed="yes").status_code == 303
    seen = own.get("/p/pledges/me").text + browser(tenant.accounts["unit_liaison"]).get(f"/p/pledges/pledges/{pledge_id}").text
    assert [word in seen for word in ("反映属实", "经查属实", "周婆婆", "楼道还是很脏")] == [True, True, False, False]
    assert officer.post(f"{address}/answer", version=1, answer="再答", upheld="no").status_code == 409
    assert "经查属实" in officer.get("/p/pledges/objections/?tab=upheld").text


def test_lists_cost_the_same_for_one_row_and_for_three(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take, claimed: Take,
                                                       statements: list[str]) -> None:
    board = f"/t/{tenant.slug}/p/pledges/{code_of(tenant)}"
    officer, liaison, own, nobody = (browser(one) for one in (tenant.accounts["community_officer"], tenant.accounts["unit_liaison"], member.account, None))
    pages = [(officer, "/p/pledges/?tab=open"), (officer, "/p/pledges/make"), (officer, "/p/pledges/objections/"), (liaison, "/p/pledges/unit?tab=all"),
             (own, "/p/pledges/me"), (nobody, board), (nobody, f"{board}/screen/data"), (nobody, f"{board}/screen")]

    def grow() -> None:
        with tenant.scope():
            objecting.raise_objection(uuid.uuid4(), open_pledge(), "没有兑现", "")

    def open_pledge() -> uuid.UUID:
        return session().scalars(select(Pledge.id).where(Pledge.tenant_id == tenant_id()).order_by(Pledge.id.desc()).limit(1)).one()

    def cost() -> list[tuple[int, int]]:
        found = []
        for who, address in pages:
            statements.clear()
            found.append((len(who.get(address).text), len(statements)))
        return found
    pledged(member), claimed(member), grow()
    cost()
    one = cost()
    for _more in range(2):
        pledged(member), claimed(member), grow()
    three = cost()
    assert [count for _length, count in one] == [count for _length, count in three] == COUNTS
    assert [address for (_who, address), few, many in zip(pages, one, three, strict=True) if many[0] <= few[0]] == []  # the twin: they did grow


COUNTS = [10, 4, 3, 8, 7, 8, 9, 8]


def code_of(tenant: TestTenant) -> str:
    """The code of the first community."""
    from core.organizations.tree import get
    with tenant.scope():
        return get(tenant.communities[0]).code


def test_the_api_lists_makes_publishes_and_closes(browser: Open, tenant: TestTenant, member: TestMember, claimed: Take) -> None:
    claim_id = claimed(member)
    with tenant.scope():
        token = create_token(tenant.actor("community_officer"), "office", ["pledges.read", "pledges.manage"], 1)
    client = browser().client

    def ask(method: str, address: str, **values: Any) -> Any:
        return client.open(f"/api/v1/p/pledges{address}", method=method, headers={"Authorization": f"Bearer {token}"}, json=values or None)
    made = ask("POST", "/pledges", claim_id=str(claim_id), text=TEXT, deadline=(today() + DAY).isoformat())
    assert made.status_code == 201
    pledge_id = made.json["id"]
    assert ask("POST", "/pledges", claim_id=str(uuid.uuid4()), text=TEXT, deadline=today().isoformat()).status_code == 404
    assert [one["id"] for one in ask("GET", "/pledges?tab=waiting").json] == [pledge_id]
    assert ask("POST", f"/pledges/{pledge_id}/publish", version=1).json["published_on"] == today().isoformat()
    assert ask("POST", f"/pledges/{pledge_id}/close", version=1, outcome="kept").status_code == 409
    assert ask("POST", f"/pledges/{pledge_id}/close", version=2, outcome="kept").json["state"] == "kept"


def test_the_dataset_reads_within_reach(tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    from core.extension.dataset import DataReach, DataRequest
    from plugins.pledges.reporting import DATASET
    pledged(member)
    with tenant.scope():
        reaches = [DataReach(place, kind, tenant.paths[place]) for kind, place in (
            ("community", tenant.communities[0]), ("unit", tenant.units[0]), ("county", tenant.counties[0]), ("community", tenant.communities[-1]),
            ("committee", tenant.root))]
        requests = [DataRequest((reach,), today(), today()) for reach in reaches]
        assert [DATASET.count(one) for one in requests] == [1, 1, 1, 0, 1]
        rows = [row for batch in DATASET.read(requests[0]) for row in batch]
    assert [(row[0], row[4], row[7]) for row in rows] == [(member.name, TEXT, "践诺中")]


def test_search_finds_by_the_beginning_of_a_name(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    pledged(member), pledged(make_member(tenant, "李芳"), text="李芳的承诺内容")
    page = browser(tenant.accounts["community_officer"]).post("/p/pledges/search", tab="open", q="lifang").text
    assert ["李芳的承诺内容" in page, TEXT in page] == [True, False]


def test_what_is_due_is_listed_for_community_and_unit(browser: Open, tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    for days, text in ((3, "三天后到期的"), (30, "一个月后到期的")):
        pledged(member, today() + days * DAY, text=text)
    change(tenant, pledged(member, text="已经过期的承诺"), deadline=today() - DAY)
    for role, address in (("community_officer", "/p/pledges/?tab=due"), ("unit_liaison", "/p/pledges/unit?tab=due")):
        page = browser(tenant.accounts[role]).get(address).text
        assert [text in page for text in ("三天后到期的", "一个月后到期的", "已经过期的承诺")] == [True, False, True]
        assert page.index("已经过期的承诺") < page.index("三天后到期的")


def test_nothing_yet(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    officer = browser(tenant.accounts["community_officer"])
    for address in ("/p/pledges/", "/p/pledges/make", "/p/pledges/objections/"):
        assert officer.get(address).status_code == 200
    assert "还没有承诺" in browser(member.account).get("/p/pledges/me").text
    poster = officer.get(f"/p/pledges/communities/{tenant.communities[0]}/poster")
    assert poster.status_code == 409
