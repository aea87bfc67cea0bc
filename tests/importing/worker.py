"""A worker's process that runs one import and may be shot: python -m tests.importing.worker DATABASE_URL TENANT JOB."""
from __future__ import annotations

import sys
import uuid

import core.db
from core.jobs import Policy, run_job
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from tenants import handlers, keys
from tests.support.factories import MASTER_KEYS

LEASE = Policy(lease=1.0, attempts=50, backoff=(0.1,))


def main() -> None:
    """Connect as a worker does, and run."""
    database_url, tenant, job = sys.argv[1:]
    core.db.configure(database_url, statement_timeout=60, pool_size=2)
    keyring.configure(MasterKeys(MASTER_KEYS), keys.load)
    assert handlers.MODULES
    run_job(int(tenant), uuid.UUID(job), LEASE)


if __name__ == "__main__":
    main()
