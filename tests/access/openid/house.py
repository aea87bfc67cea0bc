"""A provider without a server: it answers at the door outwards (`core.outgoing.Pinned.send`) and keeps what it was asked."""
from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwk, jwt
from requests import PreparedRequest, Response
from urllib3 import HTTPResponse

from core.access.openid.discovery import Metadata
from core.access.openid.providers import Provider
from core.outgoing import Pinned
from core.tenancy import now

ISSUER = "https://id.example"
CALLBACK = "https://us.example/t/wuhan/openid/callback"
FOUND = Metadata(ISSUER, f"{ISSUER}/authorize", f"{ISSUER}/token", f"{ISSUER}/keys")
KEY = jwk.RSAKey.generate_key(2048, {"kid": "one"})
CONFIGURATION, KEYS = f"{ISSUER}/.well-known/openid-configuration", {"keys": [KEY.as_dict(private=False)]}
NOTHING = FOUND._asdict() | KEYS | {"id_token": "x.y.z", "error": "not_found"}  # with what would do, were it not for the status
PROVIDER = Provider(ISSUER, "baodao", "a secret", "统一身份", factors=("otp",))


class House:
    """Answers by address; whoever asks for anything else is told that there is nothing."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {CONFIGURATION: FOUND._asdict(), FOUND.jwks_uri: KEYS}
        self.asked: list[str] = []
        self.requests: list[tuple[PreparedRequest, Mapping[str, Any]]] = []

    def send(self, request: PreparedRequest, **options: Any) -> Response:
        """In place of the door's."""
        address = request.url or ""
        self.asked.append(address)
        self.requests.append((request, options))
        answer = self.answers.get(address)
        body = answer if isinstance(answer, bytes) else json.dumps(NOTHING if answer is None else answer).encode()
        raw = HTTPResponse(BytesIO(body), {"Content-Type": "application/json"}, 404 if answer is None else 200, preload_content=False)
        return Pinned().build_response(request, raw)  # type: ignore[no-untyped-call]

    def exchange(self) -> tuple[dict[str, str], str | None]:
        """What was sent for the last code: the form, and by what the client has proved itself."""
        request = next(request for request, _options in reversed(self.requests) if request.method == "POST")
        return dict(parse_qsl(str(request.body))), request.headers.get("Authorization")


def token(key: Any = KEY, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """An identity token as it should be at this moment, but for the changes; a claim that is None is left out."""
    moment = int(now().timestamp())
    claims = {"iss": ISSUER, "aud": "baodao", "sub": "zhou.lixin", "nonce": "n", "iat": moment, "exp": moment + 300, **changes}
    head = dict(header or {"alg": "RS256", "kid": "one"})
    return jwt.encode(head, {name: value for name, value in claims.items() if value is not None}, key, algorithms=[head["alg"]])
