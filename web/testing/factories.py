"""Small tenants for tests, written directly: a tree with officers of every role, members, and a signed-in test client.

    tenant = make_tenant()                              # needs the fixture `database`
    member = make_member(tenant, account=True)
    sign_in(client, tenant.accounts["community_officer"])
    with tenant.scope(): ...

Provisioning has tests of its own; here speed counts (some 15 ms a tenant). Call it twice for tests of isolation.
"""
from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, inspect
from sqlalchemy.orm import Session

from core.access.actor import Actor, load_actor
from core.access.models import Account, Grant
from core.access.opening import open_login
from core.access.roles import ADMINISTRATOR, AUDITOR, COMMUNITY, COUNTY, LIAISON, MEMBER, STREET
from core.collation import sort_key
from core.db import TenantRow, new_id
from core.errors import NotFound
from core.extension.models import PluginActivation
from core.members import names
from core.members.models import Affiliation, Member
from core.organizations.models import Organization
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from core.tenancy import Tenant, now, session, tenant_scope, today, unscoped
from tenants import keys
from web.testing.databases import MASTER_KEYS

PASSWORD = "test-password-1"  # noqa: S105  everybody's, in tests
PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$qUDUp8m78aedsdogR/OPUA$kU/EYP/Y6aVKKEGylfc83BwwpPaupIsyveO3s+trOdM"  # noqa: S105  its hash
UNIT_TYPES = ("government", "soe", "enterprise")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_masters = MasterKeys(MASTER_KEYS)
_numbers = itertools.count(50_001)  # tests take the small ones for numbers of their own


@dataclass(frozen=True)
class TestAccount:
    """Somebody who can sign in with `PASSWORD`."""

    __test__ = False

    id: uuid.UUID
    tenant_id: int
    role: str
    username: str
    organization_id: uuid.UUID


@dataclass(frozen=True)
class TestMember:
    """A member with the clear text of what is stored encrypted."""

    __test__ = False

    id: uuid.UUID
    tenant_id: int
    name: str
    id_number: str
    phone: str
    unit_id: uuid.UUID
    residence_id: uuid.UUID
    workplace_id: uuid.UUID | None
    account: TestAccount | None = None


@dataclass(frozen=True)
class TestTenant:
    """A tenant: 2 counties with 2 streets each with 2 communities each, 2 sectors and 3 units.

    Units: [0] government below county 0, [1] SOE below sector 0, [2] enterprise below sector 1; each works in a community.
    `accounts` holds one account a role, each over the first organization of its kind (the auditor over the root);
    `others` the community officer of the last community and the county officer of the last county, for tests of reach.
    """

    __test__ = False

    id: int
    code: str
    slug: str
    name: str
    root: uuid.UUID
    counties: tuple[uuid.UUID, ...]
    streets: tuple[uuid.UUID, ...]
    communities: tuple[uuid.UUID, ...]
    sectors: tuple[uuid.UUID, ...]
    units: tuple[uuid.UUID, ...]
    paths: dict[uuid.UUID, str] = field(repr=False)
    accounts: dict[str, TestAccount] = field(repr=False)
    others: dict[str, TestAccount] = field(repr=False)

    def scope(self) -> AbstractContextManager[Session]:
        """The tenant's scope; opens a transaction and commits it."""
        return tenant_scope(self.id)

    def actor(self, role: str) -> Actor:
        """The actor of the role's account; inside the scope. Raises NotFound."""
        found = load_actor(self.accounts[role].id)
        if found is None:
            raise NotFound
        return found


