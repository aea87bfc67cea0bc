"""The envelope: who to whom, which kind, when, under which key, and a signature over all of it."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, validate

from core.db import new_id
from core.errors import Invalid
from core.exchange import bodies, canonical, keys
from core.exchange.bodies import Strict
from core.exchange.models import KINDS
from core.i18n import _
from core.tenancy import current_tenant, now

FORMAT = "baodao-envelope/1"
EARLY = dt.timedelta(hours=1)  # two servers' clocks
_FIELDS = ("format", "id", "kind", "sender", "receiver", "key", "issued_at", "body")


class EnvelopeSchema(Strict):
    """The outside of an envelope, in JSON."""

    format = fields.String(required=True, validate=validate.Equal(FORMAT))
    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    sender = fields.String(required=True, validate=validate.Length(1, 30))
    receiver = fields.String(required=True, validate=validate.Length(1, 30))
    key = fields.String(required=True, validate=validate.Length(1, 64))
    issued_at = fields.AwareDateTime(required=True, format="iso")
    body = fields.Dict(required=True)
    signature = fields.String(required=True, validate=validate.Length(1, 200))


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope that was read; `message` is what the signature stands over, `raw` the body as it was signed."""

    id: uuid.UUID
    kind: str
    sender: str
    receiver: str
    key: str
    issued_at: dt.datetime
    raw: Mapping[str, Any]
    signature: bytes
    message: bytes
    text: str

    @property
    def body(self) -> dict[str, Any]:
        """The body with ids and dates as values. Raises Invalid."""
        return bodies.load(self.kind, self.raw)


def seal(kind: str, receiver: str, body: Mapping[str, Any]) -> tuple[uuid.UUID, str]:
    """A new signed envelope from the scope's tenant: (id, JSON text). Raises Invalid for a body that the receiver would refuse."""
    identity = new_id()
    outside: dict[str, Any] = {"format": FORMAT, "id": str(identity), "kind": kind, "sender": current_tenant().code, "receiver": receiver,
                               "key": keys.ensure(), "issued_at": now().isoformat(timespec="seconds"), "body": bodies.dump(kind, body)}
    _number, signature = keys.sign(_message(outside))
    return identity, canonical.canonical({**outside, "signature": canonical.encode(signature)}).decode()


def read(text: str) -> Envelope:
    """An envelope from its JSON or its short spelling, unverified. Raises Invalid when it is none, or larger than its kind may be."""
    content = canonical.unpack(text) if text.lstrip().startswith(canonical.PREFIX) else text.encode()
    raw = canonical.parse(content, canonical.MOST_LETTER)
    try:
        found = EnvelopeSchema().load(raw)
    except ValidationError as error:
        raise canonical.unreadable() from error
    if len(content) > canonical.MOST_BYTES and found["kind"] != "feedback":
        raise canonical.unreadable()
    outside = {name: raw[name] for name in _FIELDS}
    return Envelope(found["id"], found["kind"], found["sender"], found["receiver"], found["key"], found["issued_at"], raw["body"],
                    canonical.decode(found["signature"]), _message(outside), canonical.canonical(raw).decode())


def check(found: Envelope, pinned: Mapping[str, Mapping[str, str | None]]) -> None:
    """Verify an envelope against the keys that were pinned for its sender; needs no network. Raises Invalid with a sentence."""
    known = pinned.get(found.key)
    if known is None:
        raise Invalid(_("签名用的密钥未登记。请向发件方索取新的伙伴文件，核对指纹后再收。"))
    if not keys.verifies(canonical.decode(known["public"] or ""), found.signature, found.message):
        raise Invalid(_("签名不对：函件被改动过，或不是该伙伴发出的。请勿采信，并与发件方联系。"))
    if known["until"] and found.issued_at > dt.datetime.fromisoformat(known["until"]):
        raise Invalid(_("函件是用已停用的密钥签的。请发件方用新密钥重新发送。"))
    if found.issued_at > now() + EARLY:
        raise Invalid(_("函件的签发时间在将来，不能接收。请双方核对服务器时钟。"))


def _message(outside: Mapping[str, Any]) -> bytes:
    return FORMAT.encode() + b"\0" + canonical.canonical(outside)
