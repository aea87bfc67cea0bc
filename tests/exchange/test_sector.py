"""A sector authority is a tenant of units without communities: made by its profile, and its pages make sense (R9)."""
from __future__ import annotations

import pytest
from sqlalchemy import func, select

from core.access.roles import ADMINISTRATOR, LIAISON
from core.members.models import Member
from core.organizations import tree, units
from core.organizations.models import Organization
from core.organizations.units import UnitInput
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from core.tenancy import Tenant, now, session, tenant_scope, unscoped
from core.tenancy.scope import tenant_id
from tenants import keys
from tenants.profile import SHIPPED, load
from tenants.provisioning import apply
from tests.support.applications import shared_app
from tests.support.databases import MASTER_KEYS
from tests.support.factories import TestTenant, make_account, sign_in

PAGES = ("/", "/members/", "/certificates/", "/certificates/issue", "/report-ins/", "/obligations/", "/coverage/?by=place", "/coverage/?by=unit",
         "/organizations/", "/organizations/units/", "/exchange/partners", "/exchange/outgoing", "/exchange/arrivals", "/records/filed/")


@pytest.mark.long
def test_a_sector_is_made_by_its_profile_and_every_page_opens_without_communities(config) -> None:
    masters = MasterKeys(MASTER_KEYS)
    keyring.configure(masters, keys.load)
    apply(load(SHIPPED / "hubei-jgw.toml"), masters)
    assert apply(load(SHIPPED / "hubei-jgw.toml"), masters) == []
    with unscoped():
        row = session().scalars(select(Tenant).where(Tenant.code == "hubei-jgw")).one()
    with tenant_scope(row.id):
        kinds = session().scalars(select(Organization.kind).where(Organization.tenant_id == tenant_id()).distinct()).all()
        assert sorted(kinds) == ["committee", "sector"]
        sector = next(r for r in tree.children(tree.root().id, kinds=("sector",)))
        unit = units.create(UnitInput("省发展改革委", "government", sector.id))
        session().add(Member(name="李远", pinyin="liyuan", initials="ly", sort_key="liyuan", sex="male", unit_id=unit, created_at=now(), updated_at=now()))
        session().flush()
        assert session().scalar(select(func.count()).select_from(Member).where(Member.tenant_id == tenant_id())) == 1
        made = TestTenant(row.id, row.code, row.slug, row.name, tree.root().id, (), (), (), (sector.id,), (unit,), {}, {}, {})
        people = [make_account(made, ADMINISTRATOR, made.root), make_account(made, LIAISON, unit)]
    app = shared_app(config)
    for account in people:
        client = app.test_client()
        sign_in(client, account)
        answers = {page: client.get(page).status_code for page in PAGES}
        assert {page: code for page, code in answers.items() if code not in (200, 302, 403, 404)} == {}
        assert answers["/"] == answers["/exchange/outgoing"] == answers["/certificates/"] == 200
