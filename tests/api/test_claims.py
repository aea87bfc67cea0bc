"""Claims over the API: the member's way to a record, the officer's for a member without a phone, the registers, and what is open."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest

from core.access.roles import COMMUNITY, LIAISON, STREET
from core.config import Config
from core.service.claims.claiming import claim
from core.service.claims.collective import claim_for_unit
from core.service.claims.matters import MatterInput, open_matter
from core.tenancy import today
from tenants.activation import disable
from tests.api.conftest import Program
from tests.support.factories import TestTenant, make_member, make_tenant

Programs = Callable[..., Program]
RECIPIENT = "孙桂兰"


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    """A tenant with posts switched on."""
    return make_tenant(plugins=("posts",))


def put_up(tenant: TestTenant, community: int = 0, **changes: object) -> uuid.UUID:
    """A matter of a named resident."""
    given = {"kind": "环境卫生", "title": "换灯泡", "minutes": 90, "recipient_kind": "person", "recipient": RECIPIENT, **changes}
    with tenant.scope():
        return open_matter("posts", MatterInput(tenant.communities[community], **given), by=None)  # type: ignore[arg-type]


def test_from_what_is_open_to_the_record_of_it(program_of: Programs, tenant: TestTenant) -> None:
    member, other = make_member(tenant, "王小明", account=True), make_member(tenant, "李芳", account=True)
    assert member.account
    assert other.account
    wanted, far = put_up(tenant, due_on=today() + dt.timedelta(days=9)), put_up(tenant, -1)
    full = put_up(tenant)
    with tenant.scope():
        claim(full, other.id, by=None)  # its only place
    own, stranger = program_of(member.account), program_of(other.account)
    seen = own.get("/claims/own/matters")
    assert ([m["id"] for m in seen.json["items"]], RECIPIENT in seen.text) == ([str(wanted)], False)
    with tenant.scope():
        made = claim(wanted, member.id, by=None).id
    assert [c["id"] for c in own.get("/claims/own").json["items"]] == [str(made)]
    one = own.get(f"/claims/own/{made}")
    assert (one.json["title"], one.json["community_id"], RECIPIENT in one.text) == ("换灯泡", str(tenant.communities[0]), False)
    sent = {"record_id": str(uuid.uuid4()), "happened_on": today().isoformat()}
    first, again = (own.post(f"/claims/own/{made}/serve", sent) for _twice in range(2))
    assert (first.status_code, again.json, first.json["records"]) == (201, first.json, [sent["record_id"]])
    for address in ("serve", "complete", "release"):
        assert stranger.post(f"/claims/own/{made}/{address}", {**sent} if address == "serve" else {"version": 1}).status_code == 404
    assert own.post(f"/claims/own/{made}/release", {"version": 1}).status_code == 422  # a reason
    assert own.post(f"/claims/own/{made}/complete", {"version": 7}).status_code == 409
    assert own.post(f"/claims/own/{made}/complete", {"version": 1}).json == {"records": []}  # all is noted already
    assert (own.get("/claims/own").json["items"], [c["state"] for c in own.get("/claims/own?ended=true").json["items"]]) == ([], ["done"])
    assert far not in [m["id"] for m in own.get("/claims/own/matters").json["items"]]
    with tenant.scope():
        disable("posts")
    assert own.get("/claims/own/matters").json == {"items": [], "next": None}


def test_officers_and_liaisons_within_their_reach(program_of: Programs, tenant: TestTenant) -> None:
    member = make_member(tenant, "王小明")
    with tenant.scope():
        made = claim(put_up_in(tenant), member.id, by=None).id
    desk, unit, street = (program_of(tenant.accounts[role]) for role in (COMMUNITY, LIAISON, STREET))
    elsewhere = program_of(tenant.others[COMMUNITY])
    assert [[c["id"] for c in program.get("/claims").json["items"]] for program in (desk, street, elsewhere)] == [[str(made)], [str(made)], []]
    body = {"version": 1, "service": {"happened_on": today().isoformat(), "minutes": 30}}
    assert [program.post(f"/claims/{made}/complete", body).status_code for program in (elsewhere, street)] == [404, 403]
    assert elsewhere.get(f"/claims/{made}").status_code == 404
    record = unit.post(f"/claims/{made}/serve", {"happened_on": today().isoformat()}).json["records"][0]
    assert desk.get(f"/records/{record}").json["status"] == "submitted"
    done = desk.post(f"/claims/{made}/complete", body)
    assert (done.status_code, desk.get(f"/records/{done.json['records'][0]}").json["status"]) == (200, "verified")
    assert desk.post(f"/claims/{made}/release", {"version": 2, "reason": "另有任务"}).status_code == 409


def put_up_in(tenant: TestTenant) -> uuid.UUID:
    """The same within an open scope."""
    return open_matter("posts", MatterInput(tenant.communities[0], "环境卫生", "换灯泡", minutes=90), by=None)


def test_one_entry_is_a_row_of_both_registers(program_of: Programs, tenant: TestTenant) -> None:
    members = [make_member(tenant, name) for name in ("王小明", "李芳")]
    put = put_up(tenant, collective=True)
    with tenant.scope():
        claim_for_unit(put, tenant.units[0], [m.id for m in members], by=None)
    pages = [program_of(tenant.accounts[role]).get(f"/claims/register?side={side}").json for role, side in ((COMMUNITY, "community"), (LIAISON, "unit"))]
    assert pages[0] == pages[1]
    row = pages[0]["items"][0]
    assert (len(pages[0]["items"]), row["member"], row["members"], row["records"], row["counted_minutes"]) == (1, None, ["李芳", "王小明"], 0, 0)
    assert program_of(tenant.accounts[COMMUNITY]).get(f"/claims/register?until={today() - dt.timedelta(days=1)}").json["items"] == []
    assert program_of(tenant.others[COMMUNITY]).get("/claims/register").json["items"] == []
