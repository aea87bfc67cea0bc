"""Ids that stand in a form, a JSON body or a query: another tenant's, or a sibling's, is answered like one that does not exist.

The URL map shows no such id, so the requests are written down here, each complete but for the one strange id. A twin at the
end shows that they are complete: with a thing of one's own they go through.
"""
from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from core.access.actor import load_actor
from core.access.roles import ADMINISTRATOR, COMMUNITY, COUNTY, LIAISON, MEMBER, permissions
from core.access.tokens import create_token
from core.config import Config
from core.registration import certificates
from core.service import records
from core.service.claims.claiming import claim
from core.service.claims.matters import MatterInput, open_matter
from core.tenancy import today
from tests.security import rows
from tests.service.conftest import service
from tests.support.browsing import UNSENT, without_csrf
from tests.support.factories import TestTenant, make_id_number, make_member, make_tenant, sign_in
from web.app import create_app

pytestmark = pytest.mark.promise(1)
NOISE = re.compile(rb'[0-9a-f]{32}|name="csrf_token" value="[^"]+"|csrf-token" content="[^"]+"'
                   rb'|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}')
DAY = today().isoformat()
PERSON = {"name": "赵新来", "id_number": make_id_number(99), "category": "full", "day": DAY}
RECORD = {"kind": "政策宣传", "title": "入户宣传", "happened_on": DAY, "minutes": 60, "recipient": "居民"}
ASKS = {"purpose": "评先表优", "deadline": DAY}
ASKED = {"kind": "环境卫生", "title": "清扫楼道", "happened_on": DAY, "minutes": 60}


@dataclass(frozen=True)
class Case:
    """One request. `strange` names the kind of id; the text STRANGE in address or values is replaced by one, OWN_x by one's own."""

    role: str
    method: str
    address: str
    strange: str
    values: dict[str, Any]


def post(role: str, address: str, strange: str, /, **values: Any) -> Case:
    return Case(role, "POST", address, strange, values)


def get(role: str, address: str, strange: str) -> Case:
    return Case(role, "GET", address, strange, {})


