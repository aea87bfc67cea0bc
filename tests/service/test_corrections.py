"""A member asks for a correction, the community answers; what counted is withdrawn and counts again, in that order."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, select

import core.db
from core.audit.queries import EntryFilter, entries
from core.db import new_id
from core.errors import Conflict, Forbidden, Invalid
from core.service import callbacks, corrections, evaluation, records
from core.service.corrections import CorrectionInput
from core.service.detail import correction_view, evaluation_view, history, record_view, replaced_by
from core.service.models import ServiceRecord
from core.service.queries import of_member
from core.service.summary import counts_for_communities, member_year
from core.service.waiting import corrections as waiting
from core.tenancy import session, today
from plugins.points import ledger
from tenants.settings import save
from tests.service.conftest import RECIPIENT, Browser, at_once
from tests.service.test_records import OFFICER, in_scope, write
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_account, make_member

Open = Callable[..., Browser]


def wanted(**changes: Any) -> CorrectionInput:
    """The record of `service` with two hours, because the member had them wrong."""
    return CorrectionInput(**{"happened_on": today(), "minutes": 120, "title": "清扫楼道", "kind": "环境卫生", "place": None,
                              "reason": "时长记少了半小时", **changes})


def counted(tenant: TestTenant, member: TestMember, **changes: Any) -> uuid.UUID:
    """A record that counts, by paper."""
    record_id = write(tenant, member, verified=True, **changes)
    with tenant.scope():
        evaluation.key_in(record_id, "paper", "fair", f"{RECIPIENT}说还行", today(), by=OFFICER)
    return record_id


def form(record_version: int, **changes: Any) -> dict[str, Any]:
    """The member's form, filled in."""
    return {"correction_id": str(new_id()), "version": str(record_version), "happened_on": today().isoformat(), "minutes": "120",
            "title": "清扫楼道", "kind": "环境卫生", "place": "", "reason": "时长记少了半小时", **changes}


def test_a_verified_record_is_put_right_in_place(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member, verified=True)
    yesterday = today() - dt.timedelta(days=1)
    with tenant.scope():
        corrections.ask(record_id, wanted(happened_on=yesterday, place="3 栋"), 2, by=None)
        assert counts_for_communities(tenant.actor("community_officer").grants).corrections == 1
        assert corrections.accept(record_id, None, by=OFFICER) == record_id
        seen = record_view(record_id)
        assert (seen.status, seen.minutes, seen.happened_on, seen.place, seen.hours_source, seen.version) == (
            "verified", 120, yesterday, "3 栋", "officer", 3)
        assert waiting(tenant.actor("community_officer").grants).rows == []
    with tenant.scope():
        assert [e.details for e in entries(EntryFilter(action="correction.accepted"))] == [{"fields": ["happened_on", "minutes", "place"]}]


