"""A case's way from the round to the star: entered, approved by level, published, objected to, granted; and what follows later."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from core.errors import Conflict, Invalid, NotFound
from core.extension.dispatch import collect, require, tell
from core.extension.facts import DeedFact
from core.extension.measures import measure, measure_values
from core.jobs import enqueue
from core.jobs.models import Job
from core.jobs.running import run_due
from core.rules.queries import pack_version
from core.service import records
from core.tenancy import session, set_clock, today
from plugins.stars import cases, doubts, granting, publishing, queries, reviewing, rounds
from plugins.stars.models import Star, StarCase, StarDoubt, StarObjection, StarReview, StarRound
from tenants.activation import disable, enable
from tests.plugins.stars.conftest import case_of, deed, hours, level, report, scheme, serve, simple
from tests.support.factories import TestMember, TestTenant, make_member

DAY = dt.timedelta(days=1)
CUT = dt.date(2026, 6, 30)
ONE, TWO = uuid.uuid4(), uuid.uuid4()


def round_of(tenant: TestTenant, document: Any, cut_off: dt.date = CUT, **more: Any) -> uuid.UUID:
    """Publish a scheme, open a round and compute it."""
    with tenant.scope():
        round_id = rounds.open_round(scheme(document, **more), cut_off, by=ONE)
    run_due(tenant.id)
    return round_id


def act(tenant: TestTenant, action: Any, *given: Any, **more: Any) -> Any:
    """One action in a scope of its own."""
    with tenant.scope():
        return action(*given, **{"by": ONE, **more})


def through(tenant: TestTenant, member: TestMember) -> uuid.UUID:
    """A candidate of the scheme entered, approved and published; answers the notice."""
    found = case_of(tenant, member)
    act(tenant, cases.enter, found.id, found.version)
    act(tenant, cases.approve, found.id, found.version + 1)
    return act(tenant, publishing.publish, found.round_id)


def given(tenant: TestTenant, member: TestMember, name: str = "scheme") -> list[tuple[int, str]]:
    """The member's stars, from the first on: level and state."""
    with tenant.scope():
        return [tuple(row) for row in session().execute(select(Star.level, Star.state).where(Star.member_id == member.id, Star.scheme == name)
                                                        .order_by(Star.granted_on, Star.number))]


def history(tenant: TestTenant, case_id: uuid.UUID) -> list[str]:
    """What happened to a case, from the first on."""
    with tenant.scope():
        return [event.kind for event in reversed(queries.events(case_id))]


