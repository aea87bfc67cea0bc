"""Tests, mirroring the folders of the product; all of them run on a real PostgreSQL."""
from __future__ import annotations

import os
import sys

# Containers often forbid bytecode files. Then each of the hundred processes that the tests start would compile the whole product
# anew (1 s of CPU each), and each run would rewrite every test's assertions anew (9 s a worker).
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
