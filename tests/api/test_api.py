"""The API as a program sees it: tokens, what each operation answers, paging, problem+json, and odd input."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import orjson
import pytest
from flask import Flask
from openapi_spec_validator import validate

from core.access import accounts, tokens
from core.access.roles import ADMINISTRATOR, COMMUNITY, COUNTY, LIAISON
from core.tenancy import now, set_clock, today
from tests.api.conftest import Program
from tests.support.factories import TestTenant, make_member, make_tenant, sign_in
from tests.support.statements import sent

Programs = Callable[..., Program]


# Tokens

def test_only_a_live_token_opens_the_api(program_of: Programs, tenant: TestTenant, application: Flask) -> None:
    account = tenant.accounts[ADMINISTRATOR]
    browser = application.test_client()
    sign_in(browser, account)
    assert browser.get("/api/v1/members").status_code == 401  # the cookie does not
    program = program_of(account)
    assert program.get("/members").status_code == 200
    for token in ("", "bdt_", f"bdt_{tenant.id}_", f"bdt_{tenant.id}_wrong", "bdt_999999999_x", "bdt_²_x", "x" * 5000, "bdt_-1_x"):
        answer = Program(application, token).get("/members")
        assert (answer.status_code, answer.mimetype, answer.headers["WWW-Authenticate"]) == (401, "application/problem+json", "Bearer")
    with tenant.scope():
        tokens.revoke_token(account.id, tokens.tokens(account.id)[0].id)
    assert program.get("/members").status_code == 401


def test_a_token_ends_with_its_day_its_account_and_a_reset_password(program_of: Programs, tenant: TestTenant) -> None:
    def programs() -> Program:
        return program_of(tenant.accounts[COUNTY], ["members.read"])

    program = programs()
    with set_clock(now() + dt.timedelta(days=30, minutes=1)):
        assert program.get("/members").status_code == 401
    with tenant.scope():
        accounts.reset_password(tenant.accounts[COUNTY].id, by=None)
    assert program.get("/members").status_code == 401
    program = programs()
    with tenant.scope():
        accounts.set_active(tenant.accounts[COUNTY].id, active=False, by=tenant.actor(ADMINISTRATOR))
    assert program.get("/members").status_code == 401


def test_a_token_reaches_no_further_than_its_scopes(program_of: Programs, tenant: TestTenant) -> None:
    make_member(tenant)
    program = program_of(tenant.accounts[COUNTY], ["organizations.read"])
    assert [program.get(a).status_code for a in ("/organizations", "/members", "/certificates")] == [200, 403, 403]


def test_a_token_of_one_tenant_sees_nothing_of_another(program_of: Programs, tenant: TestTenant) -> None:
    other = make_tenant("4202", name="黄石市")
    theirs = make_member(other)
    program = program_of(tenant.accounts[ADMINISTRATOR])
    for address in (f"/members/{theirs.id}", f"/organizations/{other.units[0]}", f"/members/{uuid.uuid4()}"):
        answer = program.get(address)
        assert (answer.status_code, answer.json["title"]) == (404, "没有找到。请检查地址，或返回上一页重新选择。")
    assert program.get("/members").json == {"items": [], "next": None}
    forged = Program(program._client.application, program.token.replace(f"bdt_{tenant.id}_", f"bdt_{other.id}_"))
    assert forged.get("/members").status_code == 401


# Reading

def test_the_roster_page_by_page(program_of: Programs, tenant: TestTenant) -> None:
    for name in "甲乙丙丁戊":
        make_member(tenant, name)
    program = program_of(tenant.accounts[LIAISON])
    seen, address = [], "/members?limit=2"
    while address:
        page = program.get(address).json
        seen += [m["name"] for m in page["items"]]
        address = f"/members?limit=2&cursor={page['next']}" if page["next"] else ""
    whole = program.get("/members").json
    assert (seen, whole["next"]) == ([m["name"] for m in whole["items"]], None)
    assert len(set(seen)) == 5
    assert sorted(whole["items"][0]) == ["category", "id", "name", "position", "residence", "residence_id", "sex", "skills", "unit",
                                         "unit_id", "workplace", "workplace_id"]


def test_one_member_is_masked(program_of: Programs, tenant: TestTenant) -> None:
    member = make_member(tenant, "王小明")
    answer = program_of(tenant.accounts[COUNTY]).get(f"/members/{member.id}")
    assert answer.json["name"] == "王小明"
    assert member.id_number not in answer.text
    assert member.phone not in answer.text
    assert program_of(tenant.others[COUNTY]).get(f"/members/{member.id}").status_code == 404
    found = program_of(tenant.accounts[COUNTY]).post("/members/search", {"text": member.id_number}).json
    assert [m["id"] for m in found["items"]] == [str(member.id)]


def test_organizations_by_kind_and_name(program_of: Programs, tenant: TestTenant) -> None:
    program = program_of(tenant.accounts[COUNTY])
    assert {o["id"] for o in program.get("/organizations?kind=community").json["items"]} == {str(i) for i in tenant.communities[:4]}
    first = program.get("/organizations?kind=community&limit=3").json
    rest = program.get(f"/organizations?kind=community&limit=3&cursor={first['next']}").json
    assert ([len(p["items"]) for p in (first, rest)], rest["next"]) == ([3, 1], None)
    assert [o["name"] for o in program.get("/organizations?kind=street&q=02001").json["items"]] == ["02001街道"]
    assert program.get(f"/organizations/{tenant.communities[0]}").json["kind"] == "community"
    assert program.get(f"/organizations/{tenant.communities[-1]}").status_code == 404


def test_a_list_costs_a_fixed_number_of_statements(program_of: Programs, tenant: TestTenant) -> None:
    program = program_of(tenant.accounts[COUNTY])

    def statements() -> list[str]:
        with sent() as seen:
            assert program.get("/members").status_code == 200
        return [s.split(None, 1)[0] for s in seen]

    make_member(tenant)
    program.get("/members")
    few = statements()
    for number in range(6):
        make_member(tenant, f"党员{number}")
    assert statements() == few == ["SELECT", "SELECT", "SELECT"]  # who asks; the rows; their organizations' names


# The whole way, over the API alone

def test_from_the_certificate_to_the_record_that_counts(program_of: Programs, tenant: TestTenant) -> None:
    member = make_member(tenant, account=True)
    assert member.account is not None
    county, desk, own = (program_of(a) for a in (tenant.accounts[COUNTY], tenant.accounts[COMMUNITY], member.account))
    issued = county.post("/certificates", {"unit_id": str(tenant.units[0])})
    assert (issued.status_code, len(issued.json["certificates"]), issued.json["had_one"]) == (201, 1, 0)
    assert county.get(f"/certificates/{issued.json['certificates'][0]}").json["member_id"] == str(member.id)
    assert len(county.get("/certificates?status=valid").json["items"]) == 1

    place = {"community_id": str(tenant.communities[0]), "basis": "residence"}
    handed_in = own.post("/report-ins/own", place)
    assert handed_in.status_code == 201
    assert own.post("/report-ins/own", place).status_code == 409
    waiting = desk.get(f"/report-ins?community_id={tenant.communities[0]}").json["items"]
    assert [(r["id"], r["status"], r["version"]) for r in waiting] == [(handed_in.json["id"], "submitted", 1)]
    assert desk.post(f"/report-ins/{handed_in.json['id']}/confirm", {"version": 7}).status_code == 409
    assert desk.post(f"/report-ins/{handed_in.json['id']}/confirm", {"version": 1}).status_code == 200
    assert desk.get(f"/report-ins/{handed_in.json['id']}").json["receipt"]

    sent = {"record_id": str(uuid.uuid4()), "kind": "环境卫生", "title": "清扫楼道", "happened_on": today().isoformat(), "minutes": 90,
            "community_id": str(tenant.communities[0]), "recipient": "张奶奶"}
    first, again = own.post("/records/own", sent), own.post("/records/own", sent)
    assert (first.status_code, again.json) == (201, first.json)
    record = f"/records/{first.json['id']}"
    assert desk.get(record).json["recipient"] == "张奶奶"
    assert county.get(record).json["recipient"] is None
    assert desk.post(f"{record}/verify", {"version": 1, "minutes": 60}).json["status"] == "verified"
    judged = desk.post(f"{record}/evaluation", {"channel": "paper", "rating": "satisfied", "evaluated_on": today().isoformat()})
    assert (judged.json["status"], judged.json["minutes"]) == ("counted", 60)
    assert [(r["status"], r["hours_source"]) for r in own.get("/records/own").json["items"]] == [("counted", "officer")]
    assert program_of(tenant.others[COMMUNITY]).get(record).status_code == 404

    wanted = {name: sent[name] for name in ("kind", "title", "happened_on", "minutes")} | {"version": 3, "reason": "实际是一个半小时"}
    address = f"/records/own/{first.json['id']}/correction"
    asked = [own.post(address, {**wanted, "correction_id": sent["record_id"]}) for _sent in range(2)]
    assert [(a.status_code, a.json) for a in asked] == [(201, {"id": sent["record_id"]})] * 2
    assert own.post(f"{address}/take-back").json["status"] == "taken_back"
    request = own.post(address, wanted).json["id"]
    assert [(r["id"], r["minutes"], r["wanted_minutes"]) for r in desk.get("/records/corrections").json["items"]] == [(request, 60, 90)]
    assert desk.post(f"{record}/correction/refuse", {"correction_id": sent["record_id"], "answer": "请核对"}).status_code == 409
    made = desk.post(f"{record}/correction/accept", {"correction_id": request}).json["id"]
    assert [(r["id"], r["minutes"]) for r in own.get("/records/own").json["items"]] == [(made, 90)]
    assert (desk.get(f"/records/{made}").json["replaces_id"], own.get(address).json["status"]) == (first.json["id"], "accepted")


def test_returning_needs_a_reason(program_of: Programs, tenant: TestTenant) -> None:
    member = make_member(tenant, account=True)
    assert member.account is not None
    own, desk = program_of(member.account), program_of(tenant.accounts[COMMUNITY])
    made = own.post("/report-ins/own", {"community_id": str(tenant.communities[0]), "basis": "residence"}).json["id"]
    assert desk.post(f"/report-ins/{made}/return", {"version": 1, "reason": ""}).status_code == 422
    assert desk.post(f"/report-ins/{made}/return", {"version": 1, "reason": "不是本社区"}).json["note"] == "不是本社区"
    assert desk.post("/report-ins", {"member_id": str(member.id), "community_id": str(tenant.communities[0]),
                                     "basis": "residence"}).status_code == 201
    stranger = program_of(tenant.others[COMMUNITY])
    assert stranger.post("/report-ins", {"member_id": str(member.id), "community_id": str(tenant.communities[-1]),
                                         "basis": "residence"}).status_code == 404


# The document, and odd input

def test_the_document_is_valid_openapi(application: Flask) -> None:
    document = application.test_client().get("/api/v1/openapi.json").json
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    operations = [o for path in document["paths"].values() for method, o in path.items() if method in ("get", "post", "put", "delete")]
    assert len(operations) >= 20
    for operation in operations:
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/PROBLEM"}
    assert list(document["components"]["responses"]["PROBLEM"]["content"]) == ["application/problem+json"]


def test_errors_are_problems_and_say_what_to_do(program_of: Programs, tenant: TestTenant) -> None:
    program = program_of(tenant.accounts[COUNTY])
    for answer, status in ((program.get("/members?limit=0"), 422), (program.get("/members?name=王"), 422), (program.get("/nothing"), 404),
                           (program.post("/certificates", data=b"{", content_type="application/json"), 400),
                           (program.post("/certificates", data=b"x", content_type="text/plain"), 415),
                           (program.post("/certificates", {"unit_id": "x", "more": 1}), 422), (program.call("DELETE", "/members"), 405)):
        assert (answer.status_code, answer.mimetype, answer.json["status"]) == (status, "application/problem+json", status), answer.text
        assert len(answer.json["title"]) > 5
    wrong = program.post("/certificates", {"unit_id": "x", "more": 1}).json["errors"]
    assert wrong == {"unit_id": ["编号的格式不正确。"], "more": ["不认识的内容，请刷新页面后重新填写。"]}


ODD = (None, True, 0, -1, 2**63, 1e308, "", "\x00", "x" * 5000, "🀄", "' OR 1=1 --", [], [[]], {}, {"a": {"b": []}}, "9999-99-99", str(uuid.uuid4()))

RAW = (b"", b"\xff\xfe", b"[" * 3000, b"NaN", b'{"a":1,"a":2}', orjson.dumps("x" * 100_000))


def _operations(application: Flask) -> list[tuple[str, str, dict]]:
    document = application.test_client().get("/api/v1/openapi.json").json
    schemas = document["components"]["schemas"]
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in ("get", "post"):
                continue
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            names = {p["name"] for p in operation.get("parameters", ()) if p.get("in") == "query"}
            fields = schemas[body["$ref"].rpartition("/")[2]]["properties"] if body else dict.fromkeys(names)
            found.append((method.upper(), path.removeprefix("/api/v1"), fields))
    return found


#: Each run sends every fourth value, another one of four to each operation, and security/test_fuzzing.py five more requests.
@pytest.mark.parametrize("nth", [4, pytest.param(1, marks=pytest.mark.long)])
def test_odd_input_never_breaks_an_operation(program_of: Programs, tenant: TestTenant, application: Flask, nth: int) -> None:
    with tenant.scope():  # one who may do everything that an officer may
        accounts.grant_role(tenant.accounts[COUNTY].id, COMMUNITY, tenant.communities[0])
    program = program_of(tenant.accounts[COUNTY])
    application.config["PROPAGATE_EXCEPTIONS"] = False
    for number, (method, path, fields) in enumerate(_operations(application)):
        address = path.replace("{", "").replace("}", "")
        for name in ("certificate_id", "member_id", "organization_id", "report_in_id", "record_id"):
            address = address.replace(name, str(uuid.uuid4()))
        for odd in ODD[number % nth::nth]:
            values = dict.fromkeys(fields, odd)
            answers = [program.get(address, query_string={k: str(v) for k, v in values.items()})] if method == "GET" else [
                program.post(address, {**values, **_fitting(tenant)}), program.post(address, odd)]
            for answer in answers:
                assert answer.status_code < 500, (method, address, odd, answer.text)
                assert answer.status_code < 300 or answer.mimetype == "application/problem+json"
        for raw in RAW[number % nth::nth]:
            assert program.call(method, address, data=raw, content_type="application/json").status_code < 500


def test_a_nul_in_a_text_is_refused_by_words(program_of: Programs, tenant: TestTenant) -> None:
    member = make_member(tenant, account=True)
    assert member.account is not None
    sent = {"kind": "环境卫生", "title": "清扫\x00楼道", "happened_on": today().isoformat(), "minutes": 90,
            "community_id": str(tenant.communities[0]), "recipient": "张奶奶"}
    assert program_of(member.account).post("/records/own", sent).status_code == 422


def _fitting(tenant: TestTenant) -> dict[str, object]:
    return {"version": 1, "unit_id": str(tenant.units[0]), "community_id": str(tenant.communities[0])}
