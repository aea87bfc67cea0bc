"""From the letter to the answer, on the screen and on paper; words at any time; what comes from and goes to other tenants; erasure."""
from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from core.access.actor import load_actor
from core.access.doors import act_as
from core.errors import Conflict, Invalid
from core.extension import facts
from core.extension.facts import FeedbackArrival
from core.tenancy import session, today
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from plugins.feedback import content, exporting, making, missing, moving, sending, thread
from plugins.feedback.models import FeedbackLine, FeedbackMessage, FeedbackPack
from plugins.feedback.thread import Word
from tests.plugins.feedback.conftest import DAY, lines, make, pack, present, report, send
from tests.service.conftest import at_once
from tests.service.test_records import in_scope
from tests.support.factories import TestMember, TestTenant, make_member


def test_the_way_of_a_pack(tenant: TestTenant, member: TestMember) -> None:
    [one] = make(tenant)
    send(tenant, one)
    with tenant.scope():
        with pytest.raises(Conflict):
            moving.send(one, 4)  # sent twice
        moving.take_note(one, 4)
        moving.take_note(one, 4)  # said twice
        with pytest.raises(Conflict):
            thread.answer(one, 4, Word("已了解"), by=None)  # somebody else was faster
        thread.answer(one, 5, Word("已了解，感谢"), by=None)
        moving.archive(one, 6)
    row = pack(tenant, one)
    assert (row.state, row.channel, row.signer, row.number, row.read_on, row.answered_on) == (
        "archived", "system", "周书记", f"社区反馈〔{today().year}〕1号", today(), today())


def test_on_paper_with_the_days_that_stand_on_it(tenant: TestTenant, member: TestMember) -> None:
    [one] = make(tenant)
    with tenant.scope():
        moving.review(one, 1, by=None)
        moving.sign(one, 2, "周书记", by=None)
        for wrong in (today() + DAY, today() - DAY):
            with pytest.raises(Invalid):
                moving.send(one, 3, handed_on=wrong)
        moving.send(one, 3, handed_on=today())
        with pytest.raises(Invalid):
            thread.answer(one, 4, Word("已了解", today() - DAY), by=None)
    with tenant.scope():
        thread.answer(one, 4, Word("已了解", today()), by=None)
        assert session().execute(select(FeedbackMessage.kind, FeedbackMessage.channel, FeedbackMessage.side)).all() == [("answer", "paper", "unit")]
    assert (pack(tenant, one).state, pack(tenant, one).channel) == ("answered", "paper")


def signed(tenant: TestTenant) -> list[uuid.UUID]:
    """Eight packs of one community, all reviewed."""
    for place in range(8):
        report(tenant, make_member(tenant, f"王{place}", unit=place % 2))
    packs = make(tenant)
    with tenant.scope():
        for one in packs:
            moving.review(one, 1, by=None)
    return packs


def test_numbers_given_at_once_are_all_different(tenant: TestTenant) -> None:
    packs = signed(tenant)
    at_once(*(in_scope(tenant, lambda one=one: moving.sign(one, 2, "周书记", by=None)) for one in packs))
    assert sorted(pack(tenant, one).number or "" for one in packs) == [f"社区反馈〔{today().year}〕{n}号" for n in range(1, len(packs) + 1)]


def test_answered_at_once_there_is_one_answer(tenant: TestTenant, member: TestMember) -> None:
    [one] = make(tenant)
    send(tenant, one)
    at_once(*(in_scope(tenant, lambda: thread.answer(one, 4, Word("已了解"), by=None)) for _ in range(3)))
    assert answers(tenant) == 1


@pytest.mark.usefixtures("without_locks")
def test_twin_without_the_lock_there_may_be_several(tenant: TestTenant, member: TestMember, monkeypatch: pytest.MonkeyPatch) -> None:
    [one] = make(tenant)
    send(tenant, one)
    monkeypatch.setattr(moving, "answered", lambda _row, _on: None)
    at_once(*(in_scope(tenant, lambda: thread.answer(one, 4, Word("已了解"), by=None)) for _ in range(3)))
    assert answers(tenant) == 3


def answers(tenant: TestTenant) -> int:
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(FeedbackMessage).where(FeedbackMessage.kind == "answer")) or 0


def test_words_at_any_time_from_both_sides(tenant: TestTenant, member: TestMember) -> None:
    community, unit = tenant.communities[0], tenant.units[0]
    stranger, ticket = make_member(tenant, "赵强", unit=1), uuid.uuid4()
    with tenant.scope():
        with pytest.raises(Invalid):
            thread.write(community, unit, "community", Word("见义勇为", about=stranger.id), by=None)
        assert {thread.write(community, unit, "community", Word("见义勇为", about=member.id), by=None, ticket=ticket) for _ in range(2)} == {ticket}
        thread.write(community, unit, "unit", Word("想了解近况"), by=None)
        assert [thread.take_note(community, unit, side) for side in ("unit", "unit", "community")] == [1, 0, 1]
        assert session().execute(select(FeedbackMessage.side, FeedbackMessage.kind, FeedbackMessage.member_id).order_by(FeedbackMessage.created_at)).all() == [
            ("community", "notice", member.id), ("unit", "message", None)]


