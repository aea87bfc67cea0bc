"""A rehearsal reckons for everybody and touches nothing else."""
from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import func, select

from core.errors import Invalid
from core.jobs.running import run_due
from core.rules import packs, rehearsals
from core.rules.models import Rehearsal, RehearsalRow
from core.service.models import ServiceRecord
from core.tenancy import session, today
from tests.rules.test_facts import counted
from tests.support.factories import TestMember, TestTenant, make_member

YEAR = dt.timedelta(days=365)


def outcome(tenant: TestTenant, rehearsal_id: uuid.UUID) -> list[tuple[uuid.UUID, int, int, object]]:
    """The rows."""
    with tenant.scope():
        return [tuple(row) for row in session().execute(select(RehearsalRow.member_id, RehearsalRow.before, RehearsalRow.after, RehearsalRow.why).where(
            RehearsalRow.rehearsal_id == rehearsal_id).order_by(RehearsalRow.after))]


def test_a_draft_is_tried_on_last_years_records(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四")
    counted(tenant, member, minutes=120)
    counted(tenant, other, minutes=60)
    with tenant.scope():
        pack_id = packs.draft("gifts", "default", {"title": "x", "rate": 3})
        rehearsal_id = rehearsals.rehearse(pack_id, today() - YEAR, today())
    assert outcome(tenant, rehearsal_id) == []
    run_due(tenant.id)
    assert outcome(tenant, rehearsal_id) == [(other.id, 0, 3, {"times": 1}), (member.id, 0, 6, {"times": 1})]
    with tenant.scope():
        assert session().scalar(select(Rehearsal.status)) == "done"
        assert session().scalar(select(func.count()).select_from(ServiceRecord)) == 2


def test_a_rehearsal_that_runs_again_says_the_same_once(tenant: TestTenant, member: TestMember) -> None:
    counted(tenant, member, minutes=120)
    with tenant.scope():
        pack_id = packs.draft("gifts", "default", {"title": "x"})
        rehearsal_id = rehearsals.rehearse(pack_id, today() - YEAR, today())
        document = {"rate": 1, "where": {}}
        assert [rehearsals.reckon(rehearsal_id, "gifts", "default", document, today() - YEAR, today()) for _n in range(2)] == [1, 1]
    assert outcome(tenant, rehearsal_id) == [(member.id, 0, 2, {"times": 1})]


def test_only_the_last_few_are_kept(tenant: TestTenant) -> None:
    with tenant.scope():
        pack_id = packs.draft("gifts", "default", {"title": "x"})
        made = [rehearsals.rehearse(pack_id, today() - YEAR, today()) for _n in range(rehearsals.KEPT + 2)]
        assert session().scalars(select(Rehearsal.id).order_by(Rehearsal.id)).all() == sorted(made)[2:]
    run_due(tenant.id)  # the jobs of those that are gone end well


@pytest.mark.parametrize(("since", "until"), [(0, 1), (-1, -2), (-2000, 0)])
def test_only_a_past_period_of_three_years_at_most(tenant: TestTenant, since: int, until: int) -> None:
    with tenant.scope():
        pack_id = packs.draft("gifts", "default", {"title": "x"})
        with pytest.raises(Invalid):
            rehearsals.rehearse(pack_id, today() + dt.timedelta(days=since), today() + dt.timedelta(days=until))
