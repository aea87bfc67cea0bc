"""One asks, another confirms: never the asker, once, exactly as asked; and each wall's twin, which must fail without it."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from core import approvals, audit
from core.access import accounts
from core.access.actor import load_actor
from core.access.roles import ADMINISTRATOR, COUNTY, STREET
from core.approvals import deciding, kinds
from core.approvals.models import Approval
from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.organizations import tree
from core.organizations.models import Organization
from core.tenancy import now, session
from core.tenancy.scope import tenant_id
from tenants import hierarchy
from tenants.settings import save
from tests.approvals.conftest import at_once
from tests.service.conftest import Browser
from tests.support.factories import TestAccount, TestTenant, make_account, make_member

REASON = "市编办批复〔2026〕12 号"


def ask(tenant: TestTenant, street: int = 0) -> uuid.UUID:
    """The first administrator asks to move a street of the first county to the second."""
    with tenant.scope(), audit.set_actor("account", tenant.accounts[ADMINISTRATOR].id):
        found = hierarchy.change(tree.get(tenant.streets[street]), "move", tenant.counties[1], REASON, by=tenant.actor(ADMINISTRATOR))
        assert found is not None
        return found


def confirm(tenant: TestTenant, approval: uuid.UUID, account: TestAccount) -> None:
    """An account's word."""
    with tenant.scope(), audit.set_actor("account", account.id):
        actor = load_actor(account.id)
        assert actor is not None
        approvals.confirm(approval, by=actor)


def state(tenant: TestTenant, approval: uuid.UUID) -> tuple[str, str]:
    """The request's status, and where the street's first community stands."""
    with tenant.scope():
        path = tree.get(tenant.communities[0]).path
        return session().scalars(select(Approval.status).where(Approval.tenant_id == tenant_id(), Approval.id == approval)).one(), path


def test_nothing_moves_before_another_confirms_and_then_all_of_it_once(tenant: TestTenant, second: TestAccount) -> None:
    approval = ask(tenant)
    assert ask(tenant) == approval  # asked twice is asked once
    assert state(tenant, approval) == ("waiting", "4201/420102/420102001/420102001001/")
    with pytest.raises(Forbidden):
        confirm(tenant, approval, tenant.accounts[ADMINISTRATOR])
    with pytest.raises(NotFound):  # the county's officer does not reach the city
        confirm(tenant, approval, tenant.accounts[COUNTY])
    assert state(tenant, approval)[0] == "waiting"
    confirm(tenant, approval, second)
    assert state(tenant, approval) == ("done", "4201/420103/420102001/420102001001/")
    with pytest.raises(Conflict):
        confirm(tenant, approval, second)
    with tenant.scope():
        rows = session().execute(select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.details).where(
            AuditEntry.tenant_id == tenant_id(), AuditEntry.action.in_(("approval.asked", "approval.confirmed", "organization.moved")))
            .order_by(AuditEntry.seq)).all()
        first = tenant.accounts[ADMINISTRATOR].id
        assert [(r.action, r.actor_id) for r in rows] == [
            ("approval.asked", first), ("approval.confirmed", second.id), ("organization.moved", second.id)]
        assert (rows[1].details["asked_by"], rows[1].details["confirmed_by"]) == (str(first), str(second.id))
        assert audit.verify() == []


