"""What is sealed opens again with its key only, and nothing of it can be altered, moved or cut off."""
from __future__ import annotations

import io
import resource

import pytest

from core.errors import ConfigurationError
from web.backup.envelope import PIECE, TAG, Key, Lock, Opener, Sealer, new_pair

HEAD = 16 + 1 + 32 + 48
PRIVATE, PUBLIC = new_pair()


def sealed(content: bytes, lock: Lock) -> bytes:
    target = io.BytesIO()
    sealer = Sealer(target, lock)
    for start in range(0, len(content), 50_000):
        sealer.write(content[start:start + 50_000])
    sealer.close()
    return target.getvalue()


def opened(stored: bytes, key: Key) -> bytes:
    return Opener(io.BytesIO(stored), key).read()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 200_000])
@pytest.mark.parametrize(("lock", "key"), [(Lock(public=PUBLIC), Key(private=PRIVATE)),
                                           (Lock(words="twelve letters"), Key(words="twelve letters"))], ids=["key", "words"])
def test_there_and_back(size: int, lock: Lock, key: Key) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    stored = sealed(content, lock)
    assert opened(stored, key) == content
    assert len(stored) == HEAD + size + TAG * max(1, -(-size // PIECE))


def test_what_was_altered_does_not_open() -> None:
    stored = sealed(b"x" * (3 * PIECE), Lock(public=PUBLIC))
    piece = PIECE + TAG
    first, second, third = (stored[HEAD + number * piece:HEAD + (number + 1) * piece] for number in range(3))
    flipped = bytearray(stored)
    flipped[HEAD + 7] ^= 1
    for broken in (bytes(flipped), stored[:-1], stored[:HEAD] + first + second, stored[:HEAD] + second + first + third,
                   stored[:HEAD] + first + third, stored + b"x", stored[:40], b"", stored[:17] + bytes(32) + stored[49:]):
        with pytest.raises(ConfigurationError):
            opened(broken, Key(private=PRIVATE))


def test_another_key_does_not_open() -> None:
    other = Key(private=new_pair()[0])
    for lock, key in ((Lock(public=PUBLIC), other), (Lock(public=PUBLIC), Key(words="twelve letters")),
                      (Lock(words="twelve letters"), Key(words="twelve Letters")), (Lock(words="twelve letters"), Key(private=PRIVATE))):
        with pytest.raises(ConfigurationError, match="打不开"):
            opened(sealed(b"text", lock), key)
    for wrong in ("", "bdkey1:abc", PUBLIC):
        with pytest.raises(ConfigurationError, match="baodao backup key"):
            Key(private=wrong)
    with pytest.raises(ConfigurationError, match="12"):
        sealed(b"text", Lock(words="short"))


def test_memory_does_not_grow_with_the_stream() -> None:
    class Nowhere(io.RawIOBase):
        def write(self, content: object) -> int:
            return len(content)  # type: ignore[arg-type]

    sealer, block = Sealer(Nowhere(), Lock(public=PUBLIC)), bytes(1 << 20)  # type: ignore[arg-type]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(128):
        sealer.write(block)
    sealer.close()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024  # KiB
