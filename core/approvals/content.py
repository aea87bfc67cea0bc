"""What exactly is asked for, as one text with one hash, so that what is done is what was confirmed."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from core.audit.plain import plain_json, scrub_json


def canonical(content: Mapping[str, Any]) -> str:
    """JSON with sorted keys and without blanks. Raises ValueError for an ID or mobile number: those have no place in a request."""
    plain = plain_json(dict(content))
    if scrub_json(plain) != plain:
        raise ValueError("personal data in the content of a request")
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(kind: str, path: str, text: str) -> bytes:
    """The SHA-256 of a request's kind, place and content."""
    return hashlib.sha256(f"{kind}\0{path}\0{text}".encode()).digest()
