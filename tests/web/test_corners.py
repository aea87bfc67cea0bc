"""Doors and forms at their corners: each answers what is wrong with a sentence, or as if nothing were there, and leaves everything as it was."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.access import accounts, factors
from core.access.models import Grant
from core.access.opening import open_login
from core.access.roles import COMMUNITY, COUNTY, MEMBER
from core.audit.actor import set_actor
from core.audit.models import AuditEntry
from core.config import Config
from core.jobs import enqueue
from core.jobs.models import Job
from core.members import data_requests, export as member_export
from core.organizations import queries, tree
from core.registration import certificates, printing, reporting
from core.registration.certificate_queries import valid_of
from core.registration.models import Certificate, ReportIn
from core.rules import export as rule_export
from core.rules.models import RulePack
from core.service import callbacks, corrections, evaluation, export as service_export, records
from core.service.claims import claiming, fulfilling, matters, register as claim_register
from core.service.claims.matters import MatterInput
from core.service.claims.models import Claim
from core.service.corrections import CorrectionInput
from core.service.models import ServiceRecord
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from tenants.settings import save
from tests.registration.conftest import join
from tests.service.conftest import service
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.factories import PASSWORD, TestAccount, TestTenant, make_account, make_member, make_tenant, sign_in
from web.pages import single_sign_on

Enter = Callable[[TestAccount | None], FlaskClient]
GONE = uuid.UUID(int=7)


@pytest.fixture
def city(config: Config) -> TestTenant:
    """A tenant with posts switched on."""
    shared_app(config)
    return make_tenant(plugins=("posts",))


@pytest.fixture
def enter(config: Config) -> Enter:
    """A browser in which an account is signed in."""
    app = without_csrf(shared_app(config))

    def make(account: TestAccount | None) -> FlaskClient:
        client = app.test_client()
        if account is not None:
            sign_in(client, account)
        return client
    return make


def deeds(tenant: TestTenant) -> int:
    """How much the log holds."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.tenant_id == tenant_id())) or 0


def test_addresses_that_lead_to_nothing_answer_as_absent(city: TestTenant, enter: Enter) -> None:
    member = make_member(city, account=True)
    foreign = make_tenant("4202", name="黄石市")
    admin, county, desk, liaison = (enter(city.accounts[role]) for role in ("city_administrator", COUNTY, COMMUNITY, "unit_liaison"))
    with city.scope(), set_actor("account", city.accounts[COUNTY].id):
        job = enqueue("nothing", {})
    files = {claim_register.JOB: "/claims/register/exports", service_export.EXPORT: "/records/exports", rule_export.EXPORT: "/rules/exports",
             member_export.EXPORT: "/members/exports"}
    with city.scope(), set_actor("account", city.accounts["city_administrator"].id):
        jobs = {kind: enqueue(kind, {}) for kind in (*files, printing.KIND)}
    assert member.account is not None
    with city.scope():
        stray = make_account(city, MEMBER, city.units[0])
        accounts.grant_role(member.account.id, COMMUNITY, city.communities[0])
    nobody, both = enter(stray), enter(member.account)
    before = deeds(city)
    asked: list[tuple[FlaskClient, str, dict[str, Any] | None, int]] = [
        (admin, f"/organizations/{city.units[0]}", None, 302), (admin, f"/organizations/sectors/{city.counties[0]}/rename", None, 404),
        (admin, f"/organizations/{city.root}/change", None, 404), (admin, f"/organizations/{foreign.counties[0]}", None, 404),
        (admin, f"/coverage/?at={city.units[0]}", None, 200), (county, f"/coverage/?at={city.counties[1]}", None, 404),
        (admin, f"/report-ins/?community={city.streets[0]}", None, 404), (desk, "/report-ins/?status=odd", None, 404),
        (admin, f"/report-ins/unit?unit={city.communities[0]}", None, 404), (liaison, "/report-ins/unit?state=odd", None, 404),
        (liaison, "/me/", None, 403), (liaison, "/claims/", None, 403), (liaison, "/records/", None, 403), (liaison, "/report-in", None, 403),
        *[(nobody, place, None, 404) for place in ("/me/", "/me/edit", "/claims/", "/records/", "/report-in", "/exchange/mine")],
        (nobody, "/me/data/consents", {"purpose": "contact"}, 404), (both, f"/records/enter/{member.id}", None, 403),
        (county, f"/deeds/enter/unit/{city.communities[0]}", None, 404), (county, f"/claims/register/exports/{job}/file", None, 404),
        (county, f"/records/exports/{job}/file", None, 404), (county, f"/certificates/prints/{job}/{GONE}.pdf", None, 404),
        (desk, "/records/work/?since=gestern", None, 200), (admin, "/members/?after=odd&before=odd", None, 200),
        (county, "/members/new/places?unit_id=odd&residence_id=odd&unit=1", None, 200), (admin, f"/organizations/{city.units[0]}/change", None, 404),
        (admin, f"/organizations/units/?below={city.paths[city.counties[0]]}", None, 200), (county, "/organizations/units/?below=4201/", None, 200),
        *[(admin, f"{place}/{jobs[kind]}/file", None, 404) for kind, place in files.items()],
        (admin, f"/certificates/prints/{jobs[printing.KIND]}/{GONE}.pdf", None, 404), (desk, "/claims/work/?since=odd&until=2026-13-40", None, 200),
        (desk, "/report-ins/confirm", {"report_in": "odd"}, 404), (desk, "/records/work/verify", {"record": "odd"}, 422),
        (desk, "/privacy/residents/erase", {"rows": "needs_need:odd"}, 404), (county, "/certificates/issue", {"unit": str(city.communities[0])}, 404),
        (desk, "/report-ins/desk/confirm", {"member_id": str(member.id), "community_id": str(city.communities[5])}, 404),
        (desk, "/report-ins/desk", {"scanned": "BE1.abc"}, 422), (admin, f"/overview/?at={city.units[0]}", None, 200),
    ]
    told = [(place, client.get(place).status_code if data is None else client.post(place, data=data).status_code) for client, place, data, _status in asked]
    assert dict(told) == {place: status for _client, place, _data, status in asked}
    assert deeds(city) == before


