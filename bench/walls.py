"""What the walls cost beside the bare arithmetic: a column encrypted against its cipher alone, a chain verified against reading it and HMAC."""
from __future__ import annotations

import hmac
import os
import statistics
import time
import uuid
from collections.abc import Callable

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text

from bench.installation import Installation
from bench.results import Result
from core.audit import record, verify
from core.db import database
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from core.tenancy import Tenant, TenantKey, now, session, tenant_scope, unscoped
from tenants.process import configure_process

#: BAODAO_BENCH_ROWS makes it smaller, to see that it runs.
ROWS = int(os.environ.get("BAODAO_BENCH_ROWS", "20000"))
ROUNDS, PAGE, TENANT = 9, 2_000, 1
NUMBER = "420102198307091772"
COLUMNS = "seq, at, actor_kind, actor_id, action, object_type, object_id, details, previous_hash, hash"


def measure(installation: Installation) -> list[Result]:
    """Two ratios, each side asked in turn in the same process."""
    config = installation.site("walls").config()
    configure_process(config, statement_timeout=120)
    _tenant(MasterKeys(config.master_keys))
    with tenant_scope(TENANT):
        ring = keyring.for_tenant(TENANT)
    rows = [(uuid.UUID(int=number), NUMBER) for number in range(ROWS)]
    bare = AESGCM(AESGCM.generate_key(256)).encrypt
    sealed = _compare("walls: encryption", lambda: ring.encrypt_many("member", "id_number", rows), lambda: _cipher_alone(bare), 2.0, "a value")
    with tenant_scope(TENANT):
        for _row in range(ROWS):
            record("done", "thing", uuid.UUID(int=1), {"count": 1})
    with tenant_scope(TENANT):
        assert verify() == []
        chained = _compare("walls: audit chain", verify, _chain_alone, 3.0, "an entry", promise=16)
    database.dispose()
    return [sealed, chained]


def _compare(name: str, ours: Callable[[], object], alone: Callable[[], object], goal: float, unit: str, promise: int | None = None) -> Result:
    pairs = [(_seconds(ours), _seconds(alone)) for _round in range(ROUNDS)]
    one, other = (statistics.median(side) / ROWS * 1e6 for side in zip(*pairs, strict=True))
    return Result(name, statistics.median(a / b for a, b in pairs), goal, "lower", ROWS, f"{one:.1f} µs against {other:.1f} µs {unit}", promise)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _cipher_alone(seal: Callable[[bytes, bytes, bytes], bytes]) -> list[bytes]:
    """The same text under the same algorithm, with a nonce and a context of the same length each, and no more."""
    context = bytes(40)
    return [seal(os.urandom(12), NUMBER.encode(), context) for _row in range(ROWS)]


def _chain_alone() -> bytes:
    """The same rows read in the same pages, and one HMAC over each row's JSON and its predecessor."""
    last, after = bytes(32), 0
    while rows := session().execute(text(f"select {COLUMNS} from audit_entry where tenant_id = :tenant and seq > :after order by seq limit {PAGE}"),
                                    {"tenant": TENANT, "after": after}).all():
        for row in rows:
            last = hmac.digest(b"k" * 32, last + orjson.dumps(row[:8]), "sha256")
        after = rows[-1].seq
    return last


def _tenant(masters: MasterKeys) -> None:
    with unscoped() as opened:
        opened.add(Tenant(id=TENANT, code="420001", slug="bench", name="bench", short_name="bench", created_at=now()))
        opened.flush()
        opened.add(TenantKey(tenant_id=TENANT, key_id=1, algorithm=masters.algorithm, wrapped=masters.new_tenant_key(TENANT, 1), created_at=now()))