def test_the_whole_way_to_a_star_and_the_facts_it_stands_on(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四")
    last = serve(tenant, member, 10, CUT)
    serve(tenant, member, 5, CUT + DAY)  # after the cut-off day
    serve(tenant, other, 9, CUT)
    with set_clock(CUT + DAY):
        round_of(tenant, simple(10, 20))
        notice = through(tenant, member)
        assert given(tenant, member) == []
    with set_clock(CUT + 3 * DAY):  # the last day of the notice
        assert act(tenant, granting.grant_due, notice) == 0
    with set_clock(CUT + 4 * DAY):
        assert act(tenant, granting.grant_due, notice) == 1
    assert (given(tenant, member), given(tenant, other), case_of(tenant, other)) == ([(1, "held")], [], None)
    found = case_of(tenant, member)
    assert (found.state, found.explanation) == ("granted", {"values": [600, 600], "excluded": [], "held": 0})
    assert history(tenant, found.id) == ["found", "applied", "approved", "published", "granted"]
    with tenant.scope():
        star = session().scalars(select(Star)).one()
        assert (star.number, star.cut_off, len(star.records), last in star.records) == ("XJ-2026-000001", CUT, 2, True)
        assert (measure("stars.level", member.id), measure("stars.level", other.id)) == (1, 0)
        assert session().execute(measure_values("stars.level")).all() == [(member.id, 1)]


def test_an_open_objection_holds_the_star_back_until_it_is_answered(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, CUT)
    with set_clock(CUT + DAY):
        round_of(tenant, simple(10))
        through(tenant, member)
        found = case_of(tenant, member)
        raised = act(tenant, cases.object_to, found.id, "时长有重复")
    with set_clock(CUT + 9 * DAY):
        assert act(tenant, granting.grant_due) == 0
        act(tenant, cases.decide, raised, "已核对，没有重复", upheld=False)
        assert act(tenant, granting.grant_due) == 1
    assert given(tenant, member) == [(1, "held")]


def test_an_objection_that_is_right_ends_the_case_and_an_appeal_that_is_right_reopens_it(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, CUT)
    with set_clock(CUT + DAY):
        round_of(tenant, simple(10))
        through(tenant, member)
        found = case_of(tenant, member)
        act(tenant, cases.decide, act(tenant, cases.object_to, found.id, "不是本人服务"), "属实", upheld=True)
        assert (case_of(tenant, member).state, case_of(tenant, member).reason) == ("refused", "属实")
        act(tenant, cases.decide, act(tenant, cases.appeal, found.id, "有签到表为证"), "经复查属实，重新审批", upheld=True)
    again = case_of(tenant, member)
    assert (again.state, again.step_level, again.reason, again.notice_id) == ("pending", "community", None, None)
    assert history(tenant, found.id)[-4:] == ["refused", "objected", "upheld", "reopened"]
    with tenant.scope():
        assert session().scalars(select(StarObjection.state).order_by(StarObjection.id)).all() == ["upheld", "upheld"]


def test_what_no_longer_holds_when_its_notice_is_over_is_left_to_an_officer(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四")
    record_id = serve(tenant, member, 10, CUT)
    serve(tenant, other, 10, CUT)
    with set_clock(CUT + DAY):
        round_of(tenant, simple(10))
        for person in (member, other):
            found = case_of(tenant, person)
            act(tenant, cases.enter, found.id, 1)
            act(tenant, cases.approve, found.id, 2)
        act(tenant, publishing.publish, found.round_id)
        with tenant.scope():
            records.withdraw(record_id, 1)
    with set_clock(CUT + 9 * DAY):
        assert act(tenant, granting.grant_due) == 1
    assert (given(tenant, member), given(tenant, other), case_of(tenant, member).state) == ([], [(1, "held")], "published")
    act(tenant, cases.refuse, case_of(tenant, member).id, 4, "记录已撤回，时长不足")
    assert case_of(tenant, member).state == "refused"


def test_two_steps_need_two_people(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, CUT)
    document = simple(10) | {"levels": [level(1, hours(10), steps=["county", "community"])], "entry": "automatic", "publication_days": 0}
    round_of(tenant, document)
    found = case_of(tenant, member)
    assert (found.state, found.step_level) == ("pending", "community")
    act(tenant, cases.approve, found.id, 1)
    with pytest.raises(Conflict, match="另一人"):
        act(tenant, cases.approve, found.id, 2)
    act(tenant, cases.approve, found.id, 2, by=TWO)
    assert given(tenant, member) == [(1, "held")]  # nothing is published here, so that it is given at once


def test_without_skipping_it_is_one_level_at_a_time(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 50, CUT)
    document = simple(10, 20, 30, no_skipping=True, entry="automatic", publication_days=0)
    with tenant.scope():
        pack = scheme(document)
    levels = []
    for number in range(4):
        with set_clock(CUT + (number + 1) * DAY):
            with tenant.scope():
                rounds.open_round(pack, CUT + number * DAY, by=None)
            run_due(tenant.id)
            found = case_of(tenant, member)
            if found.state == "pending":
                act(tenant, cases.approve, found.id, found.version)
            levels.append(given(tenant, member))
    assert levels[-1] == levels[-2] == [(1, "superseded"), (2, "superseded"), (3, "held")]
    assert levels[0] == [(1, "held")]


def test_a_refusal_needs_a_reason_and_a_stale_form_is_refused(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, CUT)
    round_of(tenant, simple(10))
    found = case_of(tenant, member)
    act(tenant, cases.enter, found.id, 1)
    with pytest.raises(Invalid):
        act(tenant, cases.refuse, found.id, 2, " ")
    with pytest.raises(Conflict, match="刚被别人处理过"):
        act(tenant, cases.refuse, found.id, 1, "材料不全")
    act(tenant, cases.refuse, found.id, 2, "材料不全")
    with pytest.raises(Conflict):
        act(tenant, cases.withdraw, found.id, 3)
    assert case_of(tenant, member).reason == "材料不全"


def test_a_member_may_apply_between_rounds_and_take_it_back(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四")
    serve(tenant, member, 10, today())
    with tenant.scope():
        pack = scheme(simple(10))
    case_id = act(tenant, cases.enter_now, member.id, pack)
    with pytest.raises(Conflict):
        act(tenant, cases.enter_now, member.id, pack)
    with pytest.raises(Conflict, match="还没有达到"):
        act(tenant, cases.enter_now, other.id, pack)
    act(tenant, cases.withdraw, case_id, case_of(tenant, member).version, "下次再说")
    assert history(tenant, case_id) == ["applied", "withdrawn"]
    act(tenant, cases.enter_now, member.id, pack)
    with tenant.scope():
        assert session().scalars(select(StarRound.state)).all() == ["open"]


def test_a_new_round_finds_untouched_candidates_anew_and_leaves_the_others(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四")
    for person in (member, other):
        serve(tenant, person, 10, CUT)
    round_of(tenant, simple(10))
    act(tenant, cases.enter, case_of(tenant, other).id, 1)
    with tenant.scope():
        pack_id = session().scalars(select(StarRound.pack_id)).one()
        rounds.open_round(pack_version(pack_id), CUT + DAY, by=None)
    run_due(tenant.id)
    with tenant.scope():
        found = session().execute(select(StarCase.member_id, StarCase.state, StarCase.cut_off).order_by(StarCase.state)).all()
    assert found == [(member.id, "candidate", CUT + DAY), (member.id, "closed", CUT), (other.id, "pending", CUT)]


def test_a_round_exists_once_and_not_before_its_day(tenant: TestTenant) -> None:
    with tenant.scope():
        pack = scheme(simple(10))
        rounds.open_round(pack, CUT, by=None)
        with pytest.raises(Conflict, match="已经有了"):
            rounds.open_round(pack, CUT, by=None)
        with pytest.raises(Invalid):
            rounds.open_round(pack, today() + DAY, by=None)


@pytest.mark.parametrize(("document", "day", "cut_off"), [
    ({"cycle": "dates", "cut_offs": ["06-30", "12-31"]}, CUT + DAY, [CUT]), ({"cycle": "dates", "cut_offs": ["06-30"]}, CUT, []),
    ({}, CUT + DAY, [CUT]), ({}, CUT + 2 * DAY, [])])
def test_rounds_open_by_themselves_once(tenant: TestTenant, document: dict[str, Any], day: dt.date, cut_off: list[dt.date]) -> None:
    with tenant.scope():
        scheme(simple(10, **document), since=dt.date(2026, 1, 1))
    for _night in range(2):
        with set_clock(day), tenant.scope():
            enqueue("stars.rounds")
        with set_clock(day):
            run_due(tenant.id)
    with tenant.scope():
        assert session().scalars(select(StarRound.cut_off)).all() == cut_off
        assert set(session().scalars(select(Job.status))) == {"done"}


def review_of(tenant: TestTenant) -> list[Any]:
    """The proposals."""
    with tenant.scope():
        return list(session().scalars(select(StarReview).order_by(StarReview.proposal)))


@pytest.mark.parametrize(("after", "held", "proposal", "left"), [
    ("lower", 2, "lower", [(2, "lowered"), (1, "held")]), ("lower", 1, "lapse", [(1, "lapsed")]), ("lapse", 2, "lapse", [(2, "lapsed")])])
def test_the_review_proposes_and_an_officer_decides(tenant: TestTenant, member: TestMember, after: str, held: int, proposal: str,
                                                    left: list[tuple[int, str]]) -> None:
    fine = make_member(tenant, "李四")
    for person in (member, fine):
        serve(tenant, person, 10 * held, CUT)
    serve(tenant, fine, 5, dt.date(2027, 3, 1))
    document = simple(10, 20, entry="automatic", publication_days=0,
                      review={"after": after, "on": "12-31", "conditions": [hours(5, window="year")]})
    with set_clock(CUT + DAY):
        round_of(tenant, document)
        for person in (member, fine):
            act(tenant, cases.approve, case_of(tenant, person).id, 1)
    for night in (dt.date(2027, 1, 1), dt.date(2028, 1, 1), dt.date(2028, 1, 2)):  # the first one is within the year of the stars
        with set_clock(night), tenant.scope():
            enqueue("stars.review")
        with set_clock(night):
            run_due(tenant.id)
    keep, other = sorted(review_of(tenant), key=lambda row: row.proposal != "keep")
    assert (keep.proposal, other.proposal, keep.due_on) == ("keep", proposal, dt.date(2027, 12, 31))
    assert given(tenant, member) == [(held, "held")]
    with set_clock(dt.date(2028, 1, 5)):
        with pytest.raises(Invalid, match="理由"):
            act(tenant, reviewing.decide, keep.id, "lapse", "")
        for one in (keep, other):
            act(tenant, reviewing.decide, one.id, one.proposal, "")
        with pytest.raises(Conflict):
            act(tenant, reviewing.decide, other.id, "keep", "再看")
    assert (given(tenant, fine), given(tenant, member)) == ([(held, "held")], left)


def test_a_star_whose_validity_has_ended_is_proposed_once_and_kept_for_as_long_again(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, CUT)
    with set_clock(CUT + DAY):
        round_of(tenant, simple(10, entry="automatic", publication_days=0, review={"valid_months": 24}))
        act(tenant, cases.approve, case_of(tenant, member).id, 1)
    for night in (dt.date(2028, 6, 30), dt.date(2028, 7, 1), dt.date(2028, 7, 2)):
        with set_clock(night), tenant.scope():
            enqueue("stars.review")
        with set_clock(night):
            run_due(tenant.id)
    (one,) = review_of(tenant)
    assert (one.proposal, one.due_on) == ("keep", dt.date(2028, 6, 30))
    act(tenant, reviewing.decide, one.id, "keep", "")
    with tenant.scope():
        assert session().scalars(select(Star.valid_until)).all() == [dt.date(2030, 6, 30)]


def star_given(tenant: TestTenant, member: TestMember, **more: Any) -> Star:
    """The member holds the first star of a scheme of ten hours."""
    with set_clock(CUT + DAY):
        round_of(tenant, simple(10, entry="automatic", publication_days=0, **more))
        act(tenant, cases.approve, case_of(tenant, member).id, 1)
    with tenant.scope():
        return session().scalars(select(Star).where(Star.member_id == member.id)).one()


def test_a_withdrawn_record_is_shown_and_nothing_is_taken_away(tenant: TestTenant, member: TestMember) -> None:
    record_id = serve(tenant, member, 10, CUT)
    late = serve(tenant, member, 3, CUT + 2 * DAY)
    award = deed(tenant, member, "award", CUT)
    star_given(tenant, member)
    with tenant.scope():
        for one in (record_id, late):
            records.withdraw(one, 1)
        fact = DeedFact(award, member.id, None, "award", None, 1, CUT, CUT)
        for _twice in range(2):
            tell("deed_withdrawn", deed=fact)
    assert given(tenant, member) == [(1, "held")]
    with tenant.scope():
        found = session().scalars(select(StarDoubt).order_by(StarDoubt.kind)).all()
        assert [(one.kind, one.fact_id, one.settled_on) for one in found] == [("deed", award, None), ("record", record_id, None)]
        with pytest.raises(Invalid):
            doubts.settle(found[0].id, "", by=ONE)
        doubts.settle(found[0].id, "重新登记过", by=ONE)
        with pytest.raises(Conflict):
            doubts.settle(found[0].id, "再次", by=ONE)


def test_revoking_needs_a_reason_and_frees_the_way_again(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, CUT)
    star = star_given(tenant, member)
    with pytest.raises(Invalid):
        act(tenant, granting.revoke, star.id, "错")
    act(tenant, granting.revoke, star.id, "记录系伪造，经查实")
    with pytest.raises(Conflict):
        act(tenant, granting.revoke, star.id, "记录系伪造，经查实")
    with pytest.raises(NotFound):
        act(tenant, granting.revoke, uuid.uuid4(), "记录系伪造，经查实")
    assert given(tenant, member) == [(1, "revoked")]


def test_history_cannot_be_edited(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, CUT)
    round_of(tenant, simple(10))
    with pytest.raises(ProgrammingError) as refused, tenant.scope():
        session().connection().execute(text("update stars_event set kind = 'granted'"))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_a_changed_scheme_leaves_the_stars_as_they_were_given(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, CUT)
    star = star_given(tenant, member)
    with tenant.scope():
        newer = scheme(simple(100), since=today())
        assert newer.version == 2
    with tenant.scope():
        kept = session().get_one(Star, (tenant.id, star.id))
        assert (kept.state, kept.pack_id, kept.explanation) == ("held", star.pack_id, star.explanation)


def test_export_and_erasure_are_complete_even_while_off(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四")
    for person in (member, other):
        serve(tenant, person, 10, CUT)
    with set_clock(CUT + DAY):
        round_of(tenant, simple(10))
        for person in (member, other):
            through(tenant, person)
        act(tenant, cases.object_to, case_of(tenant, other).id, "有异议")
    with set_clock(CUT + 9 * DAY):
        assert act(tenant, granting.grant_due) == 1
        with tenant.scope():
            disable("stars")
        with tenant.scope():
            exported = require("export_member_data", member_id=member.id)["stars"]
            assert [(table.title, len(table.rows)) for table in exported] == [("星级", 1), ("星级评定", 1), ("星级评定经过", 5)]
            assert require("erase_member_data", member_id=member.id) == {"stars": 2}
            assert [table.title for table in require("export_member_data", member_id=member.id)["stars"]] == ["星级"]
            assert [table.title for table in require("export_member_data", member_id=other.id)["stars"]] == ["星级评定", "星级评定经过", "星级异议和申诉"]
        with tenant.scope():
            enable("stars")
        with tenant.scope():
            assert session().scalars(select(StarCase.member_id)).all() == [other.id]
            panel, = collect("member_panels", member_id=other.id)
            assert [one.next_name for one in panel.context["schemes"]] == ["1 星"]


def test_a_countys_own_scheme_holds_for_its_people_only(tenant: TestTenant) -> None:
    here, elsewhere = make_member(tenant, "王小明", unit=1), make_member(tenant, "李四", unit=1, residence=-1)
    for person in (here, elsewhere):
        serve(tenant, person, 10, CUT)
    with tenant.scope():
        scheme(simple(10))
        scheme(simple(5, 10), place=tenant.counties[0])
        report_packs = {pack.organization_id: pack for pack in rounds.packs_in_force("stars", CUT)}
        for pack in report_packs.values():
            rounds.open_round(pack, CUT, by=None)
    run_due(tenant.id)
    assert [(case_of(tenant, one).level, case_of(tenant, one).pack_id) for one in (here, elsewhere)] == [
        (2, report_packs[tenant.counties[0]].id), (1, report_packs[None].id)]


def test_tenure_and_the_level_below_are_counted_in_whole_months(tenant: TestTenant, member: TestMember) -> None:
    report(tenant, member, dt.date(2025, 8, 31))
    ladder = [level(1, {"needs": "tenure", "since": "report_in", "months": 6}),
              level(2, {"needs": "held", "months": 6})]
    with tenant.scope():
        pack = scheme(simple(1) | {"levels": ladder, "entry": "automatic", "publication_days": 0})
    states = []
    for day in (dt.date(2026, 2, 27), dt.date(2026, 2, 28), dt.date(2026, 8, 27), dt.date(2026, 8, 28)):
        with set_clock(day):
            with tenant.scope():
                rounds.open_round(pack, day, by=None)
            run_due(tenant.id)
            found = case_of(tenant, member)
            if found is not None and found.state == "pending":
                act(tenant, cases.approve, found.id, found.version)
            states.append(given(tenant, member))
    assert states == [[], [(1, "held")], [(1, "held")], [(1, "superseded"), (2, "held")]]
