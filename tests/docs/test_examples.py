"""The examples of the reference run."""
from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from tally import counting
from tally.models import TallyEntry

from core.access.tokens import create_token
from core.datasets.scope import data_reach
from core.extension.dataset import DataRequest
from core.extension.datasets import dataset
from core.extension.dispatch import collect, require, tell
from core.extension.facts import DeedFact
from core.extension.measures import measure
from core.extension.registry import Registry
from core.jobs import enqueue
from core.jobs.models import Job
from core.jobs.running import run_due
from core.residents.codes import issue_code
from core.tenancy import session, today
from tenants.activation import disable, enable
from tenants.settings import save
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, sign_in
from tests.support.plugins import make_record
from web.testing.browsing import Browser
from web.testing.kit.checks import run_check
from web.testing.kit.subject import subject_of
from web.testing.kit.suite import CHECKS, Check, Stage


def counted(tenant: TestTenant, member: TestMember) -> list[tuple[str, int]]:
    """What the example counted."""
    with tenant.scope():
        return [tuple(row) for row in counting.by_kind(member.id)]


def test_the_example_counts_by_kind_whatever_the_order_in_which_it_is_told(tenant: TestTenant, member: TestMember) -> None:
    patrol, second, clean = (make_record(member_id=member.id, kind=kind) for kind in ("治安巡逻", "治安巡逻", "环境卫生"))
    with tenant.scope():
        for record in (patrol, patrol, second, clean):
            tell("record_counted", record=record)
        assert measure("tally.kinds", member.id) == 2
        tell("record_withdrawn", record=second)
        tell("record_counted", record=second)
    assert counted(tenant, member) == [("治安巡逻", 1), ("环境卫生", 1)]


def test_the_example_counts_deeds_of_members_like_services(tenant: TestTenant, member: TestMember) -> None:
    deeds = [DeedFact(uuid.uuid4(), one, None, "献血", None, 1, today(), today()) for one in (member.id, member.id, None)]
    with tenant.scope():
        for deed in deeds:
            tell("deed_counted", deed=deed)
        for deed in deeds[1:]:
            tell("deed_withdrawn", deed=deed)
    assert counted(tenant, member) == [("献血", 1)]


def test_the_examples_panel_stands_on_the_members_page(tenant: TestTenant, member: TestMember, app: Flask) -> None:
    with tenant.scope():
        assert collect("member_panels", member_id=member.id) == ()
        tell("record_counted", record=make_record(member_id=member.id, kind="治安巡逻"))
    client = app.test_client()
    sign_in(client, tenant.accounts["city_administrator"])
    page = client.get(f"/members/{member.id}").get_data(as_text=True)
    assert ("分类统计" in page, "治安巡逻　1 次" in page) == (True, True)


def test_a_record_withdrawn_while_the_example_is_off_is_heard_of_once_it_is_on(tenant: TestTenant, member: TestMember) -> None:
    record = make_record(member_id=member.id, kind="治安巡逻")
    with tenant.scope():
        tell("record_counted", record=record)
        disable("tally")
    with tenant.scope():
        tell("record_withdrawn", record=record)
        enable("tally")
    assert counted(tenant, member) == [("治安巡逻", 1)]
    assert (run_due(), counted(tenant, member)) == (1, [])


