"""Need to know, the heart: a planted request leaves no trace with anybody but the asker and the asked community."""
from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select, update

from core.access.actor import load_actor
from core.access.models import Account
from core.access.tokens import create_token
from core.audit.models import AuditEntry
from core.extension.dispatch import collect, require
from core.organizations.models import Organization
from core.organizations.tree import names as organization_names
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.consultation import keeping, rights, tracing
from plugins.consultation.models import ConsultationRequest
from tenants import settings
from tests.plugins.consultation.conftest import DAY, REASON, SAYS, World, answered, as_, ask, report, request_of
from tests.service.conftest import Browser
from tests.support.databases import TestDatabase
from tests.support.factories import TestAccount, TestTenant, make_account, make_member

Open = Callable[..., Browser]
SECRETS = (SAYS, REASON, "欧阳不可见", "评先表优", "另有说明")
LISTS = ("/p/consultation/{}", "/p/consultation/inbox{}", "/p/consultation/export{}", "/p/consultation/inbox/export{}",
         "/p/consultation/counts", "/p/consultation/counts/export")
PARTS = ("", "/letter", "/reply?as=docx", "/slip")
WRITES = ("answer", "sign", "send-back", "extend", "withdraw", "reopen", "outcome", "slip")
WRITERS = ("other unit", "next community", "county")  # the matrix of endpoints asks everybody
API = "/api/v1/p/consultation/requests"


def strangers(world: World) -> dict[str, TestAccount]:
    """Everybody who is not the asker and not the community: beside, above, below, the member, and the auditor."""
    tenant = world.tenant
    assert world.member.account is not None
    with tenant.scope():
        more = {"other unit": make_account(tenant, "unit_liaison", tenant.units[1]), "next community": make_account(
            tenant, "community_officer", tenant.communities[1]), "city officer": make_account(tenant, "city_officer", tenant.root)}
    return {**more, "far community": tenant.others["community_officer"], "far county": tenant.others["county_officer"],
            "county": tenant.accounts["county_officer"], "street": tenant.accounts["street_officer"],
            "city": tenant.accounts["city_administrator"], "auditor": tenant.accounts["auditor"], "member": world.member.account}


