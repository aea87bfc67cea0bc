"""All that is kept of one member, for the export that the law gives every person."""
from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from core.api import MemberData, _, session, tenant_id
from plugins.stars.models import Star, StarCase, StarDoubt, StarEvent, StarObjection, StarReview


def tables(member_id: uuid.UUID) -> list[MemberData]:
    """Stars, cases, their history, objections, reviews and doubts, each as a table where there are rows."""
    found = ((_("星级"), _stars(member_id)), (_("星级评定"), _cases(member_id)), (_("星级评定经过"), _of_cases(member_id, StarEvent, (
        "at", "kind", "step_level", "note"))), (_("星级异议和申诉"), _of_cases(member_id, StarObjection, (
            "raised_on", "kind", "says", "state", "answer", "decided_on"))),
        (_("星级复核"), _of_stars(member_id, StarReview, ("due_on", "proposal", "decision", "reason", "decided_on"))),
        (_("星级依据的变动"), _of_stars(member_id, StarDoubt, ("noticed_on", "kind", "happened_on", "minutes", "answer", "settled_on"))))
    return [MemberData(title, rows) for title, given in found if (rows := tuple(given))]


def _stars(member_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    names = ("number", "scheme", "level", "state", "cut_off", "granted_on", "valid_until", "ended_on", "ended_reason", "explanation")
    query = select(*(getattr(Star, name) for name in names)).where(Star.tenant_id == tenant_id(), Star.member_id == member_id)
    return _rows(query.order_by(Star.granted_on, Star.id), names)


def _cases(member_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    names = ("scheme", "cut_off", "held", "level", "state", "reason", "changed_at", "explanation")
    query = select(*(getattr(StarCase, name) for name in names)).where(StarCase.tenant_id == tenant_id(), StarCase.member_id == member_id)
    return _rows(query.order_by(StarCase.changed_at, StarCase.id), names)


def _of_cases(member_id: uuid.UUID, table: Any, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    query = (select(*(getattr(table, name) for name in names))
             .join(StarCase, (StarCase.tenant_id == table.tenant_id) & (StarCase.id == table.case_id))
             .where(table.tenant_id == tenant_id(), StarCase.member_id == member_id))
    return _rows(query.order_by(getattr(table, names[0]), table.id), names)


def _of_stars(member_id: uuid.UUID, table: Any, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    query = (select(*(getattr(table, name) for name in names))
             .join(Star, (Star.tenant_id == table.tenant_id) & (Star.id == table.star_id))
             .where(table.tenant_id == tenant_id(), Star.member_id == member_id))
    return _rows(query.order_by(getattr(table, names[0]), table.id), names)


def _rows(query: Any, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for row in session().execute(query):
        yield {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in zip(names, row, strict=True)}
