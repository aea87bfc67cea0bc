"""March to September: posts, pledges, wishes and the menu, until everything that was taken on is served (R37, R47, R54 to R59, R69)."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from core.service.claims.claiming import claim
from core.service.claims.fulfilling import Service, complete, serve
from core.tenancy.clock import LOCAL
from plugins.menu import agreeing, offers, proposing, requesting
from plugins.menu.agreeing import agreement_of
from plugins.menu.contacts import Contact
from plugins.menu.offers import OfferInput, Owner
from plugins.menu.requesting import RequestInput
from plugins.menu.serving import served
from plugins.menu.times import Slot
from plugins.pledges import making, publishing
from plugins.wishes import claims as wish_claims, entering, fulfilling, gate
from plugins.wishes.entering import WishInput
from plugins.wishes.fulfilling import Judgement
from plugins.wishes.gate import AcceptInput
from tests.e2e.year.calendar import YEAR
from tests.e2e.year.community import Community
from tests.e2e.year.needing import community_code

PATROL, LAMP_NEED, PIPE_NEED, DOCTOR_NEED = 2, 0, 3, 20


@dataclass
class Tally:
    """What the test itself counts, by which everything that the site says is judged."""

    claims: int = 0
    done: int = 0
    released: int = 0
    records: int = 0
    minutes: int = 0
    pledges: dict[str, int] = field(default_factory=dict)

    def served(self, minutes: int, times: int = 1) -> None:
        """So many services of that length."""
        self.records += times
        self.minutes += minutes * times


def posts(year: Community, tally: Tally) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """A need becomes a post on the officer's screen; eight members claim it, one more waits; answers the post and its claims."""
    officer = year.visit("desktop", year.officer)
    officer.open(f"/p/needs/needs/{year.needs[PATROL]}")
    officer.press("设为岗位", role="link")
    assert officer.page.input_value("[name=title]") == "治安需求第 3 件"  # nothing is typed twice
    officer.page.fill("[name=title]", "东门夜间巡逻")
    officer.page.select_option("[name=category]", "治安巡逻")
    officer.page.fill("[name=duties]", "每周六晚上在东门巡逻一小时，遇到情况先联系社区。")
    officer.page.fill("[name=places]", "8")
    officer.page.check("[name=waits]")
    officer.page.check("[name=standing]")
    officer.press("设好，开放认领")
    assert "岗位已设好" in officer.page.inner_text("body")
    post = uuid.UUID(officer.page.url.rsplit("/", 1)[1])
    member = year.visit("phone", year.members[0].account)
    member.open("/p/posts/me")
    member.follow(member.page.get_by_role("main").get_by_role("link", name="东门夜间巡逻").first)
    member.press("认领这个岗位")
    with year.acting():
        made = [claim(post, year.members[0].id, by=None).id, *(claim(post, one.id, by=year.officer.id).id for one in year.members[1:9])]
    tally.claims += 9
    return post, made


def pledge(year: Community, made: list[uuid.UUID], tally: Tally) -> None:
    """The first promises on the phone, seven on paper; the community publishes them, the board and the hall's screen show them."""
    member = year.visit("phone", year.members[0].account)
    member.open("/p/pledges/me")
    member.press("作出承诺")
    with year.acting():
        deadline = dt.date(YEAR, 6, 30)
        ids = making.make_many([making.PledgeInput(one, "每周六晚上按时到岗巡逻", deadline) for one in made[1:8]], by=year.officer.id)
        own = making.pledge_of(made[0])
        assert own is not None
        for one in (own, *ids):
            publishing.publish(one, None)
    tally.pledges = {"open": 8, "kept": 0}
    board = year.visit("phone")
    board.open(f"/t/{year.tenant.slug}/p/pledges/{community_code(year)}")
    assert board.page.locator(".promise-board > li").count() == 8
    assert year.members[0].name not in board.page.content()  # the tenant shows surnames only
    screen = year.visit("desktop")
    screen.open(f"/t/{year.tenant.slug}/p/pledges/{community_code(year)}/screen")
    assert "东门夜间巡逻" in screen.page.inner_text("body")


def patrol(year: Community, made: list[uuid.UUID], tally: Tally) -> None:
    """Twelve Saturdays; one gives up after the sixth, and whoever waited moves up."""
    for number in range(12):
        day = dt.date(YEAR, 3, 6) + dt.timedelta(weeks=number)
        year.calendar.turn(day.month, day.day, 21)
        there = made[:8] if number < 6 else [*made[1:8], made[8]]
        with year.acting():
            for one in there:
                serve(one, Service(day, 60), by=year.officer.id, verified_by=year.officer.id)
        tally.served(60, len(there))
        if number == 5:
            member = year.visit("phone", year.members[0].account)
            member.open(f"/claims/{made[0]}")
            member.page.locator("details.more summary").last.click()
            member.page.fill("[name=reason]", "出差半年")
            member.press("退出认领")
            tally.released += 1
            tally.pledges = {"open": 7, "released": 1}


def end_of_june(year: Community, made: list[uuid.UUID], tally: Tally) -> None:
    """Six finish in time, the seventh two weeks late, the one who moved up goes on."""
    year.calendar.turn(6, 26, 21)
    with year.acting():
        for one in made[1:7]:
            complete(one, None, None, by=year.officer.id)
    year.calendar.turn(7, 14)
    with year.acting():
        complete(made[7], None, None, by=year.officer.id)
    tally.done += 7
    tally.pledges = {"kept": 6, "kept_late": 1, "released": 1}