def texts(answer: Any) -> str:
    """All that an answer says, a workbook's cells too."""
    if answer.data.startswith(b"PK"):
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        return " ".join(str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    return str(answer.text)


def seen_by(who: Browser, world: World, tab: str, name: str = "") -> list[str]:
    """What of the secrets, or of the ids, somebody reads on any list or export; one's own name stands in the head of each page."""
    secrets = (*SECRETS[:2], str(world.request), str(world.occasion), *(() if name == "member" else (SECRETS[2],)))
    found = []
    for page in LISTS:
        answer = who.get(page.format(f"?tab={tab}"))
        found += [f"{page}: {one}" for one in secrets if one in texts(answer)]
    return found


def allowed(who: Browser, world: World, *, writes: bool = True) -> list[str]:
    """The addresses of the request that let somebody in, by reading or by writing; 404 and 403 before anything is looked for do not."""
    address = f"/p/consultation/requests/{world.request}"
    reads = [f"{address}{part}" for part in PARTS] + [f"/p/consultation/occasions/{world.occasion}{part}" for part in ("", "/export")]
    found = [one for one in reads if who.get(one).status_code not in (403, 404)]
    if not writes:
        return found
    token = re.search(r'name="csrf-token" content="([^"]+)"', who.get("/no-such-page").text)
    assert token is not None
    form = {"csrf_token": token[1], "version": "1", "words": "1", "reason": "理由理由", "outcome": "结果", "confirmed": "1",
            "deadline": (today() + 20 * DAY).isoformat()}
    return found + [one for one in WRITES if who.client.post(f"{address}/{one}", data=form).status_code not in (403, 404)]


def test_nobody_else_finds_it_anywhere(browser: Open, world: World) -> None:
    """Open and answered; every list, export, page, letter, write. The walls' twin is the test below."""
    for state in ("open", "answered"):
        if state == "answered":
            answered(world)
        before = world.row().version
        for name, account in (strangers(world) if state == "open" else {"county": world.tenant.accounts["county_officer"],
                              "city": world.tenant.accounts["city_administrator"], "street": world.tenant.accounts["street_officer"]}).items():
            who = browser(account)
            assert (name, allowed(who, world, writes=name in WRITERS), seen_by(who, world, state, name)) == (name, [], [])
        assert world.row().version == before
    for account in (world.liaison, world.officer):
        assert SAYS in browser(account).get(f"/p/consultation/requests/{world.request}").text


@pytest.fixture
def by_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall taken away: who stands above reaches what lies below, as everywhere else."""
    def below(permission: str) -> list[uuid.UUID]:
        paths = [grant.path for grant in rights.grants_for(rights.acting(), permission)]
        rows = session().execute(select(Organization.id, Organization.path).where(Organization.tenant_id == tenant_id()))
        return [row.id for row in rows if any(row.path.startswith(path) for path in paths)]
    monkeypatch.setattr(rights, "own_places", below)


def test_twin_by_rank_superiors_would_read_it(browser: Open, world: World, by_rank: None) -> None:
    who = browser(world.tenant.accounts["city_administrator"])
    assert (bool(seen_by(who, world, "open")), len(allowed(who, world)) > 5) == (True, True)


def test_absent_and_out_of_reach_are_answered_alike(browser: Open, world: World) -> None:
    who = browser(world.tenant.accounts["county_officer"])

    def plain(address: str) -> str:
        return re.sub(r'[0-9a-f-]{32,36}|csrf-token" content="[^"]+"', "", who.get(address).text)  # the token tells the second
    for prefix, there in (("requests", world.request), ("occasions", world.occasion)):
        there_, absent = (plain(f"/p/consultation/{prefix}/{one}") for one in (there, uuid.uuid4()))
        assert there_ == absent


def test_api_and_audit_tell_strangers_nothing(app: Flask, browser: Open, world: World) -> None:
    answered(world)
    client = app.test_client()
    for name, account in strangers(world).items():
        with world.tenant.scope():
            actor = load_actor(account.id)
            assert actor is not None
            scopes = [code for code in ("consultation.read", "consultation.ask", "consultation.answer", "consultation.sign") if actor.can(code)]
            if not scopes:
                continue
            headers = {"Authorization": f"Bearer {create_token(actor, 'all', scopes, 1)}"}
        asked = [client.get(f"{API}?side={side}&tab=answered", headers=headers) for side in ("asked", "to_answer")]
        assert (name, [answer.json for answer in asked if answer.status_code == 200 and answer.json]) == (name, [])
        assert (name, client.get(f"{API}/{world.request}", headers=headers).status_code) == (name, 404)
        for act, body in (("answer", {"version": 1, "opinions": [{"subject_id": str(world.request), "opinion": "agree"}]}), ("sign", {"answer_version": 1}),
                          ("withdraw", {"version": 1, "reason": "不用了"})):
            assert client.post(f"{API}/{world.request}/{act}", headers=headers, json=body).status_code in (403, 404)
    page = browser(world.tenant.accounts["auditor"]).get("/audit/").text
    assert ("征求意见" in page, [one for one in SECRETS[:3] if one in page]) == (True, [])
    with world.tenant.scope():
        details = [str(row) for row in session().scalars(select(AuditEntry.details).where(AuditEntry.action.startswith("consultation.")))]
    assert (len(details) >= 5, [one for one in (*SECRETS, str(world.member.id)) if any(one in text for text in details)]) == (True, [])


def test_nothing_is_readable_at_rest(database: TestDatabase, world: World) -> None:
    """Purpose, words, opinions, reasons and the signers' names are sealed in every table."""
    answered(world)
    with database.connect_admin() as admin:
        for table in ("occasion", "request", "subject", "answer", "opinion", "signature"):
            cells = [cell for row in admin.execute(f"select * from consultation_{table}").fetchall() for cell in row]  # type: ignore[arg-type]
            clear = [one for one in (*SECRETS, "副书记", "remark") for cell in cells
                     if (one.encode() in cell if isinstance(cell, bytes) else one in str(cell))]
            assert (table, bool(cells), clear) == (table, True, [])


def test_reading_is_noted(browser: Open, world: World) -> None:
    who = browser(world.officer)
    for page in ("/p/consultation/inbox", f"/p/consultation/requests/{world.request}", f"/p/consultation/requests/{world.request}/letter"):
        assert who.get(page).status_code == 200
    with world.tenant.scope():
        noted = session().scalars(select(AuditEntry.action).where(AuditEntry.actor_id == world.officer.id).order_by(AuditEntry.seq)).all()
    assert noted == ["consultation.listed", "consultation.seen", "consultation.printed"]


def test_who_is_asked_about_sees_nothing_of_the_whole_occasion(browser: Open, tenant: TestTenant, world: World) -> None:
    """An officer or liaison who is a member: a list with the own name in it, at whichever community, does not exist for that person."""
    other = make_member(tenant, "李芳", residence=1)
    report(tenant, other, 1)
    occasion = ask(tenant, world.member, other)
    first, second = request_of(tenant, occasion), request_of(tenant, occasion, 1)
    with tenant.scope():
        colleague = make_account(tenant, "unit_liaison", tenant.units[0])
        neighbour = make_account(tenant, "community_officer", tenant.communities[1])
        session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.id.in_([colleague.id, neighbour.id, world.officer.id]))
                          .values(member_id=None))
        session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.id == world.member.account.id).values(member_id=None))
    for account, request in ((colleague, first), (colleague, second), (neighbour, second), (world.officer, first)):
        address = f"/p/consultation/requests/{request}"
        assert browser(account).get(address).status_code == 200  # the control: as somebody else they see it
        with tenant.scope():
            session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.id == account.id).values(member_id=world.member.id))
        who = browser(account)
        lists = "".join(who.get(page).text for page in ("/p/consultation/", "/p/consultation/inbox"))
        assert (who.get(address).status_code, str(request) in lists, who.get(f"/p/consultation/occasions/{occasion}").status_code in (403, 404)) == (
            404, False, True)
        with tenant.scope():
            session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.id == account.id).values(member_id=None))


