"""The import in the browser's terms: upload, look, confirm, result; and what somebody else may see of it."""
from __future__ import annotations

import io

from core.audit import EntryFilter, entries
from core.jobs import run_due
from tests.importing.conftest import member, members_of, unit, workbook
from tests.members.conftest import SignIn, app, client_of, post
from tests.support.factories import TestTenant

__all__ = ["app", "client_of"]


def test_three_steps(tenant: TestTenant, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["city_administrator"])
    content = workbook([member(1), member(2, 手机号="1"), member(3, 所在单位="第0单位位")], [unit("市教育局")])
    uploaded = post(client, "/imports/", file=(io.BytesIO(content), "花名册.xlsx"))
    assert uploaded.status_code == 303
    assert "progress-part" in client.get(uploaded.location).text
    run_due()
    assert client.get(f"{uploaded.location}/progress").headers["HX-Redirect"] == uploaded.location
    page = client.get(uploaded.location)
    assert ("手机号不对" in page.text, "是不是：第0单位" in page.text, "确认导入" in page.text) == (True, True, True)
    only = client.get(f"{uploaded.location}?kind=phone")
    assert ("手机号不对" in only.text, "是不是：第0单位" in only.text) == (True, False)
    confirmed = post(client, f"{uploaded.location}/confirm", uploaded.location)
    assert (confirmed.status_code, members_of(tenant)) == (303, [])
    run_due()
    done = client.get(confirmed.location)
    assert ("导入完成" in done.text, len(members_of(tenant))) == (True, 1)
    bad = client.get(f"{confirmed.location}/bad-rows.xlsx")
    assert (bad.status_code, bad.data[:2], bad.headers["Content-Disposition"].partition(";")[0]) == (200, b"PK", "attachment")
    with tenant.scope():
        assert [e.actor_id for e in entries(EntryFilter("file.downloaded"))] == [tenant.accounts["city_administrator"].id]
    other = client_of(tenant.accounts["county_officer"])
    assert [other.get(a).status_code for a in (uploaded.location, f"{confirmed.location}/bad-rows.xlsx")] == [404, 404]


def test_what_cannot_be_imported_says_why(tenant: TestTenant, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["city_administrator"])
    seen = []
    for rows in ([], [member(1, 居住社区代码="422801001001")], [member(1)], [member(1)]):
        uploaded = post(client, "/imports/", file=(io.BytesIO(workbook(rows, [unit("市教育局")])), "花名册.xlsx"))
        run_due()
        page = client.get(uploaded.location).text
        seen.append([s in page for s in ("只有表头", "没有一行党员可以导入", "内容一致", "确认导入")])
        if "确认导入" in page:
            post(client, f"{uploaded.location}/confirm", uploaded.location)
            run_due()
    assert seen == [[False, False, False, True], [False, True, False, False], [False, False, False, True], [False, False, True, False]]


def test_bad_uploads_are_told_at_once(tenant: TestTenant, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["city_administrator"])
    answers = [post(client, "/imports/", **values) for values in (
        {}, {"file": (io.BytesIO(b"hello"), "a.xlsx")}, {"file": (io.BytesIO(b""), "a.csv")})]
    assert [a.status_code for a in answers] == [422, 422, 422]
    sentences = ("请先选择花名册文件", "这不是 Excel 工作簿", "文件是空的")
    assert [said in a.text for said, a in zip(sentences, answers, strict=True)] == [True, True, True]


def test_template_and_sample_can_be_imported(tenant: TestTenant, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["city_administrator"])
    for name in ("template", "sample"):
        file = client.get(f"/imports/{name}.xlsx")
        uploaded = post(client, "/imports/", file=(io.BytesIO(file.data), f"{name}.xlsx"))
        run_due()
        assert "表头识别" in client.get(uploaded.location).text


def test_liaisons_may_not_import(tenant: TestTenant, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["unit_liaison"])
    assert client.get("/imports/").status_code == 403


def test_an_upload_leaves_its_line_in_the_log_without_the_files_name(tenant: TestTenant, client_of: SignIn) -> None:
    client, content = client_of(tenant.accounts["city_administrator"]), workbook([member(1), member(2)])
    assert post(client, "/imports/", file=(io.BytesIO(content), "王小明的花名册.xlsx")).status_code == 303
    lines = "姓名,公民身份号码\n王小明,x\n".encode()
    assert post(client, "/imports/", file=(io.BytesIO(lines), "王小明.csv")).status_code == 303
    assert post(client, "/imports/", file=(io.BytesIO(b"hello"), "a.xlsx")).status_code == 422  # nothing was kept, nothing is noted
    with tenant.scope():
        noted = entries(EntryFilter("roster.uploaded"))
    assert [(e.actor_id, e.details) for e in reversed(noted)] == [
        (tenant.accounts["city_administrator"].id, {"bytes": len(content), "kind": "xlsx"}),
        (tenant.accounts["city_administrator"].id, {"bytes": len(lines), "kind": "csv"})]
    run_due()
    with tenant.scope():
        checked = {e.object_id: (e.details or {}).get("rows") for e in entries(EntryFilter("roster.checked"))}
        assert checked[noted[1].object_id] == 2
        assert ("王小明" in str(entries()), {e.object_id for e in noted} == set(checked)) == (False, True)
    page = client_of(tenant.accounts["auditor"]).get("/audit/?action=roster.uploaded").text
    assert ("上传花名册" in page, "王小明" in page, f"bytes: {len(content)}" in page) == (True, False, True)
