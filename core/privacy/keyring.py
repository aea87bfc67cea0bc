"""Gives each tenant its own field encryption and blind indexes, from keys that are loaded once and kept (rules 13, 14)."""
from __future__ import annotations

import hmac
import os
import threading
import time
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
from cryptography.exceptions import InvalidTag

from core.errors import ConfigurationError
from core.privacy.cipher import (
    HEADER,
    NONCE_BYTES,
    VERSION,
    DecryptionError,
    Envelope,
    MasterKeys,
    Provider,
    derive,
    open_sealed,
    provider,
)

INDEX_BYTES = 16
FRESH = 60.0  # seconds after which a process looks whether a key has been added, before it encrypts
log = structlog.get_logger(__name__)
SEPARATORS = str.maketrans("", "", " \t\r\n-")


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One row of the tenant_key table. The highest key_id encrypts, all decrypt. `origin` is the tenant's id in the installation where
    the key was made, if that is another one.
    """

    key_id: int
    algorithm: str
    wrapped: bytes
    origin: int | None = None


Loader = Callable[[int], Sequence[StoredKey]]


class TenantKeyring:
    """The keys of one tenant, ready for use. Row ids are UUIDs; None passes through, so optional fields need no `if`.

    Blind indexes hang on the tenant's lowest key id: rotation leaves them searchable. Whoever drops that key
    must rebuild them.
    """

    def __init__(self, tenant_id: int, masters: MasterKeys, load: Loader) -> None:
        self.tenant_id = tenant_id
        self._masters = masters
        self._load = load
        self._index_keys: dict[str, bytes] = {}
        self._refresh()

    def encrypt(self, table: str, column: str, row_id: uuid.UUID, text: str | None) -> bytes | None:
        """The stored form of one field; it opens only in this table, column, tenant and row."""
        return self.encrypt_many(table, column, [(row_id, text)])[0]

    def encrypt_many(self, table: str, column: str, rows: Sequence[tuple[uuid.UUID, str | None]]) -> list[bytes | None]:
        """`encrypt` for a whole import: (row id, text) pairs in, stored values out, in the same order."""
        key_id, cipher = self._fresh_writer()
        seal, context = cipher.seal, self._context(table, column)
        header = HEADER.pack(VERSION, cipher.number, key_id)
        nonces = os.urandom(NONCE_BYTES * len(rows))
        values: list[bytes | None] = []
        for start, (row_id, text) in zip(range(0, len(nonces), NONCE_BYTES), rows, strict=True):
            nonce = nonces[start:start + NONCE_BYTES]
            values.append(None if text is None else header + nonce + seal(nonce, text.encode(), context + row_id.bytes))
        return values

    def encrypt_bytes(self, table: str, column: str, row_id: uuid.UUID, content: bytes) -> bytes:
        """`encrypt` for a whole file."""
        key_id, cipher = self._fresh_writer()
        nonce = os.urandom(NONCE_BYTES)
        return HEADER.pack(VERSION, cipher.number, key_id) + nonce + cipher.seal(nonce, content, self._context(table, column) + row_id.bytes)

    def decrypt_bytes(self, table: str, column: str, row_id: uuid.UUID, value: bytes) -> bytes:
        """The bytes that `encrypt_bytes` stored; raises DecryptionError."""
        envelope = Envelope.parse(bytes(value))
        return open_sealed(self._cipher_of(envelope.key_id), envelope, self._context(table, column) + row_id.bytes)

    def decrypt(self, table: str, column: str, row_id: uuid.UUID, value: bytes | None) -> str | None:
        """The clear text; raises DecryptionError when the value was altered or belongs elsewhere."""
        if value is None:
            return None
        envelope = Envelope.parse(bytes(value))
        context = self._context(table, column) + row_id.bytes
        return open_sealed(self._cipher_of(envelope.key_id), envelope, context).decode()

    def decrypt_many(self, table: str, column: str, rows: Iterable[tuple[uuid.UUID, bytes | None]]) -> list[str | None]:
        """`decrypt` for a page or an export, in the same order; values under the current key take a short way."""
        key_id, cipher = self._writer
        context, header = self._context(table, column), HEADER.pack(VERSION, cipher.number, key_id)
        start, body = len(header), len(header) + NONCE_BYTES
        found: list[str | None] = []
        for row_id, value in rows:
            if value is None or value[:start] != header:
                found.append(self.decrypt(table, column, row_id, value))
                continue
            try:
                found.append(cipher.open(value[start:body], value[body:], context + row_id.bytes).decode())
            except InvalidTag as error:
                raise DecryptionError from error
        return found

    @property
    def current(self) -> int:
        """The key id that encrypts."""
        return self._writer[0]

    def fresh(self) -> int:
        """The key id that encrypts, after a look for one that was added."""
        self._refresh()
        return self._writer[0]

    @property
    def lowest(self) -> int:
        """The key id on which the blind indexes and derived keys hang."""
        return min(self._ciphers)

    def is_current(self, value: bytes) -> bool:
        """Whether the value is under the current key; a rotation job encrypts the others again."""
        return Envelope.parse(bytes(value)).key_id == self.current

    def blind(self, column: str, text: str | None) -> bytes | None:
        """16 bytes to look an exact value up by; `column` is the purpose, such as "member.phone"."""
        return self.blind_many(column, [text])[0]

    def blind_many(self, column: str, texts: Iterable[str | None]) -> list[bytes | None]:
        """`blind` for a whole import, in the same order."""
        key, digest = self._index_key(column), hmac.digest
        return [None if text is None else digest(key, normalise(text).encode(), "sha256")[:INDEX_BYTES] for text in texts]

    def fingerprint(self, purpose: str, content: bytes) -> bytes:
        """16 bytes by which something is known again and cannot be read, for `purpose` only, such as "login name"."""
        return hmac.digest(self.derived(purpose), content, "sha256")[:INDEX_BYTES]

    def derived(self, purpose: str) -> bytes:
        """32 bytes of a key for another use, such as "audit"; like the indexes it hangs on the lowest key id."""
        return derive(self._index_secret, purpose.encode(), 32)

    def _refresh(self) -> None:
        rows = self._load(self.tenant_id)
        keys = {row.key_id: (row.algorithm, self._masters.unwrap(row.wrapped, self.tenant_id, row.key_id)) for row in rows}
        if not keys:
            raise ConfigurationError(f"{self.tenant_id} 号租户没有数据密钥。请运行 baodao doctor 检查。")
        # Stored values are bound to the number that the tenant had when its first key was made: they move without being touched.
        self.number = min(rows, key=lambda row: row.key_id).origin or self.tenant_id
        self._ciphers = {key_id: provider(algorithm, secret) for key_id, (algorithm, secret) in keys.items()}
        self._index_secret = keys[min(keys)][1]
        self._writer = (max(keys), self._ciphers[max(keys)])  # one assignment: threads never see half a rotation
        self._looked = time.monotonic()

    def _fresh_writer(self) -> tuple[int, Provider]:
        """The writing key; once a minute it is asked for anew, so that every process soon writes under a key that was added."""
        if time.monotonic() - self._looked > FRESH:
            self._looked = time.monotonic()
            try:
                self._refresh()
            except ConfigurationError as error:  # wrapped under a master key that this process was not started with: the known ones serve on
                log.warning("keys_not_refreshed", tenant=self.tenant_id, reason=error.message)
        return self._writer

    def _cipher_of(self, key_id: int) -> Provider:
        if key_id not in self._ciphers:
            self._refresh()  # another process may have rotated since
        try:
            return self._ciphers[key_id]
        except KeyError as error:
            raise DecryptionError from error

    def _context(self, table: str, column: str) -> bytes:
        return b"%s\0%s\0%d\0" % (table.encode(), column.encode(), self.number)

    def _index_key(self, column: str) -> bytes:
        if column not in self._index_keys:
            self._index_keys[column] = derive(self._index_secret, b"blind/" + column.encode(), 32)
        return self._index_keys[column]


class Keyrings:
    """The keyrings of this process, by tenant; `configure` is called once at start-up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rings: dict[int, TenantKeyring] = {}
        self._source: tuple[MasterKeys, Loader] | None = None

    def configure(self, masters: MasterKeys, load: Loader) -> None:
        """`load(tenant_id)` answers the tenant's rows of tenant_key; earlier keyrings are forgotten."""
        with self._lock:
            self._source = (masters, load)
            self._rings = {}

    def of(self, tenant_id: int) -> TenantKeyring:
        """The tenant's keyring, loaded at first use; raises ConfigurationError before `configure`."""
        ring = self._rings.get(tenant_id)
        if ring is None:
            if self._source is None:
                raise ConfigurationError("加密尚未配置：请先调用 core.privacy.keyring.configure。")
            ring = TenantKeyring(tenant_id, *self._source)
            with self._lock:
                ring = self._rings.setdefault(tenant_id, ring)
        return ring

    def masters(self) -> MasterKeys:
        """The master keys of this process, for a key that is no tenant's; raises ConfigurationError before `configure`."""
        if self._source is None:
            raise ConfigurationError("加密尚未配置：请先调用 core.privacy.keyring.configure。")
        return self._source[0]

    def forget(self, tenant_id: int) -> None:
        """Drop a keyring after a rotation, so that the next use loads the new key."""
        with self._lock:
            self._rings.pop(tenant_id, None)


def normalise(text: str) -> str:
    """One spelling for equal values: half-width, without blanks and hyphens, upper case."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return unicodedata.normalize("NFKC", text).translate(SEPARATORS).upper()


keyrings = Keyrings()
configure = keyrings.configure
for_tenant = keyrings.of
masters = keyrings.masters