def wishes(year: Community, tally: Tally) -> list[str]:
    """Six wishes: by code, on paper, after a visit, by a unit together, one split in two, one refused; answers receipts' codes."""
    members, me = year.members, year.officer.id
    with year.acting():
        ids = [entering.enter(WishInput(year.place, kind, text, group, name, "13900009999", "3 栋 2 单元"), by=me) for kind, text, group, name in (
            ("difficulty", "家里水管漏水，想请人修一修", "elderly", "孙婆婆"), ("wish", "想给外地的儿子打一次视频电话", "elderly", "周爷爷"),
            ("dream", "想看一次大海的照片展", "disabled", "吴阿姨"), ("difficulty", "轮椅坏了，想换轮子", "disabled", "郑大爷"),
            ("wish", "想有人陪读书，也想有人教电脑", "children", "小冯"), ("dream", "想要一套大房子", "migrant", "陈师傅"))]
        codes = [entering.receipt_code(one) for one in ids[:3]]
        for one, title in zip(ids[:3], ("修理水管", "教用视频电话", "办一次照片展"), strict=True):
            gate.accept(one, None, AcceptInput(title, True, True, True, minutes=60), by=me)
        gate.accept(ids[3], None, AcceptInput("修理轮椅", True, True, True, harder=True, minutes=90), by=me)
        parts = gate.split(ids[4], None, ["想有人陪读书", "想有人教电脑"], by=me)
        for one, title in zip(parts, ("陪孩子读书", "教孩子用电脑"), strict=True):
            gate.accept(one, None, AcceptInput(title, True, True, True, minutes=60), by=me)
        gate.refuse(ids[5], None, "住房请到街道住房保障窗口申请，社区可以陪您去。", by=me)
        wish_claims.take_for_unit(ids[3], year.units[1], [members[1].id, members[4].id], by=year.liaisons[1].id)
        for one, person in ((ids[0], members[10]), (ids[1], members[11]), (ids[2], members[12]), (parts[0], members[13]), (parts[1], members[14])):
            wish_claims.take(one, person.id, by=me)
    tally.claims += 6
    _wall(year)
    year.calendar.turn(8, 20)
    with year.acting():
        for one in (ids[0], ids[1]):
            fulfilling.report_done(one, dt.date(YEAR, 8, 19), 60, "已办好", by=me)
        fulfilling.write_off(ids[2], None, Judgement("paper", "satisfied"), by=me, served_on=dt.date(YEAR, 8, 18), minutes=60)
        fulfilling.write_off(parts[0], None, Judgement("visit", "fair"), by=me, served_on=dt.date(YEAR, 8, 18), minutes=60)
        fulfilling.write_off(ids[3], None, Judgement("visit", "satisfied"), by=me, served_on=dt.date(YEAR, 8, 17), minutes=90)
    _write_off(year, codes[0])
    tally.done += 4
    tally.served(60, 3)
    tally.served(90, 2)  # two members under the unit's claim
    return codes


def menu(year: Community, tally: Tally) -> uuid.UUID:
    """A member offers to measure blood pressure, a resident without a phone asks, a time is agreed and kept; answers the request."""
    year.calendar.turn(9, 6)
    person = year.members[20]
    with year.acting():
        offer = offers.add(Owner(member_id=person.id), OfferInput("上门量血压", "健康咨询", 60), [year.place], by=year.officer.id,
                           listed_by=year.officer.id)
        asked = requesting.ask(year.place, RequestInput(Contact("吕大爷", "13911112222", "5 栋"), offer_id=offer), by=year.officer.id)
        begins = dt.datetime(YEAR, 9, 12, 15, tzinfo=LOCAL)
        proposing.propose(asked, None, Owner(member_id=person.id), [Slot(begins, begins + dt.timedelta(hours=1), "5 栋")])
        slot = proposing.slots_of(asked)[0]
        agreeing.choose(asked, None, slot.id, side="resident", by=year.officer.id)
        assert agreement_of(asked) is not None
    year.calendar.turn(9, 13)
    with year.acting():
        served(asked, None, by=year.officer.id, verified_by=year.officer.id)
    tally.claims += 1
    tally.done += 1
    tally.served(60)
    return asked


def _wall(year: Community) -> None:
    resident = year.visit("phone")
    resident.open(f"/t/{year.tenant.slug}/p/wishes/{community_code(year)}")
    assert all(title in resident.text for title in ("修理水管", "修理轮椅", "陪孩子读书"))
    assert not [name for name in ("孙婆婆", "周爷爷", "陈师傅", "13900009999", "3 栋 2 单元", "大房子") if name in resident.page.content()]


def _write_off(year: Community, code: str) -> None:
    resident = year.visit("phone")
    resident.open(f"/t/{year.tenant.slug}/p/wishes/done")
    resident.page.fill("[name=code]", code)
    resident.press("下一步")
    assert "修理水管" in resident.text
    resident.page.get_by_role("main").get_by_text("已经实现", exact=True).click()
    resident.page.get_by_role("main").get_by_text("满意", exact=True).click()
    resident.press("提交")
    assert "核销好了" in resident.text
