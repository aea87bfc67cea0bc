"""The figures that the fault tests reach, printed as a table and written to a file at the end of `make faults`."""
from __future__ import annotations

import json
import os
import time
from pathlib import Path

#: Whether the promises' own figures are run, which takes minutes; else each test runs a small one of the same kind.
FULL = os.environ.get("BAODAO_FAULTS") == "full"
_FILE = os.environ.get("BAODAO_FAULTS_FILE")
#: What the test at hand has noted, for the table of the promises (tests/support/promises.py).
noted: list[str] = []


def figure(promise: int, what: str, wanted: str, reached: str) -> None:
    """Note a figure of a promise that a test has just held: for the table of the promises and, if there is one, in the file."""
    noted.append(f"{what}: {reached}")
    if _FILE:
        with Path(_FILE).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"promise": promise, "what": what, "wanted": wanted, "reached": reached, "at": int(time.time())},
                                   ensure_ascii=False) + "\n")


def table(lines: list[str]) -> str:
    """The figures as text, by promise."""
    found = sorted((json.loads(line) for line in lines), key=lambda row: (row["promise"], row["what"]))
    rows = [("promise", "what", "wanted", "reached"), *((str(r["promise"]), r["what"], r["wanted"], r["reached"]) for r in found)]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows)


if __name__ == "__main__":
    assert _FILE
    found = table(Path(_FILE).read_text(encoding="utf-8").splitlines())
    Path(_FILE).with_suffix(".txt").write_text(found + "\n", encoding="utf-8")
    print(found)
