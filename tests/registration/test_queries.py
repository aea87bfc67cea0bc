"""Lists cost the same number of queries for one row and for three, and a member's state says what to do next."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from core.registration import certificates, queries, reporting
from core.registration.certificate_queries import CertificateFilter, certificate_list, papers, units_to_issue, valid_certificates
from core.registration.obligation_queries import ObligationFilter, obligation_list
from core.tenancy import today
from tests.registration.conftest import join
from tests.support.factories import TestTenant, make_member


def fill(tenant: TestTenant, count: int) -> None:
    """Members with duty, certificate and confirmed report-in."""
    for _ in range(count):
        member = make_member(tenant, workplace=4)
        join(tenant, member, today())
        with tenant.scope():
            certificates.issue(tenant.counties[0], tenant.units[0], by=None)
            reporting.accept(member.id, tenant.communities[0], "residence", by=None)


LISTS: dict[str, tuple[int, Callable[[TestTenant], object]]] = {
    "report_ins": (2, lambda t: queries.report_ins(t.communities[0], "confirmed").rows),
    "unit_register": (5, lambda t: queries.unit_register(t.units[0]).rows),
    "certificates": (1, lambda t: certificate_list(CertificateFilter(t.actor("county_officer").grants)).rows),
    "units": (2, lambda t: units_to_issue(t.actor("county_officer").grants).rows),
    "obligations": (2, lambda t: obligation_list(ObligationFilter(t.actor("unit_liaison").grants, state="met")).rows),
    "counts": (1, lambda t: list(queries.count_report_ins(t.communities[0]))),
}


@pytest.mark.parametrize("name", LISTS)
def test_query_counts_at_one_and_at_three_rows(tenant: TestTenant, statements: list[str], name: str) -> None:
    wanted, read = LISTS[name]
    actor = 0 if name in ("report_ins", "unit_register", "counts") else 1
    counts = []
    for more in (1, 2):
        fill(tenant, more)
        with tenant.scope():
            statements.clear()
            assert read(tenant)
            counts.append(len(statements) - actor)
    assert counts == [wanted, wanted]


def test_papers_cost_one_query_beside_settings_and_tenant(tenant: TestTenant, statements: list[str]) -> None:
    fill(tenant, 3)
    with tenant.scope():
        issued = valid_certificates([tenant.units[0]])
        papers(issued[:1])
        statements.clear()
        assert len(papers(issued)) == 3
        assert len(statements) == 1


def test_the_next_step(tenant: TestTenant) -> None:
    member = make_member(tenant, workplace=4)

    def state() -> queries.MemberState:
        with tenant.scope():
            return queries.member_state(member.id)

    assert (state().next_step, [c.basis for c in state().choices]) == ("report", ["residence", "workplace"])
    with tenant.scope():
        waiting = reporting.submit(member.id, tenant.communities[4], "workplace", "phone", by=None)
    assert (state().next_step, [c.state for c in state().choices]) == ("wait", ["none", "submitted"])
    with tenant.scope():
        reporting.confirm(waiting, 1, by=None)
    assert (state().next_step, state().report_ins[0].receipt) == ("done", f"420103001001-{today().year}-00001")


def test_counts_for_the_first_pages(tenant: TestTenant) -> None:
    fill(tenant, 1)
    waiting = make_member(tenant, "李四")
    join(tenant, waiting, today())
    with tenant.scope():
        reporting.submit(waiting.id, tenant.communities[0], "residence", "phone", by=None)
        assert queries.counts_for_community(tenant.communities[0]) == {"submitted": 1, "confirmed": 1, "overdue": 0}
        assert queries.counts_for_unit(tenant.units[0]) == {"members": 2, "reported": 1, "without_certificate": 1, "open": 1, "overdue": 0}
        found = queries.counts_for_member(waiting.id)
    assert (found["confirmed"], found["submitted"], found["open"]) == (0, 1, 1)
