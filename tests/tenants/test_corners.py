"""What tenants seldom meet: nightly work, codes of slips at the privacy desk, words of settings that are gone, lists without reach."""
from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest
from marshmallow import fields, validate
from sqlalchemy import update

from core.access.roles import COUNTY, LIAISON
from core.audit import anchors
from core.audit.actor import set_actor
from core.audit.anchors import Anchoring
from core.db import new_id
from core.documents import storage
from core.errors import ConfigurationError, Conflict, Invalid, NotFound
from core.jobs import enqueue, job_view, run_due
from core.members.queries import clear_values
from core.privacy.cipher import MasterKeys
from core.residents.codes import issue_code
from core.tenancy import Tenant, now, session, set_clock, unscoped
from plugins.needs.contacts import Contact
from plugins.needs.writing import NeedInput, receive
from tenants import audit_work, deletion, directory, divisions, keys, rotating, wording
from tenants.health import GOOD, WARNING, TenantState
from tenants.profile import parse
from tenants.provisioning import apply, plan
from tenants.rights import residents
from tenants.terms import TenantTerms, save_terms
from tenants.toml_writing import literal
from tenants.upkeep import PURGE
from tests.support.databases import MASTER_KEYS
from tests.support.factories import TestTenant, make_member, make_tenant

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def tenant(database: object) -> TestTenant:
    """A tenant whose community hears of needs."""
    return make_tenant(plugins=("needs",))


def test_the_nights_work_moves_what_is_old_and_throws_away_what_is_over(tenant: TestTenant, tmp_path: Path) -> None:
    member = make_member(tenant)
    with tenant.scope():
        idle = enqueue("keys.reencrypt", {})
        save_terms({"community": "村"})
        storage.save("a.txt", "text/plain", b"x", "members.read", 1)
    run_due()
    assert keys.add(tenant.id, tenant.code, MasterKeys(MASTER_KEYS)) == 2
    anchors.configure(Anchoring(tmp_path))
    try:
        with set_clock(now() + dt.timedelta(days=2)):
            with tenant.scope():
                jobs = [enqueue(kind, {}) for kind in ("keys.reencrypt", PURGE, audit_work.ANCHOR)]
            run_due()
    finally:
        anchors.configure(Anchoring())
    with tenant.scope():
        moved, purged, anchored = (job_view(job).result or {} for job in jobs)
        assert (job_view(idle).result, purged, anchored) == ({"rows": 0}, {"count": 1}, {})
        assert (moved["rows"] > 0, set(rotating.counts()), clear_values(member.id, ("phone",))) == (True, {2}, {"phone": member.phone})
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted([f"tenant-{tenant.id}.jsonl", "operators.jsonl"])


