"""The conformance kit as tests, one a check; `pytest --conformance` collects this file."""
from __future__ import annotations

import pytest

from web.testing.kit.checks import run_check
from web.testing.kit.suite import CHECKS, Check, Stage, Subject


@pytest.mark.parametrize("check", [pytest.param(check, id=check.name) for check in CHECKS.values()])
def test_conforms(check: Check, baodao_plugin: Subject, request: pytest.FixtureRequest) -> None:
    """The plugin keeps this promise; the failure says what is wrong and what to do."""
    stage: Stage | None = None
    if check.staged and baodao_plugin.refused is None:
        stage = request.getfixturevalue("stage")
    faults = run_check(check, baodao_plugin, stage).faults
    if faults is None:
        pytest.skip("插件没有被载入，先改正清单")
    if faults:
        pytest.fail("\n".join([f"{check.title}：未通过", *faults]), pytrace=False)