API = [
    post(COUNTY, "/api/v1/members", "unit_id", unit_id="STRANGE", residence_id="OWN_community_id", **PERSON),
    post(COUNTY, "/api/v1/certificates", "unit_id", unit_id="STRANGE"),
    post(COUNTY, "/api/v1/certificates", "member_id", unit_id="OWN_unit_id", members=["STRANGE"]),
    post(COMMUNITY, "/api/v1/members/search", "organization_id", text="王", organization_id="STRANGE", basis="residence"),
    post(COMMUNITY, "/api/v1/members/search", "member_id", text="王", cursor="STRANGE"),
    post(COMMUNITY, "/api/v1/report-ins", "member_id", member_id="STRANGE", community_id="OWN_community_id", basis="residence"),
    post(COMMUNITY, "/api/v1/report-ins", "community_id", member_id="OWN_member_id", community_id="STRANGE", basis="residence"),
    post(MEMBER, "/api/v1/report-ins/own", "community_id", community_id="STRANGE", basis="residence"),
    post(COMMUNITY, "/api/v1/report-ins/STRANGE/confirm", "report_in_id", version=1),
    post(COMMUNITY, "/api/v1/report-ins/STRANGE/return", "report_in_id", version=1, reason="请核对"),
    post(MEMBER, "/api/v1/records/own", "community_id", community_id="STRANGE", **RECORD),
    post(COMMUNITY, "/api/v1/records/STRANGE/verify", "record_id", version=1),
    post(COMMUNITY, "/api/v1/records/STRANGE/return", "record_id", version=1, reason="请核对"),
    post(COMMUNITY, "/api/v1/records/STRANGE/evaluation", "record_id", channel="paper", rating="fair", evaluated_on=DAY),
    post(COMMUNITY, "/api/v1/records/STRANGE/waive", "record_id", reason="公共区域"),
    post(MEMBER, "/api/v1/records/own/STRANGE/correction", "service_id", version=2, reason="时长有误", **ASKED),
    post(MEMBER, "/api/v1/records/own/STRANGE/correction/take-back", "service_id"),
    post(COMMUNITY, "/api/v1/records/STRANGE/correction/accept", "record_id", correction_id=str(uuid.uuid4())),
    post(COMMUNITY, "/api/v1/records/STRANGE/correction/refuse", "record_id", correction_id=str(uuid.uuid4()), answer="请核对"),
    get(COMMUNITY, "/api/v1/records/corrections?cursor=STRANGE", "correction_id"),
    post(COUNTY, "/api/v1/p/stars/cases/STRANGE/approve", "case_id", version=1),
    post(LIAISON, "/api/v1/p/consultation/requests", "unit_id", id=str(uuid.uuid4()), asker_id="STRANGE", member_ids=["OWN_member_id"], **ASKS),
    post(LIAISON, "/api/v1/p/consultation/requests", "member_id", id=str(uuid.uuid4()), asker_id="OWN_unit_id", member_ids=["STRANGE"], **ASKS),
    post(COMMUNITY, "/api/v1/p/consultation/requests/STRANGE/answer", "consultation_id", version=1,
         opinions=[{"subject_id": str(uuid.uuid4()), "opinion": "agree"}]),
    post(COMMUNITY, "/api/v1/p/consultation/requests/STRANGE/sign", "consultation_id", answer_version=1),
    post(LIAISON, "/api/v1/p/consultation/requests/STRANGE/withdraw", "consultation_id", version=1, reason="不再评选"),
    post(COMMUNITY, "/api/v1/p/feedback/packs/STRANGE/step", "feedback_pack_id", version=1, step="review"),
    post(LIAISON, "/api/v1/p/feedback/packs/STRANGE/answer", "feedback_pack_id", version=1, body="已了解"),
    post(COMMUNITY, "/api/v1/p/feedback/runs", "community_id", organization_id="STRANGE", period="2026", again=False),
    post(COMMUNITY, "/api/v1/p/feedback/words", "community_id", community_id="STRANGE", unit_id="OWN_unit_id", body="请关注"),
    post(COMMUNITY, "/api/v1/p/awards/selections/STRANGE/nominations", "selection_id", member_id="OWN_member_id", reason="坚持上门服务"),
    post(COMMUNITY, "/api/v1/p/awards/nominations/STRANGE/recommend", "award_nomination_id", version=3),
    post(COUNTY, "/api/v1/p/awards/selections/STRANGE/decide", "selection_id", version=2, decided_on=DAY, document_number="会议决定"),
    post(COMMUNITY, "/api/v1/p/pledges/pledges", "claim_id", claim_id="STRANGE", text="按时到岗", deadline=DAY),
    post(COMMUNITY, "/api/v1/p/pledges/pledges/STRANGE/publish", "pledge_id", version=3),
    post(COMMUNITY, "/api/v1/p/pledges/pledges/STRANGE/close", "pledge_id", version=3, outcome="kept"),
    post(COUNTY, "/api/v1/p/stars/cases/STRANGE/refuse", "case_id", version=1, note="请核对"),
    post(COMMUNITY, "/api/v1/p/posts/posts", "community_id", community_id="STRANGE", category="政策宣传", title="宣传员", duties="入户宣传"),
    post(COMMUNITY, "/api/v1/p/posts/posts/STRANGE/claims", "matter_id", member_id="OWN_member_id"),
    post(MEMBER, "/api/v1/p/posts/own/STRANGE/claim", "matter_id"),
    post(MEMBER, "/api/v1/p/posts/own/STRANGE/release", "matter_id", version=1, reason="请核对"),
    post(COMMUNITY, "/api/v1/p/posts/claims/STRANGE/release", "claim_id", version=1, reason="请核对"),
    post(COMMUNITY, "/api/v1/p/posts/posts/STRANGE/close", "matter_id", version=1, reason="请核对"),
    get(COMMUNITY, "/api/v1/p/posts/posts?cursor=STRANGE", "matter_id"),
    post(COMMUNITY, "/api/v1/p/needs/needs", "community_id", community_id="STRANGE", text="楼道灯坏了"),
    post(COMMUNITY, "/api/v1/p/needs/needs/STRANGE/classify", "need_id", version=2, category="治安", summary="楼道要修灯"),
    post(COMMUNITY, "/api/v1/p/needs/needs/STRANGE/answer", "need_id", version=2, answer="已换"),
    post(MEMBER, "/api/v1/claims/own/STRANGE/serve", "claim_id", happened_on=DAY),
    post(MEMBER, "/api/v1/claims/own/STRANGE/complete", "claim_id", version=9),
    post(MEMBER, "/api/v1/claims/own/STRANGE/release", "claim_id", version=9, reason="请核对"),
    post(COMMUNITY, "/api/v1/claims/STRANGE/serve", "claim_id", happened_on=DAY),
    post(COMMUNITY, "/api/v1/claims/STRANGE/complete", "claim_id", version=9),
    post(COMMUNITY, "/api/v1/claims/STRANGE/release", "claim_id", version=9, reason="请核对"),
    post(COMMUNITY, "/api/v1/p/menu/communities/STRANGE/requests", "community_id", title="修水管", category="其他服务", name="吕大爷", phone="13900000000"),
    get(COMMUNITY, "/api/v1/report-ins?community_id=STRANGE", "community_id"),
    get(COMMUNITY, "/api/v1/report-ins?community_id=OWN_community_id&cursor=STRANGE", "report_in_id"),
    get(COUNTY, "/api/v1/certificates?unit_id=STRANGE", "unit_id"), get(COUNTY, "/api/v1/certificates?cursor=STRANGE", "certificate_id"),
    get(COUNTY, "/api/v1/members?organization_id=STRANGE", "unit_id"), get(COUNTY, "/api/v1/members?cursor=STRANGE", "member_id"),
    get(COUNTY, "/api/v1/organizations?cursor=STRANGE", "unit_id"), get(COMMUNITY, "/api/v1/records?cursor=STRANGE", "record_id"),
    get(LIAISON, "/api/v1/records/filed?cursor=STRANGE", "record_id"), get(MEMBER, "/api/v1/records/own?cursor=STRANGE", "record_id"),
    post(COUNTY, "/api/v1/p/liaison/points", "liaison_cadre_id", cadre_id="STRANGE", community_id="OWN_community_id", since=DAY, reasons=["党组织力量薄弱"]),
    post(COMMUNITY, "/api/v1/p/liaison/points/STRANGE/visits", "point_id", visited_on=DAY, kind="research", findings="走访"),
    post(COMMUNITY, "/api/v1/p/liaison/points/STRANGE/issues", "point_id", title="下水道堵塞"),
    post(COMMUNITY, "/api/v1/p/liaison/issues/STRANGE/acts", "liaison_issue_id", act="step", version=99, says="已约施工"),
    post(COMMUNITY, "/api/v1/p/cobuilding/items", "community_id", side="need", organization_id="STRANGE", kind="venues", title="缺少场所"),
    post(COMMUNITY, "/api/v1/p/cobuilding/agreements/STRANGE/confirm", "agreement_id", version=99),
    post(COMMUNITY, "/api/v1/p/cobuilding/agreements/STRANGE/fulfilments", "agreement_id", done_on=DAY, what="开放半天"),
    post(LIAISON, "/api/v1/p/unit_desk/lookups", "member_id", looked_on=DAY, members=["STRANGE"]),
    post(LIAISON, "/api/v1/p/unit_desk/lookups", "unit_id", unit_id="STRANGE", looked_on=DAY, members=[str(uuid.uuid4())]),
    post(LIAISON, "/api/v1/p/unit_desk/requests", "member_id", key=str(uuid.uuid4()), members=["STRANGE"], says="请参加活动"),
    post(LIAISON, "/api/v1/p/unit_desk/requests/STRANGE/answer", "unit_request_id", version=1, kind="done"),
    post(LIAISON, "/api/v1/p/unit_desk/filings", "unit_id", unit_id="STRANGE"), get(LIAISON, "/api/v1/p/unit_desk/filings?unit_id=STRANGE", "unit_id"),
    post(COMMUNITY, "/api/v1/p/wishes/wishes", "community_id", community_id="STRANGE", kind="wish", text="换一盏灯", phone="13900000000"),
    post(MEMBER, "/api/v1/p/wishes/wishes/STRANGE/claim", "wish_id"),
    post(COMMUNITY, "/api/v1/p/wishes/wishes/STRANGE/accept", "wish_id", version=1, title="换灯", concrete=True, real=True, easy=True),
    post(COMMUNITY, "/api/v1/p/wishes/wishes/STRANGE/write-off", "wish_id", version=1, channel="visit"),
]
PAGES = [
    post(ADMINISTRATOR, "/accounts/new", "organization_id", role=COMMUNITY, organization="STRANGE", username="li.na", display_name="李娜"),
    post(COUNTY, "/certificates/issue", "unit_id", unit="STRANGE"),
    post(COUNTY, "/certificates/issue/OWN_unit_id", "member_id", member="STRANGE"),
    post(LIAISON, "/members/OWN_member_id/move", "unit_id", kind="unit", organization_id="STRANGE", day=DAY, version=1),
    post(COUNTY, "/members/new", "unit_id", unit_id="STRANGE", residence_id="OWN_community_id", **PERSON),
    post(LIAISON, "/members/new", "unit_id", unit_id="STRANGE", residence_id="OWN_community_id", **PERSON),
    post(COUNTY, "/organizations/units/new", "sector_id", name="新单位", unit_type="government", parent_id="STRANGE", version=0),
    post(COMMUNITY, "/report-ins/desk/card", "member_id", member_id="STRANGE"),
    post(COMMUNITY, "/report-ins/desk/confirm", "member_id", member_id="STRANGE", community_id="OWN_community_id"),
    post(COMMUNITY, "/report-ins/desk/confirm", "community_id", member_id="OWN_member_id", community_id="STRANGE"),
    post(COMMUNITY, "/report-ins/desk/confirm", "certificate_id", member_id="OWN_member_id", community_id="OWN_community_id",
         certificate_id="STRANGE"),
    post(COMMUNITY, "/report-ins/confirm", "report_in_id", report_in="STRANGE:1"),
    post(MEMBER, "/report-in", "community_id", community="STRANGE"),
    post(LIAISON, "/report-ins/unit/OWN_member_id/paper", "community_id", community_id="STRANGE", reported_on=DAY, paper_number="1"),
    get(LIAISON, "/report-ins/unit/OWN_member_id/paper?certificate=STRANGE", "certificate_id"),
    post(COMMUNITY, "/records/work/verify", "record_id", record="STRANGE.1"),
    post(COMMUNITY, "/records/work/search", "record_id", title="宣传", status="counted", after="STRANGE"),
    post(LIAISON, "/records/filed/search", "record_id", title="宣传", after="STRANGE"),
    get(COMMUNITY, "/records/work/corrections?after=STRANGE", "correction_id"), get(COMMUNITY, "/records/work/callbacks?after=STRANGE", "callback_id"),
    get(LIAISON, "/records/filed/members?after=STRANGE", "member_id"),
    post(COUNTY, "/p/points/search", "member_id", q="王", after="STRANGE"),
    post(COUNTY, "/p/reports/formats/reports-foshan-register", "unit_id", action="preview", period="2026-H1", place="STRANGE"),
    post(COUNTY, "/p/reports/formats/reports-foshan-card", "member_id", action="preview", period="2026-H1", member="STRANGE"),
    post(COUNTY, "/p/stars/search", "case_id", q="王", tab="published", after="STRANGE"),
    post(COUNTY, "/p/stars/held/search", "star_id", q="王", after="STRANGE"),
    get(LIAISON, "/p/consultation/?after=STRANGE", "consultation_id"), get(COMMUNITY, "/p/consultation/inbox?after=STRANGE", "consultation_id"),
    post(LIAISON, "/p/consultation/ask/check", "member_id", member="STRANGE", purpose="评先表优", deadline=DAY),
    post(LIAISON, "/p/consultation/ask/send", "unit_id", asker="STRANGE", pair="OWN_member_id:OWN_community_id", **ASKS),
    post(COUNTY, "/p/consultation/places/OWN_unit_id", "community_id", community="STRANGE", purpose="文明单位", deadline=DAY),
    get(COUNTY, "/p/consultation/counts?after=STRANGE", "community_id"),
    get(COMMUNITY, "/p/pledges/?tab=waiting&after=STRANGE", "pledge_id"), get(COMMUNITY, "/p/pledges/make?after=STRANGE", "claim_id"),
    get(COMMUNITY, "/p/pledges/objections/?after=STRANGE", "pledge_objection_id"),
    get(COUNTY, "/p/stars/?tab=published&after=STRANGE", "case_id"), get(COUNTY, "/p/stars/rounds/?after=STRANGE", "round_id"),
    post(COMMUNITY, "/records/work/slips", "record_id", record="STRANGE.1"),
    post(COMMUNITY, "/records/enter/OWN_member_id", "community_id", record_id=str(uuid.uuid4()), community_id="STRANGE",
         recipient_kind="person", **RECORD),
    get(COMMUNITY, "/report-ins/?community=STRANGE", "community_id"), get(LIAISON, "/report-ins/unit?unit=STRANGE", "unit_id"),
    get(COUNTY, "/certificates/?unit=STRANGE", "unit_id"), get(COUNTY, "/certificates/?after=STRANGE", "certificate_id"),
    post(COUNTY, "/members/new", "unit_id", find="unit", unit_id="STRANGE"),
    get(COUNTY, "/members/new/places?kind=unit&unit_id=STRANGE", "unit_id"),
    get(COUNTY, "/coverage/?at=STRANGE", "organization_id"), get(COUNTY, "/settings/?place=STRANGE", "sector_id"),
    get(COUNTY, "/obligations/?unit=STRANGE", "unit_id"), get(COUNTY, "/obligations/?place=STRANGE", "community_id"),
    get(COUNTY, "/obligations/?after=STRANGE", "obligation_id"), get(COUNTY, "/members/?after=STRANGE", "member_id"),
    get(COMMUNITY, "/records/work/?after=STRANGE", "record_id"), get(ADMINISTRATOR, "/accounts/?after=STRANGE", "account_id"),
    get(ADMINISTRATOR, "/jobs/?after=STRANGE", "job_id"), get(COUNTY, "/p/points/?after=STRANGE", "member_id"),
    get(COUNTY, "/organizations/units/?after=STRANGE", "unit_id"), get(COMMUNITY, "/p/posts/?after=STRANGE", "matter_id"),
    get(COMMUNITY, "/p/posts/new?copy=STRANGE", "matter_id"),
    post(COMMUNITY, "/p/posts/members/OWN_member_id/claims", "matter_id", matter_id="STRANGE"),
    post(COMMUNITY, "/p/needs/enter", "community_id", community="STRANGE", need_id=str(uuid.uuid4()), text="楼道灯坏了", channel="visit"),
    post(COMMUNITY, "/p/needs/search", "community_id", community="STRANGE", q="灯"),
    post(COMMUNITY, "/p/needs/export", "community_id", community="STRANGE"),
    post(COMMUNITY, "/p/needs/bulletins/", "community_id", community="STRANGE", bulletin_id=str(uuid.uuid4())),
    post(COMMUNITY, "/p/needs/print/slips", "community_id", community="STRANGE", count=1),
    get(COMMUNITY, "/p/needs/?community=STRANGE", "community_id"), get(COMMUNITY, "/p/needs/enter?community=STRANGE", "community_id"),
    get(COMMUNITY, "/p/needs/enter?saved=STRANGE", "need_id"), get(COMMUNITY, "/p/needs/bulletins/?community=STRANGE", "community_id"),
    post(COMMUNITY, "/p/wishes/new", "community_id", community_id="STRANGE", wish_id=str(uuid.uuid4()), kind="wish", text="换一盏灯", phone="13900000000"),
    get(COMMUNITY, "/p/wishes/?tab=overdue&after=STRANGE", "wish_id"), get(MEMBER, "/p/wishes/me/?community=STRANGE", "community_id"),
    get(LIAISON, "/p/wishes/unit/?unit=STRANGE", "unit_id"), get(LIAISON, "/p/cobuilding/yearly?organization_id=STRANGE", "unit_id"),
    get(COMMUNITY, "/p/liaison/?after=STRANGE", "point_id"), get(COMMUNITY, "/p/liaison/issues/?after=STRANGE", "liaison_issue_id"),
    get(LIAISON, "/p/unit_desk/?unit=STRANGE", "unit_id"), get(LIAISON, "/p/unit_desk/requests/?after=STRANGE", "unit_request_id"),
    get(LIAISON, "/p/unit_desk/cases/?after=STRANGE", "unit_case_id"), get(COMMUNITY, "/p/unit_desk/shared/?after=STRANGE", "unit_case_id"),
    get(LIAISON, "/p/unit_desk/lookups/?after=STRANGE", "member_id"),
    post(LIAISON, "/p/unit_desk/lookups/note", "member_id", member="STRANGE", looked_on=DAY),
    post(LIAISON, "/p/unit_desk/requests/new", "member_id", member="STRANGE", says="请参加活动", key=str(uuid.uuid4())),
    post(LIAISON, "/p/unit_desk/cases/new", "member_id", member="STRANGE", kind="其他", words="有困难", key=str(uuid.uuid4())),
]


