"""The lot draws records that count, another officer calls back, and nobody outside the community learns of it."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable

import pytest

from core.audit.queries import entries
from core.db import new_id
from core.errors import Conflict, Forbidden, Invalid
from core.service import callbacks, evaluation, records
from core.service.callbacks import callback_view, is_drawn
from core.service.detail import evaluation_view, record_view
from core.service.summary import counts_for_communities
from core.service.waiting import callbacks as waiting
from core.tenancy import clock, today
from tenants.settings import save
from tests.service.conftest import RECIPIENT, Browser
from tests.service.test_records import write
from tests.support.databases import TestDatabase
from tests.support.factories import TestAccount, TestMember, TestTenant, make_account

Open = Callable[..., Browser]


@pytest.fixture
def drawn(tenant: TestTenant, member: TestMember) -> uuid.UUID:
    """A record that the community's officer has verified and keyed in, and on which the lot fell."""
    with tenant.scope():
        save("service", {"callback_share": 100}, version=0)
    return count(tenant, member)


def count(tenant: TestTenant, member: TestMember, channel: str = "paper") -> uuid.UUID:
    """A record that counts by this channel, all of it by the community's officer."""
    record_id, officer = write(tenant, member), tenant.accounts["community_officer"].id
    with tenant.scope():
        records.verify(record_id, 1, by=officer)
        evaluation.key_in(record_id, channel, "satisfied", None, today(), by=officer)
    return record_id


def colleague(tenant: TestTenant) -> TestAccount:
    """Another officer of the same community."""
    with tenant.scope():
        return make_account(tenant, "community_officer", tenant.communities[0])


def test_the_lot_falls_by_share_and_key(tenant: TestTenant, member: TestMember) -> None:
    ids = [uuid.UUID(int=n) for n in range(2000)]
    with tenant.scope():
        assert [sum(is_drawn(one, share) for one in ids) for share in (0, 100)] == [0, 2000]
        five = {one for one in ids if is_drawn(one, 5)}
        assert 60 <= len(five) <= 140
        assert five == {one for one in ids if is_drawn(one, 5)}
        assert five <= {one for one in ids if is_drawn(one, 20)}


def test_only_code_and_paper_are_drawn_and_zero_draws_none(tenant: TestTenant, member: TestMember, drawn: uuid.UUID) -> None:
    visited = count(tenant, member, "visit")
    with tenant.scope():
        assert [callback_view(one) is not None for one in (drawn, visited)] == [True, False]
        save("service", {"callback_share": 0}, version=1)
    with tenant.scope():
        assert counts_for_communities(tenant.actor("community_officer").grants).callbacks == 1
    none = count(tenant, member)
    with tenant.scope():
        assert callback_view(none) is None


def test_whoever_had_a_hand_in_it_does_not_call_while_somebody_else_can(tenant: TestTenant, drawn: uuid.UUID) -> None:
    own = tenant.accounts["community_officer"].id
    with tenant.scope():
        assert callbacks.may_call(drawn, own)  # nobody else is there
    other = colleague(tenant)
    with tenant.scope():
        assert [callbacks.may_call(drawn, one) for one in (own, other.id)] == [False, True]
        with pytest.raises(Forbidden):
            callbacks.note(drawn, "confirmed", "phone", "", by=own)
        callbacks.note(drawn, "confirmed", "phone", "", by=other.id)
        assert (callback_view(drawn).state, callback_view(drawn).own_hand) == ("confirmed", False)
        with pytest.raises(Conflict):
            callbacks.note(drawn, "differs", "phone", "改主意了", by=other.id)


def test_alone_one_calls_oneself_and_it_is_noted(tenant: TestTenant, drawn: uuid.UUID) -> None:
    with tenant.scope():
        callbacks.note(drawn, "confirmed", "visit", "很好", by=tenant.accounts["community_officer"].id)
        seen = callback_view(drawn)
    assert (seen.state, seen.own_hand, seen.means, seen.note, seen.called_by) == ("confirmed", True, "visit", "很好", "测试community_officer")


def test_not_reached_comes_again_later_and_differs_is_looked_into(tenant: TestTenant, member: TestMember, drawn: uuid.UUID) -> None:
    later, other = count(tenant, member), colleague(tenant)
    grants = None
    with tenant.scope():
        grants = tenant.actor("community_officer").grants
        assert [row.record_id for row in waiting(grants).rows] == [drawn, later]
        callbacks.note(drawn, "not_reached", "phone", "", by=other.id)
    with clock.set_clock(clock.now() + dt.timedelta(days=3)), tenant.scope():
        first = waiting(grants, limit=1)
        assert [(row.record_id, row.tries) for row in first.rows + waiting(grants, after=first.next).rows] == [(later, 0), (drawn, 1)]
        with pytest.raises(Invalid):
            callbacks.note(drawn, "differs", "phone", " ", by=other.id)
        callbacks.note(drawn, "differs", "phone", f"{RECIPIENT}说没有来过", by=other.id)
        with pytest.raises(Invalid):
            callbacks.settle(drawn, "", by=other.id)
        callbacks.settle(drawn, "签到表上有", by=other.id)
        assert [row.record_id for row in waiting(grants).rows] == [later]
        callbacks.note(later, "differs", "phone", "没有来过", by=other.id)
        records.withdraw(later, 3, "经回访不实")
        assert (waiting(grants).rows, counts_for_communities(grants).callbacks) == ([], 0)


