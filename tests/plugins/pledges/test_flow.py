"""From the promise to its end: with the claim, by hand, late, twice, and while the plugin was off."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from core.access.doors import act_as
from core.errors import Conflict, Invalid, NotFound
from core.extension.facts import ClaimFact
from core.jobs.running import run_due
from core.service.claims.claiming import claim as take, release
from core.service.claims.closing import close_matter
from core.service.claims.collective import claim_for_unit
from core.service.claims.fulfilling import Service, complete
from core.service.claims.matters import MatterInput, open_matter
from core.service.claims.models import Claim
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.pledges import deadlines, ending, exporting, filing, making, objecting, parts, publishing
from plugins.pledges.making import PledgeInput
from plugins.pledges.models import Pledge, PledgeObjection
from tenants import settings
from tenants.activation import disable, enable
from tests.plugins.pledges.conftest import RESIDENT, TEXT, change, pledge
from tests.service.conftest import at_once, without_locks
from tests.service.test_records import in_scope
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member

__all__ = ["without_locks"]
Take = Callable[..., uuid.UUID]
DAY = dt.timedelta(days=1)


def told(tenant: TestTenant, pledge_id: uuid.UUID, state: str, on: dt.date, reason: str | None = None) -> int:
    """Tell the plugin that the pledge's claim ended so; answers how many pledges changed."""
    row = pledge(tenant, pledge_id)
    with tenant.scope():
        return ending.claim_ended(ClaimFact(row.claim_id, row.matter_id, "posts", row.community_id, state, row.member_id, row.unit_id,
                                            ended_on=on, reason=reason))


@pytest.mark.parametrize(("late", "expected"), [(False, ("kept", "kept")), (True, ("kept_late", "kept"))])
def test_a_claim_that_is_done_keeps_its_pledge(tenant: TestTenant, member: TestMember, pledged: Take, late: bool,
                                               expected: tuple[str, str]) -> None:
    pledge_id = pledged(member)
    if late:
        change(tenant, pledge_id, deadline=today() - DAY)
    with tenant.scope():
        made = complete(_claim_of(pledge_id), None, Service(today()), by=None)
    row = pledge(tenant, pledge_id)
    assert ((row.state, row.board), row.ended_on, row.claim_state, len(made)) == (expected, today(), "done", 1)


def _claim_of(pledge_id: uuid.UUID) -> uuid.UUID:
    return session().scalars(select(Pledge.claim_id).where(Pledge.tenant_id == tenant_id(), Pledge.id == pledge_id)).one()


