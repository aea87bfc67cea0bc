"""The databases of a test run, which Baodao also ships to the authors of plugins: see web.testing.databases."""
from __future__ import annotations

from web.testing.databases import (
    APP_PASSWORD,
    MASTER_KEYS,
    MIGRATE_PASSWORD,
    TestDatabase,
    Washer,
    connect,
    drop_database,
    external_admin_url,
    make_database,
)

__all__ = ["APP_PASSWORD", "MASTER_KEYS", "MIGRATE_PASSWORD", "TestDatabase", "Washer", "connect", "drop_database", "external_admin_url",
           "make_database"]
