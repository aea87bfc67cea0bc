"""The child process that reads a layout from outside: limits first, then the zip's directory, then its XML; small and expendable.

Run as a file by `compiling.py`; stdin is the file, stdout one JSON object: the layout, or what is wrong with it.
"""
from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import orjson

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))
from package import load  # type: ignore[import-not-found]
from sandbox_child import Refused, check_directory, limit_resources, scan_entry  # type: ignore[import-not-found]
from sheets import compile_book  # type: ignore[import-not-found]
from slots import Found  # type: ignore[import-not-found]
from texts import compile_text  # type: ignore[import-not-found]

NEEDED = {"xlsx": "xl/workbook.xml", "docx": "word/document.xml"}


def compile_layout(content: bytes, limits: dict[str, int]) -> dict[str, Any]:
    """The layout with what was found in it. Raises Refused."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Refused("not_office") from None
    names = set(archive.namelist())
    kind = next((k for k, needed in NEEDED.items() if needed in names), None)
    if kind is None:
        raise Refused("not_office")
    check_directory(archive.infolist(), limits, NEEDED[kind])
    for entry in archive.infolist():
        scan_entry(archive, entry)
    found = Found()
    parts = load(archive, kind, found)
    made = (compile_book if kind == "xlsx" else compile_text)(parts, found)
    return {"kind": kind, "parts": parts, "names": found.names, "errors": found.errors, "notes": sorted(found.notes), **made}


def main() -> None:
    """Entry point: the argument is the limits as JSON."""
    limits = orjson.loads(sys.argv[1])
    limit_resources(limits["memory"], limits["cpu_seconds"])
    try:
        answer = compile_layout(sys.stdin.buffer.read(), limits)
    except Refused as refusal:
        answer = {"refused": str(refusal)}
    except MemoryError:
        answer = {"refused": "memory"}
    except (ExpatError, UnicodeDecodeError, KeyError, ValueError, IndexError, RecursionError, zipfile.BadZipFile):
        answer = {"refused": "damaged"}
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main()
