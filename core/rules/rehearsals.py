"""Tries a draft on a past period: one statement reckons it for everybody, beside what held then, and nothing else is touched (R82, R83)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, update

from core import audit
from core.db import new_id
from core.errors import Invalid
from core.i18n import _, _l
from core.jobs.context import JobContext
from core.jobs.queue import enqueue
from core.jobs.registry import handler
from core.rules.kinds import rule_kind
from core.rules.models import Rehearsal, RehearsalRow, RulePack
from core.rules.queries import pack_version
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id

LONGEST = dt.timedelta(days=3 * 366)
KEPT = 5  # of each pack


def rehearse(pack_id: uuid.UUID, since: dt.date, until: dt.date) -> uuid.UUID:
    """Begin a rehearsal of a draft or a version; answers its id, its job goes on in the background. Raises NotFound, Invalid."""
    pack = pack_version(pack_id)
    rule_kind(pack.kind)
    if not since <= until <= today():
        raise Invalid(_("请选择一段已经过去的时间。"), {"since": [_("起始日期应不晚于结束日期，结束日期不晚于今天")]})
    if until - since > LONGEST:
        raise Invalid(_("一次最多试算三年。"), {"since": [_("离结束日期太远")]})
    actor = audit.current_actor()
    row = Rehearsal(id=new_id(), pack_id=pack_id, since=since, until=until, document=dict(pack.document), created_at=now(),
                    started_by=actor.id if actor.kind == "account" else None)
    session().add(row)
    session().flush()
    row.job_id = enqueue("rules.rehearse", {"rehearsal": str(row.id)}, effect_key=f"rehearse {row.id}")
    _drop_old(pack_id)
    audit.record("rules.rehearsed", "rule_pack", pack_id, {"since": since.isoformat(), "until": until.isoformat()})
    return row.id


@handler("rules.rehearse", label=_l("规则试算"))
def run(job: JobContext) -> dict[str, Any]:
    """The job: the rule kind's one statement, written into rows of the rehearsal."""
    rehearsal_id = uuid.UUID(job.payload["rehearsal"])
    row = session().execute(select(Rehearsal.pack_id, Rehearsal.since, Rehearsal.until, Rehearsal.document).where(
        Rehearsal.tenant_id == tenant_id(), Rehearsal.id == rehearsal_id, Rehearsal.pack_id == RulePack.id,
        RulePack.tenant_id == tenant_id(), RulePack.status != "discarded")).one_or_none()
    if row is None:  # thrown away meanwhile
        return {"members": 0}
    pack = pack_version(row.pack_id)
    members = reckon(rehearsal_id, pack.kind, pack.name, row.document, row.since, row.until)
    session().execute(update(Rehearsal).where(Rehearsal.tenant_id == tenant_id(), Rehearsal.id == rehearsal_id).values(status="done"))
    return {"members": members}


def reckon(rehearsal_id: uuid.UUID, kind: str, name: str, document: Mapping[str, Any], since: dt.date, until: dt.date) -> int:
    """Write the rehearsal's rows; answers how many members there are."""
    outcome = rule_kind(kind).rehearse(document, since, until, name).subquery("outcome")
    columns = outcome.c
    session().execute(delete(RehearsalRow).where(RehearsalRow.tenant_id == tenant_id(), RehearsalRow.rehearsal_id == rehearsal_id))
    # Ids need no order here and are told to nobody, so that the server may make them.
    rows = select(literal(tenant_id()), func.gen_random_uuid(), literal(rehearsal_id), columns.member_id, columns.before,
                  columns.after, columns.why)
    session().execute(insert(RehearsalRow).from_select(
        ["tenant_id", "id", "rehearsal_id", "member_id", "before", "after", "why"], rows, include_defaults=False))
    return session().scalar(select(func.count()).where(RehearsalRow.tenant_id == tenant_id(),
                                                       RehearsalRow.rehearsal_id == rehearsal_id)) or 0


def _drop_old(pack_id: uuid.UUID) -> None:
    kept = select(Rehearsal.id).where(Rehearsal.tenant_id == tenant_id(), Rehearsal.pack_id == pack_id).order_by(
        Rehearsal.id.desc()).limit(KEPT)
    session().execute(delete(Rehearsal).where(Rehearsal.tenant_id == tenant_id(), Rehearsal.pack_id == pack_id,
                                              Rehearsal.id.not_in(kept)))