def test_what_counted_is_withdrawn_and_counts_again_with_its_points(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        save("service", {"callback_share": 100}, version=0)
    record_id = counted(tenant, member)
    with tenant.scope():
        before = ledger.balance(member.id)
        corrections.ask(record_id, wanted(), 3, by=None)
    with tenant.scope():
        made = corrections.accept(record_id, correction_view(record_id).id, by=OFFICER)
        assert (made != record_id, replaced_by(record_id)) == (True, made)
        seen, old = record_view(made), record_view(record_id)
        assert (seen.status, seen.minutes, seen.hours_source, seen.recipient, seen.counted_on, seen.version, seen.replaces_id) == (
            "counted", 120, "officer", RECIPIENT, today(), 4, record_id)
        assert (old.status, old.minutes, old.counted_on) == ("corrected", 90, None)
        assert evaluation_view(made) == ("paper", "fair", f"{RECIPIENT}说还行", today(), None)
        assert (evaluation_view(record_id), callbacks.callback_view(made).state) == (None, "open")
    with tenant.scope():
        assert (before, ledger.balance(member.id)) == (100, 200)
        assert [(e.kind, e.points) for e in ledger.entries(member.id)] == [("earned", 200), ("reversed", -100), ("earned", 100)]
        year = member_year(member.id)
        assert (year.records, year.minutes) == (1, 120)
        assert [row.id for row in of_member(member.id).rows] == [made]
        assert [e.action for e in history(made, record_id)][:2] == ["record.corrected", "correction.accepted"]
        with pytest.raises(Conflict):
            records.withdraw(record_id, old.version)
        records.withdraw(made, 4, "经核实没有到场")
        assert ledger.balance(member.id) == 0


def test_plugins_hear_the_withdrawal_first(tenant: TestTenant, member: TestMember, monkeypatch: pytest.MonkeyPatch) -> None:
    record_id, heard = counted(tenant, member), []
    monkeypatch.setattr(corrections, "tell", lambda hook, record: heard.append((hook, record.record_id, record.minutes, record.replaces)))
    with tenant.scope():
        corrections.ask(record_id, wanted(), 3, by=None)
        made = corrections.accept(record_id, None, by=OFFICER)
    assert heard == [("record_withdrawn", record_id, 90, None), ("record_counted", made, 120, record_id)]


@pytest.mark.parametrize(("changes", "fields"), [
    ({"minutes": 90}, []), ({"minutes": 481}, ["minutes"]), ({"kind": "打牌"}, ["kind"]), ({"title": "x"}, ["title"]), ({"reason": " "}, ["reason"]),
    ({"happened_on": today() + dt.timedelta(days=1)}, ["happened_on"]), ({"happened_on": today() - dt.timedelta(days=91)}, ["happened_on"])])
def test_what_is_wrong_is_said_by_field(tenant: TestTenant, member: TestMember, changes: dict[str, Any], fields: list[str]) -> None:
    record_id = write(tenant, member, verified=True)
    with tenant.scope(), pytest.raises(Invalid) as refused:
        corrections.ask(record_id, wanted(**changes), 2, by=None)
    assert sorted(refused.value.fields) == fields


def test_one_request_at_a_time_and_it_lapses_with_the_record(tenant: TestTenant, member: TestMember) -> None:
    record_id, waiting_id = write(tenant, member, verified=True), write(tenant, member)
    identity = new_id()
    with tenant.scope():
        assert [corrections.ask(record_id, wanted(), 2, by=None, correction_id=identity) for _sent in range(2)] == [identity] * 2
        with pytest.raises(Conflict):
            corrections.ask(record_id, wanted(minutes=60), 2, by=None)
        with pytest.raises(Conflict):
            corrections.ask(waiting_id, wanted(), 1, by=None)
        records.send_back(record_id, 2, "请重写")
        assert correction_view(record_id).status == "lapsed"
        with pytest.raises(Conflict):
            corrections.accept(record_id, identity, by=OFFICER)


def test_two_officers_at_once_correct_once(tenant: TestTenant, member: TestMember) -> None:
    record_id = counted(tenant, member)
    with tenant.scope():
        corrections.ask(record_id, wanted(), 3, by=None)
    outcome = at_once(*[in_scope(tenant, lambda: corrections.accept(record_id, None, by=OFFICER))] * 2)
    assert sorted(type(o).__name__ for o in outcome) == ["Conflict", "UUID"]


@pytest.fixture
def without_walls(database: TestDatabase) -> Iterator[None]:
    """Row locks and the key that lets one record replace another once, taken away."""
    def strip(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        return re.sub(r"\s+FOR UPDATE\b", "", statement), parameters

    engine = core.db.database.engine
    event.listen(engine, "before_cursor_execute", strip, retval=True)
    with database.connect_admin() as admin:
        admin.execute("alter table service_record drop constraint uq_service_record_tenant_id_replaces_id")
    yield
    event.remove(engine, "before_cursor_execute", strip)
    with database.connect_admin() as admin:
        admin.execute("update service_record set replaces_id = null")
        admin.execute("alter table service_record add constraint uq_service_record_tenant_id_replaces_id unique (tenant_id, replaces_id)")


def test_twin_without_lock_and_key_it_counts_twice(tenant: TestTenant, member: TestMember, without_walls: None) -> None:
    for _attempt in range(20):  # a race has to happen once
        record_id = counted(tenant, member)
        with tenant.scope():
            corrections.ask(record_id, wanted(), 3, by=None)
        at_once(*[in_scope(tenant, lambda r=record_id: corrections.accept(r, None, by=OFFICER))] * 2)
        with tenant.scope():
            if len(session().scalars(select(ServiceRecord.id).where(ServiceRecord.replaces_id == record_id)).all()) == 2:
                return
    pytest.fail("lock and key are not what holds")


def test_the_member_asks_and_the_community_answers_on_pages(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    record_id, mine, officer = write(tenant, member, verified=True), browser(member.account), browser(tenant.accounts["community_officer"])
    refused = mine.post(f"/records/{record_id}/correct", **form(2, reason="", title="修剪花木"))
    assert (refused.status_code, 'value="修剪花木"' in refused.get_data(as_text=True)) == (422, True)
    assert mine.post(f"/records/{record_id}/correct", **form(2)).status_code == 303
    assert mine.post(f"/records/{record_id}/correct", **form(1)).status_code == 409
    listed = re.sub(r"<[^>]+>|\s+", "", officer.get("/records/work/corrections").get_data(as_text=True))
    assert ("1.5小时2小时时长记少了半小时" in listed, "更正申请1" in listed) == (True, True)
    assert "更正申请1" in re.sub(r"<[^>]+>|\s+", "", officer.get("/").get_data(as_text=True))
    shown = officer.get(f"/records/work/{record_id}").get_data(as_text=True)
    asked = re.findall(r'name="correction_id" value="([^"]+)"', shown)[0]
    assert officer.post(f"/records/work/{record_id}/correction", correction_id=asked, decision="refuse", answer=" ").status_code == 422
    assert officer.post(f"/records/work/{record_id}/correction", correction_id=str(uuid.uuid4()), decision="accept").status_code == 409
    assert officer.post(f"/records/work/{record_id}/correction", correction_id=asked, decision="refuse", answer="签到表是一个半小时").status_code == 303
    assert "签到表是一个半小时" in mine.get(f"/records/{record_id}").get_data(as_text=True)
    assert mine.post(f"/records/{record_id}/correct", **form(2)).status_code == 303
    assert mine.post(f"/records/{record_id}/correct/withdraw").status_code == 303
    assert mine.post(f"/records/{record_id}/correct", **form(2)).status_code == 303
    assert officer.post(f"/records/work/{record_id}/correction", decision="accept").status_code == 409  # unseen
    with tenant.scope():
        asked = correction_view(record_id).id
    answer = officer.post(f"/records/work/{record_id}/correction", correction_id=str(asked), decision="accept")
    assert (answer.status_code, answer.location) == (303, f"/records/work/{record_id}")
    with tenant.scope():
        assert record_view(record_id).minutes == 120


def test_an_officer_asks_for_whoever_has_no_phone_and_a_colleague_answers(tenant: TestTenant, browser: Open) -> None:
    record_id, own = write(tenant, make_member(tenant, "钱七"), verified=True), tenant.accounts["community_officer"]
    officer = browser(own)
    assert officer.post(f"/records/work/{record_id}/correct", **form(2)).status_code == 303
    with tenant.scope():
        other = make_account(tenant, "community_officer", tenant.communities[0])
    with tenant.scope(), pytest.raises(Forbidden):
        corrections.accept(record_id, None, by=own.id)
    with tenant.scope():
        corrections.accept(record_id, None, by=other.id)
        assert record_view(record_id).minutes == 120


def test_nobody_else_asks_or_answers(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    record_id, both = write(tenant, member, verified=True), make_member(tenant, "赵六")
    with tenant.scope():
        account = make_account(tenant, "community_officer", tenant.communities[0], member_id=both.id)
    own = write(tenant, both, verified=True)
    with tenant.scope():
        for one in (record_id, own):
            corrections.ask(one, wanted(), 2, by=None)
    neighbour, stranger = browser(make_member(tenant, "李四", account=True).account), browser(tenant.others["community_officer"])
    answers = [neighbour.get(f"/records/{record_id}/correct"), neighbour.post(f"/records/{record_id}/correct/withdraw"),
               stranger.post(f"/records/work/{record_id}/correction", decision="accept"),
               browser(tenant.accounts["unit_liaison"]).post(f"/records/work/{record_id}/correction", decision="accept"),
               browser(account).post(f"/records/work/{own}/correction", decision="accept")]
    assert [a.status_code for a in answers] == [404, 404, 404, 403, 403]
    assert "清扫楼道" not in stranger.get("/records/work/corrections").get_data(as_text=True)
    with tenant.scope():
        assert [record_view(one).minutes for one in (record_id, own)] == [90, 90]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_cost_the_same_at_one_row_and_three(tenant: TestTenant, member: TestMember, browser: Open, statements: list[str],
                                                      rows: int) -> None:
    with tenant.scope():
        save("service", {"callback_share": 100}, version=0)
    for _row in range(rows):
        record_id = counted(tenant, member)
        with tenant.scope():
            corrections.ask(record_id, wanted(), 3, by=None)
    officer, counts = browser(tenant.accounts["community_officer"]), []
    for address in ("/records/work/corrections", "/records/work/callbacks"):
        statements.clear()
        assert officer.get(address).get_data(as_text=True).count("<tr data-row>") == rows
        counts.append(len(statements))
    assert counts == [4, 4]