class World:
    """The application; who asks, with a thing of every kind of their own; and the strange things by name."""

    def __init__(self, app: Flask, tenant: TestTenant, strange: dict[str, list[uuid.UUID]]) -> None:
        self.app, self.strange = app, strange
        member = make_member(tenant, "王小明", account=True)
        assert member.account is not None
        self.accounts = {**tenant.accounts, MEMBER: member.account}
        self.own = {"member_id": member.id, "unit_id": member.unit_id, "community_id": member.residence_id}
        self.tokens: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        for role, account in self.accounts.items():
            with tenant.scope():
                actor = load_actor(account.id)
                assert actor is not None
                self.tokens[role] = create_token(actor, "all", [p.code for p in permissions() if actor.can(p.code)], 1)
            sign_in(client := app.test_client(), account)
            self.cookies[role] = f"baodao={client.get_cookie('baodao').value}"  # type: ignore[union-attr]

    def ask(self, case: Case, identity: uuid.UUID) -> tuple[int, bytes]:
        """Status and page, with what differs from one answer to the next taken out."""
        def fill(value: Any) -> Any:
            if isinstance(value, list):
                return [fill(v) for v in value]
            text = str(value).replace("STRANGE", str(identity))
            for name, own in self.own.items():
                text = text.replace(f"OWN_{name}", str(own))
            return text if isinstance(value, str) else value
        address, values = fill(case.address), {name: fill(value) for name, value in case.values.items()}
        client = self.app.test_client(use_cookies=False)
        if address.startswith("/api/"):
            headers = {"Authorization": f"Bearer {self.tokens[case.role]}"}
            answer = client.open(address, method=case.method, headers=headers, json=values if case.method == "POST" else None)
        else:
            answer = client.open(address, method=case.method, data=values or None, headers={"Cookie": self.cookies[case.role]})
        assert UNSENT.encode() not in answer.data  # it got past the CSRF check, which answers all forms alike
        return answer.status_code, NOISE.sub(b"", answer.data.replace(str(identity).encode(), b"ID"))


