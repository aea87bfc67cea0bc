"""A tenant in which stars are on, with people whose records are written directly: these tests ask what is made of them."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import insert, select

from core.extension.rule_kinds import PackVersion
from core.registration.models import ReportIn
from core.rules import files, packs
from core.rules.kinds import rule_kind
from core.rules.models import Deed
from core.service.models import ServiceRecord
from core.tenancy import now, session
from plugins.stars.evaluating import standings
from plugins.stars.models import StarCase
from tests.service.conftest import app, browser, statements
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "browser", "statements"]
LONG_AGO = dt.date(2010, 1, 1)


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with stars switched on."""
    return make_tenant(plugins=("stars",))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, belongs to the first unit, has a phone."""
    return make_member(tenant, account=True)


def serve(tenant: TestTenant, member: TestMember, hours: float, on: dt.date, **columns: Any) -> uuid.UUID:
    """Hours that count, on or before a day: as many days as it takes, eight hours each; answers the last record's id."""
    minutes, rows, day = round(hours * 60), [], on
    while minutes > 0:
        values = {"tenant_id": tenant.id, "id": uuid.uuid4(), "member_id": member.id, "community_id": tenant.communities[0],
                  "unit_id": member.unit_id, "kind": "环境卫生", "title": "服务", "happened_on": day, "minutes": min(480, minutes),
                  "hours_source": "reported", "recipient_kind": "public", "status": "counted", "counted_on": day, "rating": "satisfied",
                  "version": 1, "created_at": now(), "outside_hours": False, "collective": False, **columns}
        rows.append(values)
        minutes, day = minutes - 480, day - dt.timedelta(days=1)
    with tenant.scope():
        session().execute(insert(ServiceRecord), rows)
    return rows[0]["id"]


def report(tenant: TestTenant, member: TestMember, on: dt.date) -> None:
    """A confirmed report-in of a day."""
    with tenant.scope():
        session().add(ReportIn(member_id=member.id, community_id=member.residence_id, unit_id=member.unit_id, sort_key="", basis="residence",
                               channel="officer", status="confirmed", reported_on=on, decided_on=on, created_at=now()))


def deed(tenant: TestTenant, member: TestMember, kind: str, on: dt.date, level: str | None = None, quantity: int = 1) -> uuid.UUID:
    """An approved deed."""
    with tenant.scope():
        row = Deed(member_id=member.id, kind=kind, level=level, quantity=quantity, happened_on=on, evidence="见文件", status="approved",
                   approved_on=on, created_at=now())
        session().add(row)
        session().flush()
        return row.id


def scheme(document: str | Mapping[str, Any], name: str = "scheme", place: uuid.UUID | None = None, since: dt.date = LONG_AGO,
           **changes: Any) -> PackVersion:
    """Publish a shipped example (by file name) or a document, changed at its top; inside the tenant's scope."""
    given = files.example(rule_kind("stars"), document).document if isinstance(document, str) else document
    return packs.publish(packs.draft("stars", name, {**given, **changes}, place), since)


def level(number: int, *conditions: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A level with one way to it."""
    return {"number": number, "name": f"{number} 星", "ways": [{"conditions": list(conditions)}], "steps": ["community"], **more}


def hours(amount: float, **more: Any) -> dict[str, Any]:
    """So many hours."""
    return {"needs": "amount", "hours_at_least": amount, **more}


def simple(*amounts: float, **top: Any) -> dict[str, Any]:
    """A scheme of hours alone."""
    return {"title": "星级", "levels": [level(number, hours(amount)) for number, amount in enumerate(amounts, 1)], "publication_days": 3, **top}


def due(tenant: TestTenant, pack: PackVersion, on: dt.date) -> dict[uuid.UUID, int]:
    """Who may be given which level on a day."""
    with tenant.scope():
        standing = standings(pack, on)
        return {row.member_id: row.due for row in session().execute(select(standing.c.member_id, standing.c.due)) if row.due}


def case_of(tenant: TestTenant, member: TestMember, name: str = "scheme") -> Any:
    """The member's latest case in a scheme."""
    with tenant.scope():
        return session().scalars(select(StarCase).where(StarCase.member_id == member.id, StarCase.scheme == name)
                                 .order_by(StarCase.changed_at.desc(), StarCase.id.desc())).first()
