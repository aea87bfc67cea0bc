"""Basic facts put right by hand: the rules of the import, search that follows, no number twice, nothing personal in the log."""
from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from core.access.models import Account
from core.access.roles import ADMINISTRATOR
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid, NotFound
from core.members.models import Member
from core.members.queries import RosterFilter, clear_values, roster
from core.members.reach import grants_for
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tenants.importing.correcting import Correction, correct
from tests.support.factories import TestMember, TestTenant, make_id_number, make_member, make_tenant

OLD, NEW = make_id_number(4), make_id_number(15)
JOINED = dt.date(2010, 7, 1)


@pytest.fixture
def person(tenant: TestTenant) -> TestMember:
    """王小明 under a wrong number, with an account."""
    return make_member(tenant, "王小明", id_number=OLD, account=True)


def corrected(tenant: TestTenant, person: TestMember, version: int = 1, **values: Any) -> list[str]:
    """What changed, in a transaction of its own."""
    with tenant.scope():
        return correct(tenant.actor(ADMINISTRATOR), person.id, version, Correction(**{"name": "王小明", "category": "full", "joined": JOINED, **values}))


def found(tenant: TestTenant, text: str) -> list[str]:
    """Names that a search gives."""
    with tenant.scope():
        return [row.name for row in roster(RosterFilter(grants_for(tenant.actor("city_administrator"), "members.read"), text=text)).rows]


def audited(tenant: TestTenant) -> list[Any]:
    """The details of the corrections in the log."""
    with tenant.scope():
        return list(session().scalars(select(AuditEntry.details).where(AuditEntry.tenant_id == tenant_id(),
                                                                       AuditEntry.action == "member.corrected")))


def test_search_sex_and_account_follow_and_the_log_names_fields_only(tenant: TestTenant, person: TestMember) -> None:
    changed = corrected(tenant, person, name="单 雄信", id_number=NEW, category="probationary", joined=None, branch="第一党支部")
    assert changed == ["name", "id_number", "sex", "category", "joined_party_on", "branch"]
    assert [found(tenant, text) for text in ("单雄信", "shanxiong", "sxx", NEW, "王小明", "wxm", OLD)] == [["单雄信"]] * 4 + [[]] * 3
    with tenant.scope():
        row = session().execute(select(Member.sex, Member.category, Member.joined_party_on, Member.branch, Member.version).where(
            Member.tenant_id == tenant_id(), Member.id == person.id)).one()
        assert tuple(row) == ("male" if int(NEW[16]) % 2 else "female", "probationary", None, "第一党支部", 2)
        assert clear_values(person.id, ("id_number", "phone")) == {"id_number": NEW, "phone": person.phone}
        assert session().scalars(select(Account.display_name).where(Account.tenant_id == tenant_id(),
                                                                    Account.member_id == person.id)).all() == ["单雄信"]
    assert audited(tenant) == [{"fields": changed}]


def test_members_without_a_number_are_no_hindrance(tenant: TestTenant, person: TestMember) -> None:
    make_member(tenant, "李四", id_number_index=None)
    assert corrected(tenant, person, name="王晓明") == ["name"]


def test_the_same_again_changes_nothing(tenant: TestTenant, person: TestMember) -> None:
    assert (corrected(tenant, person, id_number=OLD), corrected(tenant, person), audited(tenant)) == ([], [], [])


@pytest.mark.parametrize(("values", "field"), [
    ({"name": ""}, "name"), ({"name": "王3"}, "name"), ({"id_number": "123"}, "id_number"), ({"joined": dt.date(9999, 1, 1)}, "joined_party_on"),
    ({"joined": dt.date(1990, 1, 1)}, "joined_party_on"), ({"category": "other"}, "category"), ({"branch": "支" * 101}, "branch")])
def test_what_an_import_refuses_is_refused(tenant: TestTenant, person: TestMember, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        corrected(tenant, person, **values)
    assert (list(error.value.fields), audited(tenant)) == ([field], [])


@pytest.mark.parametrize("status", ["active", "left"])
def test_another_members_number_is_refused(tenant: TestTenant, person: TestMember, status: str) -> None:
    make_member(tenant, "欧阳不可见", id_number=NEW, unit=1, residence=7, status=status)
    with pytest.raises(Invalid) as error:
        corrected(tenant, person, id_number=NEW)
    assert (list(error.value.fields), "欧阳" in str(error.value.fields), found(tenant, OLD)) == (["id_number"], False, ["王小明"])


def test_the_same_number_in_another_tenant_is_no_hindrance(tenant: TestTenant, person: TestMember) -> None:
    make_member(make_tenant("4202", name="黄石市"), "王小明", id_number=NEW)
    assert "id_number" in corrected(tenant, person, id_number=NEW)


def test_an_older_version_overwrites_nothing(tenant: TestTenant, person: TestMember) -> None:
    corrected(tenant, person, branch="第一党支部")
    with pytest.raises(Conflict):
        corrected(tenant, person, branch="第二党支部")
    assert audited(tenant) == [{"fields": ["branch"]}]


def test_a_member_of_another_tenant_is_absent(tenant: TestTenant) -> None:
    foreign = make_member(make_tenant("4202", name="黄石市"))
    with pytest.raises(NotFound):
        corrected(tenant, foreign, name="李四")
