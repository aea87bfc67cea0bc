"""The administrator's pages: accounts, settings, plugins, terms, audit log, jobs, and everybody's own account."""
from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.access.models import Account, Grant
from core.access.roles import ADMINISTRATOR, AUDITOR, COMMUNITY, COUNTY, LIAISON, STREET
from core.audit import entries
from core.documents import storage
from core.extension.settings import effective
from core.jobs import job_view, run_due
from core.jobs.models import Job
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tenants import handlers  # noqa: F401 - the jobs that are run here
from tests.support.browsing import csrf_of, submit
from tests.support.factories import PASSWORD, TestAccount, TestTenant, make_member, make_tenant

Browse = Callable[[TestAccount], FlaskClient]
PAGES = ("/account/", "/account/password", "/accounts/", "/accounts/new", "/member-accounts/", "/settings/", "/settings/registration",
         "/settings/service", "/settings/organizations", "/settings/contact", "/terms/", "/terms/?locale=en", "/plugins/",
         "/plugins/points/switch?to=on", "/plugins/points", "/setting-history/", "/setting-differences/", "/profile-file/",
         "/jobs/", "/jobs/?status=failed", "/audit/", "/audit/?day=2026-11-24&action=login.opened&before=9")


@pytest.fixture
def administrator(browser_of: Browse, tenant: TestTenant) -> FlaskClient:
    """The city's administrator at work."""
    return browser_of(tenant.accounts[ADMINISTRATOR])


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_pages_open(administrator: FlaskClient, address: str, language: str) -> None:
    administrator.set_cookie("baodao_lang", language)
    assert administrator.get(address).status_code == 200


# Accounts

def test_an_account_is_opened_handed_over_used_and_taken_back(administrator: FlaskClient, tenant: TestTenant, application: Flask) -> None:
    found = submit(administrator, "/accounts/new", step="find", role=COMMUNITY, q="001社区", username="li.na", display_name="李娜")
    assert (found.status_code, f'value="{tenant.communities[0]}"' in found.text, 'value="li.na"' in found.text) == (200, True, True)
    made = submit(administrator, "/accounts/new", role=COMMUNITY, organization=tenant.communities[0], username="li.na", display_name="李娜")
    code = re.findall(r'handover">([^<]+)<', made.text)[1]
    theirs = application.test_client()
    door, start = f"/t/{tenant.slug}/login", {"username": "li.na", "new_password": "eleven green doors", "again": "eleven green doors"}
    assert submit(theirs, f"/t/{tenant.slug}/start", code=code, **start).status_code == 303
    assert theirs.get("/").status_code == 200
    assert submit(application.test_client(), f"/t/{tenant.slug}/start", code=code, **start).status_code == 422  # it counts once
    with tenant.scope():
        account = session().scalars(select(Account).where(Account.username == "li.na")).one()
        grant = session().scalars(select(Grant).where(Grant.account_id == account.id)).one()
    page = f"/accounts/{account.id}"
    assert submit(administrator, page, f"{page}/grants/{grant.id}/revoke").status_code == 303
    assert theirs.get("/").status_code == 302
    assert submit(administrator, page, f"{page}/grants", role=STREET, organization=tenant.streets[0], expires_on="2099-01-31").status_code == 303
    assert "2099年2月1日" in administrator.get(page).text
    assert submit(administrator, page, f"{page}/state", active="no").status_code == 303
    refused = submit(theirs, door, username="li.na", password="eleven green doors")
    assert (refused.status_code, "用户名或密码不对" in refused.text) == (422, True)


def test_nobody_gives_more_than_he_may(browser_of: Browse, tenant: TestTenant) -> None:
    county = browser_of(tenant.accounts[COUNTY])
    values = {"username": "somebody", "display_name": "某人"}
    assert submit(county, "/accounts/new", role=COUNTY, organization=tenant.counties[0], **values).status_code == 422
    assert submit(county, "/accounts/new", role=COMMUNITY, organization=tenant.communities[-1], **values).status_code == 404
    assert submit(county, "/accounts/new", role=COMMUNITY, organization=tenant.communities[0], **values).status_code == 200
    for account in (tenant.others[COUNTY], tenant.others[COMMUNITY], tenant.accounts[ADMINISTRATOR]):
        assert county.get(f"/accounts/{account.id}").status_code == 404
        assert submit(county, "/accounts/", f"/accounts/{account.id}/reset").status_code == 404
        assert submit(county, "/accounts/", f"/accounts/{account.id}/state", active="no").status_code == 404
    with tenant.scope():
        assert session().scalar(select(Account.active).where(Account.id == tenant.others[COUNTY].id)) is True


