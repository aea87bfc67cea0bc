"""The conformance kit finds each broken promise, and only that one: twins of a sound plugin, each with one thing wrong."""
from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.web.testing.twins import CUTS, TWINS
from web.testing.kit.suite import CHECKS


@pytest.mark.long
def test_each_twin_fails_its_check_and_what_is_cut_down_fails_none(postgres_url: str) -> None:
    done = subprocess.run([sys.executable, "-m", "tests.web.testing.twins"], env=os.environ | {"BAODAO_TEST_ADMIN_URL": postgres_url},
                          capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {title: sorted(faults) for title, faults in found.items()} == {
        "sound": [], **{title: [] for title in CUTS}, **{title: [twin.check] for title, twin in TWINS.items()}}
    sentences = [sentence for faults in found.values() for told in faults.values() for sentence in told]
    assert [s for s in sentences if not s.endswith("。")] == []


def test_every_check_has_a_twin() -> None:
    assert {twin.check for twin in TWINS.values()} == set(CHECKS)
