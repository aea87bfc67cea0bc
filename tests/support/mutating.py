"""How many small faults in the walls their tests find: `make mutants` makes a sample of them, one at a time, and fails below the floor.

mutmut makes the faults and knows which tests run which function (section mutmut of setup.cfg); here is chosen which of them are tried.
Left out, by the patterns there: the wording of messages and of log lines, and the names of entries of a cache.
"""
from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrations.runner import upgrade
from tenants.loading import load_plugins
from tests.support.databases import drop_database, make_database
from tests.support.promises import keep_measured
from web.embedded import DataFolder
from web.embedded.postgres import Postgres

ROOT = Path(__file__).parents[2]
MADE = ROOT / "mutants"
#: Each room's modules, and the least share in per cent of the sample that must be found: what has been reached, so that it only goes up.
ROOMS = {"tenancy": ("core/tenancy", 90), "authorisation": ("core/access", 90)}
PROMISED = 90
SEED, SAMPLE = 2028, 100
#: Functions that run while their module is imported, which is before a fault is chosen: mutmut cannot try them.
AT_IMPORT = ("core.access.entry.x__entry__", "core.access.factor_rule.x_rule_columns__", "core.access.factor_rule.x__rule__")
FOUND = frozenset({1, 3, 36, 24, -24, 152, -11, -9})  # mutmut's codes: a test failed, or time ran out; whatever else it says is not found


@contextmanager
def a_server() -> Iterator[dict[str, str]]:
    """One server with one migrated database for all runs, as environment variables."""
    with tempfile.TemporaryDirectory(prefix="bd", dir="/tmp") as place:
        Path(place).chmod(0o755)
        folder = DataFolder(Path(place))
        server = Postgres(folder, folder.prepare(), durable=False)
        url = server.start()
        try:
            load_plugins()
            template = make_database(url, "bd_template")
            upgrade(template.migrate_url)
            yield os.environ | {"BAODAO_TEST_ADMIN_URL": url, "BAODAO_TEST_TEMPLATE": template.name}
            drop_database(template)
        finally:
            server.stop()


def outcomes() -> dict[str, int | None]:
    """What became of each fault, by its name; None: not tried."""
    return {name: code for file in MADE.rglob("*.meta") for name, code in json.loads(file.read_text("utf-8"))["exit_code_by_key"].items()}


def run(environment: dict[str, str], names: list[str]) -> None:
    """Have mutmut try the faults of these names."""
    subprocess.run([sys.executable, "-m", "mutmut", "run", *names], cwd=ROOT, env=environment, check=True)


def main() -> int:
    """Try SAMPLE faults of each room, or as many as the command line says ("all" are all); print the shares and what was not found."""
    said = sys.argv[1] if len(sys.argv) > 1 else str(SAMPLE)
    wanted = sys.maxsize if said == "all" else int(said)
    with a_server() as environment:
        run(environment, ["core.tenancy.clock*"])  # writes all faults down, and which tests run what
        names = sorted(name for name in outcomes() if not name.startswith(AT_IMPORT))
        chosen = {room: sample([name for name in names if name.startswith(place.replace("/", "."))], wanted) for room, (place, _floor) in ROOMS.items()}
        run(environment, [name for some in chosen.values() for name in some])
    known, below = outcomes(), False
    for room, some in chosen.items():
        missed = [name for name in some if known[name] not in FOUND]
        share = 100 * (len(some) - len(missed)) / len(some)
        below |= share < ROOMS[room][1]
        print(f"{room:<24} {share:6.2f} % of {len(some)} faults found  (floor {ROOMS[room][1]} %)", *missed, sep="\n    ")
        keep_measured({f"tests/support/mutating.py::{room}": {"promises": [26], "outcome": "passed" if share >= PROMISED else "failed",
                                                     "figure": f"{share:.0f} % of {len(some)} small faults in {room} found"}})
    return int(below)


def sample(names: list[str], wanted: int) -> list[str]:
    """The same ones each time, as long as the code is the same."""
    return sorted(random.Random(SEED).sample(names, min(wanted, len(names))))


if __name__ == "__main__":
    sys.exit(main())
