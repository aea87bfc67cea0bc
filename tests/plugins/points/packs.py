"""Packs, records and deeds for the tests of points."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import update

from core.api import read_pack
from core.db import new_id
from core.extension.facts import DeedFact, RecordFact
from core.extension.rule_kinds import PackVersion
from core.rules import packs
from core.rules.models import Deed
from core.service.models import ServiceRecord
from core.tenancy import now, session
from plugins.points import deeds, ledger
from tests.support.factories import TestMember, TestTenant

SHIPPED = Path(__file__).parents[3] / "plugins" / "points" / "packs"
SCHEMES = Path(__file__).parent / "schemes"
LONG_AGO = dt.date(2000, 1, 1)


def publish(document: Mapping[str, Any] | str, since: dt.date = LONG_AGO, organization_id: uuid.UUID | None = None) -> PackVersion:
    """Publish a document, or a pack by its file's name, in the open scope."""
    if isinstance(document, str):
        path = SHIPPED / f"{document}.toml"
        document = read_pack((path if path.exists() else SCHEMES / f"{document}.toml").read_bytes())
    return packs.publish(packs.draft("points", "default", document, organization_id), since)


def scheme(**parts: Any) -> dict[str, Any]:
    """A document with one rule of a point an hour, unless told otherwise."""
    return {"title": "试验", "rules": [{"key": "service", "title": "服务"}], **parts}


def serve(tenant: TestTenant, member: TestMember, minutes: int = 60, on: dt.date = dt.date(2026, 3, 2), **values: Any) -> RecordFact:
    """A counted record in the database, not yet told of; in the open scope."""
    columns = {"kind": "困难帮扶", "unit_id": member.unit_id, "community_id": tenant.communities[0], "recipient_kind": "person", "rating": "satisfied",
               "collective": False, "outside_hours": False, "hours_source": "reported", **values}
    row = ServiceRecord(id=new_id(), member_id=member.id, title="服务", happened_on=on, minutes=minutes, status="counted", counted_on=on,
                        created_at=now(), **columns)
    session().add(row)
    session().flush()
    return fact(row)


def fact(row: ServiceRecord) -> RecordFact:
    """What core tells of a record."""
    from core.service.records import fact as core_fact
    return core_fact(row)


def withdraw(record: RecordFact) -> None:
    """The record counts no longer, and points hear of it."""
    session().execute(update(ServiceRecord).where(ServiceRecord.id == record.record_id).values(status="withdrawn"))
    ledger.reverse(ledger.Evidence("record", record.record_id, record.member_id, record.community_id, record.happened_on))


def deed(member: TestMember, kind: str, on: dt.date = dt.date(2026, 3, 2), level: str | None = None, quantity: int = 1) -> DeedFact:
    """An approved deed of which points are told."""
    row = Deed(id=new_id(), member_id=member.id, unit_id=member.unit_id, kind=kind, level=level, quantity=quantity, happened_on=on, evidence="试验",
               status="approved", approved_on=on, created_at=now())
    session().add(row)
    session().flush()
    told = DeedFact(row.id, row.member_id, row.unit_id, kind, level, quantity, on, on)
    deeds.counted(told)
    return told
