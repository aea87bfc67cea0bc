"""Encrypts single fields with AES-256-GCM or SM4-GCM, in a format that names its own algorithm and key (rule 13)."""
from __future__ import annotations

import os
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import BaodaoError, ConfigurationError

VERSION = 1
NONCE_BYTES = 12
TAG_BYTES = 16
SECRET_BYTES = 32
HEADER = struct.Struct(">BBH")  # version, algorithm, key id


class DecryptionError(BaodaoError):
    """A stored value does not open: wrong key, moved to another row or column, or altered."""

    status = 500

    def __init__(self, message: str = "加密数据无法打开：密钥不符，或数据曾被改动。请联系系统管理员。") -> None:
        super().__init__(message)


class Provider(Protocol):
    """An authenticated cipher bound to one secret; safe to share between threads."""

    name: ClassVar[str]
    number: ClassVar[int]

    def __init__(self, secret: bytes) -> None:
        """Derive the working key from a 32-byte secret."""

    def seal(self, nonce: bytes, text: bytes, context: bytes) -> bytes:
        """Ciphertext and tag; `context` is authenticated, not stored."""

    def open(self, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        """The plain bytes; raises InvalidTag."""


class Aes256Gcm:
    """AES-256-GCM, the default."""

    name: ClassVar[str] = "aes-256-gcm"
    number: ClassVar[int] = 1

    def __init__(self, secret: bytes) -> None:
        aead = AESGCM(derive(secret, b"field/aes-256-gcm", 32))
        self.seal = aead.encrypt
        self.open = aead.decrypt


class Sm4Gcm:
    """SM4-GCM, for installations that must use the national algorithms (GB/T 32907)."""

    name: ClassVar[str] = "sm4-gcm"
    number: ClassVar[int] = 2

    def __init__(self, secret: bytes) -> None:
        self._algorithm = algorithms.SM4(derive(secret, b"field/sm4-gcm", 16))

    def seal(self, nonce: bytes, text: bytes, context: bytes) -> bytes:
        """As `Provider.seal`."""
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(context)
        return encryptor.update(text) + encryptor.finalize() + encryptor.tag

    def open(self, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        """As `Provider.open`."""
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(context)
        return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()


PROVIDERS: dict[str, type[Provider]] = {Aes256Gcm.name: Aes256Gcm, Sm4Gcm.name: Sm4Gcm}


def provider(name: str, secret: bytes) -> Provider:
    """The provider called `name`; raises ConfigurationError for an unknown one."""
    if name not in PROVIDERS:
        raise ConfigurationError(f"不支持的加密算法 {name}，请改用 {'、'.join(PROVIDERS)}。")
    return PROVIDERS[name](secret)


def derive(secret: bytes, purpose: bytes, length: int) -> bytes:
    """A key for one purpose (HKDF-SHA256), so that no key ever serves two."""
    return HKDF(hashes.SHA256(), length, salt=None, info=b"baodao/" + purpose).derive(secret)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The parts of a stored value: version byte | algorithm byte | key id (2 bytes) | nonce | ciphertext and tag."""

    algorithm: int
    key_id: int
    nonce: bytes
    sealed: bytes

    @classmethod
    def parse(cls, value: bytes) -> Envelope:
        """Take a stored value apart; raises DecryptionError when it is none of ours."""
        start = HEADER.size + NONCE_BYTES
        if len(value) < start + TAG_BYTES or value[0] != VERSION:
            raise DecryptionError
        _version, algorithm, key_id = HEADER.unpack_from(value)
        return cls(algorithm, key_id, value[HEADER.size:start], value[start:])


def open_sealed(cipher: Provider, envelope: Envelope, context: bytes) -> bytes:
    """The plain bytes of an envelope; raises DecryptionError for another algorithm, context or key."""
    if envelope.algorithm != cipher.number:
        raise DecryptionError
    try:
        return cipher.open(envelope.nonce, envelope.sealed, context)
    except InvalidTag as error:
        raise DecryptionError from error


class MasterKeys:
    """Wraps the tenants' data keys; the master keys stay outside the database (Config.master_keys)."""

    def __init__(self, keys: Mapping[int, bytes], algorithm: str = Aes256Gcm.name) -> None:
        if not keys:
            raise ConfigurationError("没有主密钥。请设置 BAODAO_MASTER_KEY。")
        self.algorithm = algorithm
        self.current = max(keys)
        self._ciphers = {number: {kind.number: kind(secret) for kind in PROVIDERS.values()} for number, secret in keys.items()}

    def new_tenant_key(self, tenant_id: int, key_id: int) -> bytes:
        """A fresh random data key, wrapped by the current master key; store it as tenant_key.wrapped."""
        return self.wrap(secrets.token_bytes(SECRET_BYTES), tenant_id, key_id)

    def unwrap(self, wrapped: bytes, tenant_id: int, key_id: int) -> bytes:
        """The 32-byte data key; raises ConfigurationError without its master key, DecryptionError when it was altered."""
        return self._unwrap(wrapped, _wrapping_context(tenant_id, key_id))

    def seal(self, purpose: str, content: bytes) -> bytes:
        """Something that is no tenant's, such as an operator's secret, under the current master key; it opens for this purpose only."""
        return self._wrap(content, _sealing_context(purpose))

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """What `seal` sealed; raises as `unwrap` does. Seal it again after a new master key (`is_current`)."""
        return self._unwrap(sealed, _sealing_context(purpose))

    def is_current(self, wrapped: bytes) -> bool:
        """Whether the value is under the current master key."""
        return Envelope.parse(wrapped).key_id == self.current

    def _unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        envelope = Envelope.parse(wrapped)
        if envelope.key_id not in self._ciphers:
            raise ConfigurationError(f"缺少 {envelope.key_id} 号主密钥。请在 BAODAO_MASTER_KEY 中补上。")
        cipher = self._ciphers[envelope.key_id].get(envelope.algorithm)
        if cipher is None:
            raise DecryptionError
        return open_sealed(cipher, envelope, context)

    def rewrap(self, wrapped: bytes, tenant_id: int, key_id: int) -> bytes:
        """The same data key under the current master key: rotates the master without touching any field."""
        return self.wrap(self.unwrap(wrapped, tenant_id, key_id), tenant_id, key_id)

    def wrap(self, secret: bytes, tenant_id: int, key_id: int) -> bytes:
        """A data key under the current master key: for a new one, and for that of a tenant from another installation."""
        return self._wrap(secret, _wrapping_context(tenant_id, key_id))

    def _wrap(self, secret: bytes, context: bytes) -> bytes:
        cipher = self._ciphers[self.current][PROVIDERS[self.algorithm].number]
        nonce = os.urandom(NONCE_BYTES)
        header = HEADER.pack(VERSION, cipher.number, self.current)
        return header + nonce + cipher.seal(nonce, secret, context)


def _wrapping_context(tenant_id: int, key_id: int) -> bytes:
    return b"tenant_key\0%d\0%d" % (tenant_id, key_id)


def _sealing_context(purpose: str) -> bytes:
    return b"sealed\0" + purpose.encode()
