"""A worker knows every kind of job that core and tenants define: none is left waiting because its module was not imported."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_process_imports_every_module_that_registers_a_job() -> None:
    defining = {".".join(path.relative_to(ROOT).with_suffix("").parts) for room in ("core", "tenants")
                for path in (ROOT / room).rglob("*.py") if "\n@handler(" in path.read_text(encoding="utf-8")}
    program = "import sys, tenants.process; print('\\n'.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    assert defining
    assert defining - set(loaded) == set()
