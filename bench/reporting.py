"""A report of members in a form of the plugin: its memory at 100,000 and 1,000,000 rows, and its time against copying the same cells out."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from bench.installation import Installation, Site
from bench.results import Result
from bench.seed import seed
from core.privacy.cipher import MasterKeys

TENANT_ROWS, FEW, MANY = 20_000, 100_000, 1_000_000
KIB = 1024
FORM = "foshan-register"


def measure(installation: Installation) -> list[Result]:
    """How many times the memory of 100,000 rows 1,000,000 rows take; flat is 1."""
    site = installation.site("reporting")
    with site.admin() as connection:
        seeded = seed(connection, MasterKeys(site.config().master_keys), TENANT_ROWS * 17)
    few, many = (_run(site, seeded.tenant_id, seeded.root_id, rows) for rows in (FEW, MANY))
    ratio = many["peak"] / few["peak"]
    note = (f"peak {many['peak'] / KIB:.0f} MiB at {MANY:,} rows against {few['peak'] / KIB:.0f} MiB at {FEW:,}; {many['seconds']:.0f} s,"
            f" {many['size'] / KIB / KIB:.0f} MiB, kept in {many['parts']} encrypted pieces")
    return [Result("report_memory", ratio, 1.1, "lower", MANY, note)]


def _run(site: Site, tenant: int, root: uuid.UUID, rows: int) -> dict[str, Any]:
    arguments = [sys.executable, "-m", "bench.reporting", str(tenant), str(root), str(rows)]
    done = subprocess.run(arguments, env={**os.environ, **site.environment()}, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    """Make one report in a process of its own; the tenant's rows are read again and again until there are as many as wanted."""
    from itertools import count, islice
    from typing import BinaryIO, cast

    import plugins.reports as plugin
    from core.api import DataReach, DataRequest, Filling, IncomingFile, dataset, fill_layout, today
    from core.config import Config
    from core.documents import storage
    from core.tenancy import tenant_scope
    from plugins.reports.formats import read, vocabulary
    from tenants.process import configure_process, settle
    tenant, root, wanted = int(sys.argv[1]), uuid.UUID(sys.argv[2]), int(sys.argv[3])
    configure_process(Config.from_env(), statement_timeout=600, pool_size=2)
    settle()
    chosen = read("reports", Path(plugin.__file__).parent / "formats" / FORM)
    began = time.perf_counter()
    with tenant_scope(tenant):
        data = dataset("members")
        request = DataRequest((DataReach(root, "committee", "root/"),), today().replace(month=1, day=1), today())
        batches = islice((batch for _again in count() for batch in data.read(request)), wanted // 1_000)
        file = IncomingFile("x.xlsx", "application/octet-stream", "reports.make", 1)
        fill_layout(chosen.layout(), cast("BinaryIO", file), Filling(vocabulary(chosen, data), {}, batches, wanted))
        found = storage.fact(file.finish())
    print(json.dumps({"seconds": time.perf_counter() - began, "peak": _peak(), "size": found.size, "parts": found.parts}))


def _peak() -> int:
    """The process's own peak in KiB."""
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
