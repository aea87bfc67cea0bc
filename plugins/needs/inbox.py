"""The door for another system, such as a city's hotline: what it sends is signed, fresh, new, and never read with a login."""
from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
import uuid
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.api import PRIORITY_GROUPS, Conflict, Invalid, _, audit, new_id, now, seal, session, tenant_id, today, unseal
from plugins.needs.models import CHANNELS, InboxDelivery, InboxSecret
from plugins.needs.texts import tidy
from plugins.needs.writing import CONTACT, LONGEST, Contact, NeedInput, receive

WINDOW = dt.timedelta(minutes=5)
KEPT = dt.timedelta(days=2)
LARGEST = 16 * 1024
_DELIVERY = re.compile(r"[\w.:-]{8,64}", re.ASCII)


class DeliverySchema(Schema):
    """What may be sent; what else stands there is left unread."""

    class Meta:
        """Senders may add fields of their own."""

        unknown = EXCLUDE

    delivery = fields.String(required=True, validate=validate.Regexp(re.compile(rf"\A{_DELIVERY.pattern}\Z", re.ASCII)))
    text = fields.String(required=True, validate=validate.Length(2, LONGEST))
    category = fields.String(load_default=None, allow_none=True)
    channel = fields.String(load_default="other", validate=validate.OneOf([name for name in CHANNELS if name != "member"]))
    channel_title = fields.String(load_default="", validate=validate.Length(max=30))
    recipient_group = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(PRIORITY_GROUPS))
    received_on = fields.Date(load_default=None, allow_none=True)
    name = fields.String(load_default="", validate=validate.Length(max=CONTACT["name"]))
    phone = fields.String(load_default="", validate=validate.Length(max=CONTACT["phone"]))
    address = fields.String(load_default="", validate=validate.Length(max=CONTACT["address"]))


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What the sender puts into the header: HMAC-SHA256 over the moment, a full stop and the body, in hexadecimal digits."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def renew(*, by: uuid.UUID | None) -> str:
    """Make a new secret, shown once; what is signed with the old one is refused from now on."""
    session().execute(delete(InboxSecret).where(InboxSecret.tenant_id == tenant_id()))
    identity, secret = new_id(), secrets.token_urlsafe(32)
    sealed = seal("needs_inbox_secret", "secret", identity, secret)
    session().add(InboxSecret(id=identity, secret=sealed, made_on=today(), made_by=by))
    session().flush()
    audit("needs.secret_renewed", "needs_inbox_secret", identity)
    return secret


def close() -> None:
    """Close the door: nothing is taken in until there is a new secret."""
    session().execute(delete(InboxSecret).where(InboxSecret.tenant_id == tenant_id()))
    audit("needs.secret_removed", "needs_inbox_secret")


def made_on() -> dt.date | None:
    """When the secret was made; None while there is none."""
    return session().scalar(select(InboxSecret.made_on).where(InboxSecret.tenant_id == tenant_id()))


def is_signed(timestamp: str, given: str, body: bytes) -> bool:
    """Whether the body was signed with the tenant's secret within the last five minutes, by our clock."""
    row = session().execute(select(InboxSecret.id, InboxSecret.secret).where(InboxSecret.tenant_id == tenant_id())).one_or_none()
    if row is None or not re.fullmatch(r"\d{1,11}", timestamp, re.ASCII):
        return False
    secret = unseal("needs_inbox_secret", "secret", row.id, row.secret) or ""
    right = hmac.compare_digest(signature(secret, timestamp, body), given.removeprefix("sha256=").lower().encode("ascii", "replace").decode())
    return right and abs(now() - dt.datetime.fromtimestamp(int(timestamp), dt.UTC)) <= WINDOW


def take(community_id: uuid.UUID, body: bytes) -> uuid.UUID:
    """Take a signed delivery in. Raises Invalid for what is not as agreed, Conflict for a delivery that was taken before."""
    given = _read(body)
    made = session().execute(insert(InboxDelivery).values(tenant_id=tenant_id(), id=new_id(), delivery=given["delivery"], received_at=now())
                             .on_conflict_do_nothing(index_elements=["tenant_id", "delivery"]).returning(InboxDelivery.id)).one_or_none()
    if made is None:
        raise Conflict(_("这一条已经收到过。"))
    contact = Contact(*(tidy(given[name]) for name in CONTACT))
    return receive(NeedInput(community_id, tidy(given["text"], lines=True), given["category"], given["channel"], tidy(given["channel_title"]),
                             given["recipient_group"], contact, given["received_on"]), by=None)


def clean() -> int:
    """Forget deliveries whose moment could not pass the clock any longer."""
    return len(session().execute(delete(InboxDelivery).where(
        InboxDelivery.tenant_id == tenant_id(), InboxDelivery.received_at < now() - KEPT).returning(InboxDelivery.id)).all())


def _read(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
        return dict(DeliverySchema().load(given if isinstance(given, dict) else {}))
    except (ValueError, RecursionError) as error:
        raise Invalid(_("内容不是约定的 JSON。")) from error
    except ValidationError as error:
        raise Invalid(_("内容不符合约定。"), {str(name): [str(one) for one in (said if isinstance(said, list) else [said])]
                                           for name, said in error.normalized_messages().items()}) from error