def test_what_was_said_lies_encrypted_and_the_log_names_nobody(tenant: TestTenant, drawn: uuid.UUID, database: TestDatabase) -> None:
    other = colleague(tenant)
    with tenant.scope():
        callbacks.note(drawn, "differs", "phone", f"{RECIPIENT}说没有来过", by=other.id)
    with database.connect_admin() as admin:
        stored = [bytes(row[0]) for row in admin.execute("select note from record_callback where note is not null")]
    assert [RECIPIENT.encode() in value for value in stored] == [False]
    with tenant.scope():
        assert RECIPIENT not in str([e.details for e in entries()])


def test_the_community_alone_sees_it(tenant: TestTenant, member: TestMember, drawn: uuid.UUID, browser: Open) -> None:
    officer = browser(colleague(tenant))
    said = {"means": "phone", "outcome": "differs", "note": "说没有来过"}
    assert "清扫楼道" in officer.get("/records/work/callbacks").get_data(as_text=True)
    assert officer.post(f"/records/work/{drawn}/callback", **{**said, "note": ""}).status_code == 422
    assert browser(tenant.accounts["community_officer"]).post(f"/records/work/{drawn}/callback", **said).status_code == 403
    assert officer.post(f"/records/work/{drawn}/callback", **said).status_code == 303
    page = officer.get(f"/records/work/{drawn}").get_data(as_text=True)
    assert ("说没有来过" in page, "回访抽查" in page, "撤销计入" in page) == (True, True, True)
    pages = [browser(member.account).get(f"/records/{drawn}"), browser(member.account).get("/records/"),
             browser(tenant.accounts["unit_liaison"]).get(f"/records/work/{drawn}"),
             browser(tenant.accounts["county_officer"]).get(f"/records/work/{drawn}"), browser(tenant.accounts["unit_liaison"]).get("/records/filed/")]
    assert [(p.status_code, bool(re.search("回访|没有来过", p.get_data(as_text=True)))) for p in pages] == [(200, False)] * 5
    doors = [browser(tenant.accounts["unit_liaison"]).get("/records/work/callbacks"), browser(member.account).get("/records/work/callbacks"),
             browser(tenant.others["community_officer"]).post(f"/records/work/{drawn}/callback", **said),
             browser(tenant.others["community_officer"]).post(f"/records/work/{drawn}/callback/settle", finding="属实"),
             browser(tenant.accounts["unit_liaison"]).post(f"/records/work/{drawn}/callback/settle", finding="属实")]
    assert [d.status_code for d in doors] == [403, 403, 404, 404, 403]
    assert "清扫楼道" not in browser(tenant.others["community_officer"]).get("/records/work/callbacks").get_data(as_text=True)
    assert officer.post(f"/records/work/{drawn}/callback/settle", finding="签到表上有").status_code == 303
    with tenant.scope():
        assert callback_view(drawn).state == "settled"


def test_counting_directly_keeps_every_check(tenant: TestTenant, member: TestMember, drawn: uuid.UUID) -> None:
    officer, waiting_id = tenant.accounts["community_officer"].id, write(tenant, member)
    with tenant.scope():
        for wrong in ({"channel": "waiver"}, {"rating": "good"}, {"on": today() + dt.timedelta(days=1)}, {"on": today() - dt.timedelta(days=1)}):
            given = {"channel": "code", "rating": "fair", "comment": None, "on": today(), "by": officer, **wrong}
            with pytest.raises(Invalid):
                evaluation.count_directly(waiting_id, **given)
    with tenant.scope():
        assert member.account is not None
        with pytest.raises(Forbidden):
            evaluation.count_directly(waiting_id, "code", "fair", None, today(), by=member.account.id)
        evaluation.count_directly(waiting_id, "code", "fair", "谢谢", today(), by=officer)
        with pytest.raises(Conflict):
            evaluation.count_directly(waiting_id, "code", "fair", None, today(), by=officer)
    with tenant.scope():
        seen = record_view(waiting_id)
        assert (seen.status, seen.verified_by, seen.counted_on) == ("counted", "测试community_officer", today())
        assert (evaluation_view(waiting_id), callback_view(waiting_id).state) == (("code", "fair", "谢谢", today(), None), "open")
        with pytest.raises(ValueError, match="no such source"):
            records.submit(member.id, None, entered_by=None, hours_source="guessed", record_id=new_id())