@pytest.fixture
def app(config: Config) -> Flask:
    return without_csrf(create_app(config))


def leaks(world: World) -> list[str]:
    """The requests that tell a strange thing from an absent one."""
    return [f"{case.method} {case.address} {case.values} as {case.role}: {strange[0]} and {absent[0]}"
            for case in (*API, *PAGES) for identity in world.strange[case.strange]
            if (strange := world.ask(case, identity)) != (absent := world.ask(case, uuid.uuid4()))]


@pytest.mark.early
def test_another_tenants_thing_looks_absent(app: Flask) -> None:
    mine, theirs = make_tenant("4201", plugins=rows.PLUGINS), make_tenant("4228", plugins=rows.PLUGINS)
    assert leaks(World(app, mine, rows.things(theirs))) == []


def test_every_write_of_the_api_is_asked(app: Flask) -> None:
    """A new operation needs a line above."""
    asked = {re.sub("STRANGE|OWN_[a-z_]+", "<>", case.address) for case in API if case.method == "POST"}
    assert {re.sub("<[^>]+>", "<>", rule.rule) for rule in app.url_map.iter_rules()
            if rule.rule.startswith("/api/") and "POST" in (rule.methods or ())} == asked


@pytest.mark.early
def test_twin_ones_own_things_do_not_look_absent(app: Flask) -> None:
    """Each write above is complete: with an id of one's own it gets another answer than with an absent one."""
    tenant = make_tenant("4201", plugins=rows.PLUGINS)
    own = rows.things(tenant) | {"sector_id": [tenant.counties[0]], "organization_id": [tenant.communities[0]]}
    world = World(app, tenant, own)
    with tenant.scope():
        own["service_id"] = [records.submit(world.own["member_id"], service(tenant.communities[0]), entered_by=None)]
        records.verify(own["service_id"][0], 1, by=None)
        matter = open_matter("posts", MatterInput(tenant.communities[0], "政策宣传", "入户宣传"), by=None)
        own["claim_id"] = [claim(matter, world.own["member_id"], by=None).id]
        own["certificate_id"] = list(certificates.issue(tenant.counties[0], tenant.units[0], by=None).certificates)
    writes = [case for case in (*API, *PAGES) if case.method == "POST" and not case.address.endswith("/members/search")]
    alike = [f"{case.address} {case.values}" for case in writes
             if world.ask(case, make_member(tenant).id if case.strange == "member_id" else own[case.strange][0])
             == world.ask(case, uuid.uuid4())]
    assert alike == []
