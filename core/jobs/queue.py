"""Writes a job in the transaction that wants it done: either both are committed, or neither."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.audit.actor import current_actor
from core.audit.plain import plain_json, scrub_json
from core.db import new_id
from core.jobs.bell import note
from core.jobs.models import Job
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


def enqueue(kind: str, payload: Mapping[str, Any] | None = None, *, run_at: dt.datetime | None = None,
            effect_key: str | None = None, total: int = 0, created_by: uuid.UUID | None = None) -> uuid.UUID:
    """Write a job in the open scope and ring after its commit; answers the job's id.

    `payload` holds ids, codes and counts: a text with an ID or mobile number raises ValueError. `effect_key` names what is
    to happen once: with a key that is known already, the job of that key is answered and nothing is written. `created_by`: the account
    whose job it is, when that is another one than the one acting (who confirms what another has asked for).
    """
    plain = plain_json(dict(payload or {}))
    if scrub_json(plain) != plain:
        raise ValueError(f"personal data in the payload of a job of kind {kind!r}")
    tenant, moment, actor = tenant_id(), now(), current_actor()
    row = {"tenant_id": tenant, "id": new_id(), "kind": kind, "payload": plain, "run_at": run_at or moment, "status": "due",
           "attempts": 0, "fence": 0, "progress": 0, "total": total, "message": "", "effect_key": effect_key,
           "created_by": created_by or (actor.id if actor.kind == "account" else None), "created_at": moment}
    statement = insert(Job).values(row).on_conflict_do_nothing(index_elements=["tenant_id", "effect_key"]).returning(Job.id)
    written = session().execute(statement).scalar_one_or_none()
    if written is None:
        return session().execute(select(Job.id).where(Job.tenant_id == tenant, Job.effect_key == effect_key)).scalar_one()
    if row["run_at"] <= moment:
        note(session(), tenant, written)
    return written
