"""What feedback refuses at each step, the lists and files of both sides, and a letter to a unit that is at home in another city and back."""
from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from core.access.doors import act_as
from core.access.tokens import create_token
from core.errors import NotFound
from core.exchange import post_office
from core.exchange.models import ExchangeUnit
from core.extension import facts
from core.extension.dataset import DataReach, DataRequest
from core.extension.facts import FeedbackArrival
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.feedback import letters, making, moving, periods, placing, queries, remarks, rights, sending, sheets, thread
from plugins.feedback.models import FeedbackLine, FeedbackMessage, FeedbackPack
from plugins.feedback.reporting import DATASET
from plugins.feedback.thread import Word
from tests.exchange.conftest import couple
from tests.plugins.feedback.conftest import DAY, lines, make, pack, present, report, send, serve
from tests.plugins.quick import Open, said_after
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_account, make_member
from tests.support.refusals import refusal


def test_each_step_out_of_its_turn_says_why_and_changes_nothing(tenant: TestTenant, member: TestMember) -> None:
    [one] = make(tenant)
    [line] = [row["id"] for row in lines(tenant, one)]
    community, unit = tenant.communities[0], tenant.units[0]

    def refused(*expected: tuple[Callable[[], object], str]) -> None:
        before = pack(tenant, one)
        for work, sentence in expected:
            with tenant.scope():
                assert refusal(work)[0] == sentence
        assert (pack(tenant, one).state, pack(tenant, one).version) == (before.state, before.version)
    refused((lambda: moving.sign(one, 1, "周书记", by=None), "请先审核，再签发。"), (lambda: moving.send(one, 1), "请先签发，再送出。"),
            (lambda: moving.take_back(one, 1), "只有还没有送出的反馈可以退回修改。"), (lambda: moving.take_note(one, 1), "这份反馈还没有送到，请刷新页面。"),
            (lambda: moving.archive(one, 1), "只有送出以后的反馈可以归档。"), (lambda: making.correct(one, 1), "这份反馈还没有送出，请直接修改或重新生成。"),
            (lambda: thread.answer(one, 1, Word("已了解"), by=None), "这份反馈已经答复或归档，请刷新页面。"),
            (lambda: placing.locked(one, 7), "刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"),
            (lambda: remarks.keep(one, 1, "", {line: "好" * 201}, own=None), "评语请不超过 200 个字。"))
    with tenant.scope():
        remarks.keep(one, 1, "感谢支持", {line: "热心"}, own=None)
        remarks.keep(one, 2, "感谢支持", {line: " 热心 "}, own=member.id)  # what the member wrote nothing of may stand beside his own line
        moving.review(one, 3, by=None)
        moving.sign(one, 4, "周书记", by=None)
        moving.take_back(one, 5)
        moving.review(one, 6, by=None)
        assert refusal(lambda: moving.sign(one, 7, "周", by=None)) == ("请填写签发人的姓名。", {"signer": ["请填写"]})
        moving.sign(one, 7, "周书记", by=None)
    assert pack(tenant, one).number == f"社区反馈〔{today().year}〕1号"  # the number that it had
    refused((lambda: remarks.keep(one, 8, "改一改", {}, own=None), "这份反馈已经审核。要改评语，请先退回修改。"),
            (lambda: moving.review(one, 8, by=None), "这份反馈已经审核过，请刷新页面。"))
    with tenant.scope():
        moving.send(one, 8)
        moving.archive(one, 9)
        new = making.correct(one, 10)
    assert [row["remark"] for row in lines(tenant, new)] == ["热心"]
    send(tenant, new)  # what it stands for was archived before
    assert (pack(tenant, one).state, pack(tenant, one).version, pack(tenant, new).state) == ("archived", 10, "sent")
    with tenant.scope():
        letter, = letters.letters([new])
        assert f"本函更正此前的社区反馈〔{today().year}〕1号，以本函为准。" in letter["paragraphs"]
        for work in (lambda: placing.locked(uuid.uuid4()), lambda: queries.one(uuid.uuid4()), lambda: rights.require_manage(uuid.uuid4()),
                     lambda: thread.write(unit, unit, "unit", Word("您好"), by=None), lambda: rights.side_of(community, community)):
            with act_as(tenant.actor("community_officer")), pytest.raises(NotFound):
                work()
        later = Word("已了解", today() + DAY)
        assert refusal(lambda: thread.write(community, unit, "unit", later, by=None)) == ("日期不能晚于今天。", {"written_on": ["请改正"]})
        assert session().scalar(select(func.count()).select_from(FeedbackMessage)) == 0


