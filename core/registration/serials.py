"""Running numbers of an issuer and year, drawn under a row lock so that none is given twice and none is skipped."""
from __future__ import annotations

import uuid

from sqlalchemy.dialects.postgresql import insert

from core.db import new_id
from core.registration.models import CertificateSeries
from core.tenancy import session
from core.tenancy.scope import tenant_id


def draw(issuer_id: uuid.UUID, year: int, count: int = 1) -> range:
    """The next `count` serials of this issuer and year. The lock is held until the transaction ends."""
    row = insert(CertificateSeries).values(tenant_id=tenant_id(), id=new_id(), issuer_id=issuer_id, year=year, last_serial=count)
    statement = row.on_conflict_do_update(
        index_elements=["tenant_id", "issuer_id", "year"],
        set_={"last_serial": CertificateSeries.last_serial + count}).returning(CertificateSeries.last_serial)
    last = session().execute(statement).scalar_one()
    return range(last - count + 1, last + 1)
