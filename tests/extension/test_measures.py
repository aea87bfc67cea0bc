"""Measures answer for the plugins that are on, and only for them."""
from __future__ import annotations

import uuid

import pytest

from core.errors import NotFound
from core.extension.manifest import Measure
from core.extension.measures import define_measure, measure, measures
from core.tenancy import tenant_scope
from tenants.activation import disable
from tests.extension.conftest import Install

MEMBER = uuid.uuid4()


def test_a_measure_goes_with_its_plugin(install: Install, city: int) -> None:
    define_measure(Measure("sample.core", "x", lambda member_id: 7))
    install("sample", manifest={"measures": (Measure("sample.balance", "余额", lambda member_id: int(member_id == MEMBER)),)})
    with tenant_scope(city):
        assert (measure("sample.balance", MEMBER), measure("sample.core", MEMBER)) == (1, 7)
        with pytest.raises(NotFound, match="您是否想写 sample"):
            measure("sample.balanec", MEMBER)
        disable("sample")
        assert "sample.balance" not in measures()
        with pytest.raises(NotFound):
            measure("sample.balance", MEMBER)