def test_a_superior_sees_it_only_when_named_and_only_reads(browser: Open, tenant: TestTenant, world: World) -> None:
    occasion = ask(tenant, world.member, copy=tenant.counties[0])
    request = request_of(tenant, occasion)
    county, city = browser(tenant.accounts["county_officer"]), browser(tenant.accounts["city_administrator"])
    with tenant.scope():
        named = organization_names([tenant.counties[0]])[tenant.counties[0]]
    shown = [browser(world.liaison).get(f"/p/consultation/requests/{one}").text for one in (request, world.request)]
    assert [(f"{named}</dd>" in re.sub(r"\s+</dd>", "</dd>", text), "built-in" in text) for text in shown] == [(True, False), (False, False)]
    address = f"/p/consultation/requests/{request}"
    assert [who.get(address).status_code for who in (county, city)] == [200, 404]
    assert county.post(f"{address}/withdraw", version=1, reason="不用了", confirmed="1").status_code == 403
    assert (str(request) in county.get("/p/consultation/").text, str(world.request) in county.get("/p/consultation/").text) == (True, False)


def test_the_member_learns_only_what_the_tenant_lets(browser: Open, world: World) -> None:
    """By default nothing, and the copy of one's data says the same for somebody who was never asked about."""
    tenant, member = world.tenant, world.member
    never = make_member(tenant, "赵无")
    as_own = as_(tenant, member.account, lambda: [panel.title for panel in collect("member_panels", member_id=member.id)])  # type: ignore[arg-type]

    def copies() -> list[Any]:
        with tenant.scope():
            return [require("export_member_data", member_id=one.id).get("consultation", ()) for one in (member, never)]
    assert ("征求意见" in as_own(), copies()[0] == copies()[1]) == (False, True)
    with tenant.scope():
        view = settings.get("consultation")
        settings.save("consultation", {"member_knows": True}, version=view.version)
    answered(world)
    assert "征求意见" in as_own()
    officers = as_(tenant, world.officer, lambda: [panel.title for panel in collect("member_panels", member_id=member.id)])
    assert "征求意见" not in officers()
    told = str(copies()[0])
    assert ("评先表优" in told, [one for one in (SAYS, REASON, "副书记") if one in told], copies()[1]) == (True, [], ())


def test_after_erasure_no_name_and_no_word_stays_and_counts_do(tenant: TestTenant, world: World, browser: Open) -> None:
    other = make_member(tenant, "李芳")
    report(tenant, other)
    ask(tenant, other, says="李芳的事")
    answered(world)
    as_(tenant, world.liaison, lambda: tracing.note_outcome(world.request, None, "欧阳不可见评上了"))()
    with tenant.scope():
        assert (require("erase_member_data", member_id=world.member.id)["consultation"], keeping.erase(world.member.id)) == (1, 0)
    page = browser(world.liaison).get(f"/p/consultation/requests/{world.request}").text
    assert ([one for one in (SAYS, REASON, "欧阳不可见") if one in page], "评先表优" in page) == ([], True)
    counts = browser(tenant.accounts["street_officer"]).get("/p/consultation/counts").text
    assert [re.sub(r"\s", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", counts, re.DOTALL)][1:] == ["2", "2", "1", "0", "0"]
    assert "李芳" in browser(world.liaison).get("/p/consultation/").text


def test_words_go_after_their_time_and_the_fact_stays(tenant: TestTenant, world: World, browser: Open) -> None:
    answered(world)
    with tenant.scope():
        assert keeping.remove_due() == 0
        session().get_one(ConsultationRequest, (tenant.id, world.request)).closed_on = today() - 1096 * DAY
    with tenant.scope():
        assert (keeping.remove_due(), keeping.remove_due()) == (1, 0)
    page = browser(world.liaison).get(f"/p/consultation/requests/{world.request}").text
    assert ([one for one in (SAYS, REASON, "评先表优", "副书记", "另有说明") if one in page], "保存期已过" in page, "欧阳不可见" in page) == ([], True, True)
