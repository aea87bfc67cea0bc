"""Rosters, search and paging: what each person reaches, in which order, with how many queries."""
from __future__ import annotations

import uuid

import pytest

from core.access.actor import Actor
from core.members.queries import Page, RosterFilter, history, member_view, roster
from core.members.reach import grants_for
from core.registration.roster import reported
from tests.support.factories import TestTenant, make_id_number, make_member, make_tenant
from tests.support.statements import sent


def listed(actor: Actor, **narrowing: object) -> list[str]:
    """The names that the actor's roster shows."""
    return [r.name for r in roster(RosterFilter(grants_for(actor, "members.read"), **narrowing)).rows]  # type: ignore[arg-type]


@pytest.fixture
def people(tenant: TestTenant) -> TestTenant:
    """Five members whose unit, residence and workplace differ."""
    make_member(tenant, "王小明", unit=0, residence=0, workplace=4, phone="13800000001", id_number=make_id_number(901))
    make_member(tenant, "单雄信", unit=1, residence=1, skills=["手语", "园艺"])
    make_member(tenant, "欧阳娜", unit=2, residence=7, workplace=0, category="probationary")
    make_member(tenant, "王芳", unit=1, residence=7)
    make_member(tenant, "吕布", unit=2, residence=4, workplace=7, status="left")
    return tenant


REACH = {
    "city_administrator": ["欧阳娜", "单雄信", "王芳", "王小明"],
    "county_officer": ["欧阳娜", "单雄信", "王小明"],
    "street_officer": ["欧阳娜", "单雄信", "王小明"],
    "community_officer": ["欧阳娜", "王小明"],
    "unit_liaison": ["王小明"],
}


@pytest.mark.parametrize("role", REACH)
def test_each_role_sees_its_reach_sorted_by_pinyin(people: TestTenant, role: str) -> None:
    make_tenant("4202", name="黄石市")
    with people.scope():
        assert listed(people.actor(role)) == REACH[role]


def test_ties_of_a_community(people: TestTenant) -> None:
    with people.scope():
        officer = people.actor("community_officer")
        assert (listed(officer, basis="residence"), listed(officer, basis="workplace")) == (["王小明"], ["欧阳娜"])


# A name's search follows the name index (characters), a pinyin search the pinyin index.
SEARCHES = {"王": ["王小明", "王芳"], "wang": ["王芳", "王小明"], "wangx": ["王小明"], "wxm": ["王小明"], "shan": ["单雄信"],
            "oyn": ["欧阳娜"], "13800000001": ["王小明"], "138 0000 0001": ["王小明"],
            make_id_number(901): ["王小明"], make_id_number(901).lower(): ["王小明"],
            "13700000009": [], "小明": [], "%": []}


@pytest.mark.parametrize("text", SEARCHES)
def test_search(people: TestTenant, text: str) -> None:
    with people.scope():
        assert listed(people.actor("city_administrator"), text=text) == SEARCHES[text]


def test_filters(people: TestTenant) -> None:
    with people.scope():
        actor = people.actor("city_administrator")
        assert listed(actor, skill="手语") == ["单雄信"]
        assert listed(actor, category="probationary") == ["欧阳娜"]
        assert listed(actor, unit_type="soe") == ["单雄信", "王芳"]
        assert listed(actor, descending=True) == ["王小明", "王芳", "单雄信", "欧阳娜"]
        assert listed(actor, status="left") == ["吕布"]


def test_paging_forth_and_back(people: TestTenant) -> None:
    with people.scope():
        wanted = RosterFilter(grants_for(people.actor("city_administrator"), "members.read"))

        def page(after: uuid.UUID | None = None, before: uuid.UUID | None = None) -> tuple[list[str], Page]:
            found = roster(wanted, after=after, before=before, limit=2)
            return [r.name for r in found.rows], found
        first, one = page()
        second, two = page(after=one.next)
        back, again = page(before=two.previous)
    assert (first, second, back) == (["欧阳娜", "单雄信"], ["王芳", "王小明"], ["欧阳娜", "单雄信"])
    assert (one.previous, two.next, again.previous) == (None, None, None)
    assert again.next == one.next


@pytest.mark.parametrize("text", ["王", "wang", "w"])
@pytest.mark.parametrize("descending", [False, True])
def test_paging_of_a_search_meets_everybody_once(tenant: TestTenant, text: str, *, descending: bool) -> None:
    for name in ("王芳", "王小明", "王芳", "王芳", "汪洋", "王安"):  # three of one name: their ids decide
        make_member(tenant, name)
    with tenant.scope():
        wanted = RosterFilter(grants_for(tenant.actor("city_administrator"), "members.read"), text=text, descending=descending)
        whole = [r.id for r in roster(wanted).rows]
        pages = [roster(wanted, limit=2)]
        while pages[-1].next:
            pages.append(roster(wanted, limit=2, after=pages[-1].next))
        back = roster(wanted, limit=2, before=pages[1].previous)
    assert [r.id for page in pages for r in page.rows] == whole
    assert len(set(whole)) == (5 if text == "王" else 6)
    assert back.rows == pages[0].rows


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries(tenant: TestTenant, count: int) -> None:
    people = [make_member(tenant, f"王{n}", workplace=1) for n in "甲乙丙"[:count]]
    with tenant.scope():
        wanted = RosterFilter(grants_for(tenant.actor("city_administrator"), "members.read"))
        with sent() as first:
            assert len(roster(wanted).rows) == count
        with sent() as next_page:
            roster(wanted, after=people[0].id)
        with sent() as one:
            member_view(people[0].id)
        with sent() as ties:
            assert len(history(people[0].id)) == 3
        with sent() as at_community:
            reported(tenant.communities[0])
    assert [len(q) for q in (first, one, ties, at_community)] == [2, 2, 1, 1]
    assert len(next_page) == (2 if count == 1 else 3)