def test_an_officers_and_a_liaisons_pages_from_the_press_to_the_files(quick: Open, tenant: TestTenant, member: TestMember) -> None:
    report(tenant, make_member(tenant, "李芳", unit=1))
    officer, liaison, city = (quick(tenant.accounts[role]) for role in ("community_officer", "unit_liaison", "city_administrator"))
    year, place = str(today().year), tenant.communities[0]
    zipped = f"/p/feedback/places/{place}/letters.zip?period={year}"
    assert said_after(officer, officer.get(zipped)) == "还没有签发的反馈函，没有可下载的内容。"
    assert [text in city.get("/p/feedback/make?place=001001社区").text for text in ("001001社区</", "002001社区</")] == [True, False]
    assert officer.post("/p/feedback/make", period=year).status_code == 404
    assert said_after(officer, officer.post("/p/feedback/make", organization_id=place, period="2020")) == "请选择本期或上一期。（请重新选择）"
    first, second = make(tenant)
    assert [(name in page, other in page) for page, name, other in (
        (officer.post("/p/feedback/search", q="第0", period=year).text, "第0单位", "第1单位"),
        (officer.get(f"/p/feedback/?period={year}&after={first}").text, "第1单位", "第0单位"),
        (officer.get(f"/p/feedback/?period={year}&tab=draft&after={uuid.uuid4()}").text, "第1单位", "第9单位"))] == [(True, False)] * 3
    assert officer.post("/p/feedback/search", q=" ", period=year).location.endswith(f"?tab=all&period={year}")
    assert f"{year}年上半年" in officer.get(f"/p/feedback/?period={year}H1").text
    nothing = "没有办理任何一份：请先勾选，或刷新页面后再试。由谁签发请看本地的规定。"
    stranger = quick(tenant.others["community_officer"])
    for ticked in (f"{uuid.uuid4()}:1", f"{first}:9"):
        assert said_after(officer, officer.post("/p/feedback/step", step="review", pack=ticked)) == nothing
    assert said_after(stranger, stranger.post("/p/feedback/step", step="review", pack=f"{first}:1")) == nothing
    assert (officer.post("/p/feedback/step", step="burn", pack=f"{first}:1").status_code, pack(tenant, first).state) == (404, "draft")
    assert said_after(officer, officer.post("/p/feedback/step", step="review", pack=[f"{first}:1", f"{second}:9"])) == "所选反馈已审核。"
    assert [pack(tenant, one).state for one in (first, second)] == ["reviewed", "draft"]
    at = f"/p/feedback/packs/{first}"

    def act(what: str, **fields: Any) -> Any:
        return officer.post(f"{at}/{what}", version=pack(tenant, first).version, **fields)
    assert said_after(officer, act("take-back")) == "已退回，可以修改或重新生成。"
    assert said_after(officer, act("anew")) == "已按现在的情况重新生成，评语没有变。"
    act("review"), act("sign", signer="周书记")
    undated = act("send", how="paper")
    assert (undated.status_code, "请填写纸质送交的日期。" in undated.text, pack(tenant, first).state) == (422, True, "signed")
    assert said_after(officer, act("send", how="paper", handed_on=today())) == "已登记纸质送交。"
    assert "将按现在的情况另做一份更正" in act("correct").text
    answer = act("correct", confirmed="yes")
    assert said_after(officer, answer) == "更正已生成，请核对后审核、签发、送出。"
    with tenant.scope():
        new = session().scalars(select(FeedbackPack.id).where(FeedbackPack.replaces_id == first)).one()
    assert answer.location.endswith(f"/p/feedback/packs/{new}")
    early = officer.post(f"/p/feedback/packs/{new}/correct", version=1, confirmed="yes")
    assert (early.status_code, "这份反馈还没有送出，请直接修改或重新生成。" in early.text) == (409, True)
    assert said_after(officer, act("answer", body="已了解", written_on=today())) == "答复已保存。"
    assert said_after(officer, act("archive")) == "已归档。"
    assert officer.get(zipped).data[:2] == b"PK"
    send(tenant, new)
    assert [f"/packs/{one}" in liaison.get(f"/p/feedback/unit?tab={tab}").text for tab, one in (
        ("open", new), (f"open&after={new}", new), (f"open&after={uuid.uuid4()}", new), ("archived", first), (f"archived&after={first}", first))] == [
        True, False, True, True, False]
    own = quick(member.account)
    with tenant.scope():
        mine = session().scalars(select(FeedbackLine.id).where(FeedbackLine.pack_id == new)).one()
    assert [f"{year}年度" in own.get(f"/p/feedback/me{after}").text.partition("<main")[2] for after in ("", f"?after={mine}")] == [True, False]
    assert "第0单位 → 001001社区" in liaison.post("/p/feedback/threads/find", q="001001社区").text
    assert officer.post("/p/feedback/threads/find", q="").location.endswith("/p/feedback/threads/")
    with tenant.scope():
        said = [thread.write(place, tenant.units[0], "unit", Word(text), by=None) for text in ("想了解近况", "再问一次")]
        nobody = make_account(tenant, "community_officer", tenant.units[0])
        street = make_account(tenant, "community_officer", tenant.streets[0])
    page = officer.get(f"/p/feedback/threads/{place}/{tenant.units[0]}?after={said[1]}").text
    assert ("想了解近况" in page, "再问一次" in page) == (True, False)
    assert quick(nobody).get("/p/feedback/overview").status_code == 404
    assert "第0单位" in quick(street).get(f"/p/feedback/?period={year}").text


