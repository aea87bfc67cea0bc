"""The import of a large workbook, end to end, against parsing it by calamine and copying the finished rows."""
from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import python_calamine

from bench.installation import Installation, Site
from bench.results import Result
from bench.roster import write_roster
from bench.seed import seed_city
from core.privacy.cipher import MasterKeys

ROWS, ROUNDS, MEMORY = 100_000, 3, 400
TENANT, COMMUNITIES, UNITS = 1, 3_000, 1_000


def measure(installation: Installation) -> list[Result]:
    """The import's ratio in time, and its memory against the bound."""
    file = installation.folder / "roster.xlsx"
    ours, peaks, limits = [], [], []
    for number in range(ROUNDS):
        # A fresh database each time: the statistics of a table that was just emptied would mislead the planner.
        site = installation.site(f"importing{number}")
        with site.admin() as connection:
            communities, units = seed_city(connection, MasterKeys(site.config().master_keys), TENANT, COMMUNITIES, UNITS)
            if not file.exists():
                write_roster(file, ROWS, communities, units)
            seconds, peak = _import(site, file)
            ours.append(seconds)
            peaks.append(peak)
            limits.append(_limit(connection, file, connection.execute("select * from member").fetchall()))
    ratio = statistics.median(a / sum(b) for a, b in zip(ours, limits, strict=True))
    parse, copy = (statistics.median(side) for side in zip(*limits, strict=True))
    note = (f"{statistics.median(ours):.1f} s against {parse:.1f} s calamine + {copy:.1f} s binary COPY; members, 3 affiliations each,"
            " obligations, all checks and encryption")
    peak = max(peaks)
    return [Result("import", ratio, 3.0, "lower", ROWS, note),
            Result("import memory", peak / MEMORY, 1.0, "lower", ROWS, f"peak {peak:.0f} MiB, worker and parsing child together, of {MEMORY}")]


def _import(site: Site, file: Path) -> tuple[float, float]:
    """(seconds, peak MiB) of one import in a process of its own, as a worker runs it."""
    arguments = [sys.executable, "-m", "bench.importing", str(file)]
    done = subprocess.run(arguments, env={**os.environ, **site.environment()}, check=True, stdout=subprocess.PIPE, text=True)
    seconds, peak, faulty = json.loads(done.stdout.splitlines()[-1])
    if faulty:
        raise ValueError(f"{faulty} lines of the synthetic roster were refused")
    return seconds, peak


def _limit(connection: psycopg.Connection, file: Path, rows: Sequence[Any]) -> tuple[float, float]:
    """Seconds of (parsing the file, copying the finished rows as superuser into a table with the same indexes and constraints)."""
    began = time.perf_counter()
    sheet = python_calamine.CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0)
    if sum(1 for _row in sheet.iter_rows()) != len(rows) + 1:
        raise ValueError("not every line was imported")
    parsed = time.perf_counter()
    types = [row[0] for row in connection.execute(
        "select format_type(atttypid, null) from pg_attribute where attrelid = 'member'::regclass and attnum > 0 and not attisdropped"
        " order by attnum")]
    connection.execute("create table member_copy (like member including all)")  # which leaves the foreign keys out
    for name, definition in connection.execute(
            "select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'f' and conrelid = 'member'::regclass").fetchall():
        connection.execute(f"alter table member_copy add constraint {name} {definition}")
    connection.commit()
    began_copy = time.perf_counter()
    with connection.cursor().copy("copy member_copy from stdin (format binary)") as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
    connection.commit()
    ended = time.perf_counter()
    connection.execute("drop table member_copy")
    connection.commit()
    return parsed - began, ended - began_copy


class _Children(threading.Thread):
    """Notes the highest peak of any child. (The kernel's own account of ended children begins with their parent's size.)"""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0

    def run(self) -> None:
        """Look every 50 ms until the process ends."""
        while True:
            for task in Path("/proc/self/task").iterdir():
                with contextlib.suppress(OSError, StopIteration):
                    self.peak = max([self.peak, *map(_peak, (task / "children").read_text().split())])
            time.sleep(0.05)


def _peak(process: str) -> float:
    """The most that a process has held in memory so far, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """The worker: import the file that the argument names; print seconds, peak memory and the number of refused lines."""
    from core.config import Config
    from core.jobs import worker
    from core.tenancy import tenant_scope
    from tenants.importing import work
    from tenants.importing.run import run
    from tenants.process import configure_process
    assert all(module.__name__ for module in (worker, work))  # a worker's process holds both
    configure_process(Config.from_env(), statement_timeout=60, pool_size=2)
    content = Path(sys.argv[1]).read_bytes()
    watch = _Children()
    watch.start()
    began = time.perf_counter()
    with tenant_scope(TENANT):
        outcome = run(content, "roster.xlsx", write=True)
    seconds = time.perf_counter() - began
    print(json.dumps([seconds, _peak("self") + watch.peak, outcome.members.faulty]))


if __name__ == "__main__":
    main()
