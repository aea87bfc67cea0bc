"""Measures answer for the plugins that are on, and only for them."""
from __future__ import annotations

import uuid

import pytest

from core.errors import NotFound
from core.extension.dispatch import tell
from core.extension.failures import Unanswered
from core.extension.manifest import Measure
from core.extension.measures import define_measure, measure, measures
from core.tenancy import tenant_scope
from tenants.activation import disable
from tests.extension.conftest import Install
from tests.extension.test_containment import failed, jobs, write, written
from tests.support.plugins import make_record

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


def writing(member_id: uuid.UUID) -> int:
    """A measure that writes and raises."""
    write("half")
    raise ValueError


def wordy(member_id: uuid.UUID) -> object:
    """A measure that is no number."""
    return "many"


@pytest.mark.parametrize("read", [writing, wordy])
def test_a_measure_that_fails_is_undone_and_counted(install: Install, city: int, read: object) -> None:
    install("bad", manifest={"measures": (Measure("bad.balance", "余额", read),)})  # type: ignore[arg-type]
    with tenant_scope(city):
        write("caller")
        with pytest.raises(Unanswered, match="暂时读不到"):
            measure("bad.balance", MEMBER)
    assert (written(city), failed(city)) == (["caller"], [("bad", "bad.balance", 1)])


def test_whoever_reads_it_is_not_blamed_and_told_again(install: Install, city: int) -> None:
    install("bad", manifest={"measures": (Measure("bad.balance", "余额", writing),)})
    install("reader", record_counted=lambda record: measure("bad.balance", record.member_id) and None)
    with tenant_scope(city):
        tell("record_counted", record=make_record())
    assert (failed(city), jobs(city)) == ([("bad", "bad.balance", 1)], [("reader.redeliver", "due")])
