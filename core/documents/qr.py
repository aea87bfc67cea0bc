"""QR codes with a signed token, so that a certificate's code can be neither guessed nor forged (promise 23)."""
from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import secrets
import uuid
from dataclasses import dataclass, field

import segno

from core.errors import Invalid
from core.i18n import _

PREFIX = "BD1"
NONCE_BYTES = 16
MAC_BYTES = 16
# A token of the longest tenant code is far below this; longer input is not even decoded.
MAX_LENGTH = 256
_UUID_BYTES = 16
_MASK = 3


@dataclass(frozen=True)
class Payload:
    """What a certificate's code says: the tenant's code, the certificate, and 128 random bits of its own."""

    tenant: str
    certificate: uuid.UUID
    nonce: bytes = field(default_factory=lambda: secrets.token_bytes(NONCE_BYTES))


def sign(payload: Payload, key: bytes) -> str:
    """The token `BD1.<payload>.<mac>` in URL-safe characters, about 75 of them."""
    if len(payload.nonce) < NONCE_BYTES:
        message = "a nonce has at least 128 bits"
        raise ValueError(message)
    body = _encode(payload.certificate.bytes + payload.nonce[:NONCE_BYTES] + payload.tenant.encode())
    return f"{PREFIX}.{body}.{_encode(_mac(body, key))}"


def verify(token: str, key: bytes) -> Payload:
    """The payload of a token that `sign` made with this key. Raises Invalid for any other text, always with one message."""
    parts = token.split(".") if len(token) <= MAX_LENGTH and token.isascii() else []
    if len(parts) != 3 or parts[0] != PREFIX:
        raise _refused()
    # The texts are compared, not the bytes: base64 has several spellings of the same bytes.
    if not hmac.compare_digest(parts[2], _encode(_mac(parts[1], key))):
        raise _refused()
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        tenant = raw[_UUID_BYTES + NONCE_BYTES :].decode()
        return Payload(tenant, uuid.UUID(bytes=raw[:_UUID_BYTES]), raw[_UUID_BYTES : _UUID_BYTES + NONCE_BYTES])
    except (binascii.Error, ValueError):
        raise _refused() from None


def svg(text: str) -> str:
    """A QR code as an SVG document; error correction M, which bears a fold or a stamp's edge."""
    out = io.BytesIO()
    _code(text).save(out, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True)
    return out.getvalue().decode()


def png(text: str, scale: int = 6) -> bytes:
    """A QR code as a PNG picture; `scale` is the pixels of one module."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=scale, border=4)
    return out.getvalue()


def _code(text: str) -> segno.QRCode:
    # A token is random already, so one fixed mask reads as well as the best of eight and is made four times as fast.
    return segno.make_qr(text, error="m", boost_error=False, mask=_MASK)


def _refused() -> Invalid:
    return Invalid(_("二维码无效。请核对是否为本系统签发的证件，或改为输入证件编号。"))


def _mac(body: str, key: bytes) -> bytes:
    return hmac.new(key, f"{PREFIX}.{body}".encode(), hashlib.sha256).digest()[:MAC_BYTES]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
