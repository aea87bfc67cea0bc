"""The header Idempotency-Key: the same request counts once, whoever sends it twice, at once or later (promise 10)."""
from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from core.access import idempotency
from core.access.idempotency import AnsweredRequest
from core.access.roles import COMMUNITY, LIAISON
from core.jobs import JobContext
from core.service.models import ServiceRecord
from core.tenancy import now, session, set_clock, tenant_scope, today
from tests.api.conftest import Program
from tests.faults.figures import FULL, figure
from tests.faults.twins import at_once
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

pytestmark = pytest.mark.promise(10)

Programs = Callable[..., Program]
RECIPIENT = "周婆婆"


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Somebody who serves."""
    return make_member(tenant, account=True)


def record(tenant: TestTenant, **values: Any) -> dict[str, Any]:
    """A record as a program hands it in, without an id of its own."""
    return {"kind": "环境卫生", "title": "陪老人看病", "happened_on": today().isoformat(), "minutes": 60,
            "community_id": str(tenant.communities[0]), "recipient": RECIPIENT, **values}


def post(program: Program, address: str, body: object, key: str | None = "k-1", **options: Any) -> TestResponse:
    """POST with the key."""
    headers = {"Authorization": f"Bearer {program.token}"} | ({} if key is None else {"Idempotency-Key": key})
    return program._client.post(f"/api/v1{address}", json=body, headers=headers, **options)


def records(tenant_id: int) -> int:
    """How many there are."""
    with tenant_scope(tenant_id):
        return session().scalar(select(func.count()).select_from(ServiceRecord).where(ServiceRecord.tenant_id == tenant_id)) or 0


def told(answer: TestResponse) -> tuple[int, bytes, str | None]:
    """What a program sees of an answer."""
    return answer.status_code, answer.data, answer.headers.get("Idempotency-Replayed")


def test_the_same_request_counts_once_and_is_answered_alike(program_of: Programs, tenant: TestTenant, member: TestMember) -> None:
    program = program_of(member.account)
    first, again = (post(program, "/records/own", record(tenant)) for _time in range(2))
    assert told(first) == (201, first.data, None)
    assert (told(again), again.content_type) == ((201, first.data, "true"), first.content_type)
    assert records(tenant.id) == 1
    other = post(program, "/records/own", record(tenant, minutes=61))
    elsewhere = post(program, "/records/own?x=1", record(tenant))
    assert [(a.status_code, a.json["title"]) for a in (other, elsewhere)] == [(422, "这个 Idempotency-Key 已用于另一个请求。请为新的请求另取一个。")] * 2
    assert records(tenant.id) == 1
    assert post(program, "/records/own", record(tenant), key="k-2").status_code == 201
    assert records(tenant.id) == 2


def test_twin_without_the_key_it_counts_twice(program_of: Programs, tenant: TestTenant, member: TestMember) -> None:
    program = program_of(member.account)
    assert [post(program, "/records/own", record(tenant), key=None).status_code for _time in range(2)] == [201, 201]
    assert records(tenant.id) == 2


def test_a_refused_request_is_not_remembered_and_a_key_is_one_accounts(program_of: Programs, tenant: TestTenant, member: TestMember) -> None:
    program = program_of(member.account)
    assert post(program, "/records/own", record(tenant, title="")).status_code == 422
    assert post(program, "/records/own", record(tenant)).status_code == 201
    colleague = make_member(tenant, "李四", account=True)
    assert told(post(program_of(colleague.account), "/records/own", record(tenant)))[::2] == (201, None)
    other = make_tenant("4202", name="黄石市")
    assert told(post(program_of(make_member(other, account=True).account), "/records/own", record(other)))[::2] == (201, None)
    assert (records(tenant.id), records(other.id)) == (2, 1)


@pytest.mark.parametrize("key", ["", "a b", "长", "k" * 256])
def test_an_odd_key_is_refused(program_of: Programs, tenant: TestTenant, member: TestMember, key: str) -> None:
    answer = post(program_of(member.account), "/records/own", record(tenant), key=key)
    assert (answer.status_code, answer.mimetype, records(tenant.id)) == (422, "application/problem+json", 0)


def test_nothing_is_answered_to_whoever_lost_the_right(program_of: Programs, tenant: TestTenant, member: TestMember) -> None:
    made = post(program_of(member.account), "/records/own", record(tenant)).json["id"]
    desk, body = program_of(tenant.accounts[COMMUNITY]), {"version": 1}
    assert post(desk, f"/records/{made}/verify", body).json["recipient"] == RECIPIENT
    assert told(post(desk, f"/records/{made}/verify", body))[::2] == (200, "true")
    narrow = program_of(tenant.accounts[COMMUNITY], ["records.read"])
    assert post(narrow, f"/records/{made}/verify", body).status_code == 403
    assert post(program_of(tenant.accounts[LIAISON]), f"/records/{made}/verify", body).status_code in (403, 404)


def test_answers_lie_encrypted_for_a_day(program_of: Programs, tenant: TestTenant, member: TestMember, database: TestDatabase) -> None:
    program = program_of(member.account)
    made = post(program, "/records/own", record(tenant), key="k-周".encode().hex()).json["id"]
    post(program_of(tenant.accounts[COMMUNITY]), f"/records/{made}/verify", {"version": 1}, key=member.id_number)
    with database.connect_admin() as admin:
        rows = admin.execute("select * from answered_request").fetchall()
    stored = b"".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    assert len(rows) == 2
    assert [clear for clear in (RECIPIENT.encode(), made.encode(), member.id_number.encode()) if clear in stored] == []
    with set_clock(now() + dt.timedelta(hours=24, seconds=1)):
        assert told(post(program, "/records/own", record(tenant), key="k-周".encode().hex()))[::2] == (201, None)  # anew
        with tenant.scope():
            assert idempotency.clean(_no_job()) == {"answers": 1}  # the other one
            assert session().scalar(select(func.count()).select_from(AnsweredRequest)) == 1
    assert records(tenant.id) == 2


def _no_job() -> JobContext:
    return None  # type: ignore[return-value]


def test_an_answer_too_large_to_keep_still_counts_once(program_of: Programs, tenant: TestTenant, member: TestMember,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "LARGEST", 10)
    program = program_of(member.account)
    assert [post(program, "/records/own", record(tenant)).status_code for _time in range(2)] == [201, 409]
    assert records(tenant.id) == 1


def test_in_flight_is_told_and_what_fails_at_the_end_is_as_never_sent(program_of: Programs, tenant: TestTenant, member: TestMember,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of(member.account)
    with tenant.scope():
        asked = idempotency.once(member.account.id, "k-1", b"POST")
        assert asked.answered() is None  # the first is at work
        twin = Context().run(post, program, "/records/own", record(tenant))
        assert (twin.status_code, twin.json["title"]) == (409, "带有这个 Idempotency-Key 的请求正在处理，请稍后用同样的内容再试。")
    with monkeypatch.context() as broken:
        broken.setattr(idempotency.Once, "keep", _raising)
        assert post(program, "/records/own", record(tenant)).status_code == 500
    assert records(tenant.id) == 0
    assert told(post(program, "/records/own", record(tenant)))[::2] == (201, None)


def _raising(_once: object, _answer: object) -> None:
    raise RuntimeError


@pytest.mark.fault
def test_concurrent_twins_from_two_processes_are_one_effect(program_of: Programs, application: Flask, tenant: TestTenant, member: TestMember,
                                                            database: TestDatabase) -> None:
    twins, program = 1000 if FULL else 64, program_of(member.account)
    seen = at_once(database, twins, lambda: told(post(program, "/records/own", record(tenant))))
    bodies = {body for status, body, _replayed in seen if status == 201}
    assert (len(seen), len(bodies), records(tenant.id)) == (twins, 1, 1)
    assert {status for status, _body, _replayed in seen} <= {201, 409}
    assert Counter(replayed for status, _body, replayed in seen if status == 201)[None] == 1
    figure(10, f"{twins} concurrent twins from 2 processes", "1 effect", f"{records(tenant.id)} effect")


@pytest.mark.parametrize("unique", [True, False])
def test_twin_without_the_lock_the_unique_key_still_holds_and_without_both_nothing_does(
        program_of: Programs, tenant: TestTenant, member: TestMember, database: TestDatabase, monkeypatch: pytest.MonkeyPatch, unique: bool) -> None:
    keep, constraint = idempotency.Once.keep, "uq_answered_request_tenant_id_account_id_key_hash"

    several = threading.Barrier(2)

    def slowly(asked: idempotency.Once, answer: idempotency.Answer) -> None:
        with suppress(threading.BrokenBarrierError):
            several.wait(10)  # none writes before another has looked; once that has happened, it does not matter
        several.abort()
        keep(asked, answer)

    monkeypatch.setattr(idempotency, "_lock", lambda _number: True)
    monkeypatch.setattr(idempotency.Once, "keep", slowly)
    program = program_of(member.account)
    program.get("/records/own")  # the token's first use is noted on its row, for which the others would wait
    with database.connect_admin() as admin:
        if not unique:
            admin.execute(f"ALTER TABLE answered_request DROP CONSTRAINT {constraint}")
        try:
            at_once(database, 16, lambda: told(post(program, "/records/own", record(tenant))))
        finally:
            if not unique:
                admin.execute("DELETE FROM answered_request")
                admin.execute(f"ALTER TABLE answered_request ADD CONSTRAINT {constraint} UNIQUE (tenant_id, account_id, key_hash)")
    assert (records(tenant.id) == 1) is unique


def test_every_write_of_the_document_has_the_header(application: Flask) -> None:
    document = application.test_client().get("/api/v1/openapi.json").json
    writes = {(method, address): operation for address, operations in document["paths"].items()
              for method, operation in operations.items() if method in ("post", "put", "patch", "delete")}
    reference = {"$ref": "#/components/parameters/IDEMPOTENCY_KEY"}
    assert writes
    assert [name for name, operation in writes.items() if reference not in operation["parameters"]] == []
    assert document["components"]["parameters"]["IDEMPOTENCY_KEY"]["name"] == "Idempotency-Key"
