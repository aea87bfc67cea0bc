"""What two cities have let out to the province: two quarters of invented sums, since the demonstration's own are all too small to go out.

A city of the demonstration holds some two hundred members in all, so each of its numbers would be left out (core.overview.suppression), and
the province's page would show nothing but that.
"""
from __future__ import annotations

import datetime as dt
import random

from sqlalchemy import select

from core import audit
from core.organizations.models import Organization
from core.overview.periods import Period
from core.overview.province import LATE_DAYS, MEMBERS, NAMESPACE, RECORDS, due_quarter, outgoing, released
from core.tenancy import ProvinceRelease, current_tenant, now, session, set_clock
from core.tenancy.scope import tenant_id
from tenants import settings

QUARTERS = 2
SMALL = 9  # each ninth county


def let_out() -> None:
    """In the open scope: the setting is on, and the last quarters have gone out on their day; nothing the second time."""
    if session().scalar(select(ProvinceRelease.id).where(ProvinceRelease.tenant_number == tenant_id()).limit(1)):
        return
    view = settings.get(NAMESPACE)
    settings.save(NAMESPACE, {**view.own, "province": True}, version=view.version)
    quarter = due_quarter()
    for _back in range(QUARTERS):
        with set_clock(quarter.until + dt.timedelta(days=LATE_DAYS + 1)):
            _release(quarter)
        quarter = quarter.former


def _release(quarter: Period) -> None:
    titles = {key: title for key, title in outgoing(quarter).titles.items() if key in (*MEMBERS.keys, *RECORDS.keys)}
    counties = session().execute(select(Organization.code, Organization.name).where(
        Organization.tenant_id == tenant_id(), Organization.kind == "county", Organization.active).order_by(Organization.code)).all()
    lines = released(current_tenant().name, [(row.code, row.name) for row in counties],
                     [_invented(row.code, quarter.code, small=number % SMALL == SMALL - 1) for number, row in enumerate(counties)],
                     (MEMBERS, RECORDS), turn=quarter.since.year * 4 + quarter.since.month // 3)
    session().add_all(ProvinceRelease(
        tenant_number=tenant_id(), quarter=quarter.since, county_code=line.code, county_name=line.name, released_at=now(),
        figures={"titles": titles, "values": dict(line.values)}) for line in lines)
    audit.record("province.released", "tenant", None, {"quarter": quarter.code, "counties": len(lines) - 1})


def _invented(county: str, quarter: str, *, small: bool) -> dict[str, int]:
    """A county's sums, which differ a little from quarter to quarter; in a `small` one there is hardly anybody, so that numbers are left out."""
    people, days = random.Random(county), random.Random(county + quarter)  # noqa: S311 - a story, not a secret
    expected = 9 if small else round(people.randint(600, 4_800) * days.uniform(0.98, 1.02))
    reported = round(expected * days.uniform(0.88, 0.97))
    served = round(reported * days.uniform(0.35, 0.5))
    done = round(served * days.uniform(1.3, 1.9))
    return {"expected": expected, "reported": reported, "served": served, "records": done, "satisfied": round(done * days.uniform(0.86, 0.97)),
            "minutes": done * days.randint(70, 130)}
