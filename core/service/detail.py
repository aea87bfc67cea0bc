"""One service record as its page shows it, with what happened to it; the recipient only to those who verify."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.access.models import Account
from core.audit.queries import EntryFilter, entries
from core.errors import NotFound
from core.members.models import Member
from core.organizations.models import Organization
from core.privacy import keyring
from core.service.models import Evaluation, RecordCorrection, ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id

STEPS = ("record.", "evaluation.", "correction.")


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record. `recipient` is clear text; only the member who wrote it and the community that verifies may see it."""

    id: uuid.UUID
    member_id: uuid.UUID
    member: str
    unit: str | None
    community_id: uuid.UUID
    community: str
    kind: str
    title: str
    place: str | None
    happened_on: dt.date
    minutes: int
    hours_source: str
    recipient_kind: str
    recipient_group: str | None
    recipient: str | None
    status: str
    verified_by: str | None
    verified_on: dt.date | None
    returned_reason: str | None
    counted_on: dt.date | None
    version: int
    started_at: dt.time | None
    collective: bool
    replaces_id: uuid.UUID | None
    claim_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A request as its record's page shows it; `created_at` with its zone, `minutes` the length asked for."""

    id: uuid.UUID
    happened_on: dt.date
    minutes: int
    title: str
    kind: str
    place: str | None
    reason: str
    status: str
    answer: str | None
    decided_on: dt.date | None
    created_at: dt.datetime


class EvaluationView(NamedTuple):
    """The recipient's judgement; for those who verify only."""

    channel: str
    rating: str
    comment: str | None
    evaluated_on: dt.date
    keyed_by: str | None


class RecordEvent(NamedTuple):
    """One step of a record's way. `who` is the officer or member who acted, None for the recipient and for jobs."""

    when: dt.datetime
    action: str
    who: str | None


def record_view(record_id: uuid.UUID) -> RecordView:
    """One record in one query. Raises NotFound. Whether the actor may see it, and all of it, is the caller's question."""
    community, unit, verifier = aliased(Organization), aliased(Organization), aliased(Account)
    row = session().execute(
        select(ServiceRecord.id, ServiceRecord.member_id, Member.name, unit.name, ServiceRecord.community_id, community.name,
               ServiceRecord.kind, ServiceRecord.title, ServiceRecord.place, ServiceRecord.happened_on, ServiceRecord.minutes,
               ServiceRecord.hours_source, ServiceRecord.recipient_kind, ServiceRecord.recipient_group, ServiceRecord.recipient,
               ServiceRecord.status, verifier.display_name, ServiceRecord.verified_on, ServiceRecord.returned_reason,
               ServiceRecord.counted_on, ServiceRecord.version, ServiceRecord.started_at, ServiceRecord.collective, ServiceRecord.replaces_id,
               ServiceRecord.claim_id)
        .join(Member, (Member.tenant_id == ServiceRecord.tenant_id) & (Member.id == ServiceRecord.member_id))
        .join(community, (community.tenant_id == ServiceRecord.tenant_id) & (community.id == ServiceRecord.community_id))
        .outerjoin(unit, (unit.tenant_id == ServiceRecord.tenant_id) & (unit.id == ServiceRecord.unit_id))
        .outerjoin(verifier, (verifier.tenant_id == ServiceRecord.tenant_id) & (verifier.id == ServiceRecord.verified_by))
        .where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.id == record_id)).one_or_none()
    if row is None:
        raise NotFound
    values = list(row)
    values[14] = keyring.for_tenant(tenant_id()).decrypt("service_record", "recipient", record_id, row.recipient)
    return RecordView(*values)


def evaluation_view(record_id: uuid.UUID) -> EvaluationView | None:
    """How the recipient judged, in clear."""
    row = session().execute(
        select(Evaluation.id, Evaluation.channel, Evaluation.rating, Evaluation.comment, Evaluation.evaluated_on, Account.display_name)
        .outerjoin(Account, (Account.tenant_id == Evaluation.tenant_id) & (Account.id == Evaluation.keyed_by))
        .where(Evaluation.tenant_id == tenant_id(), Evaluation.record_id == record_id)).one_or_none()
    if row is None:
        return None
    comment = keyring.for_tenant(tenant_id()).decrypt("evaluation", "comment", row.id, row.comment)
    return EvaluationView(row.channel, row.rating, comment, row.evaluated_on, row.display_name)


def correction_view(record_id: uuid.UUID) -> CorrectionView | None:
    """The record's last request, answered or not; None when nothing was asked."""
    of = RecordCorrection
    row = session().execute(select(
        of.id, of.happened_on, of.minutes, of.title, of.kind, of.place, of.reason, of.status, of.answer, of.decided_on, of.created_at)
        .where(of.tenant_id == tenant_id(), of.record_id == record_id).order_by(of.created_at.desc(), of.id.desc()).limit(1)).one_or_none()
    return CorrectionView(*row) if row else None


def replaced_by(record_id: uuid.UUID) -> uuid.UUID | None:
    """The record that stands for a corrected one."""
    return session().scalar(select(ServiceRecord.id).where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.replaces_id == record_id))


def history(record_id: uuid.UUID, replaces_id: uuid.UUID | None = None) -> list[RecordEvent]:
    """The record's way from the audit log, newest first, in two queries; for a corrected record with the way of the one it replaces."""
    steps = []
    while True:
        steps += [e for e in entries(EntryFilter(object_type="service_record", object_id=record_id)) if e.action.startswith(STEPS)]
        if replaces_id is None:
            break
        record_id, replaces_id = replaces_id, session().scalar(select(ServiceRecord.replaces_id).where(
            ServiceRecord.tenant_id == tenant_id(), ServiceRecord.id == replaces_id))
    accounts = {e.actor_id for e in steps if e.actor_kind == "account" and e.actor_id is not None}
    names = dict(session().execute(select(Account.id, Account.display_name).where(
        Account.tenant_id == tenant_id(), Account.id.in_(accounts))).all())
    return [RecordEvent(e.at, e.action, names.get(e.actor_id) if e.actor_id else None) for e in steps]