def test_what_leaves_can_arrive_elsewhere_once(tenant: TestTenant, member: TestMember, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mapping is JSON, names nobody and no id, and stands after its way as it was."""
    [one] = make(tenant)
    send(tenant, one)
    said: dict[uuid.UUID, Any] = {}
    monkeypatch.setattr(facts, "_content_reader", [said.__getitem__])

    def arrive(given: Any, *members: uuid.UUID | None, envelope: uuid.UUID | None = None) -> uuid.UUID | None:
        came = FeedbackArrival(envelope_id=envelope or uuid.uuid4(), incoming_id=uuid.uuid4(), sender_name="外市", unit_id=tenant.units[1],
                               community_name="某社区", about=uuid.uuid4(), members=members)
        said[came.incoming_id] = given
        return sending.arrived(came)

    with tenant.scope():
        gone, members = content.of(session().get_one(FeedbackPack, (tenant_id(), one)))
        gone = json.loads(json.dumps(gone))
        assert members == [member.id]
        assert not {str(member.id), str(one), str(tenant.communities[0]), str(tenant.units[0]), member.name} & set(json.dumps(gone, ensure_ascii=False).split('"'))
        envelope = uuid.uuid4()
        came = [arrive(gone, member.id, envelope=envelope) for _ in range(2)]
        assert came[0] == came[1]
        nobody = arrive(gone, None)
    row, [line], [old] = pack(tenant, came[0]), lines(tenant, came[0]), lines(tenant, one)
    assert (row.state, row.community_id, row.sender, row.unit_id, row.number, row.records) == (
        "sent", None, "外市某社区", tenant.units[1], pack(tenant, one).number, 1)
    assert {name: line[name] for name in content.LINE} == {name: old[name] for name in content.LINE}
    assert [(one["member_id"], one["name"]) for one in (line, *lines(tenant, nobody))] == [(member.id, member.name), (None, sending.GONE)]
    with tenant.scope():
        for bad in ({"kind": "pack"}, {**gone, "lines": [{"records": -1}]}, {**gone, "lines": []}, {"kind": "message"}, {}):
            with pytest.raises(Invalid):
                arrive(bad, member.id)
        word, again = {"kind": "message", "body": "请关注", "written_on": "2026-06-01"}, uuid.uuid4()
        assert arrive(word, envelope=again) == arrive(word, envelope=again)


def test_a_missed_day_is_told_to_the_one_who_missed_it(tenant: TestTenant, member: TestMember) -> None:
    officer, liaison = tenant.accounts["community_officer"].id, tenant.accounts["unit_liaison"].id
    [one] = make(tenant)
    year = present()
    late = dt.datetime.combine(year.ends_on + dt.timedelta(days=33), dt.time(12), dt.UTC)

    def told() -> tuple[int | None, bool, int]:
        with tenant.scope():
            with act_as(load_actor(officer)):  # type: ignore[arg-type]
                mine = missing.unsent(year), missing.without_packs(year)
            with act_as(load_actor(liaison)):  # type: ignore[arg-type]
                return (*mine, missing.late_answers())
    assert told() == (None, False, 0)
    with set_clock(late):
        assert told() == (1, False, 0)
        send(tenant, one)
        assert told() == (0, False, 0)
    with set_clock(late + dt.timedelta(days=31)):
        assert told() == (0, False, 1)
        with tenant.scope():
            [row] = [row for row in missing.by_place(tenant.paths[tenant.streets[0]], year.key) if row.id == tenant.communities[0]]
            assert (row.communities, row.begun, row.packs, row.waiting, row.out, row.answered) == (1, 1, 1, 0, 1, 0)


def test_erasure_leaves_sums_and_nobody(tenant: TestTenant, member: TestMember) -> None:
    [one] = make(tenant)
    send(tenant, one)
    with tenant.scope():
        thread.write(tenant.communities[0], tenant.units[0], "community", Word("见义勇为", about=member.id), by=None)
        assert [(table.title, len(table.rows)) for table in exporting.tables(member.id)] == [("社区向单位的反馈", 1), ("社区和单位的往来", 1)]
        assert exporting.erase(member.id) == 2
        assert session().scalar(select(func.count()).select_from(FeedbackLine)) == 0
        assert session().scalars(select(FeedbackPack.members).where(FeedbackPack.tenant_id == tenant_id())).all() == [1]


def test_four_presses_at_once_make_one_pack_a_pair(tenant: TestTenant, member: TestMember) -> None:
    """Two presses at the same moment: the key of the pair decides, and no line is there twice."""
    counts = at_once(*(in_scope(tenant, lambda: making.make([tenant.communities[0]], present())) for _ in range(4)))
    assert sorted(counts) == [0, 0, 0, 1]
    with tenant.scope():
        assert session().scalar(select(func.count()).select_from(FeedbackLine)) == 1
