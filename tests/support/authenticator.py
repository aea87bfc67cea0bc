"""A passkey in software: makes and signs what a browser would, so that each part of it can be made wrong."""
from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from core.access.passkeys import RelyingParty

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


@dataclass
class Authenticator:
    """One key of one site; `flags` say whether its holder was present and was verified by finger, face or PIN."""

    site: RelyingParty
    flags: int = PRESENT | VERIFIED
    count: int = 0
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, challenge: str, **client: str) -> str:
        """The answer to a registration, as the browser's JSON."""
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        attested = bytes(16) + len(self.credential).to_bytes(2) + self.credential + public
        data = self._data(self.flags | ATTESTED) + attested
        return self._answer(attestationObject=cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}),
                            clientDataJSON=self._client("webauthn.create", challenge, client))

    def get(self, challenge: str, **client: str) -> str:
        """The answer to a sign-in."""
        self.count += 1
        said, data = self._client("webauthn.get", challenge, client), self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=said, authenticatorData=data, signature=signature)

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.site.domain.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str, changed: dict[str, str]) -> bytes:
        return json.dumps({"type": kind, "challenge": _encode(challenge.encode()), "origin": self.site.origin} | changed).encode()

    def _answer(self, **response: bytes) -> str:
        whole: dict[str, Any] = {"id": _encode(self.credential), "rawId": _encode(self.credential), "type": "public-key"}
        return json.dumps(whole | {"response": {name: _encode(value) for name, value in response.items()}})


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
