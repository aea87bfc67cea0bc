"""The child process in which typst sets one paper: its caches grow with every document and end with the process.

Run as a file by `printing.py`; the first argument names the layout of this room, or is the path of another's, stdin is the data as JSON, stdout the PDF.
"""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import typst

ROOM = Path(__file__).parent
LAYOUTS = str(ROOM / "layouts")


def main() -> None:
    """Only the vendored font is offered: system fonts would make papers differ from machine to machine."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(ROOM / "fonts")])
    own = ROOM / "layouts" / f"{sys.argv[1]}.typ"
    source: Any = str(own) if own.parent.parent == ROOM else Path(sys.argv[1]).read_bytes()
    compiler = typst.Compiler(
        source,
        root=LAYOUTS,
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"data": sys.stdin.buffer.read().decode()},
        package_path=LAYOUTS,
        package_cache_path=LAYOUTS,
    )
    sys.stdout.buffer.write(cast(bytes, compiler.compile(format="pdf")))


if __name__ == "__main__":
    main()
