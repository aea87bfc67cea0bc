"""A service record that counts, made the way it is made in life, so that plugins hear of it."""
from __future__ import annotations

from core.extension.facts import RecordFact
from core.service import evaluation, records
from core.service.models import ServiceRecord
from core.service.records import RecordInput
from core.tenancy import session, today
from web.testing.factories import TestMember, TestTenant


def make_counted_record(tenant: TestTenant, member: TestMember, *, minutes: int = 60, kind: str = "环境卫生",
                        rating: str = "satisfied") -> RecordFact:
    """One service of the member's today: written down, verified by the community, judged by the recipient. Call it outside a scope."""
    officer = tenant.accounts["community_officer"].id
    with tenant.scope():
        given = RecordInput(kind, "清扫楼道", today(), minutes, member.residence_id, recipient="孙桂兰")
        record_id = records.submit(member.id, given, entered_by=officer)
        records.verify(record_id, 1, by=officer)
        evaluation.key_in(record_id, "visit", rating, None, today(), by=officer)
        return records.fact(session().get_one(ServiceRecord, (tenant.id, record_id)))


def withdraw_record(tenant: TestTenant, record: RecordFact) -> None:
    """Take it back again, so that it counts no longer. Call it outside a scope."""
    with tenant.scope():
        records.withdraw(record.record_id, session().get_one(ServiceRecord, (tenant.id, record.record_id)).version)
