"""The export of 100,000 members against XlsxWriter alone writing the same rows, and its memory at two sizes."""
from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import xlsxwriter

from bench.installation import Installation, Site
from bench.results import Result
from bench.seed import seed
from core.privacy.cipher import MasterKeys

TENANT_ROWS, ROUNDS = 100_000, 3
KIB = 1024


def measure(installation: Installation) -> list[Result]:
    """The ratio in time, and how much more memory 100,000 rows take than 10,000."""
    site = installation.site("exporting")
    with site.admin() as connection:
        seeded = seed(connection, MasterKeys(site.config().master_keys), TENANT_ROWS * 17)
    pairs = [(_run(site, seeded.tenant_id, seeded.root_id, "ours", TENANT_ROWS), _run(site, seeded.tenant_id, seeded.root_id, "alone", TENANT_ROWS))
             for _ in range(ROUNDS)]
    ours, alone = ([side[0] for side in column] for column in zip(*pairs, strict=True))
    few = _run(site, seeded.tenant_id, seeded.root_id, "ours", TENANT_ROWS // 10)
    grown = (statistics.median(pair[0][1] for pair in pairs) - few[1]) / KIB
    ratio = statistics.median(a / b for a, b in zip(ours, alone, strict=True))
    note = (f"{statistics.median(ours):.1f} s against {statistics.median(alone):.1f} s; peak memory grows by {grown:.0f} MiB from"
            f" {TENANT_ROWS // 10:,} to {TENANT_ROWS:,} rows")
    return [Result("export", ratio, 1.3, "lower", TENANT_ROWS, note)]


def _run(site: Site, tenant: int, root: uuid.UUID, what: str, rows: int) -> tuple[float, float]:
    """(seconds, peak KiB) of one writing in a process of its own."""
    arguments = [sys.executable, "-m", "bench.exporting", str(tenant), str(root), what, str(rows)]
    done = subprocess.run(arguments, env={**os.environ, **site.environment()}, check=True, stdout=subprocess.PIPE, text=True)
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


class _Job:
    """A job's context that nobody watches."""

    def progress(self, *_figures: Any) -> None:
        """Nobody looks."""


def main() -> None:
    """Write the workbook by our own way, or the same cells by XlsxWriter alone."""
    from itertools import islice

    from core.access.actor import GrantFact
    from core.config import Config
    from core.documents.spreadsheet import Sheet, Watermark, write_workbook
    from core.members import export
    from core.members.queries import RosterFilter
    from core.tenancy import now, tenant_scope
    from tenants.process import configure_process, settle
    tenant, root, what, count = int(sys.argv[1]), uuid.UUID(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    configure_process(Config.from_env(), statement_timeout=60, pool_size=2)
    settle()
    wanted = RosterFilter((GrantFact("city_administrator", root, "root/", "committee", ""),))
    target = Path(os.environ["BAODAO_DATA"]) / f"{what}.xlsx"
    with tenant_scope(tenant):
        rows = islice(export.rows(wanted, _Job(), count, full=False), count)  # type: ignore[arg-type]
        columns = export.columns()
        if what == "ours":
            began = time.perf_counter()
            write_workbook(target, [Sheet("名册", columns, rows)], Watermark("bench", now(), "bench"))
        else:
            cells = list(rows)
            began = time.perf_counter()
            _alone(target, columns, cells)
    print(json.dumps([time.perf_counter() - began, _peak()]))


def _peak() -> int:
    """The process's own peak in KiB; getrusage would begin with that of the process that started it."""
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))


def _alone(target: Path, columns: Any, cells: list[Any]) -> None:
    book = xlsxwriter.Workbook(str(target), {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [column.title for column in columns])
    for number, row in enumerate(cells, 1):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, place, cell)
            elif cell is not None:
                sheet.write(number, place, cell)
    book.close()


if __name__ == "__main__":
    main()