def test_an_accounts_forms_say_what_to_change(city: TestTenant, enter: Enter) -> None:
    admin, own = enter(city.accounts["city_administrator"]), city.accounts[COUNTY]
    county, place = enter(own), f"/accounts/{own.id}/grants"
    before = deeds(city)
    form = {"role": COUNTY, "organization": str(city.counties[1])}
    found = admin.post(place, data={"step": "find", "role": COUNTY, "q": "第03区"})
    assert (found.status_code, str(city.counties[1]) in found.text) == (200, True)
    said = [("请查找并选择组织。", {"role": COUNTY}), ("请选择角色。", {"role": "king"}), ("到期日期须在今天或以后。", form | {"expires_on": "odd"}),
            ("到期日期须在今天或以后。", form | {"expires_on": (today() - dt.timedelta(days=1)).isoformat()})]
    assert [sentence in admin.post(place, data=data).text for sentence, data in said] == [True] * len(said)
    passwords = [("两次输入的新密码不一样，请重新输入。", "a long new password", "another long password"),
                 ("新密码与现在的密码相同，请换一个。", PASSWORD, PASSWORD)]
    assert [sentence in county.post("/account/password", data={"old_password": PASSWORD, "new_password": new, "again": again}).text
            for sentence, new, again in passwords] == [True, True]
    with city.scope():
        assert session().scalars(select(Grant.organization_id).where(Grant.tenant_id == tenant_id(), Grant.account_id == own.id)).all() == [city.counties[0]]
    assert deeds(city) == before
    last = (today() + dt.timedelta(days=1)).isoformat()
    assert admin.post(place, data=form | {"expires_on": last}).status_code == 303
    with city.scope():
        assert session().scalars(select(Grant.expires_at).where(Grant.tenant_id == tenant_id(), Grant.account_id == own.id,
                                                                Grant.expires_at.is_not(None))).one().astimezone(dt.UTC).isoformat() == (
            f"{last}T16:00:00+00:00")