def test_the_dataset_the_api_and_a_long_workbook(app: Any, tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, minutes=30)
    [one] = make(tenant)
    year = present()
    with tenant.scope():
        reach = {kind: DataReach(place, kind, tenant.paths[place]) for kind, place in (
            ("community", tenant.communities[0]), ("unit", tenant.units[0]), ("other", tenant.communities[-1]), ("county", tenant.counties[0]))}

    def read(kind: str, place: str | None = None, day: Any = year.ends_on) -> list[tuple[Any, ...]]:
        with tenant.scope():
            request = DataRequest((reach[kind],), day, day, reach[place] if place else None)
            rows = [row for part in DATASET.read(request) for row in part]
            assert DATASET.count(request) == len(rows)
            return rows
    draft = ("001001社区", "第0单位", f"{today().year}年度", "待审核", None, 1, 1, 0, 0, 2, 2, 2.0, 2, 0, 0, None, None)
    assert [read(kind) for kind in reach] == [[draft], [], [], [draft]]  # a unit has what was sent to it
    assert [read("county", "other"), read("county", "community"), read("county", None, year.ends_on - DAY)] == [[], [draft], []]
    send(tenant, one)
    assert read("unit") == [(*draft[:3], "已送出", f"社区反馈〔{today().year}〕1号", *draft[5:15], today(), None)]
    with tenant.scope():
        token = create_token(tenant.actor("community_officer"), "office", ["feedback.manage"], 1)
    done = app.test_client().post(f"/api/v1/p/feedback/packs/{one}/step", json={"step": "archive", "version": 4}, headers={"Authorization": f"Bearer {token}"})
    assert (done.status_code, done.json["state"], done.json["version"]) == (200, "archived", 5)
    with tenant.scope(), act_as(tenant.actor("community_officer")):
        rows = list(queries.all_listed("all", year.key)) * 201
        book = openpyxl.load_workbook(io.BytesIO(sheets.listing(rows, year.key)))
    assert [book.worksheets[0].cell(place, 1).value for place in (2, 201, 202, 203)] == ["第0单位"] * 3 + [None]
    assert periods.words("2026Q3") == "2026年第三季度"


def test_a_letter_and_a_word_go_to_a_unit_at_home_in_another_city_and_its_answer_comes_back(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = couple(("feedback",))
    guest, place = pair.guest(), pair.away.communities[0]  # admitted, he has reported in
    with pair.away.scope():
        unit = session().scalars(select(ExchangeUnit.organization_id).where(ExchangeUnit.tenant_id == tenant_id())).one()
    [one] = make(pair.away)
    send(pair.away, one)
    with pair.away.scope():
        thread.write(place, unit, "community", Word("见义勇为，受到居民称赞", about=guest), by=None)
    post_office.go_round()

    def at_home() -> FeedbackPack:
        with pair.home.scope():
            return session().scalars(select(FeedbackPack)).one()
    came = at_home()
    assert (came.state, came.unit_id, came.community_id, came.number, came.members) == ("sent", pair.home.units[0], None, pack(pair.away, one).number, 1)
    assert [(row["member_id"], row["name"]) for row in lines(pair.home, came.id)] == [(pair.member.id, pair.member.name)]
    with pair.home.scope():
        assert session().execute(select(FeedbackMessage.body, FeedbackMessage.kind, FeedbackMessage.member_id, FeedbackMessage.community_id)).all() == [
            ("见义勇为，受到居民称赞", "notice", pair.member.id, None)]
        for work in (lambda: making.correct(came.id, 1), lambda: making.make_anew(came.id, 1)):
            assert refusal(work)[0].startswith("这份反馈")  # what came from elsewhere is not ours to change
        thread.answer(came.id, 1, Word("已了解，感谢"), by=None)
    post_office.go_round()
    assert (at_home().state, pack(pair.away, one).state, pack(pair.away, one).answered_on) == ("answered", "answered", today())

    def answers() -> list[tuple[str, uuid.UUID | None]]:
        with pair.away.scope():
            return [tuple(row) for row in session().execute(select(FeedbackMessage.body, FeedbackMessage.pack_id).where(FeedbackMessage.kind == "answer"))]
    assert answers() == [("已了解，感谢", one)]
    monkeypatch.setattr(facts, "_content_reader", [lambda _incoming: {"kind": "answer", "body": "又一次答复", "written_on": "2026-06-01"}])
    with pair.away.scope():
        envelope = session().get_one(FeedbackPack, (tenant_id(), one)).envelope_id
        for answered, found in ((uuid.uuid4(), False), (envelope, True)):
            arrival = FeedbackArrival(envelope_id=uuid.uuid4(), incoming_id=uuid.uuid4(), sender_name="外市", unit_id=unit, community_name="",
                                      about=uuid.uuid4(), members=(), answer_to=answered)
            assert (sending.arrived(arrival) is not None) is found
    assert (answers(), pack(pair.away, one).answered_on) == ([("已了解，感谢", one), ("又一次答复", one)], today())  # the first answer's day stays