def make_tenant(code: str = "4201", *, slug: str | None = None, name: str = "武汉市", plugins: Iterable[str] = (),
                status: str = "active") -> TestTenant:
    """A tenant with everything that `TestTenant` names; the second one needs another code."""
    keyring.configure(_masters, keys.load)
    slug = slug or f"city{code}"
    with unscoped() as opened:
        row = Tenant(code=code, slug=slug, name=name, short_name=name.removesuffix("市"), kind="city", status=status, profile={},
                     created_at=now())
        opened.add(row)
        opened.flush()
        keys.create(row.id, _masters)
        identity = row.id
    with tenant_scope(identity):
        tree = [{"tenant_id": identity, **row} for row in _tree(code, name)]
        _write(Organization, tree)
        at = {o["kind"]: [x for x in tree if x["kind"] == o["kind"]] for o in tree}
        accounts, others = _officers(identity, at)
        if chosen := tuple(plugins):
            _write(PluginActivation, [_row(identity, plugin=plugin, enabled=True, changed_at=now(), changed_by=None) for plugin in chosen])
    ids = {kind: tuple(o["id"] for o in rows) for kind, rows in at.items()}
    return TestTenant(identity, code, slug, name, ids["committee"][0], ids["county"], ids["street"], ids["community"], ids["sector"],
                      ids["unit"], {o["id"]: o["path"] for o in tree}, accounts, others)


def make_member(tenant: TestTenant, name: str = "王小明", *, unit: int = 0, residence: int = 0, workplace: int | None = None,
                id_number: str | None = None, phone: str | None = None, joined: dt.date | None = None, account: bool = False,
                **columns: Any) -> TestMember:
    """A member of `tenant.units[unit]` who lives in `tenant.communities[residence]`, with open affiliations.

    Opens no obligation (core.registration.obligations does). `account` adds one with the role member. `columns` overrides
    columns of Member. Call it outside a scope.
    """
    number = next(_numbers)
    id_number, phone = id_number or make_id_number(number), phone or f"138{number:08}"
    with tenant.scope():
        identity, ring, table = new_id(), keyring.for_tenant(tenant.id), Member.__tablename__
        places = {"unit": tenant.units[unit], "residence": tenant.communities[residence],
                  "workplace": None if workplace is None else tenant.communities[workplace]}
        values: dict[str, Any] = {
            "name": name, "pinyin": names.pinyin(name), "initials": names.initials(name), "sort_key": names.sort_key(name),
            "sex": "male" if int(id_number[16]) % 2 else "female", "id_number": ring.encrypt(table, "id_number", identity, id_number),
            "id_number_index": ring.blind("member.id_number", id_number), "phone": ring.encrypt(table, "phone", identity, phone),
            "phone_index": ring.blind("member.phone", phone), "address": ring.encrypt(table, "address", identity, "测试路 1 号"),
            "joined_party_on": joined or dt.date(2010, 7, 1), "created_at": now(), "updated_at": now()}
        _write(Member, [{"tenant_id": tenant.id, "id": identity, **values, **{f"{kind}_id": place for kind, place in places.items()}, **columns}])
        _write(Affiliation, [_row(tenant.id, member_id=identity, organization_id=place, kind=kind, valid_from=today(), source="form")
                             for kind, place in places.items() if place is not None])
        own = make_account(tenant, MEMBER, tenant.units[unit], member_id=identity, display_name=name) if account else None
    return TestMember(identity, tenant.id, name, id_number, phone, tenant.units[unit], tenant.communities[residence],
                      places["workplace"], own)


def make_account(tenant: TestTenant, role: str, organization_id: uuid.UUID, *, username: str | None = None,
                 member_id: uuid.UUID | None = None, display_name: str = "测试账号") -> TestAccount:
    """One more account with a role over an organization; inside the tenant's scope."""
    account = TestAccount(new_id(), tenant.id, role, username or f"{role}{next(_numbers)}", organization_id)
    _write(Account, [_account(account, display_name, member_id)])
    _write(Grant, [_grant(account)])
    return account


def sign_in(client: Any, account: TestAccount) -> None:
    """Sign a Flask test client in as `account`, both factors met, without the password's cost; call it outside a scope."""
    with tenant_scope(account.tenant_id):
        token = open_login(account.id, second_factor=True)
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie["_user_id"] = f"{account.tenant_id}.{token}"
        cookie["_fresh"] = True