def test_several_places_are_listed_and_a_unit_opens_again(city: TestTenant, enter: Enter) -> None:
    own = city.accounts[COUNTY]
    with city.scope():
        accounts.grant_role(own.id, COUNTY, city.counties[1])
    county, admin = enter(own), enter(city.accounts["city_administrator"])
    page = county.get("/organizations/").text
    assert [f"/organizations/{place}" in page for place in (*city.counties, city.root)] == [True, True, False]
    for version, active in ((1, "no"), (2, "yes")):
        assert admin.post(f"/organizations/units/{city.units[2]}/state", data={"version": version, "active": active}).status_code == 303
        with city.scope():
            row = queries.unit(city.units[2])
            assert row is not None
            assert (row.active, row.version) == (active == "yes", version + 1)


def test_the_tree_is_changed_at_the_second_press(city: TestTenant, enter: Enter) -> None:
    admin, place = enter(city.accounts["city_administrator"]), city.communities[1]
    page = f"/organizations/{place}/change"
    found = admin.post(page, data={"step": "find", "act": "move", "q": "02002"})
    assert (found.status_code, str(city.streets[1]) in found.text) == (200, True)
    assert admin.post(page, data={"act": "move", "to": str(city.streets[1])}).status_code == 422
    refused = admin.post(page, data={"act": "move", "to": str(city.streets[0]), "confirmed": "yes"})
    assert (refused.status_code, "不用再划转" in refused.text) == (409, True)
    assert admin.post(page, data={"act": "move", "to": str(city.streets[1]), "confirmed": "yes"}).status_code == 303
    with city.scope():
        assert tree.get(place).path == f"{city.paths[city.streets[1]]}{tree.get(place).code}/"


def test_a_record_at_the_desk_from_form_to_answer(city: TestTenant, enter: Enter) -> None:
    member, home = make_member(city, account=True), city.communities[0]
    desk, own = enter(city.accounts[COMMUNITY]), enter(member.account)
    with city.scope():
        record = records.submit(member.id, service(home), entered_by=None)
    work = f"/records/work/{record}"
    assert desk.post(f"{work}/verify", data={"version": 7}).status_code == 409
    assert desk.post(f"{work}/verify", data={"version": 1, "minutes": "100000"}).status_code == 422
    assert desk.post(f"{work}/cancel", data={"version": 7, "reason": "误办"}).status_code == 409
    assert desk.post(f"{work}/verify", data={"version": 1}).status_code == 303
    edited = own.get(f"/records/{record}/edit")
    assert (edited.status_code, "这条记录已经查验，不能直接修改；如有错误，请申请更正。" in edited.text) == (409, True)
    asking = own.get(f"/records/{record}/correct").text
    assert [text in asking for text in ("清扫楼道", "环境卫生")] == [True, True]
    assert desk.post(f"{work}/waive", data={"reason": "公共区域"}).status_code == 409
    with city.scope():
        yesterday = today() - dt.timedelta(days=1)
        corrections.ask(record, CorrectionInput(happened_on=yesterday, minutes=90, title="清扫楼道", kind="环境卫生", place=None, reason="日期写错了"), 2, by=None)
    page = desk.get(work).text
    assert f"{yesterday.month}月{yesterday.day}日" in page.replace(" ", "")
    with city.scope():
        row = session().get_one(ServiceRecord, (tenant_id(), record))
        assert (row.status, row.minutes, row.happened_on) == ("verified", 90, today())


def test_a_call_back_is_noted_by_another_officer(city: TestTenant, enter: Enter) -> None:
    member, by = make_member(city), city.accounts[COMMUNITY].id
    with city.scope():
        save("service", {"callback_share": 100}, version=0)
        colleague = make_account(city, COMMUNITY, city.communities[0])
    with city.scope():
        record = records.submit(member.id, service(city.communities[0]), entered_by=None)
        records.verify(record, 1, by=by)
        evaluation.key_in(record, "paper", "satisfied", None, today(), by=by)
    desk, place = enter(colleague), f"/records/work/{record}/callback"
    refused = desk.post(place, data={"outcome": "odd", "means": "odd"})
    assert (refused.status_code, refused.text.count("请选择") >= 2) == (422, True)
    with city.scope():
        means = callbacks.MEANS[0]
        seen = callbacks.callback_view(record)
        assert seen is not None
        assert (seen.state, seen.called_on) == ("open", None)
    assert desk.post(place, data={"outcome": "confirmed", "means": means}).status_code == 303
    with city.scope():
        seen = callbacks.callback_view(record)
        assert seen is not None
        assert (seen.state, seen.called_on) == ("confirmed", today())


