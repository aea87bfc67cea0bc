"""What the API of posts takes and answers."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from core.api import PRIORITY_GROUPS, RECIPIENT_KINDS, matter_recipient
from plugins.posts import times
from plugins.posts.setting import PostInput

_NAMES = ("community_id", "category", "title", "duties", "standing", "place", "recipient_kind", "recipient_group", "places", "waits", "minutes",
          "begins_on", "due_on", "times_words")


class TimeSchema(Schema):
    """A weekly time; Monday is 1."""

    days = fields.List(fields.Integer(validate=validate.Range(1, 7)), required=True, validate=validate.Length(1, 7))
    begins = fields.Time("%H:%M", load_default=None, allow_none=True, data_key="from")
    ends = fields.Time("%H:%M", load_default=None, allow_none=True, data_key="until")


class PostSchema(Schema):
    """A post with its numbers; it names no member and no recipient."""

    id = fields.UUID(required=True)
    community_id = fields.UUID(required=True)
    category = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "the kind of service record that its services become"})
    title = fields.String(required=True)
    duties = fields.String(required=True)
    skills = fields.List(fields.String(), required=True)
    times = fields.List(fields.Dict(), required=True)
    times_words = fields.String(required=True, allow_none=True)
    standing = fields.Boolean(required=True)
    place = fields.String(required=True, allow_none=True)
    recipient_kind = fields.String(required=True)
    recipient_group = fields.String(required=True, allow_none=True)
    places = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    waits = fields.Boolean(required=True)
    minutes = fields.Integer(required=True, allow_none=True, metadata={"description": "usual length of one service in minutes"})
    begins_on = fields.Date(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    state = fields.String(required=True, metadata={"description": "open or closed"})
    version = fields.Integer(required=True)


class PostWriteSchema(Schema):
    """What is set; `version` is that which was read, 0 for a new post."""

    version = fields.Integer(load_default=0)
    community_id = fields.UUID(required=True)
    category = fields.String(required=True, validate=validate.Length(1, 20))
    title = fields.String(required=True, validate=validate.Length(2, 100))
    duties = fields.String(required=True, validate=validate.Length(2, 1000))
    skills = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=list, validate=validate.Length(max=12))
    times = fields.List(fields.Nested(TimeSchema), load_default=list, validate=validate.Length(max=7))
    times_words = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    standing = fields.Boolean(load_default=True)
    place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    recipient_kind = fields.String(load_default="public", validate=validate.OneOf(list(RECIPIENT_KINDS)))
    recipient_group = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(list(PRIORITY_GROUPS)))
    recipient = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=50))
    places = fields.Integer(load_default=1, validate=validate.Range(1, 1000))
    waits = fields.Boolean(load_default=True)
    minutes = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1440))
    begins_on = fields.Date(load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)


class TakeSchema(Schema):
    """For whom, where an officer claims, and until when."""

    member_id = fields.UUID(load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)


class ReasonSchema(Schema):
    """The version that was read, and why."""

    version = fields.Integer(required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=300))


class ClaimSchema(Schema):
    """Where a claim stands: waiting, held, done, released or lapsed."""

    id = fields.UUID(required=True)
    matter_id = fields.UUID(required=True)
    member_id = fields.UUID(required=True, allow_none=True)
    state = fields.String(required=True)
    version = fields.Integer(required=True)


def written(given: Mapping[str, Any]) -> PostInput:
    """What the service takes of a new post."""
    slots = tuple(times.Slot(tuple(sorted(set(one["days"]))), one["begins"], one["ends"]) for one in given["times"])
    return PostInput(slots=slots, skills=tuple(given["skills"]), recipient=given["recipient"], **{name: given[name] for name in _NAMES})


def post_of(row: Any, given: Mapping[str, Any]) -> PostInput:
    """What the service takes of a changed post; a recipient that is not named stays, since nobody reads it out here."""
    kept = given["recipient"] if given["recipient"] is not None else matter_recipient(row.id)
    return written({**given, "recipient": kept})
