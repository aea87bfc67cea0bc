"""Passkeys (WebAuthn): keys in people's devices, registered and answered; a copied page or a stolen password opens nothing."""
from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import webauthn
from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core import audit
from core.access.factor_models import Passkey, SpentChallenge
from core.access.logins import count_failure, factor_tries, forget_factor_tries, wait_message, waiting
from core.access.models import Account
from core.access.opening import after_removal
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound, TooMany
from core.i18n import _
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

MOST, MINUTES = 10, 5
_LONGEST = 20_000
_DAMAGED = (WebAuthnException, binascii.Error, ValueError, KeyError, TypeError, AttributeError)  # what the library says of broken input


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site as a passkey knows it: domain, origin and the name that the browser shows."""

    domain: str
    origin: str
    name: str


def challenge() -> str:
    """192 random bits and the time, as the text that the browser carries and signs."""
    return f"{secrets.token_urlsafe(24)}.{int(now().timestamp())}"


def registration_options(text: bytes, site: RelyingParty, account_id: uuid.UUID, username: str) -> str:
    """What the page hands the browser to make a passkey for this account, as JSON."""
    return webauthn.options_to_json(webauthn.generate_registration_options(
        rp_id=site.domain, rp_name=site.name, user_name=username, user_id=account_id.bytes, challenge=text, timeout=MINUTES * 60_000,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=known) for known in credentials(account_id)],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED)))


def sign_in_options(text: bytes, site: RelyingParty, known: Sequence[bytes] = ()) -> str:
    """What the page hands the browser to sign in; without `known` keys the person chooses one, which must ask for finger, face or PIN."""
    kind = UserVerificationRequirement.PREFERRED if known else UserVerificationRequirement.REQUIRED
    return webauthn.options_to_json(webauthn.generate_authentication_options(
        rp_id=site.domain, challenge=text, timeout=MINUTES * 60_000, user_verification=kind,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known]))


def register(answer: str, text: str, site: RelyingParty, account_id: uuid.UUID, name: str) -> uuid.UUID:
    """Keep a passkey that the browser has just made. Raises Invalid when the answer does not fit the challenge, Conflict beyond ten."""
    if len(credentials(account_id)) >= MOST:
        raise Conflict(_("最多登记 %(count)s 个通行密钥，请先删除不用的。", count=MOST))
    _spend(text)
    try:
        made = webauthn.verify_registration_response(credential=_parsed(answer), expected_challenge=text.encode(),
                                                     expected_rp_id=site.domain, expected_origin=site.origin)
    except _DAMAGED as error:
        raise _refusal() from error
    row = insert(Passkey).values(
        tenant_id=tenant_id(), id=new_id(), account_id=account_id, credential=made.credential_id, public_key=made.credential_public_key,
        sign_count=made.sign_count, name=name, created_at=now()).on_conflict_do_nothing()
    identity = session().scalar(row.returning(Passkey.id))
    if identity is None:
        raise Conflict(_("这个通行密钥已经登记过。"))
    audit.record("passkey.added", "account", account_id)
    return identity


def verify(answer: str, text: str, site: RelyingParty, *, account_id: uuid.UUID | None = None) -> uuid.UUID:
    """The account whose passkey has answered. With `account_id` as its second step; without, instead of password and code.

    Raises Invalid and TooMany; the caller commits then too, or the try would not be counted.
    """
    if account_id is not None and (seconds := waiting(factor_tries(account_id))):
        raise TooMany(wait_message(seconds), seconds)
    try:
        found = _verified(answer, text, site, account_id)
    except Invalid:
        if account_id is not None:
            count_failure(factor_tries(account_id))
        audit.record("factor.refused", "account", account_id)
        raise
    forget_factor_tries(found)
    audit.record("passkey.used", "account", found)
    return found


def _verified(answer: str, text: str, site: RelyingParty, account_id: uuid.UUID | None) -> uuid.UUID:
    given = _parsed(answer)
    row = session().scalar(
        select(Passkey).join(Account, (Account.tenant_id == Passkey.tenant_id) & (Account.id == Passkey.account_id) & Account.active)
        .where(Passkey.tenant_id == tenant_id(), Passkey.credential == _raw_id(given)).with_for_update(of=Passkey))
    if row is None or account_id not in (None, row.account_id):
        raise _refusal()
    _spend(text)
    try:
        checked = webauthn.verify_authentication_response(
            credential=given, expected_challenge=text.encode(), expected_rp_id=site.domain, expected_origin=site.origin,
            credential_public_key=row.public_key, credential_current_sign_count=row.sign_count, require_user_verification=account_id is None)
    except _DAMAGED as error:
        raise _refusal() from error
    row.sign_count, row.used_at = checked.new_sign_count, now()
    return row.account_id


def listed(account_id: uuid.UUID) -> Sequence[Row]:
    """The account's passkeys, oldest first."""
    return session().execute(select(Passkey.id, Passkey.name, Passkey.created_at, Passkey.used_at).where(
        Passkey.tenant_id == tenant_id(), Passkey.account_id == account_id).order_by(Passkey.created_at, Passkey.id)).all()


def credentials(account_id: uuid.UUID) -> list[bytes]:
    """The ids of the account's passkeys, as browsers know them."""
    return list(session().scalars(select(Passkey.credential).where(Passkey.tenant_id == tenant_id(), Passkey.account_id == account_id)))


def rename(account_id: uuid.UUID, passkey_id: uuid.UUID, name: str) -> None:
    """Call a passkey of one's own something else. Raises NotFound."""
    _own(account_id, passkey_id).name = name


def remove(account_id: uuid.UUID, passkey_id: uuid.UUID) -> None:
    """Forget a passkey of one's own; with the last factor the recovery codes go too, and logins and tokens count as opened without. Raises NotFound."""
    session().delete(_own(account_id, passkey_id))
    after_removal(account_id)
    audit.record("passkey.removed", "account", account_id)


def count(account_id: uuid.UUID) -> int:
    """How many passkeys the account has."""
    return session().scalar(select(func.count()).select_from(Passkey).where(
        Passkey.tenant_id == tenant_id(), Passkey.account_id == account_id)) or 0


def _own(account_id: uuid.UUID, passkey_id: uuid.UUID) -> Passkey:
    row = session().scalar(select(Passkey).where(Passkey.tenant_id == tenant_id(), Passkey.account_id == account_id, Passkey.id == passkey_id))
    if row is None:
        raise NotFound
    return row


def _spend(text: str) -> None:
    """Take a challenge, once and in time. Raises Invalid."""
    made = text.rpartition(".")[2]
    if not (made.isascii() and made.isdigit()) or not 0 <= now().timestamp() - int(made) <= MINUTES * 60:
        raise _refusal()
    spent = insert(SpentChallenge).values(tenant_id=tenant_id(), id=new_id(), challenge_hash=hashlib.sha256(text.encode()).digest(), at=now())
    if session().scalar(spent.on_conflict_do_nothing().returning(SpentChallenge.id)) is None:
        raise _refusal()


def _parsed(answer: str) -> dict[str, object]:
    try:
        found = json.loads(answer) if len(answer) <= _LONGEST else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _refusal()
    return found


def _raw_id(given: dict[str, object]) -> bytes:
    text = str(given.get("rawId", ""))
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _refusal() -> Invalid:
    return Invalid(_("没有认出这个通行密钥，或等待太久。请再试一次，或改用验证码。"))
