"""`python -m bench [NAME ...]`: measure all, or the named parts, print a line each and keep bench/results.json."""
from __future__ import annotations

import sys
from collections.abc import Callable

from bench import (
    bad_plugins,
    dispatch,
    exporting,
    importing,
    overview,
    pages,
    points,
    reporting,
    restore,
    service_loop,
    serving,
    walls,
    year_end,
)
from bench.installation import Installation, installation
from bench.results import Result, keep

PARTS: dict[str, Callable[[Installation], list[Result]]] = {
    "import": importing.measure, "pages": pages.measure, "serving": serving.measure, "export": exporting.measure,
    "dispatch": dispatch.measure, "reporting": reporting.measure, "points": points.measure,
    "service_loop": service_loop.measure, "overview": overview.measure, "walls": walls.measure, "bad_plugins": bad_plugins.measure, "restore": restore.measure,
    "year_end": year_end.measure}


def main() -> int:
    """Run the parts; 0 when every goal that was measured is reached, 1 otherwise."""
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        print(f"unknown: {' '.join(unknown)}; known: {' '.join(PARTS)}")
        return 2
    results: list[Result] = []
    for name in wanted:
        with installation() as servers:
            for result in PARTS[name](servers):
                print(result.line(), flush=True)
                results.append(result)
        keep(results)
    return 0 if all(result.reached for result in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
