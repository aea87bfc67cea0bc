"""One figure of the benchmark, and the file that keeps them."""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True)
class Result:
    """A ratio with its goal. `better` says which side of the goal is good; `rows` is the size of what was worked on.

    `promise`: the number of the promise in docs/security.md of which this is a figure; `make walls` prints it there.
    """

    name: str
    ratio: float
    goal: float
    better: Literal["lower", "higher"]
    rows: int
    note: str
    promise: int | None = None

    @property
    def reached(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio <= self.goal if self.better == "lower" else self.ratio >= self.goal

    def line(self) -> str:
        """A line for the terminal."""
        sign = "<=" if self.better == "lower" else ">="
        return f"{'ok  ' if self.reached else 'MISS'} {self.name}: {self.ratio:.2f} (goal {sign} {self.goal:g}; {self.note})"


def keep(results: Sequence[Result]) -> None:
    """Write the results, replacing earlier ones of the same name only."""
    known = {row["name"]: row for row in json.loads(FILE.read_text(encoding="utf-8"))} if FILE.exists() else {}
    known |= {result.name: {**asdict(result), "ratio": round(result.ratio, 3), "reached": result.reached} for result in results}
    FILE.write_text(json.dumps(list(known.values()), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
