"""The check that audit rows can be said in words sees one that cannot."""
from __future__ import annotations

from core.audit import record
from tests.support.audit_words import without_title
from tests.support.databases import TestDatabase
from tests.support.factories import make_tenant


def test_twin_an_action_without_a_title_is_seen(database: TestDatabase) -> None:
    tenant = make_tenant()
    with tenant.scope():
        record("account.enabled", "account", None)
        record("account.slip_of_the_pen", "account", None)
    assert without_title(database) == [("account.slip_of_the_pen", "account")]
