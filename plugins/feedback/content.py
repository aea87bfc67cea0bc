"""A pack or a word as a plain mapping, in which it leaves for another tenant, and the check of one that came from there."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy import select

from core.api import Invalid, _, session, tenant_id
from plugins.feedback.models import COUNTS, REPORTED, FeedbackLine, FeedbackMessage, FeedbackPack

PACK = ("period", "begins_on", "ends_on", "revision", "members", "reported", *COUNTS, "norm", "parts", "remark", "number", "signer", "signed_on")
LINE = ("report_state", "reported_on", *COUNTS, "parts", "remark")
MOST_LINES, LONGEST = 5000, 2000


def _count() -> fields.Integer:
    return fields.Integer(load_default=0, validate=validate.Range(0, 100_000_000))


class _Counts(Schema):
    class Meta:
        unknown = EXCLUDE

    records, activities, minutes, satisfied = _count(), _count(), _count(), _count()
    fair, dissatisfied, claims, claims_done = _count(), _count(), _count(), _count()
    remark = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=LONGEST))


class _Line(_Counts):
    report_state = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(REPORTED))
    reported_on = fields.Date(load_default=None, allow_none=True)
    parts = fields.Dict(keys=fields.String(validate=validate.Length(1, 60)), values=fields.Integer(), load_default=dict)


class _Part(Schema):
    key = fields.String(required=True, validate=validate.Length(1, 60))
    title = fields.String(required=True, validate=validate.Length(1, 30))
    total = _count()


class _Pack(_Counts):
    kind = fields.String(required=True, validate=validate.Equal("pack"))
    period = fields.String(required=True, validate=validate.Regexp(r"20\d\d(H[12]|Q[1-4])?\Z"))
    begins_on, ends_on, signed_on = fields.Date(required=True), fields.Date(required=True), fields.Date(required=True)
    revision = fields.Integer(load_default=1, validate=validate.Range(1, 1000))
    members, reported, norm = _count(), _count(), _count()
    parts = fields.List(fields.Nested(_Part), load_default=list, validate=validate.Length(max=20))
    number = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    signer = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=30))
    lines = fields.List(fields.Nested(_Line), required=True, validate=validate.Length(max=MOST_LINES))


class _Word(Schema):
    class Meta:
        unknown = EXCLUDE

    kind = fields.String(required=True, validate=validate.OneOf(("message", "answer")))
    body = fields.String(required=True, validate=validate.Length(2, LONGEST))
    written_on = fields.Date(required=True)


def of(row: FeedbackPack | FeedbackMessage) -> tuple[dict[str, Any], list[uuid.UUID]]:
    """What leaves, JSON values without a name or an id, and of whom it speaks, in the order of its lines."""
    if isinstance(row, FeedbackMessage):
        kind = "answer" if row.kind == "answer" else "message"
        return {"kind": kind, "body": row.body, "written_on": row.written_on.isoformat()}, [row.member_id] if row.member_id else []
    lines = session().execute(select(FeedbackLine.member_id, *(getattr(FeedbackLine, name) for name in LINE)).where(
        FeedbackLine.tenant_id == tenant_id(), FeedbackLine.pack_id == row.id, FeedbackLine.member_id.is_not(None))
        .order_by(FeedbackLine.sort_key, FeedbackLine.id)).all()
    said = [{name: _plain(line._mapping[name]) for name in LINE} for line in lines]
    return {"kind": "pack", **{name: _plain(getattr(row, name)) for name in PACK}, "lines": said}, [line.member_id for line in lines]


def load(given: Mapping[str, Any]) -> dict[str, Any]:
    """What came, checked. Raises Invalid."""
    schema = _Pack() if given.get("kind") == "pack" else _Word()
    try:
        return dict(schema.load(dict(given)))
    except ValidationError:
        raise Invalid(_("收到的反馈内容不完整，没有保存。")) from None


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
