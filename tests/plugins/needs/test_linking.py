"""A need that is put up as a matter follows it: served it is done, closed in vain it waits; told twice nothing changes."""
from __future__ import annotations

import uuid
from typing import Any

import pytest

from core.access.doors import act_as
from core.extension.dispatch import collect
from core.extension.facts import MatterFact
from plugins.needs import linking
from tests.plugins.needs.conftest import ADDRESS, NAME, PHONE, TEXT, make_need, need
from tests.plugins.needs.test_work import audited
from tests.support.factories import TestMember, TestTenant

MATTER = uuid.UUID(int=7)


def told(tenant: TestTenant, need_id: uuid.UUID, state: str, served: int = 0, matter_id: uuid.UUID = MATTER, community: int = 0) -> Any:
    """Tell the plugin of a matter twice; answers the need."""
    fact = MatterFact(matter_id, "posts", tenant.communities[community], "环境卫生", state, "needs", need_id, served)
    with tenant.scope():
        for _time in range(2):
            (linking.opened if state == "open" else linking.closed)(fact)
    return need(tenant, need_id)


def test_a_need_follows_its_matter(tenant: TestTenant) -> None:
    need_id = make_need(tenant, summary="楼道灯坏了")
    assert (told(tenant, need_id, "open").state, need(tenant, need_id).matter_id, need(tenant, need_id).version) == ("turned", MATTER, 3)
    assert told(tenant, need_id, "closed", 1, uuid.UUID(int=8)).state == "turned"  # another matter's end
    assert told(tenant, need_id, "closed").state == "classified"
    assert told(tenant, need_id, "open").state == "turned"
    assert (told(tenant, need_id, "closed", 2).state, need(tenant, need_id).version) == ("done", 6)
    assert told(tenant, need_id, "open").state == "turned"  # opened again
    assert (len(audited(tenant, "needs.turned")), len(audited(tenant, "needs.done"))) == (3, 1)
    other = make_need(tenant, summary="要修健身器材")
    assert told(tenant, other, "open", community=1).state == "classified"  # a matter of another community


@pytest.mark.parametrize(("role", "known"), [("community_officer", True), ("street_officer", False), ("city_administrator", False)])
def test_what_is_known_is_handed_over_to_the_communitys_officer_only(tenant: TestTenant, member: TestMember, role: str, known: bool) -> None:
    need_id = make_need(tenant, summary="楼道灯坏了", recipient_group="elderly")
    with tenant.scope(), act_as(tenant.actor(role)):
        found = [(one.title, one.description, one.recipient, one.phone, one.address, one.recipient_group)
                 for one in collect("matter_drafts", origin="needs", origin_id=need_id)]
        nothing = list(collect("matter_drafts", origin="posts", origin_id=need_id))
    assert (found, nothing) == ([("楼道灯坏了", TEXT, NAME, PHONE, ADDRESS, "elderly")] if known else [], [])
    assert len(audited(tenant, "needs.contact_seen")) == int(known)
