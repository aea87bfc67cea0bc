"""One spelling of a document, so that a signature over it can be checked anywhere, and a short one that fits a QR code."""
from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

import orjson

from core.errors import Invalid
from core.i18n import _

MOST_BYTES, MOST_LETTER = 64 * 1024, 1024 * 1024  # of an envelope; of a letter that speaks of a unit's many members
PREFIX = "BE1."
#: What most certificates have in common, for zlib; a part of the format, so it never changes (docs/exchange.md).
WORDS = (b'"moves_on":null,"share_phone":"workplace","record","receipt","feedback","phone":"","sector","university","enterprise","institution",'
         b'"social","other","soe","probationary","female"'
         b'{"body":{"basis":"residence","certificate":{"id":"0198","issued_on":"202","issuer":"","number":""},"community":{"code":"42",'
         b'"name":""},"member":{"category":"full","id":"0198","name":"","phone":null,"sex":"male"},"moves_on":null,"unit":{"id":"0198",'
         b'"name":"","type":"government"}},"format":"baodao-envelope/1","id":"0198","issued_at":"202","key":"","kind":"certificate",'
         b'"receiver":"42","sender":"42","signature":""}')


def canonical(value: Any) -> bytes:
    """The document as UTF-8 JSON without blanks, keys in the order of their code points. Raises TypeError for what is no JSON."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def parse(content: bytes, most: int = MOST_BYTES) -> Any:
    """The document in JSON text. Raises Invalid when it is none, or larger than `most` bytes (64 KiB)."""
    if len(content) > most:
        raise unreadable()
    try:
        found = orjson.loads(content)
        canonical(found)
    except (orjson.JSONDecodeError, TypeError):  # it reads deeper nests than it writes
        raise unreadable() from None
    return found


def encode(data: bytes) -> str:
    """Bytes as URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of what `encode` wrote. Raises Invalid for any other spelling."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise unreadable() from None
    if encode(data) != text:
        raise unreadable()
    return data


def pack(content: bytes) -> str:
    """The short spelling of a canonical document, for a QR code."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=WORDS)
    return PREFIX + encode(packer.compress(content) + packer.flush())


def unpack(text: str) -> bytes:
    """The document that `pack` was given. Raises Invalid, also for one that would grow beyond 64 KiB."""
    data = decode("".join(text.split()).removeprefix(PREFIX))
    opener = zlib.decompressobj(-15, zdict=WORDS)
    try:
        content = opener.decompress(data, MOST_BYTES)
    except zlib.error:
        raise unreadable() from None
    if not opener.eof or opener.unused_data:
        raise unreadable()
    return content


def unreadable() -> Invalid:
    """The one answer to what cannot be read."""
    return Invalid(_("读不出这份互通函件：内容不完整，或不是本系统生成的文件。请重新扫描，或向发件方再要一份。"))
