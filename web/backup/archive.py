"""The file in which a tenant travels: a head, the rows of each table as PostgreSQL's own text COPY, an end; encrypted as a whole.

Each part is a length in 4 bytes and so many bytes. The head is JSON; each table is a JSON line and then its rows in any number of parts,
until an empty one; the archive ends with the JSON `null`.
"""
from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from core.errors import Invalid

FORMAT = 1
_LENGTH = struct.Struct(">I")


def put(file: BinaryIO, content: bytes) -> None:
    """One part."""
    file.write(_LENGTH.pack(len(content)) + content)


def put_json(file: BinaryIO, value: Any) -> None:
    """One part of JSON."""
    put(file, orjson.dumps(value))


def part(file: BinaryIO) -> bytes:
    """The next part. Raises Invalid at an end that should not be there."""
    length = file.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        raise Invalid("归档文件不完整。")
    (size,) = _LENGTH.unpack(length)
    return file.read(size)


def parts(file: BinaryIO) -> Iterator[bytes]:
    """The parts until an empty one."""
    while found := part(file):
        yield found


def head(file: BinaryIO) -> dict[str, Any]:
    """The archive's head. Raises Invalid for one of another form."""
    found: dict[str, Any] = orjson.loads(part(file))
    if found.get("format") != FORMAT:
        raise Invalid(f"归档的格式是 {found.get('format')}，这个版本只读格式 {FORMAT}。")
    return found