def test_a_claim_given_up_or_lapsed_releases_it_with_the_reason(tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    given_up, lapsed = pledged(member), pledged(member)
    with tenant.scope():
        release(_claim_of(given_up), None, "工作调动")
        close_matter(pledge_row(lapsed).matter_id, None, "已由物业完成")
    found = [pledge(tenant, one) for one in (given_up, lapsed)]
    assert [(row.state, row.reason, row.board) for row in found] == [("released", "工作调动", None), ("released", "已由物业完成", None)]


def pledge_row(pledge_id: uuid.UUID) -> Pledge:
    """The pledge, inside a scope."""
    return session().get_one(Pledge, (tenant_id(), pledge_id))


def test_the_end_told_twice_and_late_changes_nothing_more(tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    pledge_id = pledged(member, today() + DAY)
    assert [told(tenant, pledge_id, "done", today()), told(tenant, pledge_id, "released", today(), "又来一次")] == [1, 0]
    row = pledge(tenant, pledge_id)
    assert (row.state, row.reason, row.version) == ("kept", None, 3)
    with tenant.scope():
        ending.reopen(pledge_id, 3, "办错了")
    assert told(tenant, pledge_id, "done", today()) == 0
    assert pledge(tenant, pledge_id).state == "open"


def test_the_officers_word_stands_when_the_claim_ends_later(tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    pledge_id = pledged(member)
    with tenant.scope():
        ending.close(pledge_id, 2, "not_kept", "没有来")
        with pytest.raises(Conflict):
            ending.close(pledge_id, 3, "kept", "")
    assert told(tenant, pledge_id, "done", today()) == 1
    row = pledge(tenant, pledge_id)
    assert (row.state, row.reason, row.board, row.claim_state) == ("not_kept", "没有来", "not_kept", "done")


def test_while_off_a_claim_ends_and_once_on_again_the_pledge_follows(tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    told_of, untold = pledged(member), pledged(member)
    with tenant.scope():
        disable("pledges")
    with tenant.scope():
        complete(_claim_of(told_of), None, Service(today()), by=None)
    assert pledge(tenant, told_of).state == "open"
    with tenant.scope():
        row = session().get_one(Claim, (tenant.id, _claim_of(untold)))
        row.state, row.ended_on = "done", today()  # as if nobody had told at all
    with tenant.scope():
        enable("pledges")
    run_due(tenant.id)
    assert (pledge(tenant, told_of).state, pledge(tenant, untold).state) == ("kept", "open")
    with tenant.scope():
        assert ending.catch_up() == 1
    assert pledge(tenant, untold).state == "kept"


def test_a_units_pledge_and_those_of_its_members_end_together(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        matter = open_matter("posts", MatterInput(tenant.communities[0], "环境卫生", "大扫除", collective=True), by=None)
        parent = claim_for_unit(matter, tenant.units[0], [member.id], by=None).id
        child = session().scalars(select(Claim.id).where(Claim.tenant_id == tenant_id(), Claim.parent_id == parent)).one()
        ids = making.make_many([PledgeInput(one, TEXT, today() + DAY) for one in (parent, child)], by=None)
    with tenant.scope():
        complete(parent, None, Service(today()), by=None)
    rows = {pledge(tenant, one).member_id: pledge(tenant, one).state for one in ids}
    assert rows == {None: "kept", member.id: "kept"}


@pytest.mark.parametrize(("text", "deadline", "field"), [
    (f"帮助{RESIDENT}买菜", 1, "text"), ("有事打 13812345678", 1, "text"), ("好", 1, "text"), ("长" * 201, 1, "text"), (TEXT, None, "deadline"),
    (TEXT, -1, "deadline"), (TEXT, 30, "deadline")])
def test_what_may_not_stand_in_public_is_refused(tenant: TestTenant, member: TestMember, claimed: Take, text: str, deadline: int | None,
                                                 field: str) -> None:
    claim_id = claimed(member, due_on=today() + 20 * DAY)
    with tenant.scope(), pytest.raises(Invalid) as refusal:
        making.make(PledgeInput(claim_id, text, None if deadline is None else today() + deadline * DAY), by=None)
    assert set(refusal.value.fields) == {field}


def test_only_a_claim_that_is_held_is_promised_on(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "赵强")
    with tenant.scope():
        matter = open_matter("posts", MatterInput(tenant.communities[0], "环境卫生", "清扫", waits=True), by=None)
        first, second = (take(matter, one.id, by=None).id for one in (member, other))
    with tenant.scope(), pytest.raises(Conflict):
        making.make(PledgeInput(second, TEXT, today()), by=None)
    with tenant.scope():
        release(first, None, "搬家了")
    with tenant.scope(), pytest.raises(Conflict):
        making.make(PledgeInput(first, TEXT, today()), by=None)
    with tenant.scope():
        made = making.make(PledgeInput(second, TEXT, today()), by=None)
        assert making.make(PledgeInput(second, "第二次交来的文字", today()), by=None) == made
        disable("posts")
    with tenant.scope(), pytest.raises(NotFound):
        making.claim_of(second)


def test_another_deadline_once_with_the_communitys_consent(tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    pledge_id = pledged(member, today() + DAY)
    with tenant.scope():
        for day, reason in ((today() + DAY, "太忙"), (today() + 5 * DAY, "")):
            with pytest.raises(Invalid):
                deadlines.ask(pledge_id, 2, day, reason)
        deadlines.ask(pledge_id, 2, today() + 5 * DAY, "住院")
    with tenant.scope():
        with pytest.raises(Conflict):
            deadlines.decide(pledge_id, 2, agree=True)
        deadlines.decide(pledge_id, 3, agree=True)
        with pytest.raises(Conflict):
            deadlines.ask(pledge_id, 4, today() + 9 * DAY, "还想延")
    row = pledge(tenant, pledge_id)
    assert (row.deadline, row.board_on, row.asked_deadline, row.asked_on) == (today() + 5 * DAY, today() + 5 * DAY, None, today())


def test_review_or_direct_as_the_county_sets(tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    waits = pledged(member, public=False)
    with tenant.scope():
        settings.save("pledges", {"publish": "direct"}, tenant.counties[0], version=0)
    direct = pledged(member, public=False)
    found = [pledge(tenant, one) for one in (waits, direct)]
    assert [(row.published_on, row.board) for row in found] == [(None, None), (today(), "open")]
    with tenant.scope():
        publishing.take_down(direct, 1, "写到了住户")
        publishing.correct(direct, 2, "清扫三号楼楼道")
        publishing.publish(direct, 3)
        assert filing.file([waits, direct], by=None) == 1
        assert filing.file([waits, direct], by=None) == 0
        assert filing.remind([waits, direct]) == 2


def test_an_objection_that_is_right_breaks_the_pledge_and_is_forgotten_in_time(tenant: TestTenant, member: TestMember, pledged: Take) -> None:
    right, wrong = pledged(member), pledged(member)
    ids = [uuid.uuid4(), uuid.uuid4()]
    with tenant.scope(), act_as(tenant.actor("community_officer")):
        for objection_id, pledge_id in zip(ids, (right, wrong), strict=True):
            objecting.raise_objection(objection_id, pledge_id, "从来没有人扫过", "李奶奶 13900000000")
        assert objecting.look(ids[0]) == objecting.Seen("从来没有人扫过", "李奶奶 13900000000")
        with pytest.raises(Invalid):
            objecting.answer(ids[0], 1, "", upheld=True, by=None)
        objecting.answer(ids[0], 1, "经查确未清扫", upheld=True, by=None)
        objecting.answer(ids[1], 1, "已清扫，有记录", upheld=False, by=None)
        with pytest.raises(Conflict):
            objecting.answer(ids[1], 2, "再答一次", upheld=True, by=None)
        assert objecting.forget() == 0
        exported = {table.title: table.rows for table in exporting.tables(member.id)}
    assert [(pledge(tenant, one).state, pledge(tenant, one).reason) for one in (right, wrong)] == [("not_kept", "经查确未清扫"), ("open", None)]
    assert [word for word in ("李奶奶", "从来没有") if word in str(exported)] == []
    assert len(exported["对承诺的反映和答复"]) == 2
    with tenant.scope():
        for one in session().scalars(select(PledgeObjection)):
            one.decided_on = today() - 181 * DAY
    with tenant.scope(), act_as(tenant.actor("community_officer")):
        assert objecting.forget() == 2
        assert objecting.look(ids[0]) == objecting.Seen(None, None)
        assert exporting.erase(member.id) == 2
        assert session().scalar(select(func.count()).select_from(PledgeObjection)) == 0


def test_the_registers_get_their_columns_in_one_query(tenant: TestTenant, member: TestMember, pledged: Take, statements: list[str]) -> None:
    rows = [pledge(tenant, pledged(member)) for _one in range(3)]
    with tenant.scope():
        statements.clear()
        found = parts.of_claims(tuple(row.claim_id for row in rows))
        sent = len(statements)
        empty = parts.of_claims(())
    due = rows[0].deadline.isoformat()
    assert sent == 1
    assert [(part.title, list(part.values.values())) for part in found] == [("承诺", [TEXT] * 3), ("承诺期限", [due] * 3), ("承诺状态", ["践诺中"] * 3)]
    assert [(part.title, dict(part.values)) for part in empty] == [("承诺", {}), ("承诺期限", {}), ("承诺状态", {})]


def promised(tenant: TestTenant, claim_id: uuid.UUID) -> list[Any]:
    """Four at once promise on one claim."""
    given = PledgeInput(claim_id, TEXT, today() + DAY)
    return at_once(*[in_scope(tenant, lambda: making.make(given, by=None))] * 4)


def test_promised_twice_at_once_it_is_one_pledge(tenant: TestTenant, member: TestMember, claimed: Take) -> None:
    made = promised(tenant, claimed(member))
    assert [type(one) for one in set(made)] == [uuid.UUID]


def test_twin_without_lock_and_key_it_is_several(tenant: TestTenant, member: TestMember, claimed: Take, database: TestDatabase,
                                                 without_locks: None) -> None:
    with database.connect_admin() as admin:
        admin.execute("alter table pledges_pledge drop constraint uq_pledges_pledge_tenant_id_claim_id")
        try:
            assert any(len(set(promised(tenant, claimed(make_member(tenant, f"李{number}"))))) > 1 for number in range(10))
        finally:
            admin.execute("delete from pledges_pledge")
            admin.execute("alter table pledges_pledge add constraint uq_pledges_pledge_tenant_id_claim_id unique (tenant_id, claim_id)")
