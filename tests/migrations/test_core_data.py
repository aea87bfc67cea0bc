"""What core's migrations make of the rows at hand, where a later rule leans on it."""
from __future__ import annotations

import importlib
import uuid
from collections.abc import Callable

import pytest
from psycopg.errors import RaiseException

from migrations.runner import histories
from tests.migrations.test_core_history import move
from tests.support.databases import TestDatabase

#: Accounts by what they have to sign in with; only the first two have a second factor here.
FACTORS = {
    "codes": "insert into second_factor (tenant_id, id, account_id, last_step, secret) values (1, gen_random_uuid(), %s, 0, 'x')",
    "passkey": "insert into passkey (tenant_id, id, account_id, credential, public_key, sign_count, name, created_at)"
               " values (1, gen_random_uuid(), %s, 'x', 'x', 0, 'x', now())",
    "proposed only": "insert into second_factor (tenant_id, id, account_id, last_step, pending) values (1, gen_random_uuid(), %s, 0, 'x')",
    "single sign-on": "insert into sign_in_link (tenant_id, id, account_id, subject_hash, linked_at) values (1, gen_random_uuid(), %s, 'x', now())",
}
RECORD = """insert into service_record (tenant_id, id, member_id, community_id, kind, title, happened_on, minutes, hours_source, recipient_kind, status,
 version, created_at) values (1, %s, gen_random_uuid(), gen_random_uuid(), 'x', 'x', now(), 60, 'officer', 'public', 'counted', 1, now())"""
EVALUATION = """insert into evaluation (tenant_id, id, record_id, channel, rating, evaluated_on, created_at)
 values (1, gen_random_uuid(), %s, %s, 'satisfied', now(), now())"""


@pytest.fixture
def old(new_database: Callable[..., TestDatabase]) -> TestDatabase:
    """A database at revision 0020."""
    made = new_database(migrated=False)
    move(made, histories()[0].script(), "0020", up=True)
    return made


def test_tokens_count_by_the_accounts_own_factor_and_records_by_their_evaluation(old: TestDatabase) -> None:
    accounts = {name: uuid.uuid4() for name in FACTORS}
    records = {channel: uuid.uuid4() for channel in ("waiver", "paper")}
    with old.connect_admin() as admin:
        admin.execute("set session_replication_role = replica")  # the rows round about are no matter
        for name, identity in accounts.items():
            admin.execute(FACTORS[name], [identity])
            admin.execute("insert into access_token (tenant_id, id, account_id, name, token_hash, scopes, created_at, expires_at)"
                          " values (1, gen_random_uuid(), %s, %s, %s, '{}', now(), now() + interval '1 day')", [identity, name, name.encode()])
        for channel, identity in records.items():
            admin.execute(RECORD, [identity])
            admin.execute(EVALUATION, [identity, channel])
    move(old, histories()[0].script(), "0022", up=True)
    with old.connect_admin() as admin:
        assert dict(admin.execute("select name, second_factor from access_token").fetchall()) == {
            "codes": True, "passkey": True, "proposed only": False, "single sign-on": False}
        assert dict(admin.execute("select id, waived from service_record").fetchall()) == {records["waiver"]: True, records["paper"]: False}
        check = importlib.import_module("migrations.versions.0021_waived")._NONE_LEFT
        admin.execute(check)
        admin.execute("set session_replication_role = replica")
        admin.execute("update service_record set waived = false")
        with pytest.raises(RaiseException, match="1 counted records"):
            admin.execute(check)
