"""What the API takes and answers about claims and matters."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.service.claims.models import CLAIM_STATES
from core.service.claims.queries import VIEWS
from web.api.base import PageQuery, VersionBody


class ClaimRowSchema(Schema):
    """One line of a list; `member` is null for a unit's own claim. It names no recipient."""

    id = fields.UUID(required=True)
    matter_id = fields.UUID(required=True)
    source = fields.String(required=True, metadata={"description": "The plugin whose matter it is"})
    title = fields.String(required=True)
    kind = fields.String(required=True)
    place = fields.String(allow_none=True, required=True)
    recipient_kind = fields.String(required=True)
    recipient_group = fields.String(allow_none=True, required=True)
    wanted_minutes = fields.Integer(allow_none=True, required=True)
    member_id = fields.UUID(allow_none=True, required=True)
    member = fields.String(allow_none=True, required=True)
    unit_id = fields.UUID(allow_none=True, required=True)
    unit = fields.String(allow_none=True, required=True)
    community_id = fields.UUID(required=True)
    community = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(CLAIM_STATES))
    claimed_on = fields.Date(required=True)
    due_on = fields.Date(allow_none=True, required=True)
    ended_on = fields.Date(allow_none=True, required=True)
    reason = fields.String(allow_none=True, required=True)
    parent_id = fields.UUID(allow_none=True, required=True)
    version = fields.Integer(required=True)


class RegisterRowSchema(ClaimRowSchema):
    """One line of a work register, with who serves under a unit's claim and what came of it."""

    members = fields.List(fields.String(), required=True)
    records = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    counted = fields.Integer(required=True)
    counted_minutes = fields.Integer(required=True)


class MatterRowSchema(Schema):
    """A matter that can be claimed. It names no recipient."""

    id = fields.UUID(required=True)
    source = fields.String(required=True)
    community_id = fields.UUID(required=True)
    community = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    place = fields.String(allow_none=True, required=True)
    recipient_kind = fields.String(required=True)
    recipient_group = fields.String(allow_none=True, required=True)
    places = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    waits = fields.Boolean(required=True)
    collective = fields.Boolean(required=True)
    minutes = fields.Integer(allow_none=True, required=True)
    begins_on = fields.Date(allow_none=True, required=True)
    due_on = fields.Date(allow_none=True, required=True)


class OwnQuery(PageQuery):
    """What goes on, or what has ended."""

    ended = fields.Boolean(load_default=False)


class ViewQuery(PageQuery):
    """Which state: held, waiting or ended."""

    view = fields.String(load_default="held", validate=validate.OneOf(tuple(VIEWS)))
    source = fields.String(load_default=None, validate=validate.Length(max=50))


class RegisterQuery(PageQuery):
    """Which side, and of which days."""

    side = fields.String(load_default="community", validate=validate.OneOf(("community", "unit")))
    source = fields.String(load_default=None, validate=validate.Length(max=50))
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)


class ServiceBody(Schema):
    """One service. `record_id`, made by the sender, lets the same service be sent twice without being written twice."""

    record_id = fields.UUID(load_default=None)
    happened_on = fields.Date(required=True)
    minutes = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 1440))
    started_at = fields.Time(load_default=None, allow_none=True)


class CompleteBody(VersionBody):
    """The last service, where there is one that was not noted yet."""

    service = fields.Nested(ServiceBody, load_default=None, allow_none=True)


class ReleaseBody(VersionBody):
    """Why; who only waits owes no reason."""

    reason = fields.String(load_default="", validate=validate.Length(max=300))


class RecordIdsSchema(Schema):
    """The service records that were written, one a member."""

    records = fields.List(fields.UUID(), required=True)
