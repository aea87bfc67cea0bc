"""A tenant with an officer of every role."""
from __future__ import annotations

import pytest

from core.config import Config
from tests.support.factories import TestTenant, make_tenant


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    """武汉."""
    return make_tenant()