def test_what_the_example_holds_is_exported_and_erased_while_it_is_off_too(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四")
    with tenant.scope():
        for one in (member, other):
            tell("record_counted", record=make_record(member_id=one.id, kind="治安巡逻"))
        disable("tally")
    with tenant.scope():
        tables = require("export_member_data", member_id=member.id)["tally"]
        assert [row for table in tables for row in table.rows] == [{"kind": "治安巡逻", "day": "2015-03-01", "counts": True}]
        assert require("erase_member_data", member_id=member.id) == {"tally": 1}
    assert (counted(tenant, member), counted(tenant, other)) == ([], [("治安巡逻", 1)])


def test_what_a_county_leaves_out_is_not_counted_there(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        save("tally", {"left_out": ["其他"]}, tenant.counties[0], version=0)
    with tenant.scope():
        for place in (tenant.communities[0], tenant.communities[-1]):
            tell("record_counted", record=make_record(member_id=member.id, kind="其他", community_id=place))
    assert counted(tenant, member) == [("其他", 1)]


def test_the_examples_job_clears_what_is_old_and_withdrawn(tenant: TestTenant, member: TestMember) -> None:
    long_ago = today() - dt.timedelta(days=401)
    old, new, still = (make_record(member_id=member.id, happened_on=day) for day in (long_ago, today(), long_ago))
    with tenant.scope():
        for record in (old, new, still):
            tell("record_counted", record=record)
        for record in (old, new):
            tell("record_withdrawn", record=record)
        job_id = enqueue("tally.clear")
    run_due()
    with tenant.scope():
        left = session().scalars(select(TallyEntry.fact_id)).all()
        assert session().execute(select(Job.status, Job.result).where(Job.id == job_id)).one() == ("done", {"cleared": 1})
    assert set(left) == {new.record_id, still.record_id}


def test_one_plugin_uses_anothers_measure_and_does_without_it(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        for kind in ("治安巡逻", "环境卫生", "政策宣传"):
            assert measure("versatile.member", member.id) == 0
            tell("record_counted", record=make_record(member_id=member.id, kind=kind))
        assert measure("versatile.member", member.id) == 1
        disable("tally")
    with tenant.scope():
        assert measure("versatile.member", member.id) == 0


def test_the_examples_list_shows_whom_one_may_see_and_its_buttons_correct_and_leave_out(tenant: TestTenant, member: TestMember,
                                                                                        app: Flask) -> None:
    stranger = make_member(tenant, "李四", unit=-1, residence=-1)
    with tenant.scope():
        for one in (member, stranger):
            tell("record_counted", record=make_record(member_id=one.id, kind="治安巡逻"))
        entry = session().scalars(select(TallyEntry.id).where(TallyEntry.member_id == member.id)).one()
        foreign = session().scalars(select(TallyEntry.id).where(TallyEntry.member_id == stranger.id)).one()
    officer = Browser(app, tenant.accounts["community_officer"])
    page = officer.get("/p/tally/").text
    assert [name in page for name in ("王小明", "治安巡逻", "李四")] == [True, True, False]
    assert officer.post(f"/p/tally/{entry}/kind", kind="环境卫生", version="1").status_code == 303
    assert counted(tenant, member) == [("环境卫生", 1)]
    assert officer.post(f"/p/tally/{entry}/kind", kind="其他", version="1").status_code == 409
    assert officer.post(f"/p/tally/{foreign}/leave-out", confirmed="1").status_code == 404
    assert officer.post(f"/p/tally/{entry}/leave-out", confirmed="1").status_code == 303
    assert (counted(tenant, member), counted(tenant, stranger)) == ([], [("治安巡逻", 1)])


def test_the_examples_dataset_reads_within_reach(tenant: TestTenant, member: TestMember) -> None:
    stranger = make_member(tenant, "李四", unit=-1, residence=-1)
    with tenant.scope():
        for one in (member, stranger):
            tell("record_counted", record=make_record(member_id=one.id, kind="治安巡逻", happened_on=today()))
        known = dataset("tally.by_kind")
        request = DataRequest(data_reach(tenant.actor("community_officer"), known.permission), today(), today())
        assert [tuple(row) for batch in known.read(request) for row in batch] == [("王小明", "第0单位", "治安巡逻", 1)]
        assert known.count(request) == 1
        assert list(known.read(dataclasses.replace(request, until=today() - dt.timedelta(days=1)))) == []


def test_the_examples_api_answers_within_reach_only(tenant: TestTenant, member: TestMember, app: Flask) -> None:
    stranger = make_member(tenant, "李四", unit=-1, residence=-1)
    with tenant.scope():
        tell("record_counted", record=make_record(member_id=member.id, kind="治安巡逻"))
        token = create_token(tenant.actor("community_officer"), "test", ["tally.read"], 1)
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    found = [client.get(f"/api/v1/p/tally/members/{one.id}", headers=headers) for one in (member, stranger)]
    assert ([answer.status_code for answer in found], found[0].json) == ([200, 404], [{"kind": "治安巡逻", "times": 1}])


def test_a_slips_code_opens_the_examples_public_page(tenant: TestTenant, member: TestMember, app: Flask) -> None:
    with tenant.scope():
        tell("record_counted", record=make_record(member_id=member.id, kind="治安巡逻"))
        code = issue_code("tally.slip", member.id)
    client, address = Browser(app), f"/t/{tenant.slug}/p/tally/"
    assert client.get(address).status_code == 200
    seen = [(answer.status_code, "治安巡逻　1 次" in answer.text) for answer in (client.post(address, code=typed) for typed in ("1" * 12, code))]
    assert seen == [(422, False), (200, True)]


@pytest.mark.parametrize("check", [pytest.param(check, id=name) for name, check in CHECKS.items()])
def test_the_example_conforms(check: Check, registry: Registry, app: Flask, database: TestDatabase,
                              new_database: Callable[[], TestDatabase]) -> None:
    subject = subject_of(registry.plugins["tally"], "tally")
    assert run_check(check, subject, Stage(app, database, new_database)).faults == ()