def test_a_claim_is_seen_to_at_the_communitys_desk(city: TestTenant, enter: Enter) -> None:
    people = [make_member(city, name) for name in ("王小明", "李华")]
    desk = enter(city.accounts[COMMUNITY])
    with city.scope():
        given = MatterInput(community_id=city.communities[0], kind="环境卫生", title="清扫楼道", minutes=90, places=2)
        matter = matters.open_matter("posts", given, by=None)
        first, second = (claiming.claim(matter, one.id, by=None).id for one in people)
    joined = desk.post(f"/claims/work/{first}/join", data={"member_id": str(people[1].id)})
    assert (joined.status_code, "这不是集体认领。" in joined.text) == (409, True)
    assert desk.post(f"/claims/work/{first}/release", data={"version": 1, "reason": ""}).status_code == 422
    assert desk.post(f"/claims/work/{first}/release", data={"version": 1, "reason": "临时有事"}).status_code == 303
    assert desk.post(f"/claims/work/{second}/finish", data={"version": 1}).status_code == 422
    with city.scope():
        fulfilling.serve(second, fulfilling.Service(today()), by=city.accounts[COMMUNITY].id)
    finished = desk.post(f"/claims/work/{second}/finish", data={"version": 1})
    with city.scope():
        states = session().scalars(select(Claim.state).where(Claim.tenant_id == tenant_id()).order_by(Claim.id)).all()
    assert (finished.status_code, states) == (303, ["released", "done"])


def test_certificates_are_revoked_alone_and_report_ins_shown_as_they_stand(city: TestTenant, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    member = make_member(city, account=True)
    county, own = enter(city.accounts[COUNTY]), enter(member.account)
    with city.scope():
        made, = certificates.issue(certificates.issuer_for(city.paths[city.units[0]]), city.units[0], by=None).certificates
        waiting = reporting.submit(member.id, city.communities[0], "residence", "phone", by=None)
    assert "等待社区确认" in own.get("/").text
    with city.scope():
        reporting.send_back(waiting, 1, "请带介绍信", by=None)
    join(city, member, today())
    assert "上次提交被退回：请带介绍信" in own.get("/").text
    for place, said in (("/certificates", "一次最多导出 20000 张。请先按单位或编号缩小范围。"),
                        ("/obligations", "一次最多导出 20000 行。请先按单位或来由缩小范围。")):
        monkeypatch.setattr(f"web.pages.{place[1:]}.MOST_ROWS", 0)
        refused = county.post(f"{place}/export.xlsx", data={"why": "核对"})
        assert (refused.status_code, said in refused.text) == (422, True)
    with city.scope():
        again = reporting.submit(member.id, city.communities[0], "residence", "phone", by=None)
    assert enter(city.accounts[COMMUNITY]).post("/report-ins/confirm", data={"report_in": f"{again}:1"}).status_code == 303
    with city.scope():
        assert session().get_one(ReportIn, (tenant_id(), again)).status == "confirmed"
    assert county.post(f"/certificates/{made}/revoke", data={"reason": "whim"}).status_code == 422
    assert county.post(f"/certificates/{made}/revoke", data={"reason": "lost"}).status_code == 303
    with city.scope():
        assert valid_of(member.id) is None
        assert session().scalars(select(Certificate.status).where(Certificate.tenant_id == tenant_id())).all() == ["revoked"]


def test_on_paper_a_consent_holds_at_once_and_a_wish_of_who_is_gone_stays_closed(city: TestTenant, enter: Enter) -> None:
    member = make_member(city)
    desk = enter(city.accounts[COMMUNITY])
    place = f"/privacy/members/{member.id}/consents"
    assert desk.post(place, data={"purpose": "whim", "given": "no"}).status_code == 422
    assert desk.post(place, data={"purpose": "contact", "given": "no"}).status_code == 303
    with city.scope():
        asked = data_requests.ask(member.id, "access", "community", "", by=None)
    admin, other = enter(city.accounts["city_administrator"]), enter(make_tenant("4202", name="黄石市").accounts["city_administrator"])
    assert [client.get(f"/privacy/requests/{asked}").status_code for client in (admin, other)] == [200, 404]


def test_words_go_back_to_the_form_and_a_stale_file_is_not_applied(city: TestTenant, enter: Enter) -> None:
    admin = enter(city.accounts["city_administrator"])
    back = admin.post("/terms/", data={"locale": "zh_Hans_CN", "term-community": "村", "step": "back"})
    assert (back.status_code, 'value="村"' in back.text) == (200, True)
    failed = admin.post("/profile-file/apply", data={"text": "code = 1", "name": "x.toml", "seen": ""})
    assert failed.status_code == 409
    with city.scope():
        assert session().scalars(select(AuditEntry.action).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "terms.changed")).all() == []


