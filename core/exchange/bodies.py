"""What the four kinds of envelopes may hold, field by field; whatever is not named here does not cross."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from core.errors import Invalid
from core.exchange import canonical
from core.exchange.models import BASES
from core.i18n import _
from core.members.models import CATEGORIES
from core.organizations.models import UNIT_TYPES
from core.service.models import RATINGS

MOST_RECORDS = 40  # so that an envelope stays below 64 KiB
MOST_MEMBERS, MOST_CONTENT = 2_000, 768 * 1024  # so that a letter stays below 1 MiB


class Strict(Schema):
    """A schema that refuses what it does not know, and guesses no types."""

    class Meta:
        """marshmallow's own."""

        unknown = RAISE


def _text(longest: int, **options: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, longest), required=True, **options)


class UnitBody(Strict):
    """The member's unit in the home tenant."""

    id = fields.UUID(required=True)
    name = _text(60)
    type = fields.String(required=True, validate=validate.OneOf(UNIT_TYPES))


class MemberBody(Strict):
    """Who is certified: no identity number; the telephone only when the member has agreed to it for this."""

    id = fields.UUID(required=True)
    name = _text(60)
    sex = fields.String(required=True, validate=validate.OneOf(("male", "female")))
    category = fields.String(required=True, validate=validate.OneOf(CATEGORIES))
    phone = fields.String(required=True, allow_none=True, validate=validate.Regexp(r"1\d{10}\Z"))


class CertificateFacts(Strict):
    """The certificate itself."""

    id = fields.UUID(required=True)
    number = _text(60)
    issuer = _text(60)
    issued_on = fields.Date(required=True)


class CommunityBody(Strict):
    """A community of the visited tenant."""

    code = _text(30)
    name = _text(60)


class CertificateBody(Strict):
    """A unit certifies its member to a community elsewhere; `moves_on`: for good, from that day."""

    certificate = fields.Nested(CertificateFacts, required=True)
    member = fields.Nested(MemberBody, required=True)
    unit = fields.Nested(UnitBody, required=True)
    community = fields.Nested(CommunityBody, required=True)
    basis = fields.String(required=True, validate=validate.OneOf(BASES))
    moves_on = fields.Date(required=True, allow_none=True)


class ReceiptBody(Strict):
    """The visited community's answer; a later edition with `in_force` false takes it back. With a `reason` the certificate was refused."""

    member_id = fields.UUID(required=True)
    certificate_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True, validate=validate.Length(1, 300))
    report_in_id = fields.UUID(required=True)
    edition = fields.Integer(required=True, strict=True, validate=validate.Range(0, 1000))
    community = fields.Nested(CommunityBody, required=True)
    basis = fields.String(required=True, validate=validate.OneOf(BASES))
    number = fields.String(required=True, validate=validate.Length(0, 60))
    reported_on = fields.Date(required=True)
    in_force = fields.Boolean(required=True)


class RecordFacts(Strict):
    """One service: what, when, how long, and the recipient's grade; nobody served is named."""

    id = fields.UUID(required=True)
    edition = fields.Integer(required=True, strict=True, validate=validate.Range(0, 1000))
    community = _text(60)
    kind = _text(60)
    title = _text(300)
    happened_on = fields.Date(required=True)
    minutes = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1440))
    rating = fields.String(required=True, allow_none=True, validate=validate.OneOf(RATINGS))
    counts = fields.Boolean(required=True)


class RecordBody(Strict):
    """Services of one member: one that goes home, or those that are carried along in a move."""

    member_id = fields.UUID(required=True)
    records = fields.List(fields.Nested(RecordFacts), required=True, validate=validate.Length(1, MOST_RECORDS))


class FeedbackBody(Strict):
    """What a community says to a unit elsewhere, or the unit answers; the content is a plugin's, members by their ids at home."""

    unit_id = fields.UUID(required=True)
    community = fields.Nested(CommunityBody, required=True, allow_none=True)
    about = fields.UUID(required=True)
    answer_to = fields.UUID(required=True, allow_none=True)
    member_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(0, MOST_MEMBERS))
    content = fields.Dict(keys=fields.String(), required=True)


SCHEMAS: dict[str, type[Strict]] = {"certificate": CertificateBody, "receipt": ReceiptBody, "record": RecordBody, "feedback": FeedbackBody}


def load(kind: str, body: Any) -> dict[str, Any]:
    """The body with ids and dates as values. Raises Invalid for a field that is missing, unknown or wrong."""
    try:
        found: dict[str, Any] = SCHEMAS[kind]().load(body)
    except (ValidationError, KeyError) as error:
        raise Invalid(_("互通函件的内容不合格式，不能接收。请对方升级系统后重新发送。")) from error
    if kind == "feedback":
        check_content(found["content"])
    return found


def dump(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as JSON values, checked as the receiver will. Raises Invalid."""
    written: dict[str, Any] = SCHEMAS[kind]().dump(dict(body))
    load(kind, written)
    return written


def check_content(content: Any) -> None:
    """Raise Invalid for content over 768 KiB, or with fractions, whose spelling differs between programs."""
    if len(canonical.canonical(content)) > MOST_CONTENT or not _plain(content):
        raise Invalid(_("反馈的内容太长，或含有不能互通的数据。请精简后再发送。"))


def _plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _plain(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(_plain(inner) for inner in value)
    return value is None or isinstance(value, (str, int))
