"""A bulk export of full personal data is made when another confirms it, and then is the asker's; cut into small ones it is one all the same."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from core import approvals
from core.access.authorization import Target
from core.approvals.models import Approval
from core.errors import Invalid
from core.jobs import enqueue
from core.jobs.models import Job
from core.jobs.running import run_due
from core.members import export
from core.tenancy import session
from core.tenancy.scope import tenant_id
from plugins.reports.periods import offered
from plugins.reports.shelf import formats
from tenants.settings import save
from tests.service.conftest import Browser
from tests.support.factories import TestTenant, make_member

Open = Callable[..., Browser]


@pytest.fixture
def full(tenant: TestTenant) -> TestTenant:
    """Three members, and a threshold of two."""
    for name in ("王一", "王二", "王三"):
        make_member(tenant, name)
    with tenant.scope():
        save("approvals", {"export_from": 2}, version=0)
    return tenant


def jobs(tenant: TestTenant) -> list[tuple[str, bool, object]]:
    """The jobs of exports: status, whether there is a file, whose."""
    with tenant.scope():
        return [(j.status, "file" in (j.result or {}), j.created_by) for j in session().scalars(
            select(Job).where(Job.tenant_id == tenant_id(), Job.kind == export.EXPORT).order_by(Job.id))]


def test_three_people_need_two_officers(full: TestTenant, browser: Open) -> None:
    county = browser(full.accounts["county_officer"])
    masked = county.post("/members/export")
    assert "/members/exports/" in masked.location  # masked ones go on at once
    asked = county.post("/members/export", reason="report")
    assert "/approvals/" in asked.location
    run_due()
    assert [has for _status, has, _by in jobs(full)] == [True]
    other = browser(full.accounts["city_administrator"])
    assert "现有 3 人" in other.get(asked.location).text
    assert other.post(f"{asked.location}/confirm", read="yes").status_code == 303
    run_due()
    assert jobs(full)[1] == ("done", True, full.accounts["county_officer"].id)
    assert "去下载文件" in county.get(asked.location).text
    assert "去下载文件" not in other.get(asked.location).text


def test_small_ones_one_after_the_other_are_a_large_one(full: TestTenant, browser: Open) -> None:
    liaison = browser(full.accounts["county_officer"])
    with full.scope():
        save("approvals", {"export_from": 4}, version=1)
    assert "/members/exports/" in liaison.post("/members/export", reason="report").location
    run_due()
    assert "/approvals/" in liaison.post("/members/export", reason="contact").location


def test_a_job_without_a_confirmation_hands_nothing_out(full: TestTenant, browser: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    county = full.accounts["county_officer"]
    asked = browser(county).post("/members/export", reason="report").location.rpartition("/")[2]
    content = {**dict.fromkeys(export.FILTERS), "descending": False, "reason": "report"}
    with full.scope():
        session().execute(update(Approval).where(Approval.tenant_id == tenant_id()).values(status="done", decided_by=full.accounts["auditor"].id))
        for payload in (content, {**content, "approval": str(county.id)}, {**content, "category": "full", "approval": asked}):
            enqueue(export.EXPORT, payload, created_by=county.id)
    run_due()
    assert [has for _status, has, _by in jobs(full)] == [False] * 3
    monkeypatch.setattr(export, "approved", lambda *_: True)  # the twin
    with full.scope():
        enqueue(export.EXPORT, content, created_by=county.id)
    run_due()
    assert [has for _status, has, _by in jobs(full)] == [False] * 3 + [True]


def test_reports_with_full_numbers_wait_too(full: TestTenant, browser: Open) -> None:
    county, other = browser(full.accounts["county_officer"]), browser(full.accounts["city_administrator"])
    with full.scope():
        chosen = next(f for f in formats() if f.data().name == "members" and not f.of_member)
        period = offered(chosen.period)[0].code
    asked = county.post(f"/p/reports/formats/{chosen.code}", reason="report", period=period)
    assert "/approvals/" in asked.location
    assert other.post(f"{asked.location}/confirm", read="yes").status_code == 303
    run_due()
    with full.scope():
        made = session().scalars(select(Job).where(Job.tenant_id == tenant_id(), Job.kind == "reports.make")).one()
        assert (made.created_by, "file" in (made.result or {})) == (full.accounts["county_officer"].id, True)


def test_the_reason_is_not_left_out(full: TestTenant) -> None:
    with full.scope(), pytest.raises(Invalid):
        approvals.ask(export.EXPORT, {}, "否", by=full.actor("county_officer"), target=Target(("4201/420102/",)))
