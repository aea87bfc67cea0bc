"""Encrypts a stream of any length in flat memory, for a public key or a passphrase, as age does: backups can be made where nobody can read them.

magic | kind | parameters | wrapped file key | pieces of 64 KiB under AES-256-GCM, each with its number and whether it is the last one:
a piece that is altered, moved, left out, or the end cut off does not open.
"""
from __future__ import annotations

import base64
import os
import secrets
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import ConfigurationError
from core.privacy.cipher import derive

MAGIC = b"baodao-sealed-1\n"
PIECE, TAG = 65_536, 16
_FOR_KEY, _FOR_WORDS = 1, 2
_PUBLIC, _PRIVATE = "bdpub1:", "bdkey1:"
_RAW = serialization.Encoding.Raw
_NONCE = bytes(12)  # each wrapping key is used once


def new_pair() -> tuple[str, str]:
    """A private key, which goes away from the machine, and its public one, which stays."""
    private = X25519PrivateKey.generate()
    secret = private.private_bytes(_RAW, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    public = private.public_key().public_bytes(_RAW, serialization.PublicFormat.Raw)
    return _PRIVATE + base64.b64encode(secret).decode(), _PUBLIC + base64.b64encode(public).decode()


class Lock:
    """What a stream is encrypted for: a public key ("bdpub1:...") or a passphrase."""

    def __init__(self, *, public: str | None = None, words: str | None = None) -> None:
        self._public = None if public is None else X25519PublicKey.from_public_bytes(_raw(public, _PUBLIC))
        self._words = words

    def header(self, file_key: bytes) -> bytes:
        """The head of a stream, with the file key in it for whoever may open it."""
        if self._public is not None:
            own = X25519PrivateKey.generate()
            shown = own.public_key().public_bytes(_RAW, serialization.PublicFormat.Raw)
            wrapping, kind = derive(own.exchange(self._public) + shown, b"backup/wrap", 32), _FOR_KEY
        else:
            shown = secrets.token_bytes(32)
            wrapping, kind = _stretched(str(self._words), shown), _FOR_WORDS
        return MAGIC + bytes([kind]) + shown + AESGCM(wrapping).encrypt(_NONCE, file_key, MAGIC)


class Key:
    """What opens a stream: the private key ("bdkey1:...") or the passphrase."""

    def __init__(self, *, private: str | None = None, words: str | None = None) -> None:
        self._private = None if private is None else X25519PrivateKey.from_private_bytes(_raw(private, _PRIVATE))
        self._words = words

    def file_key(self, kind: int, shown: bytes, wrapped: bytes) -> bytes:
        """The stream's own key. Raises ConfigurationError when this is not what it was encrypted for."""
        try:
            return AESGCM(self._wrapping(kind, shown)).decrypt(_NONCE, wrapped, MAGIC)
        except (InvalidTag, ValueError) as error:  # ValueError: a point that is no public key
            raise ConfigurationError("打不开：备份私钥或口令与加密时用的不是一对，或文件已损坏。") from error

    def _wrapping(self, kind: int, shown: bytes) -> bytes:
        if kind == _FOR_KEY and self._private is not None:
            return derive(self._private.exchange(X25519PublicKey.from_public_bytes(shown)) + shown, b"backup/wrap", 32)
        if kind == _FOR_WORDS and self._words is not None:
            return _stretched(self._words, shown)
        raise ConfigurationError("打不开：这个文件须用" + ("备份私钥" if kind == _FOR_KEY else "口令") + "打开。")


class Sealer:
    """A writable stream that encrypts into `target`; `close` writes the end and leaves `target` open."""

    def __init__(self, target: BinaryIO, lock: Lock) -> None:
        file_key = secrets.token_bytes(32)
        head = lock.header(file_key)
        target.write(head)
        self._target, self._cipher, self._number = target, AESGCM(derive(file_key + head, b"backup/body", 32)), 0
        self._held = bytearray()

    def write(self, content: bytes) -> int:
        """Take more of it."""
        self._held += content
        while len(self._held) > PIECE:  # the last piece, full or not, waits for `close`
            self._put(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]
        return len(content)

    def flush(self) -> None:
        """Nothing to do: pieces are written when they are full."""

    def close(self) -> None:
        """Write the last piece."""
        self._put(bytes(self._held), last=True)
        self._held.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, None))
        self._number += 1


class Opener:
    """A readable stream of what `source` holds encrypted. Raises ConfigurationError for what was altered or cut."""

    def __init__(self, source: BinaryIO, key: Key) -> None:
        head = source.read(len(MAGIC) + 1 + 32 + 32 + TAG)
        if not head.startswith(MAGIC) or len(head) < len(MAGIC) + 81:
            raise ConfigurationError("打不开：这不是报到的加密文件，或文件不完整。")
        body = head[len(MAGIC):]
        file_key = key.file_key(body[0], body[1:33], body[33:])
        self._source, self._cipher, self._number = source, AESGCM(derive(file_key + head, b"backup/body", 32)), 0
        self._next, self._held = source.read(PIECE + TAG), b""
        self._done = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, all for -1; b"" at the end."""
        parts = [self._held]
        have = len(self._held)
        while not self._done and (size < 0 or have < size):
            piece = self._open()
            parts.append(piece)
            have += len(piece)
        found = b"".join(parts)
        size = len(found) if size < 0 else size
        self._held = found[size:]
        return found[:size]

    def _open(self) -> bytes:
        piece, self._next = self._next, self._source.read(PIECE + TAG)
        self._done = not self._next
        try:
            opened = self._cipher.decrypt(_nonce(self._number, last=self._done), piece, None)
        except InvalidTag as error:
            raise ConfigurationError("文件已损坏或被截断，不能使用。") from error
        self._number += 1
        return opened


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _stretched(words: str, salt: bytes) -> bytes:
    if len(words) < 12:
        raise ConfigurationError("口令至少 12 个字符。")
    return Scrypt(salt, length=32, n=2**15, r=8, p=1).derive(words.encode())


def _raw(text: str, prefix: str) -> bytes:
    if text.strip().startswith(prefix):
        try:
            found = base64.b64decode(text.strip().removeprefix(prefix), validate=True)
        except ValueError:
            found = b""
        if len(found) == 32:
            return found
    raise ConfigurationError(f"不是备份密钥：应以 {prefix} 开头。用 baodao backup key 生成一对。")


def write_private(path: str | os.PathLike[str], text: str) -> None:
    """A new file that only its owner reads. Raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w", encoding="ascii") as file:
        file.write(text + "\n")
