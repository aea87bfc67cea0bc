"""Certificates as services: series of an issuer, no second valid one, revoked and issued anew, found by number and by QR."""
from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from core.documents import qr
from core.errors import Conflict, Invalid, NotFound
from core.registration import certificates
from core.registration.certificate_queries import papers, units_to_issue, wanting_certificate
from core.registration.models import Certificate
from core.tenancy import session, set_clock
from core.tenancy.scope import tenant_id
from tests.registration.conftest import acts
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_member, make_tenant

YEAR = dt.date(2026, 3, 2)


def numbers(tenant: TestTenant) -> list[tuple[str, str]]:
    """Number and status of every certificate, by number."""
    with tenant.scope():
        return [tuple(r) for r in session().execute(select(Certificate.number, Certificate.status).where(
            Certificate.tenant_id == tenant_id()).order_by(Certificate.number))]


def issue(tenant: TestTenant, unit: int = 0) -> certificates.Issued:
    """Issue for a whole unit by whoever leads it."""
    unit_id = tenant.units[unit]
    return certificates.issue(certificates.issuer_for(tenant.paths[unit_id]), unit_id, by=None)


def test_each_issuer_has_a_series_of_its_own_and_nobody_gets_two(tenant: TestTenant) -> None:
    for unit in (0, 0, 1):
        make_member(tenant, "王小明", unit=unit)
    with tenant.scope(), set_clock(YEAR):
        first, again = issue(tenant), issue(tenant)
        other = issue(tenant, 1)
    assert (len(first.certificates), first.had_one, again, len(other.certificates)) == (2, 0, certificates.Issued((), 2), 1)
    assert numbers(tenant) == [("4201-CITY-2026-000001", "valid"), ("420102-2026-000001", "valid"), ("420102-2026-000002", "valid")]
    assert acts(tenant) == ["certificate.issued"] * 2
    make_member(tenant, "李四")
    with tenant.scope(), set_clock(dt.date(2027, 1, 1)):
        issue(tenant)
    assert numbers(tenant)[3] == ("420102-2027-000001", "valid")


def test_only_county_sector_or_committee_issues(tenant: TestTenant) -> None:
    with tenant.scope(), pytest.raises(Invalid):
        certificates.issue(tenant.streets[0], tenant.units[0], by=None)


def test_a_lost_one_is_revoked_and_issued_anew(tenant: TestTenant) -> None:
    make_member(tenant)
    with tenant.scope(), set_clock(YEAR):
        old = issue(tenant).certificates[0]
    with tenant.scope(), set_clock(YEAR):
        new = certificates.reissue(old, "lost", by=None)
    assert numbers(tenant) == [("420102-2026-000001", "revoked"), ("420102-2026-000002", "valid")]
    with tenant.scope():
        assert certificates.find("420102-2026-000002").id == new
        with pytest.raises(NotFound, match="已经作废"):
            certificates.find("420102-2026-000001")
        with pytest.raises(Conflict):
            certificates.revoke(old, "lost")
        with pytest.raises(Invalid):
            certificates.revoke(new, "because")
    assert acts(tenant) == ["certificate.issued", "certificate.revoked", "certificate.issued"]


def test_found_however_it_is_typed_or_scanned(tenant: TestTenant) -> None:
    member = make_member(tenant)
    with tenant.scope(), set_clock(YEAR):
        issued = issue(tenant).certificates[0]
        paper = papers([issued])[0]
        found = [certificates.find(t).member_id for t in (
            "420102-2026-000001", " 420102－2026－000001\n", "４２０１０２-2026-000001", paper.qr_text, f"{paper.qr_text}\r\n")]
    assert found == [member.id] * 5
    with tenant.scope():
        forged = qr.sign(qr.Payload("4201", issued), b"another key")
        for wrong in ("420102-2026-000009", forged, paper.qr_text[:-2], "BD1.x.y"):
            with pytest.raises(NotFound):
                certificates.find(wrong)


def test_another_tenants_certificate_is_unknown(tenant: TestTenant) -> None:
    neighbour = make_tenant("4202", name="黄石市")
    make_member(neighbour)
    with neighbour.scope(), set_clock(YEAR):
        issued = issue(neighbour).certificates[0]
        token = papers([issued])[0].qr_text
    with tenant.scope():
        for wanted in (token, "420202-2026-000001"):
            with pytest.raises(NotFound):
                certificates.find(wanted)
        with pytest.raises(NotFound):
            certificates.revoke(issued, "lost")
        assert papers([issued]) == []


def race(tenant: TestTenant) -> list[BaseException]:
    """Two officers press at the same moment."""
    barrier, failed = threading.Barrier(2), []

    def press() -> None:
        try:
            with tenant.scope():
                session().execute(text("select 1"))
                barrier.wait(5)
                issue(tenant)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            failed.append(error)

    threads = [threading.Thread(target=press) for _ in range(2)]
    [t.start() for t in threads]
    [t.join(15) for t in threads]
    return failed


def test_two_officers_at_once_issue_once(tenant: TestTenant) -> None:
    for _ in range(3):
        make_member(tenant)
    assert race(tenant) == []
    assert [status for _number, status in numbers(tenant)] == ["valid"] * 3


def test_without_the_lock_the_unique_index_still_holds(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    make_member(tenant)
    monkeypatch.setattr(certificates, "_lock_units", lambda _unit_id: None)
    barrier = threading.Barrier(2, timeout=5)
    drawn = certificates.draw

    def draw_together(*arguments: object) -> range:
        barrier.wait()
        return drawn(*arguments)

    monkeypatch.setattr(certificates, "draw", draw_together)
    assert [type(e) for e in race(tenant)] == [IntegrityError]
    assert len(numbers(tenant)) == 1


def test_without_the_unique_index_a_member_gets_two(tenant: TestTenant, new_database, monkeypatch: pytest.MonkeyPatch) -> None:
    import core.db

    bare: TestDatabase = new_database()
    with bare.connect_admin() as admin:
        admin.execute("DROP INDEX uq_certificate_valid")
    core.db.configure(bare.app_url)
    city = make_tenant()
    make_member(city)
    monkeypatch.setattr(certificates, "_lock_units", lambda _unit_id: None)
    barrier = threading.Barrier(2, timeout=5)
    drawn = certificates.draw

    def draw_together(*arguments: object) -> range:
        barrier.wait()
        return drawn(*arguments)

    monkeypatch.setattr(certificates, "draw", draw_together)
    assert race(city) == []
    assert len(numbers(city)) == 2


def test_who_wants_one(tenant: TestTenant) -> None:
    make_member(tenant, "王小明")
    with tenant.scope():
        issue(tenant)
    make_member(tenant, "李四", position="科长")
    with tenant.scope():
        grants = tenant.actor("county_officer").organizations("county_officer")
        assert [row[1:3] + row[4:] for row in units_to_issue(grants).rows] == [("第0单位", "government", 2, 1)]
        assert [row[1:] for row in wanting_certificate(tenant.units[0])] == [("李四", "科长", None)]