def test_what_changed_meanwhile_or_was_tampered_with_is_not_done(tenant: TestTenant, second: TestAccount, monkeypatch: Any) -> None:
    changed, forged = ask(tenant), ask(tenant, 1)
    with tenant.scope():
        session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == tenant.streets[0])
                          .values(version=Organization.version + 1))
        content = session().scalars(select(Approval.content).where(Approval.tenant_id == tenant_id(), Approval.id == forged)).one()
        session().execute(update(Approval).where(Approval.tenant_id == tenant_id(), Approval.id == forged)
                          .values(content=content.replace(str(tenant.streets[1]), str(tenant.streets[0]))))
    for approval, said in ((changed, "变动过"), (forged, "不一致")):
        with pytest.raises(Conflict, match=said):
            confirm(tenant, approval, second)
    assert state(tenant, forged) == ("waiting", "4201/420102/420102001/420102001001/")
    # The twin: without the comparison of the hash, the other street is refused by nothing but the version; without both, it moves.
    monkeypatch.setattr(deciding.hmac, "compare_digest", lambda *_: True)
    with tenant.scope():
        session().execute(update(Approval).where(Approval.tenant_id == tenant_id(), Approval.id == forged).values(
            subject_version=hierarchy._version({"organization": str(tenant.streets[0]), "act": "move", "to": str(tenant.counties[1])})))
    confirm(tenant, forged, second)
    assert state(tenant, forged) == ("done", "4201/420103/420102001/420102001001/")


def test_it_expires_is_withdrawn_or_refused_with_a_reason(tenant: TestTenant, second: TestAccount) -> None:
    late, back, no = ask(tenant), ask(tenant, 1), ask(tenant, 0)
    assert late == no
    with tenant.scope():
        actor = load_actor(second.id)
        assert actor is not None
        session().execute(update(Approval).where(Approval.tenant_id == tenant_id(), Approval.id == late)
                          .values(expires_at=now() - dt.timedelta(seconds=1)))
        with pytest.raises(Conflict, match="有效期"):
            approvals.confirm(late, by=actor)
        assert deciding.expire() == 1
        with pytest.raises(NotFound):
            approvals.withdraw(back, by=actor)
        with pytest.raises(Invalid):
            approvals.refuse(back, "否", by=actor)
        approvals.withdraw(back, by=tenant.actor(ADMINISTRATOR))
    again = ask(tenant)
    with tenant.scope():
        actor = load_actor(second.id)
        assert actor is not None
        approvals.refuse(again, "批复文号不对", by=actor)
    assert [state(tenant, one)[0] for one in (late, back, again)] == ["expired", "withdrawn", "refused"]
    assert state(tenant, again)[1] == "4201/420102/420102001/420102001001/"


def test_no_second_person_of_ones_own_making(tenant: TestTenant, second: TestAccount, monkeypatch: Any) -> None:
    first = tenant.accounts[ADMINISTRATOR]
    with tenant.scope(), audit.set_actor("account", first.id):
        made = accounts.create_account("straw.man", "代办人")
        accounts.grant_role(made, ADMINISTRATOR, tenant.root, by=tenant.actor(ADMINISTRATOR))
        accounts.reset_password(second.id, by=tenant.actor(ADMINISTRATOR))
    approval = ask(tenant)
    for account in (TestAccount(made, tenant.id, ADMINISTRATOR, "straw.man", tenant.root), second):
        with pytest.raises(Forbidden, match="经手"):
            confirm(tenant, approval, account)
    monkeypatch.setattr(deciding, "tied", lambda *_: False)  # the twin
    confirm(tenant, approval, second)
    assert state(tenant, approval)[0] == "done"


def test_the_asker_must_still_have_the_right(tenant: TestTenant, second: TestAccount) -> None:
    approval = ask(tenant)
    with tenant.scope():
        actor = load_actor(second.id)
        assert actor is not None
        accounts.set_active(tenant.accounts[ADMINISTRATOR].id, active=False, by=actor)
    with pytest.raises(Conflict, match="没有办理"):
        confirm(tenant, approval, second)


def test_two_who_confirm_at_once_have_one_effect(tenant: TestTenant, second: TestAccount) -> None:
    assert sorted(race(tenant, second)) == ["Conflict", "done"]


def test_without_the_lock_both_would(tenant: TestTenant, second: TestAccount, without_locks: None) -> None:
    with pytest.raises(AssertionError):
        assert sorted(race(tenant, second)) == ["Conflict", "done"]


