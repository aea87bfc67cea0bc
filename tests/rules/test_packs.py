"""A pack's way, and which version holds when and where: history never changes."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.rules import packs, queries
from core.rules.files import parse, write
from core.rules.kinds import rule_kind
from core.rules.models import RulePack
from core.tenancy import session, set_clock, today
from tenants.activation import disable
from tests.rules.conftest import Told
from tests.service.conftest import at_once, without_locks
from tests.service.test_records import in_scope
from tests.support.factories import TestTenant, make_tenant

__all__ = ["without_locks"]
DAY = dt.timedelta(days=1)


def put(rate: int = 1, begins: int = 0, kind: str = "gifts", name: str = "default", place: uuid.UUID | None = None) -> uuid.UUID:
    """Publish a version, to hold from so many days after today."""
    pack_id = packs.draft(kind, name, {"title": f"{rate} 分", "rate": rate}, place)
    packs.publish(pack_id, today() + begins * DAY)
    return pack_id


def rate(on: dt.date, place: uuid.UUID | None = None) -> int | None:
    """The rate that holds."""
    pack = queries.pack_in_force("gifts", "default", on, place)
    return None if pack is None else pack.document["rate"]


def test_a_version_holds_from_its_day_until_the_next_one_and_the_end(tenant: TestTenant, told: Told) -> None:
    with tenant.scope():
        first = put(2, begins=-400)
        put(3, begins=10)
        packs.end("gifts", "default", today() + 20 * DAY)
        assert [rate(today() + n * DAY) for n in (-401, -400, 0, 9, 10, 19, 20)] == [None, 2, 2, 2, 3, 3, None]
        assert [(p.version, p.document["rate"]) for p in told.published] == [(1, 2), (2, 3)]
        assert [(r.version, r.status) for r in queries.history("gifts", "default")] == [(2, "published"), (1, "published")]
        assert queries.pack_version(first).title == "2 分"


def test_a_county_may_have_its_own_where_the_kind_lets_it(tenant: TestTenant) -> None:
    county, other = tenant.counties[:2]
    with tenant.scope():
        put(2)
        put(5, place=county)
        assert [rate(today(), p) for p in (None, county, tenant.communities[0], other, tenant.communities[-1])] == [2, 5, 5, 2, 2]
        with pytest.raises(Conflict):
            put(5, kind="gifts.cards", place=county)
        assert [(p.name, p.organization_id) for p in queries.packs_in_force("gifts", today())] == [("default", None), ("default", county)]


def test_several_schemes_stand_side_by_side_only_where_the_kind_lets_them(tenant: TestTenant) -> None:
    with tenant.scope():
        put(kind="gifts.cards", name="silver")
        put(kind="gifts.cards", name="gold")
        assert [p.name for p in queries.packs_in_force("gifts.cards", today())] == ["gold", "silver"]
        put()
        with pytest.raises(Conflict):
            put(name="second")


def test_what_is_published_is_never_changed_and_never_dated_back(tenant: TestTenant) -> None:
    with tenant.scope():
        first = put(2)
        for act in (lambda: packs.revise(first, {"title": "x"}, 1), lambda: packs.discard(first), lambda: packs.publish(first, today())):
            with pytest.raises(Conflict):
                act()
        second = packs.draft("gifts", "default", {"title": "3 分", "rate": 3})
        with pytest.raises(Invalid) as refused:
            packs.publish(second, today() - DAY)
        assert refused.value.fields == {"effective_from": ["不能早于今天"]}
        assert session().scalars(select(RulePack.document["rate"].as_integer()).order_by(RulePack.version)).all() == [2, 3]


def test_two_who_edit_one_draft_do_not_overwrite_each_other(tenant: TestTenant) -> None:
    with tenant.scope():
        pack_id = packs.draft("gifts", "default", {"title": "一"})
        assert packs.revise(pack_id, {"title": "二"}, 1) == 2
        with pytest.raises(Conflict):
            packs.revise(pack_id, {"title": "三"}, 1)
        assert queries.pack_version(pack_id).title == "二"
        with pytest.raises(Conflict):
            packs.draft("gifts", "default", {"title": "四"})
        packs.discard(pack_id)
        with pytest.raises(NotFound):
            queries.pack_version(pack_id)
        assert packs.draft("gifts", "default", {"title": "四"}) != pack_id


def test_of_several_who_begin_a_draft_at_once_one_does(tenant: TestTenant) -> None:
    outcome = at_once(*[in_scope(tenant, lambda: packs.draft("gifts", "default", {"title": "x"}))] * 4)
    assert sorted(type(o).__name__ for o in outcome) == ["Conflict", "Conflict", "Conflict", "UUID"]


def revised(tenant: TestTenant) -> int:
    """How many of four who save the same state of a draft at once are told that it is saved."""
    with tenant.scope():
        for row in session().scalars(select(RulePack).where(RulePack.status == "draft")):
            packs.discard(row.id)
        pack_id = packs.draft("gifts", "default", {"title": "x"})
    outcome = at_once(*[in_scope(tenant, lambda: packs.revise(pack_id, {"title": "y"}, 1))] * 4)
    return sum(o == 2 for o in outcome)


def test_of_several_who_save_a_draft_at_once_one_does(tenant: TestTenant) -> None:
    assert [revised(tenant) for _n in range(3)] == [1, 1, 1]


def test_twin_without_the_lock_they_overwrite_each_other(tenant: TestTenant, without_locks: None) -> None:
    assert any(revised(tenant) > 1 for _attempt in range(30))  # a race has to happen once


@pytest.mark.parametrize(("document", "fields"), [
    ({"title": "x", "rate": 10}, {"rate": ["Must be greater than or equal to 1 and less than or equal to 9."]}),
    ({"title": "x", "where": {"months": ["13"]}}, ["where/months/0"]),
    ({"title": "x", "rat": 1}, {"rat": ["Unknown field."]}),
    ({"title": "坏"}, {"title": ["换个名称"]}),
    ({}, ["title"]),
])
def test_a_fault_is_named_by_its_path(tenant: TestTenant, document: dict[str, Any], fields: Any) -> None:
    with tenant.scope(), pytest.raises(Invalid) as refused:
        packs.draft("gifts", "default", document)
    assert (refused.value.fields if isinstance(fields, dict) else list(refused.value.fields)) == fields


def test_a_file_says_the_same_again(tenant: TestTenant) -> None:
    given = {"title": "一小时一分", "rate": 2, "where": {"kind": ["环境卫生"], "since": "2026-01-01"}, "source": {"issued_on": "2014-02-17"}}
    with tenant.scope():
        document = packs.checked(rule_kind("gifts"), given)
        content = write(document)
        assert packs.checked(rule_kind("gifts"), parse(content)) == document
    assert b"until" not in content


@pytest.mark.parametrize(("content", "message"), [(b"\xff", "文件不是 UTF-8 编码的文本。"), (b"x" * 600_000, "文件太大：规则文件不应超过 512 KB。"),
                                                  (b"a = ", "文件不是有效的 TOML：Invalid value (at end of document)")])
def test_a_file_that_cannot_be_read_says_why(content: bytes, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(content)
    assert refused.value.message == message


def test_off_means_off_and_another_tenant_sees_nothing(tenant: TestTenant) -> None:
    with tenant.scope():
        pack_id = put()
    with make_tenant("4202").scope():
        with pytest.raises(NotFound):
            queries.pack_version(pack_id)
        assert queries.packs_in_force("gifts", today()) == ()
    with tenant.scope():
        disable("gifts")
        with pytest.raises(NotFound):
            packs.draft("gifts", "default", {"title": "x"})


def test_no_scheme_no_end(tenant: TestTenant) -> None:
    with tenant.scope(), pytest.raises(BaodaoError):
        packs.end("gifts", "default", today() + DAY)


def test_the_day_of_publishing_is_the_calendars_in_shanghai(tenant: TestTenant) -> None:
    with tenant.scope(), set_clock(dt.datetime(2026, 5, 1, 16, 30, tzinfo=dt.UTC)):
        put()
        assert rate(dt.date(2026, 5, 2)) == 1
        assert rate(dt.date(2026, 5, 1)) is None
