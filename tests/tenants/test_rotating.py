"""Keys move while everything stays readable: rewrapped masters, new data keys, interrupted half way, in the plugins' tables too."""
from __future__ import annotations

import uuid
from collections import Counter

import pytest
from sqlalchemy import LargeBinary, select

from core.access import factors, operator_factors, operators
from core.access.openid import providers
from core.access.openid.providers import Provider
from core.audit import OPERATORS, entries, verify
from core.db import Base
from core.errors import ConfigurationError
from core.members.queries import clear_values
from core.privacy import keyring, tags
from core.privacy.cipher import MasterKeys
from core.privacy.keyring import TenantKeyring
from core.residents.sealing import seal
from core.tenancy import session, unscoped
from core.tenancy.scope import tenant_id
from tenants import keys, rotating
from tests.security.rows import PLUGINS, things
from tests.support.databases import MASTER_KEYS
from tests.support.factories import TestTenant, make_member, make_tenant

pytestmark = pytest.mark.usefixtures("database")
MASTERS, TWO = MasterKeys(MASTER_KEYS), MasterKeys({**MASTER_KEYS, 2: b"\2" * 32})
Values = dict[tuple[str, str, uuid.UUID], bytes]


def _envelopes() -> Values:
    """Every stored value that looks encrypted, tagged or not: the tags must not have forgotten one."""
    found: Values = {}
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if "tenant_id" in table.c and "id" in table.c and isinstance(column.type, LargeBinary):
                rows = session().execute(select(table.c.id, column).where(table.c.tenant_id == tenant_id(), column.is_not(None)))
                found |= {(table.name, column.name, row_id): value for row_id, value in rows
                          if len(value) >= 32 and value[0] == 1 and value[1] in (1, 2) and value[2] == 0 and value[3] in (1, 2, 3)}
    return found


def _clear(tenant: TestTenant) -> dict[tuple[str, str, uuid.UUID], bytes]:
    with tenant.scope():
        return {key: keyring.for_tenant(tenant.id).decrypt_bytes(*key, value) for key, value in _envelopes().items()}


def _key_ids(tenant: TestTenant) -> Counter[int]:
    with tenant.scope():
        return _counted()


def test_an_interrupted_rotation_goes_on_and_every_value_is_readable_all_the_time() -> None:
    tenant, other = make_tenant(plugins=PLUGINS), make_tenant("4228", name="恩施州")
    things(tenant)
    with tenant.scope():
        factors.propose(tenant.accounts["county_officer"].id)
        providers.save(Provider("https://id.example", "baodao", "a secret"))
    make_member(other)
    before, neighbour = _clear(tenant), _clear(other)
    stale = keyring.for_tenant(tenant.id)  # another process, which has not heard of the new key
    assert keys.add(tenant.id, tenant.code, MASTERS, "sm4-gcm") == 2
    steps = rotating.reencrypt(tenant.id, rows=1)
    half = [next(steps) for _step in range(5)]
    steps.close()
    ids = _key_ids(tenant)
    assert (min(ids[1], ids[2]) > 0, len(half), _clear(tenant) == before) == (True, 5, True)
    written = make_member(tenant, "李四")
    with tenant.scope():
        assert clear_values(written.id, ("phone",)) == {"phone": written.phone}
        late = stale.encrypt("member", "address", written.id, "迟到")
    assert (late or b"")[3] == 1, "the control: a process that has not looked yet writes under the old key"
    sum(rotating.reencrypt(tenant.id, rows=7))
    with tenant.scope():
        assert (set(rotating.counts()), rotating.counts() == dict(_counted())) == ({2}, True)
    after = _clear(tenant)
    assert {key: after[key] for key in before} == before
    assert (_clear(other) == neighbour, set(_key_ids(other))) == (True, {1})
    with tenant.scope():
        assert verify() == []
        assert _found(written.id)
    assert {table for table, _column, _id in before} >= {"member", "second_factor", "sign_in_provider", "needs_need", "needs_sheet", "wishes_wish", "stored_file"}


def _counted() -> Counter[int]:
    return Counter(value[3] for value in _envelopes().values())


def _found(member_id: uuid.UUID) -> bool:
    """Whether the phone's blind index still finds the member: it hangs on the first key, which stays."""
    member = Base.metadata.tables["member"]
    phone = clear_values(member_id, ("phone",))["phone"]
    return session().scalar(select(member.c.id).where(
        member.c.tenant_id == tenant_id(), member.c.phone_index == keyring.for_tenant(tenant_id()).blind("member.phone", phone))) == member_id


def test_twin_a_column_without_its_tag_stays_under_the_old_key(monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant()
    make_member(tenant)
    phone = Base.metadata.tables["member"].c.phone
    monkeypatch.setitem(phone.info, tags.KEY, tags.plain()[tags.KEY])
    keys.add(tenant.id, tenant.code, MASTERS)
    sum(rotating.reencrypt(tenant.id))
    assert _key_ids(tenant)[1] == 1
    with tenant.scope(), pytest.raises(ValueError, match=r"member\.phone"):
        seal("member", "phone", uuid.uuid4(), "1")


def test_a_process_looks_for_a_new_key_within_a_minute_and_outlives_a_master_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant()
    with unscoped():
        ring = TenantKeyring(tenant.id, MASTERS, keys.load)
        row = uuid.uuid4()
    keys.add(tenant.id, tenant.code, MASTERS)
    with unscoped():
        assert (ring.encrypt("member", "phone", row, "1") or b"")[3] == 1
        monkeypatch.setattr(keyring, "FRESH", -1.0)
        assert (ring.encrypt("member", "phone", row, "1") or b"")[3] == 2
    keyring.configure(TWO, keys.load)  # the process of the command knows both
    assert keys.rewrap(TWO) > 0
    with unscoped():
        assert ring.decrypt("member", "phone", row, ring.encrypt("member", "phone", row, "1")) == "1"


def test_a_new_master_takes_every_wrapped_key_the_operators_log_and_their_second_factors_with_it() -> None:
    tenant = make_tenant()
    member = make_member(tenant)
    keys.add(tenant.id, tenant.code, MASTERS)  # noted in the operators' log, whose key is wrapped too
    with unscoped():
        operator = operators.create_operator("yunying", "long enough for an operator")
        secret = operator_factors.propose(operator)
    assert set(keys.wrapped_under()) == {1}
    with pytest.raises(ConfigurationError):
        keys.rewrap(MasterKeys({3: b"\3" * 32}))
    keyring.configure(TWO, keys.load)
    assert (keys.rewrap(TWO), keys.rewrap(TWO), set(keys.wrapped_under())) == (4, 0, {2})
    keyring.configure(MasterKeys({2: b"\2" * 32}), keys.load)
    with tenant.scope():
        assert clear_values(member.id, ("phone",)) == {"phone": member.phone}
    with unscoped():
        assert operator_factors.propose(operator) == secret
        assert verify(trail=OPERATORS) == []
        assert [entry.action for entry in entries(trail=OPERATORS)] == ["key.rewrapped", "key.rewrapped", "operator.created", "key.added"]