def test_the_list_shows_what_is_below(browser_of: Browse, tenant: TestTenant) -> None:
    names = {account.username for account in (*tenant.accounts.values(), *tenant.others.values())}

    def seen(role: str, **form: str) -> set[str]:
        client = browser_of(tenant.accounts[role])
        page = submit(client, "/accounts/", "/accounts/search", **form).text if form else client.get("/accounts/").text
        cells = re.findall(r'data-label="用户名">([^<]+)<', page)
        return names & set(cells)

    assert seen(ADMINISTRATOR) == names
    assert seen(COUNTY) == {COUNTY, STREET, COMMUNITY, LIAISON}
    assert seen(ADMINISTRATOR, q="other_c") == {"other_community_officer", "other_county_officer"}


def test_paging_of_accounts_names_nobody_in_the_address(administrator: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenants.directory.accounts_below.__kwdefaults__", {
        "search": "", "role": None, "without_members": True, "after": None, "limit": 3})
    seen, address = [], "/accounts/"
    while address:
        page = administrator.get(address).text
        seen += re.findall(r'data-label="用户名">([^<]+)<', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
        assert re.fullmatch(r"|/accounts/\?after=[0-9a-f-]{36}", address)
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 8


def test_a_liaison_opens_the_phone_accounts_of_his_unit(browser_of: Browse, tenant: TestTenant, application: Flask) -> None:
    members = [make_member(tenant, f"党员{n}") for n in "甲乙丙"]
    elsewhere = make_member(tenant, "别处的人", unit=1, account=True)
    liaison = browser_of(tenant.accounts[LIAISON])
    home = liaison.get("/member-accounts/").location
    started = submit(liaison, home, f"{home}/open")
    assert started.status_code == 303
    run_due()
    job_id = uuid.UUID(re.findall(r"[0-9a-f-]{36}", started.location)[0])
    with tenant.scope():
        job = job_view(job_id)
        assert (job.status, (job.result or {})["accounts"]) == ("done", 3), job
        address = session().scalars(select(Job.payload).where(Job.tenant_id == tenant_id(), Job.id == job_id)).one()["address"]
        assert address.endswith(f"/t/{tenant.slug}/start")
        stored = session().execute(select(Account.username, Account.must_change_password, Account.member_id).where(
            Account.member_id.in_([m.id for m in members]))).all()
        assert {(len(r.username), r.must_change_password) for r in stored} == {(6, True)}
    page = liaison.get(started.location)
    link = re.search(r'href="(/files/[0-9a-f-]+)"', page.text)
    assert link is not None
    pdf = liaison.get(link[1])
    assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")
    assert browser_of(tenant.accounts[ADMINISTRATOR]).get(link[1]).status_code == 404  # the owner's only
    again = submit(liaison, home, f"/member-accounts/members/{members[0].id}/reset")
    name, code = re.findall(r'handover">([^<]+)<', again.text)
    assert submit(application.test_client(), f"/t/{tenant.slug}/start", username=name, code=code.upper().replace("-", " "),
                  new_password="seven blue doors", again="seven blue doors").status_code == 303
    assert submit(liaison, home, f"/member-accounts/members/{elsewhere.id}/reset").status_code == 404
    assert submit(liaison, home, f"/member-accounts/{tenant.units[1]}/open").status_code == 404


# Own account

def test_a_token_is_shown_once_scoped_and_revoked(administrator: FlaskClient, tenant: TestTenant, application: Flask) -> None:
    made = submit(administrator, "/account/", "/account/tokens", name="平台", days="30", scopes=["jobs.read", "organizations.read"])
    token = re.search(r'value="(bdt_[^"]+)"', made.text)
    assert token is not None
    assert token[1] not in administrator.get("/account/").text
    assert submit(administrator, "/account/", "/account/tokens", name="平台", days="30", scopes=["members.self"]).status_code == 422
    assert submit(administrator, "/account/", "/account/tokens", name="平台", days="9999", scopes=["jobs.read"]).status_code == 422
    program, headers = application.test_client(), {"Authorization": f"Bearer {token[1]}"}
    assert program.get("/account/", headers=headers).status_code == 302  # a token opens no page
    with tenant.scope():
        row = session().scalars(select(Grant).where(Grant.account_id == tenant.accounts[ADMINISTRATOR].id)).one()
        assert row.role == ADMINISTRATOR
    revoke = re.search(r'action="(/account/tokens/[0-9a-f-]+/revoke)"', administrator.get("/account/").text)
    assert revoke is not None
    assert submit(administrator, "/account/", revoke[1]).status_code == 303
    assert program.get("/api/v1/organizations", headers=headers).status_code == 401


def test_ending_the_other_logins(browser_of: Browse, tenant: TestTenant) -> None:
    here, there = browser_of(tenant.accounts[COUNTY]), browser_of(tenant.accounts[COUNTY])
    for password, status in (("", 422), ("a wrong guess", 422), (PASSWORD, 303)):
        assert (there.get("/account/").status_code, submit(here, "/account/logins/", "/account/logins/end", old_password=password).status_code) == (
            200, status)
    assert (here.get("/account/").status_code, there.get("/account/").status_code) == (200, 302)


# Settings

def _values(page: str) -> dict[str, str]:
    """The form's present values, as a browser would send them."""
    return dict(re.findall(r'name="([a-z_]+)" (?:value|required)?="?([^">]*)"?', page))


def test_settings_are_checked_and_never_overwritten(administrator: FlaskClient, tenant: TestTenant) -> None:
    form = {"report_to": "one", "initial_due": "", "months": "2", "month_rule": "calendar", "phone": "true", "reasons": "出差\n生病\n\n"}
    saved = submit(administrator, "/settings/registration", version="0", lock="months", step="sure", **form)
    assert saved.status_code == 303
    with tenant.scope():
        values = effective("registration")
        assert (values["months"], values["reasons"]) == (2, ["出差", "生病"])
    assert submit(administrator, "/settings/registration", version="0", step="sure", **form).status_code == 409  # somebody else saved since
    assert submit(administrator, "/settings/registration", version="1", **{**form, "months": "99"}).status_code == 422
    emptied = submit(administrator, "/settings/registration", version="1", **{**form, "reasons": " "})
    assert (emptied.status_code, 'id="field-reasons"' in emptied.text) == (422, True)



def test_a_county_sets_what_is_read_by_place_unless_it_is_locked(browser_of: Browse, administrator: FlaskClient, tenant: TestTenant) -> None:
    form = {"kinds": "巡逻\n帮扶", "activity_norm": "2", "longest_minutes": "480", "backdate_days": "90", "code_days": "30"}
    assert submit(administrator, "/settings/service", version="0", lock="code_days", step="sure", **form).status_code == 303
    county, page = browser_of(tenant.accounts[COUNTY]), f"/settings/service?place={tenant.counties[0]}"
    assert "上级已锁定" in county.get(page).text
    assert submit(county, page, version="0", step="sure", **{**form, "code_days": "9", "longest_minutes": "240"}).status_code == 303
    with tenant.scope():
        assert [effective("service", place)["longest_minutes"] for place in (tenant.communities[0], tenant.communities[7], None)] == [
            240, 480, 480]
        assert effective("service", tenant.counties[0])["code_days"] == 30
    assert submit(county, page, version="1", reset="longest_minutes", step="sure", **{**form, "longest_minutes": "240"}).status_code == 303
    with tenant.scope():
        assert effective("service", tenant.communities[0])["longest_minutes"] == 480
    for address in (f"/settings/service?place={tenant.counties[1]}", "/settings/nonsense", "/settings/registration"):
        assert county.get(address).status_code == 404
    shown = county.get("/settings/").text
    assert (county.get("/settings/service").status_code, "服务纪实" in shown, "首次报到" in shown, "参加范围" in shown) == (200, True, False, False)
    assert county.get("/terms/").status_code == 403


def test_a_plugins_settings_are_there_while_it_is_on(administrator: FlaskClient) -> None:
    assert administrator.get("/settings/points").status_code == 404
    assert "term-points" not in administrator.get("/terms/").text
    looked = administrator.get("/plugins/points/switch?to=on").text
    assert "我的积分" in looked
    assert submit(administrator, "/plugins/", "/plugins/points/switch", to="on").status_code == 303
    assert (administrator.get("/settings/points").status_code, administrator.get("/p/points/").status_code) == (200, 200)
    assert "奉献积分" in administrator.get("/account/").text  # the menu, at the next request
    assert "term-points" in administrator.get("/terms/").text
    assert submit(administrator, "/plugins/", "/plugins/points/switch", to="off").status_code == 303
    assert (administrator.get("/settings/points").status_code, administrator.get("/p/points/").status_code) == (404, 404)


def test_renamed_words_stand_on_every_page(administrator: FlaskClient, tenant: TestTenant) -> None:
    assert submit(administrator, "/terms/", **{"term-unit": "机关单位", "step": "sure"}).status_code == 303
    assert "机关单位" in administrator.get("/member-accounts/").text
    assert submit(administrator, "/terms/", **{"term-unit": "太长" * 20}).status_code == 422
    assert submit(administrator, "/terms/", **{"term-unit": "", "step": "sure"}).status_code == 303
    assert "机关单位" not in administrator.get("/member-accounts/").text
    assert tenant.id


# Audit and jobs

def test_the_audit_log_is_read_checked_and_exported(browser_of: Browse, tenant: TestTenant, application: Flask) -> None:
    submit(application.test_client(), f"/t/{tenant.slug}/login", username=COUNTY, password="wrong-password")
    auditor = browser_of(tenant.accounts[AUDITOR])
    assert "登录失败" in auditor.get("/audit/").text
    assert "登录失败</td>" not in auditor.get("/audit/?action=login.opened").text
    checked = submit(auditor, "/audit/", "/audit/verify")
    exported = submit(auditor, "/audit/", "/audit/export", action="login.failed")
    run_due()
    assert "任务已完成" in auditor.get(checked.location).text
    page = auditor.get(exported.location).text
    link = re.search(r'href="(/files/[0-9a-f-]+)"', page)
    assert link is not None, page
    assert auditor.get(link[1]).data[:2] == b"PK"
    assert browser_of(tenant.accounts[COUNTY]).get("/audit/").status_code == 403
    with tenant.scope():
        assert "file.downloaded" in {e.action for e in entries()}


def test_a_job_is_its_owners_and_the_administrators(browser_of: Browse, administrator: FlaskClient, tenant: TestTenant) -> None:
    auditor = browser_of(tenant.accounts[AUDITOR])
    waiting = submit(auditor, "/audit/", "/audit/verify").location
    part = auditor.get(waiting.split("?")[0] + "/progress")
    assert (part.status_code, "hx-get" in part.text, "<html" in part.text) == (200, True, False)
    assert browser_of(tenant.accounts[COUNTY]).get(waiting).status_code == 404
    assert administrator.get(waiting).status_code == 200
    assert submit(auditor, "/account/", waiting.split("?")[0] + "/cancel").status_code == 303
    assert "任务已取消" in auditor.get(waiting).text
    assert auditor.get(waiting.split("?")[0] + "/progress").headers["HX-Redirect"].startswith("/jobs/")
    assert 'href="//evil' not in auditor.get(waiting.split("?")[0] + "?next=//evil.example/").text


def test_a_file_whose_time_is_over_and_anothers_file_look_alike(browser_of: Browse, tenant: TestTenant) -> None:
    owner = tenant.accounts[COUNTY]
    with tenant.scope():
        mine = storage.save("a.txt", "text/plain", b"mine", "account.self", 1, owner.id)
        over = storage.save("b.txt", "text/plain", b"over", "account.self", 0, owner.id)
        shared = storage.save("c.txt", "text/plain", b"shared", "audit.read", 1)
    client = browser_of(owner)
    answers = [client.get(f"/files/{f}") for f in (mine, over, shared, uuid.uuid4())]
    assert [a.status_code for a in answers] == [200, 404, 404, 404]
    assert answers[0].headers["Content-Disposition"].startswith("attachment")
    assert browser_of(tenant.accounts[AUDITOR]).get(f"/files/{shared}").data == b"shared"


def test_the_door_for_complaints_tells_whom_to_call(administrator: FlaskClient, tenant: TestTenant, application: Flask) -> None:
    assert submit(administrator, "/settings/contact", version="0", phone="027-12345678", hours="工作日", address="", text="先找社区。").status_code == 303
    page = application.test_client().get(f"/t/{tenant.slug}/contact").text
    assert "027-12345678" in page
    assert f'href="/t/{tenant.slug}/contact"' in administrator.get("/account/").text


def test_two_tenants_share_no_account(browser_of: Browse, tenant: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市")
    client = browser_of(tenant.accounts[ADMINISTRATOR])
    assert client.get(f"/accounts/{other.accounts[COUNTY].id}").status_code == 404
    page = client.get("/accounts/")
    answer = client.post("/accounts/new", data={"csrf_token": csrf_of(page.text), "role": COMMUNITY, "username": "abc", "display_name": "某人",
                                                "organization": other.communities[0]})
    assert answer.status_code == 404