def test_an_audit_export_reads_on_batch_by_batch_for_who_may(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    auditor = tenant.accounts["auditor"].id
    monkeypatch.setattr(audit_work, "BATCH", 2)
    with tenant.scope():
        for name in ("甲", "乙", "丙", "丁", "戊"):
            save_terms({"community": name})
    with tenant.scope(), set_actor("account", auditor):
        exported = enqueue(audit_work.EXPORT, {})
    with tenant.scope(), set_actor("account", tenant.accounts[LIAISON].id):
        refused = enqueue(audit_work.EXPORT, {})
    run_due()
    with tenant.scope():
        assert (job_view(exported).result or {})["rows"] >= 5
        assert job_view(refused).result == {"refused": "您已没有查看审计日志的权限。"}


def test_a_slips_code_finds_its_matter_for_its_own_community_only(tenant: TestTenant) -> None:
    here, there = tenant.communities[0], tenant.communities[-1]
    with tenant.scope():
        need = receive(NeedInput(here, "楼道灯坏了", contact=Contact("王大爷", "13793238462", "3组")), by=None)
        issue_code("needs.other", new_id())
        code = issue_code("needs.slip", need)
        found = residents.by_code(code, [here])
        assert [(trace.table, trace.id, trace.community_id) for trace in found] == [("needs_need", need, here)]
        assert {"phone", "name"} <= set(found[0].names)
        assert (residents.by_code(code, [there]), residents.by_code("000000000000", [here])) == ([], [])
    other = make_tenant("4202", name="黄石市", plugins=("needs",))
    with other.scope():
        assert residents.by_code(code, [here, other.communities[0]]) == []


def test_words_of_settings_tell_bounds_order_and_what_no_code_knows_any_more(tenant: TestTenant) -> None:
    least, most = fields.Integer(validate=validate.Range(min=3), metadata={"unit": "天"}), fields.Integer(validate=validate.Range(max=9))
    chosen = fields.String(metadata={"choices": lambda: {"a": "甲", "b": "乙"}})
    days = [f"第{number}个很长很长的名字" for number in range(40)]
    with tenant.scope():
        assert [wording.guide(field) for field in (least, most, chosen)] == ["不少于 3 天", "不多于 9", "a：甲；b：乙"]
        assert wording.setting_title("gone", "size") == "gone · size"
        before, after = wording.pair_words(days, days[::-1])
        assert (before, after.startswith(f"新的次序：{days[-1]}、{days[-2]}")) == ("原来的次序", True)
        save_terms({"community": "村", "unit": "部门"})
        assert (dict(TenantTerms("zh_Hans_CN")), len(TenantTerms("zh_Hans_CN"))) == ({"community": "村", "unit": "部门"}, 2)
    assert (literal({"a b": [1, True]}), literal({})) == ('{ "a b" = [1, true] }', "{}")


def test_who_reaches_nothing_lists_nobody_and_a_role_narrows(tenant: TestTenant) -> None:
    make_member(tenant, account=True)
    with tenant.scope():
        root = [tenant.paths[tenant.root]]
        assert directory.accounts_below([]).rows == []
        assert [row.id for row in directory.accounts_below(root, role=LIAISON).rows] == [tenant.accounts[LIAISON].id]
        everybody, officers = (directory.accounts_below(root, without_members=without).rows for without in (False, True))
        assert len(everybody) == len(officers) + 1
        county = [row.id for row in directory.accounts_below([tenant.paths[tenant.counties[0]]], role=COUNTY).rows]
        assert county == [tenant.accounts[COUNTY].id]


def test_what_the_operators_cannot_do_is_told(tenant: TestTenant) -> None:
    with unscoped():
        with pytest.raises(Invalid, match="请用 4 至 300 个字写明理由"):
            deletion.ask(tenant.id, tenant.name, " 删 ", by=uuid.uuid4())
        with pytest.raises(NotFound):
            deletion.ask(99, tenant.name, "不再使用了", by=uuid.uuid4())
    with pytest.raises(NotFound, match="没有代码为 9999 的租户。"):
        deletion.purge("9999")
    with pytest.raises(ConfigurationError, match="不支持的加密算法 rot13"):
        keys.add(tenant.id, tenant.code, MasterKeys(MASTER_KEYS), "rot13")
    with pytest.raises(Invalid, match="区划中没有 000000，请核对代码。"):
        divisions.places("4201", ["4201", "000000"])
    with pytest.raises(Invalid) as refused:
        parse('code = "jgw"\nslug = "jgw"\nname = "省直机关工委"\nshort_name = "省直"\ncommittee = "省直机关工委"\nkind = "city"\n', "jgw.toml")
    assert refused.value.fields["kind"] == ["区划代码对应 city，字母代码对应 sector"]
    assert keys.add(tenant.id, tenant.code, MasterKeys(MASTER_KEYS)) == 2


def test_a_profile_that_no_longer_fits_its_tenant_is_told(masters: MasterKeys) -> None:
    text = 'code = "429004"\nslug = "xiantao"\nname = "仙桃市"\nshort_name = "仙桃"\ncommittee = "中共仙桃市委组织部"\n'
    with pytest.raises(Invalid) as refused:
        parse(text + '[settings.approvals]\nhierarchy = "perhaps"\n', "xiantao.toml")
    assert list(refused.value.fields) == ["settings.approvals.hierarchy"]
    assert refused.value.fields["settings.approvals.hierarchy"][0].startswith("值不合要求：")
    city = make_tenant("429004", slug="xiantao", name="仙桃市")
    renamed = parse(text.replace('short_name = "仙桃"', 'short_name = "仙桃市区"'), "xiantao.toml")
    assert [c.after for c in plan(renamed) if c.subject == "tenant.short_name"] == ["仙桃市区"]
    with unscoped():
        session().execute(update(Tenant).where(Tenant.id == city.id).values(kind="sector"))
    with pytest.raises(Conflict, match="不能更改"):
        plan(parse(text, "xiantao.toml"))
    with unscoped():
        session().execute(update(Tenant).where(Tenant.id == city.id).values(status="deleted"))
    with pytest.raises(Conflict, match="仙桃市 已由两名运营人员删除，不能再应用配置文件。"):
        apply(parse(text, "xiantao.toml"), masters)


def test_what_worries_the_operator_is_said_in_sentences() -> None:
    late = TenantState({"county": 1}, 3, (), {"failed": 2}, 4)
    assert (late.warnings, late.health) == (["2 个后台任务失败，请该租户的管理员处理。", "4 个后台任务等候超过 10 分钟，请检查作业进程。"], WARNING)
    assert (TenantState({"county": 1}, 3, (), {}, 0).health, TenantState({}, 0, (), {}, 0).warnings) == (GOOD, ["组织尚未建立，请重新应用配置文件。"])
