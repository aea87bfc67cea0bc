"""The examples of the reference run."""
from __future__ import annotations

import datetime as dt
import uuid

from flask import Flask
from sqlalchemy import select, update

from core.extension.dispatch import collect, require, tell
from core.extension.facts import DeedFact
from core.extension.measures import measure
from core.jobs import enqueue
from core.jobs.models import Job
from core.jobs.running import run_due
from core.tenancy import session, today
from docs.examples.tally import counting
from docs.examples.tally.models import TallyEntry
from tenants.activation import disable, enable
from tenants.settings import save
from tests.support.factories import TestMember, TestTenant, make_member, sign_in
from tests.support.plugins import make_record


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
        assert [row for table in tables for row in table.rows] == [{"kind": "治安巡逻", "times": 1}]
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
    old, new, counting_on = (make_record(member_id=member.id) for _n in range(3))
    with tenant.scope():
        for record in (old, new, counting_on):
            tell("record_counted", record=record)
        for record in (old, new):
            tell("record_withdrawn", record=record)
        session().execute(update(TallyEntry).where(TallyEntry.fact_id != new.record_id)
                          .values(told_on=today() - dt.timedelta(days=401)))
        job_id = enqueue("tally.clear")
    run_due()
    with tenant.scope():
        left = session().scalars(select(TallyEntry.fact_id)).all()
        assert session().execute(select(Job.status, Job.result).where(Job.id == job_id)).one() == ("done", {"cleared": 1})
    assert set(left) == {new.record_id, counting_on.record_id}


def test_one_plugin_uses_anothers_measure_and_does_without_it(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        for kind in ("治安巡逻", "环境卫生", "政策宣传"):
            assert measure("versatile.member", member.id) == 0
            tell("record_counted", record=make_record(member_id=member.id, kind=kind))
        assert measure("versatile.member", member.id) == 1
        disable("tally")
    with tenant.scope():
        assert measure("versatile.member", member.id) == 0
