"""The small signed file by which two installations become partners: public keys, name, code, kind, communities, and an address if there is one."""
from __future__ import annotations

import uuid
from typing import Any

from marshmallow import ValidationError, fields, validate
from sqlalchemy import select

from core import audit, outgoing
from core.db import new_id
from core.errors import Conflict, Invalid
from core.exchange import canonical, keys, partners
from core.exchange.bodies import Strict
from core.exchange.models import ExchangePartner
from core.i18n import _
from core.tenancy import current_tenant, now, session
from core.tenancy.scope import tenant_id

FORMAT = "baodao-partner/1"
MOST_BYTES = 4 * 1024 * 1024


class KeyEntry(Strict):
    """One public key, and until when it signed."""

    number = fields.String(required=True)
    public = fields.String(required=True)
    until = fields.AwareDateTime(required=True, allow_none=True, format="iso")


class PartnerFileSchema(Strict):
    """The file, in JSON."""

    format = fields.String(required=True, validate=validate.Equal(FORMAT))
    code = fields.String(required=True, validate=validate.Length(1, 30))
    name = fields.String(required=True, validate=validate.Length(1, 60))
    kind = fields.String(required=True, validate=validate.OneOf(("city", "sector")))
    url = fields.String(required=True, validate=validate.Length(0, 300))
    issued_at = fields.AwareDateTime(required=True, format="iso")
    keys = fields.List(fields.Nested(KeyEntry), required=True, validate=validate.Length(1, 50))
    communities = fields.List(fields.List(fields.String(validate=validate.Length(0, 60)), validate=validate.Length(equal=3)), required=True,
                              validate=validate.Length(0, partners.MOST_ENTRIES))
    signatures = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


def write(base_url: str) -> bytes:
    """This tenant's file, signed by its present key and by those before it; `base_url` is "" when nobody can reach this installation."""
    me, own = current_tenant(), keys.public_keys()
    url = f"{base_url}/t/{me.slug}/exchange/in" if base_url.startswith("https://") else ""
    outside: dict[str, Any] = {
        "format": FORMAT, "code": me.code, "name": me.name, "kind": me.kind, "url": url, "issued_at": now().isoformat(timespec="seconds"),
        "keys": [{"number": k.number, "public": canonical.encode(k.public), "until": k.until.isoformat() if k.until else None} for k in own],
        "communities": partners.communities()}
    signatures = {number: canonical.encode(signature) for number, signature in keys.sign_all(_message(outside))}
    return canonical.canonical({**outside, "signatures": signatures})


def read(content: bytes) -> dict[str, Any]:
    """A partner's file whose own signature holds. Raises Invalid."""
    if len(content) > MOST_BYTES:
        raise canonical.unreadable()
    raw = canonical.parse(content, MOST_BYTES)
    try:
        found: dict[str, Any] = PartnerFileSchema().load(raw)
    except ValidationError as error:
        raise canonical.unreadable() from error
    message = _message({name: value for name, value in raw.items() if name != "signatures"})
    first = found["keys"][0]
    if not _signed(found, first["number"], first["public"], message) or any(
            keys.number_of(canonical.decode(key["public"])) != key["number"] for key in found["keys"]):
        raise Invalid(_("伙伴文件的签名不对：文件被改动过。请向对方再要一份。"))
    return {**found, "message": message}


def take(content: bytes) -> uuid.UUID:
    """Keep a partner's file: a new partner waits until the fingerprint was compared on the telephone; of one that is known, keys that are
    signed by a pinned key are taken at once, others wait for the telephone again. Raises Invalid, Conflict.
    """
    found = read(content)
    if found["code"] == current_tenant().code:
        raise Invalid(_("这是本地自己的伙伴文件。请选择对方给您的文件。"))
    if found["url"]:
        outgoing.split(found["url"])
    row = session().scalar(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id(), ExchangePartner.code == found["code"])
                           .with_for_update())
    if row is not None and row.local and row.state != "ended":
        raise Conflict(_("%(name)s就在本系统内，不用文件也能互通。", name=row.name))
    if row is None:
        row = ExchangePartner(id=new_id(), code=found["code"], name=found["name"], kind=found["kind"], local=False, state="asked",
                              changed_at=now())
        session().add(row)
    elif row.state == "ended" or not endorsed(found, row.keys):
        row.state, row.local = "asked", False
    row.name, row.kind, row.url, row.changed_at, row.version = found["name"], found["kind"], found["url"], now(), (row.version or 0) + 1
    row.keys = {key["number"]: {"public": key["public"], "until": key["until"].isoformat() if key["until"] else None} for key in found["keys"]}
    session().flush()
    partners.put_directory(row.id, found["communities"])
    audit.record("exchange.partner_file_taken", "exchange_partner", row.id, {"partner": row.code, "state": row.state})
    return row.id


def endorsed(found: dict[str, Any], pinned: dict[str, Any]) -> bool:
    """Whether a file is signed by a key that was pinned and, as far as we know, is not retired."""
    return any(number in pinned and pinned[number]["until"] is None
               and _signed(found, number, pinned[number]["public"], found["message"]) for number in found["signatures"])


def _signed(found: dict[str, Any], number: str, public: str, message: bytes) -> bool:
    signature = found["signatures"].get(number)
    return signature is not None and keys.verifies(canonical.decode(public), canonical.decode(signature), message)


def _message(outside: dict[str, Any]) -> bytes:
    return FORMAT.encode() + b"\0" + canonical.canonical(outside)
