"""From the paper to the write-off: the gate, claiming and giving up, three ways of writing off, and what the resident says otherwise."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from core.access.doors import act_as
from core.errors import Conflict, Forbidden, Invalid
from core.jobs.context import JobContext
from core.service import records as core_records
from core.service.claims.fulfilling import Service, complete
from core.service.claims.models import Claim, Matter
from core.service.models import ServiceRecord
from core.tenancy import session, set_clock, today
from core.tenancy.scope import tenant_id
from plugins.wishes import claims, contacts, entering, fulfilling, gate, holding, jobs, personal, queries
from plugins.wishes.entering import WishInput
from plugins.wishes.fulfilling import Judgement
from plugins.wishes.gate import AcceptInput
from tests.plugins.wishes.conftest import (
    ADDRESS,
    NAME,
    PHONE,
    TEXT,
    TITLE,
    accept,
    claim,
    claim_states,
    enter,
    officer,
    records,
    state,
    wish,
)
from tests.support.factories import TestMember, TestTenant, make_account, make_member

PAPER = Judgement("paper", "satisfied", "谢谢")


def refused(tenant: TestTenant, wish_id: uuid.UUID, **changes: Any) -> dict[str, list[str]]:
    """The fields for which the gate refuses."""
    given = {"title": TITLE, "concrete": True, "real": True, "easy": True, **changes}
    with pytest.raises(Invalid) as caught, tenant.scope():
        gate.accept(wish_id, None, AcceptInput(**given), by=officer(tenant))
    return dict(caught.value.fields)


def test_the_gate_asks_three_questions_and_lets_no_name_through(tenant: TestTenant) -> None:
    wish_id = enter(tenant)
    for wrong in ({"concrete": False}, {"real": False}, {"easy": False}, {"real": False, "harder": True}):
        assert list(refused(tenant, wish_id, **wrong)) == ["gate"]
    assert list(refused(tenant, wish_id, title=f"帮{NAME}学手机")) == ["title"]
    assert list(refused(tenant, wish_id, place=f"电话 {PHONE}")) == ["place"]
    assert list(refused(tenant, wish_id, place=ADDRESS)) == ["place"]
    assert list(refused(tenant, wish_id, title="x")) == ["title"]
    assert (state(tenant, wish_id), wish(tenant, wish_id).listed) == ("submitted", False)
    accept(tenant, wish_id, easy=False, harder=True, place="青山里片区")
    with tenant.scope():
        matter = session().scalars(select(Matter).where(Matter.tenant_id == tenant_id())).one()
    assert (matter.id, matter.source, matter.kind, matter.collective, matter.minutes, matter.due_on, matter.recipient_group) == (
        wish_id, "wishes", "微心愿", True, 120, today() + dt.timedelta(days=30), "elderly")
    assert b"\xe5" not in (matter.recipient or b"")[:3]
    assert state(tenant, wish_id) == "accepted"


def test_an_acceptance_is_undone_and_given_again_as_long_as_nobody_has_claimed(tenant: TestTenant, member: TestMember) -> None:
    wish_id = accept(tenant)
    with tenant.scope():
        gate.undo_accept(wish_id, None, by=officer(tenant))
    assert (state(tenant, wish_id), wish(tenant, wish_id).listed) == ("submitted", False)
    claim(tenant, member, accept(tenant, wish_id, title="学视频通话", minutes=45))
    with tenant.scope():
        matter = session().scalars(select(Matter).where(Matter.tenant_id == tenant_id())).one()
    assert (matter.title, matter.minutes, matter.state) == ("学视频通话", 45, "open")
    with pytest.raises(Conflict), tenant.scope():
        gate.undo_accept(wish_id, None, by=officer(tenant))


def test_a_vague_wish_is_split_and_nobody_types_the_contact_again(tenant: TestTenant) -> None:
    wish_id = enter(tenant)
    for parts in ([], ["只有一个"], ["一"] * 2, [str(n) * 3 for n in range(6)]):
        with pytest.raises(Invalid), tenant.scope():
            gate.split(wish_id, None, parts, by=officer(tenant))
    with tenant.scope(), act_as(tenant.actor("community_officer")):
        made = gate.split(wish_id, None, ["教用手机", "装网络", " "], by=officer(tenant))
        seen = [contacts.seen_by_officer(part) for part in made]
    assert seen == [("教用手机", NAME, PHONE, ADDRESS), ("装网络", NAME, PHONE, ADDRESS)]
    parts = [wish(tenant, part) for part in made]
    assert [(part.state, part.parent_id, part.channel, part.recipient_group) for part in parts] == [("submitted", wish_id, "split", "elderly")] * 2
    assert parts[0].phone != parts[1].phone  # sealed each for its own row
    assert state(tenant, wish_id) == "split"


def test_claimed_given_up_and_claimed_again(tenant: TestTenant, member: TestMember) -> None:
    wish_id, other = accept(tenant), make_member(tenant, "李芳")
    with tenant.scope():
        first = claims.take(wish_id, member.id, by=None)
        assert claims.take(wish_id, member.id, by=None) == first  # sent twice is once
    with pytest.raises(Conflict), tenant.scope():
        claims.take(wish_id, other.id, by=None)
    assert (state(tenant, wish_id), wish(tenant, wish_id).alarm_on) == ("claimed", today() + dt.timedelta(days=30))
    with pytest.raises(Invalid), tenant.scope():
        claims.release(wish_id, " ")
    with tenant.scope():
        claims.release(wish_id, "出差")
        assert queries.events(wish_id)[-1]["note"] == "出差"
    assert (state(tenant, wish_id), wish(tenant, wish_id).alarm_on) == ("accepted", today() + dt.timedelta(days=14))
    claim(tenant, other, wish_id)
    assert (state(tenant, wish_id), claim_states(tenant)) == ("claimed", ["released", "held"])


def test_a_unit_takes_a_harder_wish_on_with_its_members(tenant: TestTenant, member: TestMember) -> None:
    other, stranger = make_member(tenant, "李芳"), make_member(tenant, "赵强", unit=1)
    wish_id = accept(tenant, easy=False, harder=True)
    with pytest.raises(Invalid), tenant.scope():
        claims.take_for_unit(wish_id, tenant.units[0], [stranger.id], by=None)
    with tenant.scope():
        claims.take_for_unit(wish_id, tenant.units[0], [member.id], by=None)
        claims.join(wish_id, [other.id], by=None)
        fulfilling.report_done(wish_id, today(), 90, "一起装好了扶手", by=None)
        fulfilling.write_off(wish_id, None, Judgement("visit", "fair"), by=officer(tenant))
    assert records(tenant) == [("微心愿", "counted", "fair", 90, True, "visit")] * 2
    assert (state(tenant, wish_id), claim_states(tenant)) == ("written_off", ["done"] * 3)
    with pytest.raises(Conflict), tenant.scope():  # an easy one is nobody's but a member's
        claims.take_for_unit(accept_in(tenant), tenant.units[0], [member.id], by=None)


def accept_in(tenant: TestTenant) -> uuid.UUID:
    """Another wish on the wall, inside the scope."""
    wish_id = entering.enter(WishInput(tenant.communities[0], "dream", "看一场电影", phone=PHONE), by=None)
    gate.accept(wish_id, None, AcceptInput("看一场电影", concrete=True, real=True, easy=True), by=None)
    return wish_id


@pytest.mark.parametrize("channel", ["paper", "visit"])
def test_written_off_on_paper_or_on_a_visit_it_counts_in_one_go(tenant: TestTenant, member: TestMember, channel: str) -> None:
    wish_id = claim(tenant, member)
    with tenant.scope():
        fulfilling.report_done(wish_id, today(), None, "教会了", by=None)
    with pytest.raises(Invalid), tenant.scope():
        fulfilling.write_off(wish_id, None, Judgement("code", "satisfied"), by=officer(tenant))
    with tenant.scope():
        fulfilling.write_off(wish_id, None, Judgement(channel, "satisfied", "谢谢"), by=officer(tenant))
    assert records(tenant) == [("微心愿", "counted", "satisfied", 120, False, channel)]
    found = wish(tenant, wish_id)
    assert (found.state, found.ended_on, found.listed, found.rating, found.comment, claim_states(tenant)) == (
        "written_off", today(), True, None, None, ["done"])
    with tenant.scope():
        assert session().scalars(select(Matter.state).where(Matter.tenant_id == tenant_id())).all() == ["closed"]


def test_without_a_rating_the_record_waits_for_the_usual_evaluation(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        wish_id = accept_in(tenant)
        claims.take(wish_id, member.id, by=None)
        fulfilling.write_off(wish_id, None, Judgement("visit"), by=officer(tenant), minutes=30)
    assert records(tenant) == [("微心愿", "verified", None, 30, False, None)]


def test_by_code_the_rating_waits_for_the_officer(tenant: TestTenant, member: TestMember) -> None:
    wish_id = claim(tenant, member)
    with tenant.scope():
        fulfilling.judge(wish_id, fulfilled=True, rating="satisfied", comment="很耐心")
    assert (state(tenant, wish_id), records(tenant)) == ("written_off", [("微心愿", "submitted", None, 120, False, None)])
    with tenant.scope():
        assert jobs.count(job()) == {"counted": 0}
        assert fulfilling.count_rating(wish_id, by=officer(tenant)) is True
    assert records(tenant) == [("微心愿", "counted", "satisfied", 120, False, "code")]
    assert (wish(tenant, wish_id).rating, wish(tenant, wish_id).comment) == (None, None)
    with pytest.raises(Conflict), tenant.scope():
        fulfilling.count_rating(wish_id, by=officer(tenant))


def test_a_rating_counts_by_night_when_the_record_was_verified_elsewhere(tenant: TestTenant, member: TestMember) -> None:
    wish_id = claim(tenant, member)
    with tenant.scope():
        fulfilling.judge(wish_id, fulfilled=True, rating="dissatisfied", comment=None)
        record_id, version = session().execute(select(ServiceRecord.id, ServiceRecord.version).where(ServiceRecord.tenant_id == tenant_id())).one()
        core_records.verify(record_id, version, by=officer(tenant))
        assert jobs.count(job()) == {"counted": 1}
    assert records(tenant) == [("微心愿", "counted", "dissatisfied", 120, False, "code")]


def test_not_done_goes_back_to_the_claimer_with_a_note(tenant: TestTenant, member: TestMember) -> None:
    wish_id = claim(tenant, member)
    with tenant.scope():
        fulfilling.report_done(wish_id, today(), 60, "教过一次", by=None)
        fulfilling.judge(wish_id, fulfilled=False, rating=None, comment="还是不会")
    assert (state(tenant, wish_id), wish(tenant, wish_id).verdict, records(tenant)) == ("done", "unfulfilled", [])
    with pytest.raises(Conflict), tenant.scope():
        fulfilling.judge(wish_id, fulfilled=True, rating="satisfied", comment=None)
    with tenant.scope():
        fulfilling.send_back(wish_id, None, "请再教一次", by=officer(tenant))
    found = wish(tenant, wish_id)
    assert (found.state, found.verdict, found.comment, claim_states(tenant)) == ("claimed", None, None, ["held"])
    with tenant.scope():
        assert holding.words(queries.wish(wish_id), "remark") == "请再教一次"


def test_what_was_ended_on_cores_own_page_is_followed_and_can_be_sent_back(tenant: TestTenant, member: TestMember) -> None:
    wish_id = claim(tenant, member)
    with tenant.scope():
        claim_id = session().scalars(select(Claim.id).where(Claim.tenant_id == tenant_id())).one()
        complete(claim_id, None, Service(today()), by=None)
    assert (state(tenant, wish_id), records(tenant)) == ("done", [("微心愿", "submitted", None, 120, False, None)])
    with tenant.scope():
        fulfilling.send_back(wish_id, None, "居民说没有来", by=officer(tenant))
    assert (state(tenant, wish_id), records(tenant), claim_states(tenant)) == ("claimed", [("微心愿", "withdrawn", None, 120, False, None)], ["held"])
    with tenant.scope():
        complete(claim_id, None, Service(today()), by=None)
        fulfilling.write_off(wish_id, None, PAPER, by=officer(tenant))
    assert [row[1] for row in records(tenant)] == ["withdrawn", "counted"]


def test_nobody_writes_off_the_own_claim(tenant: TestTenant) -> None:
    officer_too = make_member(tenant, "李芳")
    wish_id = claim(tenant, officer_too)
    with tenant.scope():
        own = make_account(tenant, "community_officer", tenant.communities[0], member_id=officer_too.id).id
    for act in (lambda: fulfilling.write_off(wish_id, None, PAPER, by=own), lambda: judge_and_count(wish_id, own)):
        with pytest.raises(Forbidden), tenant.scope():
            act()
    assert (state(tenant, wish_id), records(tenant)) == ("claimed", [])


def judge_and_count(wish_id: uuid.UUID, by: uuid.UUID) -> None:
    """By code, then vouched for by the claimer."""
    fulfilling.judge(wish_id, fulfilled=True, rating="satisfied", comment=None)
    fulfilling.count_rating(wish_id, by=by)


def test_withdrawn_the_claim_lapses_with_the_reason(tenant: TestTenant, member: TestMember) -> None:
    wish_id = claim(tenant, member)
    with tenant.scope():
        gate.withdraw(wish_id, None, "居民搬走了", by=officer(tenant))
        assert session().execute(select(Claim.state, Claim.reason).where(Claim.tenant_id == tenant_id())).one() == ("lapsed", "居民搬走了")
    assert (state(tenant, wish_id), wish(tenant, wish_id).listed) == ("withdrawn", False)


def test_the_resident_is_forgotten_some_time_after_the_end(tenant: TestTenant, member: TestMember) -> None:
    open_id, ended = enter(tenant), claim(tenant, member)
    with tenant.scope():
        fulfilling.write_off(ended, None, PAPER, by=officer(tenant))
    start = today()
    for days, kept in ((180, True), (181, False)):
        with set_clock(start + dt.timedelta(days=days)), tenant.scope():
            contacts.nightly(job())
        found = wish(tenant, ended)
        assert [value is not None for value in (found.text, found.name, found.phone, found.address, found.phone_mark)] == [kept] * 5
    assert wish(tenant, ended).title == TITLE
    assert wish(tenant, open_id).phone is not None


def job() -> JobContext:
    """What the nightly jobs are given, which look at nothing of it."""
    return None  # type: ignore[return-value]


def test_the_words_are_not_in_the_database_in_clear(tenant: TestTenant, member: TestMember) -> None:
    found = wish(tenant, claim(tenant, member))
    for column, clear in (("text", TEXT), ("name", NAME), ("phone", PHONE), ("address", ADDRESS)):
        assert clear.encode() not in getattr(found, column)


def test_what_a_member_wrote_is_exported_and_erased_and_the_wish_goes_back(tenant: TestTenant, member: TestMember) -> None:
    wish_id = claim(tenant, member)
    with tenant.scope():
        fulfilling.report_done(wish_id, today(), None, "教会了", by=None)
        assert [row["proof"] for table in personal.tables(member.id) for row in table.rows] == ["教会了"]
        assert NAME not in str(personal.tables(member.id))
        personal.erase(member.id)
    assert (state(tenant, wish_id), wish(tenant, wish_id).proof, claim_states(tenant)) == ("accepted", None, ["released"])
