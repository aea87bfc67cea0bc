"""A need that is put up as a matter follows it: served it is done, closed in vain it waits; told twice nothing changes."""
from __future__ import annotations

import uuid
from typing import Any

import pytest

from core.access.doors import act_as
from core.extension.dispatch import collect
from core.extension.facts import MatterFact
from core.service.claims.matters import MatterInput, open_matter
from plugins.needs import linking, receipts
from tenants.activation import disable, enable
from tenants.settings import get, save
from tests.plugins.needs.conftest import ADDRESS, NAME, PHONE, TEXT, Open, code_of, make_need, need
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


def test_the_page_of_a_need_leads_to_what_it_became(browser: Open, tenant: TestTenant) -> None:
    """The officer to the post; the asker to the community's public list, where it has one; nobody to pages of a plugin that is off (R68)."""
    need_id, asked = make_need(tenant, summary="楼道灯坏了"), f"/t/{tenant.slug}/p/needs/answer"
    with tenant.scope():
        enable("posts")
        matter = open_matter("posts", MatterInput(tenant.communities[0], "环境卫生", "修楼道灯", origin="needs", origin_id=need_id), by=None)
        code = receipts.issue(need_id)
    officer, post, board = browser(tenant.accounts["community_officer"]), f'href="/p/posts/{matter}"', f"/t/{tenant.slug}/p/posts/{code_of(tenant)}"
    assert (need(tenant, need_id).state, post in officer.get(f"/p/needs/needs/{need_id}").text) == ("turned", True)
    assert board not in browser().post(asked, code=code).text
    with tenant.scope():
        save("posts", {"public_list": True}, version=get("posts").version)
    page = browser().post(asked, code=code).text
    assert (board in page, str(matter) in page) == (True, False)
    with tenant.scope():
        disable("posts")
    assert (post in officer.get(f"/p/needs/needs/{need_id}").text, board in browser().post(asked, code=code).text) == (False, False)


@pytest.mark.parametrize(("role", "known"), [("community_officer", True), ("street_officer", False), ("city_administrator", False)])
def test_what_is_known_is_handed_over_to_the_communitys_officer_only(tenant: TestTenant, member: TestMember, role: str, known: bool) -> None:
    need_id = make_need(tenant, summary="楼道灯坏了", recipient_group="elderly")
    with tenant.scope(), act_as(tenant.actor(role)):
        found = [(one.title, one.description, one.recipient, one.phone, one.address, one.recipient_group)
                 for one in collect("matter_drafts", origin="needs", origin_id=need_id)]
        nothing = list(collect("matter_drafts", origin="posts", origin_id=need_id))
    assert (found, nothing) == ([("楼道灯坏了", TEXT, NAME, PHONE, ADDRESS, "elderly")] if known else [], [])
    assert len(audited(tenant, "needs.contact_seen")) == int(known)
