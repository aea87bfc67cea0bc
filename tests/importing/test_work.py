"""The import as jobs: check, confirm, result, bad lines handed back; and a worker shot in the middle."""
from __future__ import annotations

import io
import subprocess
import sys
import time
import uuid
from collections.abc import Callable

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from core.audit.actor import set_actor
from core.audit.models import AuditEntry
from core.documents import storage
from core.errors import Conflict, Invalid, NotFound
from core.jobs import JobView, job_view, run_due, run_job
from core.jobs.models import Job
from core.tenancy import now, session
from core.tenancy.scope import tenant_id
from tenants.importing import report, work
from tests.importing.conftest import MEMBER_TITLES, MEMBERS, UNITS, load, member, members_of, unit, workbook
from tests.importing.worker import LEASE
from tests.service.conftest import at_once
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_id_number


def check(tenant: TestTenant, content: bytes, name: str = "roster.xlsx", role: str = "city_administrator") -> JobView:
    """Upload as somebody, and let the check run."""
    account = tenant.accounts[role].id
    with tenant.scope(), set_actor("account", account):
        job_id = work.start_check(name, content, account)
    run_due()
    return view(tenant, job_id)


def confirm(tenant: TestTenant, checked: JobView, role: str = "city_administrator") -> uuid.UUID:
    """Confirm a check; the import waits."""
    assert checked.result is not None
    with tenant.scope(), set_actor("account", tenant.accounts[role].id):
        return work.start_write(checked, uuid.UUID(checked.result["file"]))


def view(tenant: TestTenant, job_id: uuid.UUID) -> JobView:
    """The job as it is now."""
    with tenant.scope():
        return job_view(job_id)


def test_check_then_import_then_again(tenant: TestTenant) -> None:
    content = workbook([member(1), member(2, 手机号="1")], [unit("市教育局")])
    checked = check(tenant, content)
    assert checked.result is not None
    assert (checked.result["members"], checked.result["problems"], members_of(tenant)) == (
        {"new": 1, "changed": 0, "unchanged": 0, "faulty": 1}, 1, [])
    job_id = confirm(tenant, checked)
    assert confirm(tenant, checked) == job_id
    run_due()
    done = view(tenant, job_id)
    assert (done.status, done.percent, len(members_of(tenant))) == ("done", 100, 1)
    again = check(tenant, content)
    assert again.result is not None
    assert again.result["members"] == {"new": 0, "changed": 0, "unchanged": 1, "faulty": 1}
    with tenant.scope():
        noted = session().execute(select(AuditEntry.action, AuditEntry.details["members"]["new"]).where(
            AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "members.imported")).all()
    assert [tuple(n) for n in noted] == [("members.imported", 1)]


def test_bad_lines_come_back_with_reasons_and_go_in_once_corrected(tenant: TestTenant) -> None:
    checked = check(tenant, workbook([member(1), member(2, 手机号="123", 姓名="=李四")], [unit("甲局", 单位类别="部门")]))
    assert checked.result is not None
    with tenant.scope():
        content = storage.load(uuid.UUID(checked.result["bad_rows"])).content
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_name(MEMBERS).to_python()
    assert (book.sheet_names, rows[0], len(rows)) == ([MEMBERS, UNITS], [*MEMBER_TITLES, "原因"], 2)
    assert rows[1][-1] == "手机号：手机号不对：应为 1 开头的 11 位数字。请核对后重新填写。"
    load(tenant, workbook([member(1)]))
    corrected = [[*(str(c) for c in rows[1][:-1]), ""]]
    corrected[0][MEMBER_TITLES.index("手机号")] = "13900000002"
    outcome = load(tenant, workbook(corrected, titles=rows[0]))
    assert (outcome.members.new, outcome.source.members and outcome.source.members.ignored()) == (1, ["原因"])
    assert sorted(m[0] for m in members_of(tenant)) == ["=李四", "王小明"]


