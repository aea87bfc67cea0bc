"""Which share of the lines and branches of the walls their own tests run: `make coverage` prints it by room and fails below the floor.

The floor is what has been reached, so that it only goes up; 100 is the promise (26).
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from tests.security.test_sources import without_twin
from tests.support.promises import keep_measured

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Room:
    """Files that belong together, the tests that are to run all of them, and the least share in per cent; `long` are tests of minutes among these."""

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    floor: float
    long: tuple[str, ...] = ()


ROOMS = (
    Room("tenancy", ("core/tenancy/*",), ("tests/security/test_guard.py", "tests/security/test_policies.py", "tests/security/test_hot.py",
                                          "tests/tenants", "tests/test_db.py"), 100),
    Room("encryption and masking", ("core/privacy/*",), ("tests/privacy", "tests/security/test_spraying.py", "tests/tenants"), 100),
    Room("authorisation", ("core/access/*",),
         ("tests/access", "tests/web/test_frame.py", "tests/web/test_manage.py", "tests/web/test_reach.py", "tests/web/test_single_sign_on.py",
          "tests/api", "tests/approvals/test_separate_roles.py", "tests/tenants", "tests/cli/test_account.py", "tests/security/test_logins.py",
          "tests/security/test_old_password.py", "tests/security/test_passkeys.py", "tests/security/test_passwords.py",
          "tests/security/test_second_factor.py", "tests/security/test_factor_rule.py",
          "tests/security/test_factor_owner.py", "tests/security/test_sign_in.py", "tests/security/test_spraying.py"), 100),
    Room("ledger", ("plugins/points/ledger.py", "plugins/points/spending.py", "plugins/points/totals.py"), ("tests/plugins/points",), 100),
    Room("jobs", ("core/jobs/*",), ("tests/jobs", "tests/faults/test_jobs_walls.py", "tests/extension/test_plugin_jobs.py"), 100),
    Room("audit", ("core/audit/*",), ("tests/audit", "tests/members/test_rights_pages.py", "tests/tenants"), 100),
)

#: All that is shipped, by all tests; of those of minutes by these that run what no other does. About an hour and a half on two processors, so only when it is
#: asked for by name.
WHOLE = Room("everything", ("core/*", "tenants/*", "plugins/*", "web/*", "migrations/*"), ("tests",), 95, long=(
    "tests/backup/test_restore.py", "tests/cli", "tests/exchange", "tests/migrations", "tests/plugins", "tests/web"))


@dataclass(frozen=True)
class Found:
    """The share of a room in per cent, and a line for each file of which something did not run."""

    share: float
    missing: tuple[str, ...]

    @classmethod
    def of(cls, files: dict[str, Any]) -> Found:
        """Out of what coverage reports by file."""
        sums = [file["summary"] for file in files.values()]
        parts = sum(one["num_statements"] + one["num_branches"] for one in sums)
        reached = sum(one["covered_lines"] + one["covered_branches"] for one in sums)
        return cls(100 * reached / parts if parts else 0.0, tuple(
            f"{name}: lines {file['missing_lines']}, branches {file['missing_branches']}" for name, file in files.items()
            if file["missing_lines"] or file["missing_branches"]))


def measure(rooms: tuple[Room, ...]) -> tuple[dict[str, Found], bool]:
    """Run the rooms' tests once, and answer what they ran of each room, and whether all passed."""
    runs = {"not long" if WHOLE in rooms else "not long and not e2e": sorted({test for room in rooms for test in room.tests}),
            "long": sorted({test for room in rooms for test in room.long})}
    with tempfile.TemporaryDirectory() as place:
        environment = os.environ | {"COVERAGE_FILE": f"{place}/data"}
        base = [sys.executable, "-m", "coverage"]
        codes = [subprocess.run([*base, "run", "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", "-m", which, *tests],
                                cwd=ROOT, env=environment, check=False).returncode for which, tests in runs.items() if tests]
        subprocess.run([*base, "combine", "-q"], cwd=ROOT, env=environment, check=True)
        report = f"{place}/report.json"
        subprocess.run([*base, "json", "-q", "-o", report], cwd=ROOT, env=environment, check=True)
        files = json.loads(Path(report).read_text("utf-8"))["files"]
    return {room.name: Found.of({name: found for name, found in files.items() if any(fnmatch(name, glob) for glob in room.files)})
            for room in rooms}, not any(codes)


def main() -> int:
    """Print a line for each room of the walls, or for those that are named on the command line ("everything": all of the code, and each room too)."""
    names = sys.argv[1:]
    rooms = (*ROOMS, WHOLE) if WHOLE.name in names else tuple(room for room in ROOMS if not names or room.name in names)
    found, passed = measure(rooms)
    shares = {name: one.share for name, one in found.items()}
    for room in rooms:
        print(f"{room.name:<24} {shares[room.name]:6.2f} %  (floor {room.floor} %)", *found[room.name].missing, sep="\n    ")
    keep_measured({f"tests/support/covering.py::{room.name}": {"promises": [26], "outcome": "passed" if shares[room.name] >= room.floor else "failed",
                                                      "figure": f"{room.name} {shares[room.name]:.1f} %"} for room in rooms})
    keep_measured({"tests/support/covering.py::a twin in every module of walls": {
        "promises": [26], "outcome": "failed" if without_twin() else "passed", "figure": ""}})
    return int(not passed or any(shares[room.name] < room.floor for room in rooms))


if __name__ == "__main__":
    sys.exit(main())
