"""The library, stories with consent, and the public column."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from core.access.doors import act_as
from core.access.tokens import create_token
from core.errors import Conflict, Forbidden
from core.extension.dataset import DataReach, DataRequest
from core.members import consents
from core.tenancy import session, today
from plugins.practice import hooks, writing
from plugins.practice.models import PracticeEntry, PracticeUse
from plugins.practice.reporting import DATASET
from plugins.practice.words import blocks
from plugins.practice.writing import EntryInput
from tenants.activation import disable
from tests.service.conftest import Browser, app, browser, statements
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "browser", "statements"]
Open = Callable[..., Browser]
BODY = "# 怎样做\n- 先入户摸底\n- 再按楼栋认领\n<b>坚持</b>每周一次"
FORM: dict[str, Any] = {"theme": "微心愿", "title": "楼栋认领微心愿", "body": BODY, "why": "就近、省事", "effect": "三个月办成 32 件"}


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with practice switched on."""
    return make_tenant(plugins=("practice",))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, has a phone."""
    return make_member(tenant, account=True)


@pytest.fixture
def written(tenant: TestTenant) -> Callable[..., uuid.UUID]:
    """`written(member, published=True, in_column=True)` by the first community, published by its street."""
    def write(member: TestMember | None = None, *, published: bool = True, in_column: bool = True, agreed: bool = True,
              title: str = "楼栋认领微心愿") -> uuid.UUID:
        with tenant.scope(), act_as(tenant.actor("community_officer")):
            made = writing.draft(uuid.uuid4(), tenant.communities[0], EntryInput("微心愿", title, BODY), member_id=member.id if member else None,
                                 agreed=agreed)
        if published:
            with tenant.scope(), act_as(tenant.actor("street_officer")):
                writing.publish(made, None, in_column=in_column)
        return made
    return write


def entry(tenant: TestTenant, entry_id: uuid.UUID) -> PracticeEntry:
    """The entry as it is now."""
    with tenant.scope():
        return session().get_one(PracticeEntry, (tenant.id, entry_id))


def test_a_text_is_headings_lists_and_paragraphs_and_nothing_else() -> None:
    assert blocks(BODY) == [("heading", ["怎样做"]), ("list", ["先入户摸底", "再按楼栋认领"]), ("text", ["<b>坚持</b>每周一次"])]
    assert blocks("#\n-\n\n") == [("heading", ["#"]), ("list", ["-"])]


def test_from_the_draft_to_others_who_use_it(browser: Open, tenant: TestTenant) -> None:
    community, street, far = (browser(one) for one in (tenant.accounts["community_officer"], tenant.accounts["street_officer"],
                                                       tenant.others["community_officer"]))
    form = {**FORM, "ticket": str(uuid.uuid4())}
    assert community.post("/p/practice/new", **(form | {"body": "短"})).status_code == 422
    assert [community.post("/p/practice/new", **form).status_code for _twice in range(2)] == [303, 303]
    with tenant.scope():
        made = session().scalars(select(PracticeEntry.id)).one()
    at = f"/p/practice/entries/{made}"
    page = street.get(at).text
    assert ["<li>先入户摸底</li>" in page, "&lt;b&gt;坚持" in page, "<b>坚持" in page] == [True, True, False]
    assert [who.get(at).status_code for who in (community, street, far)] == [200, 200, 404]
    assert "楼栋认领微心愿" not in far.get("/p/practice/").text
    assert [who.post(f"{at}/publish", version=1).status_code for who in (community, far, street)] == [403, 403, 303]
    assert street.post(f"{at}/publish", version=1).status_code == 409
    assert street.post(f"{at}/recommend", version=2, recommended="yes").status_code == 303
    assert "推荐" in far.get("/p/practice/").text
    assert "楼栋认领微心愿" in far.post("/p/practice/search", tab="practice", q="入户").text
    assert "楼栋认领微心愿" not in far.post("/p/practice/search", tab="practice", q="没有的词").text
    assert [far.post(f"{at}/use", remark=remark).status_code for remark in ("好用", "很好用")] == [303, 303]
    assert "很好用" in community.get(at).text
    with tenant.scope():
        assert session().scalars(select(PracticeUse.remark)).all() == ["很好用"]
    assert far.post(f"{at}/take-down", version=3, reason="有误", confirmed="yes").status_code == 403
    book = openpyxl.load_workbook(io.BytesIO(far.get("/p/practice/export").data))
    assert book.worksheets[0][2][0].value == "楼栋认领微心愿"
    changed = {**form, "version": "3", "title": "楼栋包干微心愿"}
    assert community.post(f"{at}/edit", **(changed | {"version": "1"})).status_code == 409
    assert community.post(f"{at}/edit", **changed).status_code == 303
    assert (entry(tenant, made).state, far.get(at).status_code) == ("draft", 404)  # what was changed is reviewed again


def test_nobody_publishes_what_oneself_has_written(tenant: TestTenant) -> None:
    with tenant.scope(), act_as(tenant.actor("county_officer")):
        made = writing.draft(uuid.uuid4(), tenant.counties[0], EntryInput("微心愿", "标题", BODY))
        with pytest.raises(Forbidden):
            writing.publish(made, None, in_column=False)


def test_a_story_needs_consent_and_goes_with_it(browser: Open, tenant: TestTenant, member: TestMember, written: Callable[..., uuid.UUID]) -> None:
    made = written(member, published=False, agreed=False, title="王小明的故事")
    column = f"/t/{tenant.slug}/p/practice/"
    with tenant.scope(), act_as(tenant.actor("street_officer")), pytest.raises(Conflict, match="同意"):
        writing.publish(made, None, in_column=True)
    own, stranger = browser(member.account), browser(make_member(tenant, "李芳", account=True).account)
    assert "王小明的故事" in own.get("/p/practice/me").text
    assert stranger.post(f"/p/practice/me/entries/{made}/consent", version=1, answer="agree").status_code == 404
    assert own.post(f"/p/practice/me/entries/{made}/consent", version=1, answer="agree").status_code == 303
    with tenant.scope(), act_as(tenant.actor("street_officer")):
        writing.publish(made, None, in_column=True)
    assert [browser().get(address).status_code for address in (column, f"{column}{made}")] == [200, 200]
    assert "王小明的故事" in browser().get(column).text
    assert own.post(f"/p/practice/me/entries/{made}/consent", version=3, answer="refuse").status_code == 303
    assert (entry(tenant, made).state, "王小明的故事" in browser().get(column).text, browser().get(f"{column}{made}").status_code) == ("withdrawn", False, 404)


def test_consent_to_public_boards_taken_back_hides_it_too(browser: Open, tenant: TestTenant, member: TestMember, written: Callable[..., uuid.UUID]) -> None:
    made = written(member, title="王小明的故事")
    with tenant.scope():
        consents.say(member.id, "board", given=False, channel="self", by=None)
    assert browser().get(f"/t/{tenant.slug}/p/practice/{made}").status_code == 404
    assert "王小明的故事" not in browser(tenant.others["county_officer"]).get("/p/practice/?tab=story").text


def test_what_stands_in_the_column(browser: Open, tenant: TestTenant, written: Callable[..., uuid.UUID]) -> None:
    shown, inside, draft = written(title="登在专栏的"), written(in_column=False, title="只在内部的"), written(published=False, title="还没审核的")
    column = f"/t/{tenant.slug}/p/practice/"
    page = browser().get(column).text
    assert [title in page for title in ("登在专栏的", "只在内部的", "还没审核的")] == [True, False, False]
    assert [browser().get(f"{column}{one}").status_code for one in (shown, inside, draft)] == [200, 404, 404]
    with tenant.scope(), act_as(tenant.actor("community_officer")):
        writing.take_down(shown, None, "数字有误")
    assert browser().get(f"{column}{shown}").status_code == 404
    with tenant.scope():
        disable("practice")
    assert browser().get(column).status_code == 404


def test_the_dataset_keeps_to_reach_days_and_consent(tenant: TestTenant, member: TestMember, written: Callable[..., uuid.UUID]) -> None:
    written()
    written(published=False, title="还没有审核")
    written(member, title="热心人")
    reached = {place: DataReach(place, "community", tenant.paths[place]) for place in tenant.communities[:2]}

    def titles(place: uuid.UUID, since: dt.date) -> list[str]:
        request = DataRequest((reached[place],), since, today())
        found = [row[3] for batch in DATASET.read(request) for row in batch]
        assert DATASET.count(request) == len(found)
        return sorted(found)
    with tenant.scope():
        assert [titles(tenant.communities[0], today()), titles(tenant.communities[1], today())] == [["楼栋认领微心愿", "热心人"], []]
        assert titles(tenant.communities[0], today() + dt.timedelta(days=1)) == []
        consents.say(member.id, "board", given=False, channel="self", by=None)
        assert titles(tenant.communities[0], today()) == ["楼栋认领微心愿"]


def test_links_are_https_and_paper_consent_is_entered(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    community = browser(tenant.accounts["community_officer"])
    form: dict[str, Any] = {"ticket": str(uuid.uuid4()), "theme": "其他", "title": "王小明的故事", "body": BODY, "media": "press", "outlet": "长江日报"}
    address = f"/p/practice/members/{member.id}/story"
    assert [community.post(address, **form, link=link).status_code for link in ("javascript:alert(1)", "https://example.org/1")] == [422, 303]
    assert browser(tenant.others["community_officer"]).get(address).status_code == 404
    with tenant.scope():
        made = session().scalars(select(PracticeEntry.id)).one()
    assert community.post(f"/p/practice/entries/{made}/consent", version=1, answer="agree").status_code == 303
    assert entry(tenant, made).consent_on is not None
    assert "王小明的故事" in community.get(f"/members/{member.id}").text
    with tenant.scope():
        assert [table.title for table in hooks.export_member_data(member.id)] == ["先进典型"]
        assert hooks.erase_member_data(member.id) == 1


def test_the_api_and_lists_cost_the_same(browser: Open, tenant: TestTenant, written: Callable[..., uuid.UUID], statements: list[str]) -> None:
    with tenant.scope():
        token = create_token(tenant.actor("community_officer"), "office", ["practice.read"], 1)
    community, client = browser(tenant.accounts["community_officer"]), browser().client

    def cost() -> list[int]:
        found = []
        for ask in (lambda: community.get("/p/practice/"), lambda: browser().get(f"/t/{tenant.slug}/p/practice/")):
            statements.clear()
            ask()
            found.append(len(statements))
        return found
    written()
    cost()
    one = cost()
    written(title="第二篇"), written(title="第三篇")
    assert one == cost()
    answer = client.get("/api/v1/p/practice/entries", headers={"Authorization": f"Bearer {token}"})
    assert sorted(row["title"] for row in answer.json) == ["楼栋认领微心愿", "第三篇", "第二篇"]