def test_report_names_columns_and_masks_the_first_rows(tenant: TestTenant) -> None:
    titles = ["序号", "姓名", "身份证号", "手机", "单位", "居住社区代码", "备注"]
    checked = check(tenant, workbook([[1, "王小明", make_id_number(1), "13912345678", "第0单位", "420102001001", "略"]], titles=titles))
    assert checked.result is not None
    with tenant.scope():
        found = report.read(uuid.UUID(checked.result["report"]))
    assert found.sheets[0].columns == [["序号", "序号"], ["姓名", "姓名"], ["身份证号", "公民身份号码"], ["手机", "手机号"],
                                       ["单位", "所在单位"], ["居住社区代码", "居住社区代码"], ["备注", None]]
    number = make_id_number(1)
    assert found.first_rows == [["1", "王小明", f"{number[:3]}{'*' * 11}{number[-4:]}", "139****5678", "第0单位", "420102001001", "略"]]


def test_refused_file_is_told_and_cannot_be_imported(tenant: TestTenant) -> None:
    with tenant.scope(), pytest.raises(Invalid):
        work.start_check("roster.xlsx", b"no table")
    checked = check(tenant, b"a,b\n1,2\n", "roster.csv")
    assert checked.result is not None
    assert "没有找到花名册的表头" in checked.result["refused"]
    with tenant.scope(), pytest.raises(Conflict):
        work.start_write(checked, uuid.uuid4())


def test_a_job_is_shown_to_its_owner_only(tenant: TestTenant) -> None:
    checked = check(tenant, workbook([member(1)]))
    with tenant.scope():
        assert work.import_job(checked.id, tenant.accounts["city_administrator"].id).id == checked.id
        with pytest.raises(NotFound):
            work.import_job(checked.id, tenant.accounts["county_officer"].id)


def test_county_officers_job_reaches_the_county_only(tenant: TestTenant) -> None:
    checked = check(tenant, workbook([member(1), member(2, 所在单位="第1单位")]), role="county_officer")
    assert checked.result is not None
    assert checked.result["members"] == {"new": 1, "changed": 0, "unchanged": 0, "faulty": 1}


def test_killed_worker_leaves_nothing_and_the_import_runs_again(tenant: TestTenant, database: TestDatabase) -> None:
    job_id = confirm(tenant, check(tenant, workbook([member(n) for n in range(1, 50)], [unit("市教育局")])))
    with database.connect_admin() as keeper, keeper.transaction():
        keeper.execute("LOCK TABLE obligation IN EXCLUSIVE MODE")  # the worker has written units and members when it comes here
        shot = subprocess.Popen([sys.executable, "-m", "tests.importing.worker", database.app_url, str(tenant.id), str(job_id)])
        waiting = "select count(*) from pg_locks where not granted and relation = 'obligation'::regclass"
        until(lambda: keeper.execute(waiting).fetchone() != (0,))
        shot.kill()
        shot.wait()
    assert (members_of(tenant), view(tenant, job_id).status) == ([], "running")
    until(lambda: run_job(tenant.id, job_id, LEASE) == "done")
    assert len(members_of(tenant)) == 49


def test_the_same_roster_imported_by_two_at_once_is_in_once(tenant: TestTenant) -> None:
    content = workbook([member(n) for n in range(1, 30)], [unit("市教育局")])
    jobs = [confirm(tenant, check(tenant, content)) for _officer in range(2)]
    at_once(*(lambda job_id=job_id: run_job(tenant.id, job_id) for job_id in jobs))
    with tenant.scope():  # whoever lost is tried again, by the clock of the queue
        session().execute(update(Job).where(Job.tenant_id == tenant_id(), Job.status == "due").values(run_at=now()))
    run_due()
    done = [view(tenant, job_id) for job_id in jobs]
    assert ([j.status for j in done], len(members_of(tenant))) == (["done", "done"], 29)
    counts = sorted((j.result["members"]["new"], j.result["members"]["unchanged"]) for j in done if j.result)
    assert counts == [(0, 29), (29, 0)]


def until(happens: Callable[[], bool], seconds: float = 40) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)
