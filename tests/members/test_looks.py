"""Promise 20 for residents: looks at contacts count with members who are revealed, at most 30 people in an hour, whichever plugin shows them."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.access.doors import act_as
from core.audit import set_actor
from core.audit.models import AuditEntry
from core.errors import TooMany
from core.members import reveal
from core.tenancy import session, set_clock
from core.tenancy.scope import tenant_id
from plugins.awards import objecting as awards
from plugins.menu import contacts as menu
from plugins.menu.models import MenuRequest
from plugins.needs import contacts as needs
from plugins.needs.linking import drafts
from plugins.needs.models import Need
from plugins.pledges import objecting as pledges
from plugins.wishes import contacts as wishes
from tests.members.conftest import SignIn, post
from tests.plugins.needs.conftest import PHONE, make_need
from tests.security import rows
from tests.support.factories import TestTenant, make_member, make_tenant

pytestmark = pytest.mark.promise(20)
START = dt.datetime(2026, 5, 1, 2, tzinfo=dt.UTC)
LOOKS = {"needs.contact_seen", "wishes.contact_seen", "menu.contact_seen", "pledges.contact_seen", "awards.contact_seen"}


def look(tenant: TestTenant, row_id: uuid.UUID, role: str = "community_officer") -> None:
    """One look of an officer."""
    with set_actor("account", tenant.accounts[role].id), tenant.scope(), act_as(tenant.actor(role)):
        reveal.note_look("test.contact_seen", "test", row_id)


def looked(tenant: TestTenant) -> int:
    """How many looks are noted."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(AuditEntry).where(
            AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "test.contact_seen")) or 0


def test_thirty_people_an_hour_members_and_residents_together(tenant: TestTenant) -> None:
    member, people = make_member(tenant, unit=0), [uuid.UUID(int=n) for n in range(30)]
    with set_clock(START):
        with set_actor("account", tenant.accounts["community_officer"].id), tenant.scope():
            reveal.reveal(tenant.actor("community_officer"), member.id, "contact")
        for one in people[:29]:
            look(tenant, one)
        with pytest.raises(TooMany, match="30"):
            look(tenant, people[29])
        with tenant.scope(), pytest.raises(TooMany, match="30"):
            reveal.reveal(tenant.actor("community_officer"), member.id, "contact")
        look(tenant, people[0])  # who was seen within the hour may be seen again
        look(tenant, people[29], "street_officer")  # another account has its own
        assert looked(tenant) == 31
    with set_clock(START + dt.timedelta(minutes=61)):
        look(tenant, people[29])


def test_an_action_that_would_not_be_counted_is_a_mistake_of_the_program(tenant: TestTenant) -> None:
    with tenant.scope(), act_as(tenant.actor("community_officer")), pytest.raises(ValueError, match=r"\.contact_seen"):
        reveal.note_look("test.seen", "test", uuid.UUID(int=1))


def ways(tenant: TestTenant, known: dict[str, list[uuid.UUID]]) -> dict[str, Callable[[], object]]:
    """How each plugin shows a contact."""
    request = select(MenuRequest).where(MenuRequest.tenant_id == tenant_id()).limit(1)
    return {"needs": lambda: needs.see(session().get_one(Need, (tenant.id, known["need_id"][0]))),
            "wishes": lambda: wishes.seen_by_officer(known["wish_id"][0]), "menu": lambda: menu.shown_to(session().scalars(request).one()),
            "pledges": lambda: pledges.look(known["pledge_objection_id"][0]), "awards": lambda: awards.look(known["award_objection_id"][0])}


@pytest.mark.usefixtures("database")
def test_every_plugin_that_shows_a_contact_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant(plugins=rows.PLUGINS)
    known = rows.things(tenant)
    refused = {}
    for quota in (0, 30):  # with 30, the twin: all are shown, and noted
        monkeypatch.setattr(reveal, "QUOTA", quota)
        with tenant.scope(), act_as(tenant.actor("community_officer")):
            for name, way in ways(tenant, known).items():
                try:
                    way()
                except TooMany:
                    refused[name, quota] = True
    with tenant.scope():
        noted = set(session().scalars(select(AuditEntry.action).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.action.endswith(".contact_seen"))))
    assert (set(refused), noted) == ({(name.split(".")[0], 0) for name in LOOKS}, LOOKS)


def test_the_page_says_so_and_the_twin_without_the_count_shows_the_next(app: Flask, client_of: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant(plugins=("needs",))
    first, second = make_need(tenant), make_need(tenant)
    client = client_of(tenant.accounts["community_officer"])
    monkeypatch.setattr(reveal, "QUOTA", 1)

    def asked(need_id: uuid.UUID) -> tuple[int, bool]:
        answer = post(client, f"/p/needs/needs/{need_id}/contact", f"/p/needs/needs/{need_id}")
        return answer.status_code, PHONE in answer.text
    assert [asked(first), asked(second), asked(first)] == [(200, True), (429, False), (200, True)]
    with tenant.scope(), act_as(tenant.actor("community_officer")):
        assert [(one.phone, bool(one.description)) for one in drafts("needs", second)] == [(None, True)]  # the words are not lost
    monkeypatch.setattr(reveal, "_refuse_from", lambda _used, _said: None)
    assert asked(second) == (200, True)
