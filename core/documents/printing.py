"""Sets papers in PDF by typst: offline, with our own font only, and the same bytes for the same data."""
from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

CHILD = Path(__file__).with_name("printing_child.py")
SECONDS = 120


class LayoutError(RuntimeError):
    """typst refused a layout or its data: a defect of this room, never the fault of the person who prints."""


def render_pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of a layout with this data. Raises LayoutError; ends after 120 seconds with subprocess.TimeoutExpired.

    The data goes in as one JSON value, never as typst source, so no text of a person can become markup; and through
    memory, not through a file, so that nothing of it stays on a disk.
    """
    return _printed(template, data)


def render_layout(layout: Path, data: Mapping[str, Any]) -> bytes:
    """The same for a layout of a plugin's own, which may import "/common.typ". It is code: never one that somebody uploaded."""
    return _printed(str(layout), data)


def _printed(template: str, data: Mapping[str, Any]) -> bytes:
    done = subprocess.run(
        [sys.executable, "-I", str(CHILD), template],
        input=orjson.dumps(data), capture_output=True, env={}, cwd="/", timeout=SECONDS, check=False,
    )
    if done.returncode != 0:
        # The last line names the error; the others may quote the data.
        raise LayoutError(done.stderr.decode(errors="replace").strip().splitlines()[-1:] or done.returncode)
    return done.stdout
