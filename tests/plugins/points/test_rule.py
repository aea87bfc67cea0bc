"""The plain rule of the settings at its boundaries."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from core.tenancy import session
from plugins.points import ledger
from plugins.points.models import PointsEntry
from tenants.settings import save
from tests.support.factories import TestMember, TestTenant
from tests.support.plugins import make_record


def earned(tenant: TestTenant, member: TestMember, values: dict[str, object] | None = None, **record: object) -> tuple[int, str]:
    """Hundredths and words of the one entry."""
    with tenant.scope():
        if values:
            save("points", values, version=0)
    with tenant.scope():
        ledger.earn(make_record(member_id=member.id, **record))
        row = session().execute(select(PointsEntry.points, PointsEntry.rule)).one()
    return row.points, row.rule


@pytest.mark.parametrize(("minutes", "rate", "cap", "points"), [
    (59, 1, 2, 0), (60, 1, 2, 1), (90, 1, 2, 1), (90, 2, 2, 3), (119, 1, 2, 1), (120, 1, 2, 2), (121, 1, 2, 2), (480, 1, 2, 2),
    (480, 1, 8, 8), (1, 60, 1, 1), (90, 0, 2, 0)])
def test_points_at_the_boundaries(tenant: TestTenant, member: TestMember, minutes: int, rate: int, cap: int, points: int) -> None:
    assert earned(tenant, member, {"points_per_hour": rate, "hours_cap": cap}, minutes=minutes)[0] == points * 100


@pytest.mark.parametrize(("earns", "points"), [(False, 0), (True, 1)])
def test_a_dissatisfied_recipient_decides_by_the_setting(tenant: TestTenant, member: TestMember, earns: bool, points: int) -> None:
    assert earned(tenant, member, {"dissatisfied_earns": earns}, evaluation="dissatisfied")[0] == points * 100


def test_the_kept_rule_does_not_tell_how_the_recipient_judged(tenant: TestTenant, member: TestMember) -> None:
    assert "不满意" not in earned(tenant, member, evaluation="dissatisfied")[1]