def make_id_number(number: int) -> str:
    """A valid ID number, another one for each `number` below 100,000 (born on a day of 1980 in 武汉市江岸区)."""
    day = dt.date(1980, 1, 1) + dt.timedelta(days=number // 1000)
    body = f"420102{day:%Y%m%d}{number % 1000:03}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def _write(model: type[TenantRow], rows: list[dict[str, Any]]) -> None:
    # Past the ORM, which takes three times as long over the same rows; nearly every test begins here.
    session().connection().execute(insert(inspect(model).local_table), rows)


def _tree(code: str, name: str) -> list[dict[str, Any]]:
    rows = [_organization(None, "committee", code, f"中共{name}委组织部")]
    root = rows[0]
    for county in ("02", "03"):
        rows.append(_organization(root, "county", f"{code}{county}", f"第{county}区"))
        for street in ("001", "002"):
            rows.append(_organization(_of(rows, "county")[-1], "street", f"{code}{county}{street}", f"{county}{street}街道"))
            rows.extend(_organization(_of(rows, "street")[-1], "community", f"{code}{county}{street}{n}", f"{street}{n}社区",
                                      division_kind="居委会") for n in ("001", "002"))
    rows.extend(_organization(root, "sector", f"{code}-{key}", title) for key, title in (("city", "市直机关工委"), ("soe", "国资委党委")))
    communities, sectors = _of(rows, "community"), _of(rows, "sector")
    leaders = (_of(rows, "county")[0], *sectors)
    rows.extend(_organization(leader, "unit", f"{code}-unit-{n}", f"第{n}单位", unit_type=UNIT_TYPES[n], subordination="county",
                              community_id=communities[n]["id"]) for n, leader in enumerate(leaders))
    return rows


def _of(rows: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [r for r in rows if r["kind"] == kind]


def _organization(parent: dict[str, Any] | None, kind: str, code: str, name: str, **columns: Any) -> dict[str, Any]:
    row = dict.fromkeys(("division_kind", "unit_type", "subordination", "community_id"))
    return row | {"id": new_id(), "parent_id": parent["id"] if parent else None, "kind": kind, "code": code, "name": name,
                  "sort_key": sort_key(name), "path": f"{parent['path'] if parent else ''}{code}/", "created_at": now()} | columns


def _officers(tenant_id: int, at: dict[str, list[dict[str, Any]]]) -> tuple[dict[str, TestAccount], dict[str, TestAccount]]:
    places = {ADMINISTRATOR: "committee", COUNTY: "county", STREET: "street", COMMUNITY: "community", LIAISON: "unit",
              AUDITOR: "committee"}
    accounts = {role: TestAccount(new_id(), tenant_id, role, role, at[kind][0]["id"]) for role, kind in places.items()}
    others = {role: TestAccount(new_id(), tenant_id, role, f"other_{role}", at[places[role]][-1]["id"]) for role in (COMMUNITY, COUNTY)}
    both = [*accounts.values(), *others.values()]
    _write(Account, [_account(a, f"测试{a.username}", None) for a in both])
    _write(Grant, [_grant(a) for a in both])
    return accounts, others


def _account(account: TestAccount, display_name: str, member_id: uuid.UUID | None) -> dict[str, Any]:
    return {"tenant_id": account.tenant_id, "id": account.id, "username": account.username, "display_name": display_name,
            "password_hash": PASSWORD_HASH, "member_id": member_id, "created_at": now()}


def _grant(account: TestAccount) -> dict[str, Any]:
    return _row(account.tenant_id, account_id=account.id, organization_id=account.organization_id, role=account.role, expires_at=None,
                granted_by=None, created_at=now())


def _row(tenant_id: int, **columns: Any) -> dict[str, Any]:
    return {"tenant_id": tenant_id, "id": new_id(), **columns}
