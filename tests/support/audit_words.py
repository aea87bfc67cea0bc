"""What stands in the audit log after a test is said in words on the auditor's page: an action or object without a title is a slip of the pen."""
from __future__ import annotations

from tenants.audit_titles import ACTIONS, OBJECTS, OPERATOR_ACTIONS, OPERATOR_OBJECTS
from tests.support.databases import TestDatabase

#: What tests record of their own accord.
TESTS_OWN = frozenset({"done", "thing"})


def without_title(database: TestDatabase) -> list[tuple[str, str]]:
    """Pairs of action and object type in the logs that no page could put into words."""
    with database.connect_admin() as admin:
        rows = [*admin.execute("select distinct action, object_type from audit_entry").fetchall(),
                *admin.execute("select distinct action, object_type from operator_entry").fetchall()]
    actions, objects = {*ACTIONS, *OPERATOR_ACTIONS, *TESTS_OWN}, {*OBJECTS, *OPERATOR_OBJECTS, *TESTS_OWN}
    return sorted((action, kind) for action, kind in rows if action not in actions or kind not in objects)
