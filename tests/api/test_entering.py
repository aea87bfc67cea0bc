"""One member over the API: by the same service as on the page, with the scope for writing, and once."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from core.access.roles import COMMUNITY, COUNTY, LIAISON
from core.audit.models import AuditEntry
from core.members.models import Member
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tests.api.conftest import Program
from tests.support.factories import TestTenant, make_id_number, make_member, make_tenant

Programs = Callable[..., Program]
NUMBER = make_id_number(4)


def body(tenant: TestTenant, **values: Any) -> dict[str, Any]:
    """A new member of the first unit."""
    return {"name": "王小明", "id_number": NUMBER, "unit_id": str(tenant.units[0]), "residence_id": str(tenant.communities[0]),
            "skills": ["手语", "园艺"], **values}


def members(tenant: TestTenant) -> int:
    """How many there are."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(Member).where(Member.tenant_id == tenant_id())) or 0


def test_a_member_is_entered_once(program_of: Programs, tenant: TestTenant) -> None:
    program = program_of(tenant.accounts[LIAISON])
    first, again = program.post("/members", body(tenant)), program.post("/members", body(tenant))
    assert [(a.status_code, a.json) for a in (first, again)] == [
        (201, {"id": first.json["id"], "how": "new"}), (201, {"id": first.json["id"], "how": "same"})]
    shown = program.get(f"/members/{first.json['id']}").json
    assert [shown[key] for key in ("name", "sex", "category", "skills", "id_number")] == [
        "王小明", "male" if int(NUMBER[16]) % 2 else "female", "full", ["手语", "园艺"], f"420***********{NUMBER[-4:]}"]
    other = program.post("/members", body(tenant, name="王晓明"))
    assert (other.status_code, members(tenant)) == (409, 1)


def test_it_needs_the_scope_for_writing_and_the_right(program_of: Programs, tenant: TestTenant) -> None:
    programs = (program_of(tenant.accounts[COUNTY], ["members.read"]), program_of(tenant.accounts[COMMUNITY]))
    assert [p.post("/members", body(tenant)).status_code for p in programs] == [403, 403]
    assert members(tenant) == 0


def test_the_scope_for_writing_is_enough_to_send_twice_and_points_nobody_out(program_of: Programs, tenant: TestTenant) -> None:
    make_member(tenant, "欧阳不可见", id_number=make_id_number(15), unit=1, residence=7)
    program = program_of(tenant.accounts[COUNTY], ["members.write"])
    assert [program.post("/members", body(tenant)).json["how"] for _time in range(2)] == ["new", "same"]
    answer = program.post("/members", body(tenant, id_number=make_id_number(15)))
    assert (answer.status_code, answer.json["errors"], "欧阳" in answer.text) == (
        422, {"id_number": ["这名党员登记在您管辖范围以外的单位，请由上级管理员办理。"]}, False)
    with tenant.scope():
        assert session().scalar(select(func.count()).select_from(AuditEntry).where(
            AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "member.found_elsewhere")) == 1


def test_refusals_name_the_field(program_of: Programs, tenant: TestTenant) -> None:
    program, other = program_of(tenant.accounts[LIAISON]), make_tenant("4202", name="黄石市")
    wrong = ({"id_number": "123"}, {"unit_id": str(tenant.units[1])}, {"unit_id": str(other.units[0])}, {"unit_id": str(uuid.uuid4())},
             {"residence_id": str(other.communities[0])}, {"day": "2999-01-01"}, {"joined_party_on": "2999-01-01"}, {"sex": "male"})
    answers = [program.post("/members", body(tenant, **one)) for one in wrong]
    assert [(a.status_code, list(a.json["errors"])) for a in answers] == [(422, list(one)) for one in wrong]
    assert len({a.json["errors"]["unit_id"][0] for a in answers[1:4]}) == 1
    assert (members(tenant), members(other)) == (0, 0)
