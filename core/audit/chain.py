"""The chain's arithmetic: which bytes an entry and the head are signed over, one function for writing and for verifying."""
from __future__ import annotations

import datetime as dt
import hmac
import uuid
from typing import Any, NamedTuple

import orjson

#: What the first entry of a chain follows.
ORIGIN = bytes(32)


class Facts(NamedTuple):
    """All of an entry that its hash covers, beside its tenant and its predecessor."""

    seq: int
    at: dt.datetime
    actor_kind: str
    actor_id: uuid.UUID | None
    action: str
    object_type: str
    object_id: uuid.UUID | None
    details: dict[str, Any] | None


def entry_hash(key: bytes, tenant_id: int, facts: Facts, previous: bytes) -> bytes:
    """HMAC-SHA256 over the predecessor's hash and the canonical JSON of the entry."""
    seq, at, actor_kind, actor_id, action, object_type, object_id, details = facts
    text = orjson.dumps((tenant_id, seq, at.astimezone(dt.UTC), actor_kind, actor_id, action, object_type, object_id, details),
                        option=orjson.OPT_SORT_KEYS)
    return hmac.digest(key, previous + text, "sha256")


def head_signature(key: bytes, tenant_id: int, seq: int, last: bytes) -> bytes:
    """HMAC-SHA256 that ties the end of the chain to its length; without the key nobody can move the end back."""
    return hmac.digest(key, b"head:%d:%d:" % (tenant_id, seq) + last, "sha256")


def checkpoint_signature(key: bytes, tenant_id: int, seq: int, last: bytes, until: dt.datetime) -> bytes:
    """HMAC-SHA256 under which the entries up to `seq` may be gone; without the key nobody can shorten the chain from its beginning."""
    return hmac.digest(key, b"checkpoint:%d:%d:%d:" % (tenant_id, seq, int(until.timestamp())) + last, "sha256")
