"""A form of a public page counts once: it carries a signed ticket, needs no cookie, and sent twice it names the same row."""
from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import secrets
import uuid

from sqlalchemy.dialects.postgresql import insert

from core.db import new_id
from core.errors import Invalid
from core.i18n import _
from core.privacy import keyring
from core.residents.models import FormTicket
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

LEAST, MOST = dt.timedelta(seconds=2), dt.timedelta(hours=12)
KEPT = dt.timedelta(days=7)  # how long a redeemed ticket is known again; none may live longer
_RANDOM, _TIME, _SIGNATURE = 16, 8, 16


def issue_ticket(purpose: str) -> str:
    """A ticket for a form that is being shown, to be sent back in a hidden field; nothing is stored until it is redeemed."""
    body = secrets.token_bytes(_RANDOM) + int(now().timestamp() * 1000).to_bytes(_TIME)
    return base64.urlsafe_b64encode(body + _sign(purpose, body)).decode().rstrip("=")


def redeem_ticket(purpose: str, ticket: str, *, least: dt.timedelta = LEAST, most: dt.timedelta = MOST) -> uuid.UUID:
    """The id of the row that this form makes: the same one however often it is sent, so look for that row before making it.

    Of the same form sent twice at once the second waits for the first. Raises Invalid when it was sent faster than a person types,
    later than `most`, or the ticket is not ours: show the form again with what was typed and a new ticket.
    """
    if most > KEPT:
        raise ValueError("a redeemed ticket is forgotten after a week")
    body = _opened(purpose, ticket)
    age = now() - dt.datetime.fromtimestamp(int.from_bytes(body[_RANDOM:]) / 1000, dt.UTC)
    if age > most:
        raise Invalid(_("这个页面打开太久了，没有提交成功。您填写的内容还在，请核对后再提交一次。"))
    if age < least:
        raise Invalid(_("提交得太快了，没有提交成功。您填写的内容还在，请核对后过几秒再提交一次。"))
    redeemed = insert(FormTicket).values(tenant_id=tenant_id(), id=new_id(), ticket_hash=_known(body), used_at=now())
    return session().execute(redeemed.on_conflict_do_update(  # changes nothing: it waits for the other one, and answers its id
        index_elements=["tenant_id", "ticket_hash"], set_={"ticket_hash": redeemed.excluded.ticket_hash}).returning(FormTicket.id)).scalar_one()


def _opened(purpose: str, ticket: str) -> bytes:
    try:
        raw = base64.b64decode(ticket + "=" * (-len(ticket) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    body, signature = raw[:_RANDOM + _TIME], raw[_RANDOM + _TIME:]
    if len(raw) != _RANDOM + _TIME + _SIGNATURE or not hmac.compare_digest(signature, _sign(purpose, body)):
        raise Invalid(_("没有提交成功，请核对填写的内容后再提交一次。"))
    return body


def _sign(purpose: str, body: bytes) -> bytes:
    return hmac.digest(keyring.for_tenant(tenant_id()).derived(f"form ticket/{purpose}"), body, "sha256")[:_SIGNATURE]


def _known(body: bytes) -> bytes:
    return keyring.for_tenant(tenant_id()).fingerprint("form ticket", body)
