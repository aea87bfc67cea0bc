"""The tests' own tenants: what everyone relies on, and fast."""
from __future__ import annotations

from sqlalchemy import func, select

from core.members.identity import parse_id_number
from core.members.models import Affiliation, Member
from core.organizations import tree
from core.organizations.models import Organization
from core.privacy import keyring
from core.tenancy import session
from tests.support.factories import make_id_number, make_member, make_tenant


def test_two_tenants_side_by_side(database):
    first, second = make_tenant(), make_tenant("4228", name="恩施州")
    for tenant in (first, second):
        with tenant.scope():
            counts = dict(session().execute(select(Organization.kind, func.count()).where(Organization.tenant_id == tenant.id)
                                            .group_by(Organization.kind)).all())
            assert counts == {"committee": 1, "county": 2, "street": 4, "community": 8, "sector": 2, "unit": 3}
            assert tree.root().id == tenant.root
            assert tenant.actor("community_officer").paths("registration.confirm") == (tenant.paths[tenant.communities[0]],)


def test_member_is_readable_through_the_keyring(database):
    tenant = make_tenant()
    member = make_member(tenant, "单雄信", residence=1, workplace=2, account=True)
    with tenant.scope():
        row = session().scalars(select(Member).where(Member.tenant_id == tenant.id)).one()
        ring = keyring.for_tenant(tenant.id)
        assert (row.name, row.pinyin) == ("单雄信", "shanxiongxin")
        assert ring.decrypt("member", "id_number", row.id, row.id_number) == member.id_number
        assert row.phone_index == ring.blind("member.phone", member.phone)
        kinds = session().execute(select(Affiliation.kind, Affiliation.organization_id).where(Affiliation.tenant_id == tenant.id)).all()
        assert dict(kinds) == {"unit": tenant.units[0], "residence": tenant.communities[1], "workplace": tenant.communities[2]}


def test_id_numbers_are_valid():
    assert [parse_id_number(make_id_number(n)).number for n in (1, 2, 99_999)] == [make_id_number(n) for n in (1, 2, 99_999)]

