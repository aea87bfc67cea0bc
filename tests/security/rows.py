"""One thing of every kind in a tenant, by the name under which routes ask for it."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from core.access.actor import load_actor
from core.access.models import Grant
from core.access.tokens import create_token, tokens
from core.documents import storage
from core.jobs import enqueue
from core.registration import certificates, reporting
from core.registration.models import Obligation
from core.service import records
from core.service.records import RecordInput
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tests.support.factories import TestTenant, make_member


def things(tenant: TestTenant) -> dict[str, list[uuid.UUID]]:
    """Ids by URL parameter; `organization_id` has one of each kind of organization."""
    member = make_member(tenant, account=True)
    with tenant.scope():
        account = tenant.accounts["city_administrator"]
        issued = certificates.issue(tenant.counties[0], tenant.units[0], by=account.id).certificates
        submitted = reporting.submit(member.id, tenant.communities[0], "residence", "officer", by=account.id)
        receipt = reporting.confirm(submitted, 1, by=account.id)
        obligation = Obligation(member_id=member.id, unit_id=tenant.units[0], community_id=tenant.communities[0], cause="initial",
                                basis="any", starts_on=today(), due_on=today() + dt.timedelta(days=30))
        session().add(obligation)
        session().flush()
        record = records.submit(member.id, RecordInput("政策宣传", "入户宣传", today(), 60, tenant.communities[0], recipient="王大爷"),
                                entered_by=account.id)
        actor = load_actor(account.id)
        assert actor is not None
        create_token(actor, "theirs", ["members.read"], 1)
        file = storage.save("x.txt", "text/plain", b"x", "members.export", 1, account.id)
        return {
            "member_id": [member.id], "certificate_id": [issued[0]], "report_in_id": [submitted], "receipt_id": [receipt],
            "obligation_id": [obligation.id], "record_id": [record], "job_id": [enqueue("members.export", {})], "file_id": [file],
            "account_id": [account.id], "token_id": [tokens(account.id)[0].id],
            "grant_id": [session().scalars(select(Grant.id).where(Grant.tenant_id == tenant_id())).all()[0]],
            "organization_id": [tenant.root, tenant.counties[0], tenant.streets[0], tenant.communities[0], tenant.sectors[0],
                                tenant.units[0]],
            "unit_id": [tenant.units[0]], "sector_id": [tenant.sectors[0]], "community_id": [tenant.communities[0]],
            "issuer_id": [tenant.counties[0]],
        }
