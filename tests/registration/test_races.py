"""Two officers at once whose work overlaps: nobody waits for the other in a circle, and everything is done once."""
from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from core.organizations import tree
from core.registration import certificates, obligations, reporting
from core.registration.membership import leave
from core.registration.models import Certificate, Obligation, Receipt, ReportIn
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tests.registration.conftest import duties, join
from tests.support.factories import TestTenant, make_member

PATIENCE = 1.5  # seconds that the first waits for the second, which the walls hold up


class Meeting:
    """Lets the second run until it has a lock of its own, while the first stands between its first and its second step."""

    def __init__(self) -> None:
        self.first_half_way, self.second_locked = threading.Event(), threading.Event()

    def pause(self, after: Callable[..., Any]) -> Callable[..., Any]:
        """The function; the first thread that has called it waits there for the second to take its lock."""
        def paused(*args: Any, **kwargs: Any) -> Any:
            result = after(*args, **kwargs)
            if threading.current_thread().name == "first" and not self.first_half_way.is_set():
                self.first_half_way.set()
                self.second_locked.wait(PATIENCE)
            return result
        return paused

    def tell(self, lock: Callable[..., Any]) -> Callable[..., Any]:
        """The function; the second thread tells when it has called it."""
        def told(*args: Any, **kwargs: Any) -> Any:
            result = lock(*args, **kwargs)
            if threading.current_thread().name == "second":
                self.second_locked.set()
            return result
        return told

    def hold(self, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
        """Both at once; answers results, or the errors raised."""
        outcome: list[Any] = [None, None]

        def run(place: int, work: Callable[[], Any]) -> None:
            if place:
                self.first_half_way.wait(5)
            try:
                outcome[place] = work()
            except Exception as error:  # noqa: BLE001 -- the error is the outcome
                outcome[place] = type(error).__name__
        threads = [threading.Thread(target=run, args=(n, work), name=name)
                   for n, (name, work) in enumerate((("first", first), ("second", second)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        return outcome


def waiting(tenant: TestTenant, count: int) -> list[tuple[uuid.UUID, int]]:
    """Submitted report-ins at the first community, with their version."""
    members = [make_member(tenant, f"王{n}") for n in range(count)]
    with tenant.scope():
        return sorted((reporting.submit(m.id, tenant.communities[0], "residence", "phone", by=None), 1) for m in members)


def test_two_officers_confirm_overlapping_lists(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, meeting = waiting(tenant, 2), Meeting()
    monkeypatch.setattr(reporting, "draw", meeting.pause(reporting.draw))
    monkeypatch.setattr(reporting, "locked", meeting.tell(reporting.locked))

    def confirm(which: list[tuple[uuid.UUID, int]]) -> tuple[int, int]:
        with tenant.scope():
            return reporting.confirm_many(which, by=None)
    assert meeting.hold(lambda: confirm(wanted), lambda: confirm(wanted[1:])) == [(2, 0), (0, 1)]
    with tenant.scope():
        numbers = session().scalars(select(Receipt.number).where(Receipt.tenant_id == tenant_id()).order_by(Receipt.number)).all()
    assert [n[-5:] for n in numbers] == ["00001", "00002"]


def test_two_officers_issue_for_overlapping_units(monkeypatch: pytest.MonkeyPatch, tenant: TestTenant) -> None:
    with tenant.scope():
        second = tree.add(tree.get(tenant.counties[0]), "unit", "u-2", "第2局", unit_type="government")
        units = sorted((tree.get(tenant.units[0]), second), key=lambda u: u.id)
    for number in range(4):
        make_member(tenant, f"王{number}", unit_id=units[number % 2].id)
    meeting = Meeting()
    monkeypatch.setattr(certificates, "draw", meeting.pause(certificates.draw))
    monkeypatch.setattr(certificates, "_lock_units", meeting.tell(certificates._lock_units))

    def issue(which: list[tree.OrganizationFact]) -> int:
        with tenant.scope():
            return len(certificates.issue_for_units(which, by=None))
    assert meeting.hold(lambda: issue(units), lambda: issue(units[1:])) == [4, 0]
    with tenant.scope():
        numbers = session().scalars(select(Certificate.number).where(Certificate.tenant_id == tenant_id()).order_by(Certificate.number)).all()
    assert [n[-6:] for n in numbers] == [f"{n:06d}" for n in range(1, 5)]


def test_a_duty_met_while_its_member_leaves_stays_met(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    member = make_member(tenant)
    join(tenant, member, dt.date(2026, 5, 4))
    with tenant.scope():
        report_in = reporting.submit(member.id, tenant.communities[0], "residence", "phone", by=None)
    meeting = Meeting()
    monkeypatch.setattr(reporting, "meet", meeting.pause(obligations.meet))

    def confirm() -> None:
        with tenant.scope():
            reporting.confirm(report_in, 1, by=None)

    def go() -> None:
        with tenant.scope():
            leave(member.id, today())
    assert meeting.hold(confirm, go) == [None, None]
    assert [d[2] for d in duties(tenant, member)] == ["met"]
    with tenant.scope():
        assert session().scalars(select(ReportIn.status).where(ReportIn.tenant_id == tenant_id())).all() == ["ended"]
        assert session().scalar(select(func.count()).select_from(Obligation)) == 1


def test_twin_locked_one_by_one_the_two_wait_for_each_other(tenant: TestTenant) -> None:
    """The twin: with the rows locked one by one, as single presses do, the two wait for each other and one is refused."""
    wanted, meeting = waiting(tenant, 2), Meeting()
    draw, locked = meeting.pause(reporting.draw), meeting.tell(reporting.locked)

    def one_by_one(which: list[tuple[uuid.UUID, int]]) -> str:
        with tenant.scope():
            for report_in_id, _version in which:
                locked(report_in_id)
                draw(tenant.communities[0], 2026)
        return "done"
    assert sorted(meeting.hold(lambda: one_by_one(wanted), lambda: one_by_one(wanted[1:]))) == ["OperationalError", "done"]
