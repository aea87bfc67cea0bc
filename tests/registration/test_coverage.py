"""Coverage (R3): the same members counted by unit, by leader, by place and in total."""
from __future__ import annotations

import pytest

from core.organizations.settings import encouraged_types, required_types
from core.registration import coverage, reporting
from tests.support.factories import TestTenant, make_member


@pytest.fixture
def city(tenant: TestTenant) -> TestTenant:
    """Three of a government body live in county 0 (two reported in), one of an enterprise lives in county 1."""
    people = [make_member(tenant, unit=0, residence=0), make_member(tenant, unit=0, residence=0, workplace=5),
              make_member(tenant, unit=0, residence=2), make_member(tenant, unit=2, residence=6, workplace=0)]
    with tenant.scope():
        for member, community in ((people[0], 0), (people[2], 2)):
            reporting.accept(member.id, tenant.communities[community], "residence", by=None)
        reporting.submit(people[3].id, tenant.communities[6], "residence", "phone", by=None)  # waits: it does not count
    return tenant


def figures(rows: list[coverage.CoverageRow]) -> list[tuple[str, int, int]]:
    """(name, expected, reported) of the rows with anybody in them."""
    return [(r.name, r.expected, r.reported) for r in rows if r.expected]


def test_by_unit_and_by_leader(city: TestTenant) -> None:
    with city.scope():
        everything = (city.paths[city.root],)
        assert figures(coverage.by_unit(everything)) == [("第0单位", 3, 2), ("第2单位", 1, 0)]
        assert [r.rate for r in coverage.by_unit(everything)] == [2 / 3, 0.0]
        assert figures(coverage.by_leader(everything)) == [("国资委党委", 1, 0), ("第02区", 3, 2)]
        assert coverage.total(everything) == (4, 2)
        assert coverage.by_unit(()) == []


def test_by_place_sums_upwards_with_either_tie(city: TestTenant) -> None:
    with city.scope():
        county = (city.paths[city.counties[0]],)
        assert figures(coverage.by_place(county, "community")) == [("001001社区", 2, 1), ("002001社区", 1, 1)]
        assert figures(coverage.by_place(county, "street")) == [("02001街道", 2, 1), ("02002街道", 1, 1)]
        assert figures(coverage.by_place((city.paths[city.root],), "county")) == [("第02区", 3, 2), ("第03区", 1, 0)]
        assert figures(coverage.by_place((city.paths[city.root],), "county", basis="workplace")) == [("第02区", 1, 0), ("第03区", 1, 0)]


def test_required_and_encouraged_types_are_told_apart(city: TestTenant) -> None:
    with city.scope():
        everything = (city.paths[city.root],)
        assert [coverage.total(everything, unit_types=t()) for t in (required_types, encouraged_types)] == [(3, 2), (1, 0)]
        assert figures(coverage.by_place(everything, "county", unit_types=encouraged_types())) == [("第03区", 1, 0)]