def race(tenant: TestTenant, second: TestAccount) -> list[str]:
    """Two administrators confirm a request whose act takes a moment; how each fared."""
    with tenant.scope():
        third = make_account(tenant, ADMINISTRATOR, tenant.root)
    approval, done = ask(tenant), []

    def slowly(act: Any) -> dict[str, Any]:
        session().execute(text("select pg_sleep(0.4)"))
        done.append(act.id)
        return {}
    kind = kinds._core["hierarchy"]
    object.__setattr__(kind, "carry_out", slowly)
    try:
        outcome = at_once(*(lambda account=account: confirm(tenant, approval, account) for account in (second, third)))
    finally:
        object.__setattr__(kind, "carry_out", hierarchy._carry_out)
    assert len(done) == sum(one is None for one in outcome)
    return ["done" if one is None else type(one).__name__ for one in outcome]


def test_the_database_itself_keeps_asker_and_confirmer_apart(tenant: TestTenant) -> None:
    approval = ask(tenant)
    with pytest.raises(IntegrityError, match="two_persons"), tenant.scope():
        session().execute(update(Approval).where(Approval.tenant_id == tenant_id(), Approval.id == approval)
                          .values(status="done", decided_by=Approval.asked_by))


def test_what_has_nothing_below_goes_at_once_and_the_tenant_may_switch_it_off(tenant: TestTenant) -> None:
    with tenant.scope():
        by = tenant.actor(ADMINISTRATOR)
        assert hierarchy.change(tree.get(tenant.communities[0]), "move", tenant.streets[1], "", by=by) is None
        assert tree.get(tenant.communities[0]).path == "4201/420102/420102002/420102001001/"
        with pytest.raises(Forbidden):
            hierarchy.change(tree.get(tenant.communities[1]), "move", tenant.streets[1], "", by=tenant.actor(STREET))
        with pytest.raises(NotFound):  # a county's officer gives nothing away to another county
            hierarchy.change(tree.get(tenant.communities[1]), "move", tenant.streets[-1], "", by=tenant.actor(COUNTY))
    switch(tenant, hierarchy=False)
    with tenant.scope():
        assert hierarchy.change(tree.get(tenant.streets[1]), "merge", tenant.streets[0], "", by=tenant.actor(COUNTY)) is None
        assert tree.get(tenant.communities[0]).path == "4201/420102/420102001/420102001001/"
        assert not tree.get(tenant.streets[1]).active


def test_no_place_is_closed_where_members_live(tenant: TestTenant) -> None:
    make_member(tenant, residence=0)
    with tenant.scope(), pytest.raises(Conflict, match="1 名"):
        hierarchy.change(tree.get(tenant.streets[0]), "close", None, REASON, by=tenant.actor(ADMINISTRATOR))


def switch(tenant: TestTenant, **values: Any) -> None:
    """The tenant's own settings of what needs two."""
    with tenant.scope():
        save("approvals", values, version=0)


def test_the_pages(tenant: TestTenant, second: TestAccount, browser: Callable[..., Browser]) -> None:
    first, other = browser(tenant.accounts[ADMINISTRATOR]), browser(second)
    address = f"/organizations/{tenant.streets[0]}/change"
    assert first.post(address, act="move", to=str(tenant.counties[1]), reason=REASON).status_code == 422  # unread
    asked = first.post(address, act="move", to=str(tenant.counties[1]), reason=REASON, confirmed="yes")
    assert asked.status_code == 303
    page = first.get(asked.location).text
    assert "李第二" in page
    assert "确认办理" not in page
    assert "有 1 件事等您" in other.get("/").text
    assert "有 1 件事等您" not in first.get("/").text
    assert REASON in other.get("/approvals/").text
    assert "第03区" in other.get(asked.location).text
    assert browser(tenant.accounts[COUNTY]).get(asked.location).status_code == 404
    assert other.post(f"{asked.location}/confirm").status_code == 422
    assert first.post(f"{asked.location}/confirm", read="yes").status_code == 403
    assert other.post(f"{asked.location}/confirm", read="yes").status_code == 303
    assert other.post(f"{asked.location}/confirm", read="yes").status_code == 409
    assert "已确认并办理" in first.get("/approvals/?list=asked").text
    assert "没有等您确认" in other.get("/approvals/").text