def test_a_job_that_failed_is_queued_again_and_an_import_at_work_shows_its_bar(city: TestTenant, enter: Enter) -> None:
    county = enter(city.accounts[COUNTY])
    with city.scope(), set_actor("account", city.accounts[COUNTY].id):
        job, waiting = enqueue("members.export", {}), enqueue("members.import.check", {"file": str(GONE)})
        row = session().get_one(Job, (tenant_id(), job))
        row.status, row.error = "failed", "x"
    assert county.post(f"/jobs/{job}/retry").status_code == 303
    assert county.get(f"/imports/{waiting}/progress").status_code == 200
    assert [county.get(f"/imports/{waiting}/bad-rows.xlsx").status_code, county.post(f"/imports/{waiting}/confirm").status_code] == [404, 409]
    with city.scope():
        assert session().get_one(Job, (tenant_id(), job)).status == "due"
        done = session().get_one(Job, (tenant_id(), waiting))
        done.status, done.result = "done", {"file": str(GONE)}
    assert "文件已过保存期，请重新生成。" in county.get(f"/jobs/{waiting}").text


def test_who_comes_back_from_elsewhere_began_here_and_has_finished_there(city: TestTenant, enter: Enter) -> None:
    public = enter(None)
    place = f"/t/{city.slug}/openid/callback?state=x"
    first = public.get(place)
    with public.session_transaction() as cookie:
        cookie[single_sign_on.KEY] = "x"
    second, again = public.get(place), public.get(place)
    began = "这次登录不是在这个浏览器里开始的，请重新登录。"
    assert [(answer.status_code, [said in answer.text for said in (began, "您在认证服务那边没有完成登录，请重试。")]) for answer in (first, second, again)] == [
        (422, [True, False]), (422, [False, True]), (422, [True, False])]


def test_an_example_of_rules_is_read_and_becomes_a_draft(config: Config, enter: Enter) -> None:
    city = make_tenant(plugins=("points",))
    admin = enter(city.accounts["city_administrator"])
    place = re.findall(r'href="(/rules/points/examples/[^"]+)"', admin.get("/rules/").text)[0]
    page = admin.get(place)
    assert (page.status_code, f'value="{place.rpartition("/")[2]}"' in page.text) == (200, True)
    made = admin.post("/rules/points/drafts", data={"example": place.rpartition("/")[2], "place": ""})
    assert made.status_code == 303
    with city.scope():
        pack = session().scalars(select(RulePack).where(RulePack.tenant_id == tenant_id())).one()
        assert (pack.kind, pack.status, made.location) == ("points", "draft", f"/rules/packs/{pack.id}")
        assert pack.document["title"]
    assert admin.get(f"/rules/packs/{pack.id}/differences").status_code == 200


def test_a_half_login_with_a_wrong_code_stays_half_and_the_try_counts(city: TestTenant, enter: Enter) -> None:
    own = city.accounts[COUNTY]
    with city.scope():
        phone = pyotp.TOTP(factors.propose(own.id))
        factors.confirm(own.id, phone.at(now()))
        token = open_login(own.id)
    client = enter(None)
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = f"{city.id}.{token}", True
    for data, place in (({"code": "000000"}, "/second-step/"), ({"credential": "{}"}, "/second-step/passkey")):
        assert client.post(place, data=data).status_code == 422
    assert client.get("/organizations/").status_code == 302
    assert client.get("/organizations/").location.startswith("/second-step/")
