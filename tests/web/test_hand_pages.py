"""What pages by hand share (core.pages): forms read, asked once more, done or refused, lists by pages."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, get_flashed_messages
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from sqlalchemy import exists, select
from werkzeug.datastructures import MultiDict

from core import pages
from core.api import audit
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _, use_locale
from core.pages import acts
from core.tenancy import session
from tests.support.factories import TestTenant
from web.queries import with_query

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)
TEMPLATES = Path(__file__).parents[2] / "web" / "templates"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A bare application with the templates of the web; a savepoint is nothing here."""
    monkeypatch.setattr(acts, "session", lambda: SimpleNamespace(begin_nested=nullcontext))
    found = Flask(__name__)
    found.secret_key = "for flashed sentences"
    found.jinja_loader = ChoiceLoader([DictLoader({"base.html": "{% block content %}{% endblock %}"}), FileSystemLoader(TEMPLATES)])
    found.jinja_env.globals.update(_=_, with_query=with_query)
    return found


def test_what_a_form_held(app: Flask) -> None:
    form = MultiDict([("name", " 张三 "), ("on", "2026-03-01"), ("never", "2026-02-30"), ("id", str(ONE)), ("version", "x"),
                      ("one", str(ONE)), ("one", "none"), ("one", str(TWO)), ("row", f"{ONE}:7"), ("row", f"{TWO}:"), ("row", "x:1")])
    with app.test_request_context(method="POST", data=form, query_string={"day": "2026-03-01"}):
        assert (pages.said("name"), pages.said("none"), pages.version()) == ("张三", "", 0)
        assert (pages.day("on"), pages.day("none"), pages.day("day")) == (dt.date(2026, 3, 1), None, None)
        with pytest.raises(Invalid) as refused:
            pages.day("never")
        assert refused.value.fields == {"never": ["请按 2026-03-01 的样子填写"]}
        assert (pages.identity("id"), pages.identity("name"), pages.ticket("id"), pages.needed_identity("id")) == (ONE, None, ONE, ONE)
        assert pages.ticket() != pages.ticket()
        with pytest.raises(NotFound):
            pages.needed_identity("name")
        assert (pages.chosen("one"), pages.chosen("one", 2)) == ([ONE, TWO], [ONE])
        assert pages.chosen_versions("row") == [(ONE, 7), (TWO, 0)]
    with app.test_request_context(query_string={"day": "2026-03-01", "after": str(TWO)}):
        assert (pages.day("day"), pages.after()) == (dt.date(2026, 3, 1), TWO)


def test_asked_once_more_keeps_all_that_the_form_held_and_where_it_stood(app: Flask) -> None:
    form = MultiDict([("csrf_token", "t"), ("member", "1"), ("member", "2"), ("version", "3")])
    with app.test_request_context("/here?unit=5", method="POST", data=form):
        page = pages.asked("确定吗？", "删除", "/back", "不能恢复。")
    assert page is not None
    assert re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page) == [
        ("confirmed", "yes"), ("member", "1"), ("member", "2"), ("version", "3")]
    assert all(part in page for part in ('action="/here?unit=5"', "确定吗？", "不能恢复。", 'href="/back"'))
    with app.test_request_context(method="POST", data={"confirmed": "yes"}):
        assert pages.asked("确定吗？", "删除", "/back") is None


def test_done_or_refused(app: Flask) -> None:
    wrong = Invalid("有内容需要改正。", {"a": ["请填写"], "b": ["请填写", "太长"]})

    def refuse() -> None:
        raise wrong

    with app.test_request_context(method="POST"):
        assert (pages.attempt(lambda: 3, lambda made: f"已登记 {made} 项。", "/list").location, get_flashed_messages(with_categories=True)) == (
            "/list", [("success", "已登记 3 项。")])
    with app.test_request_context(method="POST"):
        assert pages.attempt(refuse, "好", "/list").status_code == 303
        assert get_flashed_messages(with_categories=True) == [("danger", "有内容需要改正。（请填写；太长）")]
    with app.test_request_context(method="POST"), use_locale("en"):
        pages.attempt(refuse, "好", "/list")
        assert get_flashed_messages() == ["有内容需要改正。 (请填写; 太长)"]
    with app.test_request_context(method="POST"):
        assert pages.attempt(refuse, "好", "/list", lambda error: error.message) == ("有内容需要改正。", 422)
        assert get_flashed_messages() == []
        with pytest.raises(NotFound):
            pages.attempt(lambda: pages.needed_identity("id"), "好", "/list")
    assert pages.refused(wrong) == {"message": wrong.message, "fields": wrong.fields}
    assert (pages.refused(Conflict("已改过。")), pages.refused(None)) == ({"message": "已改过。", "fields": {}}, None)


def written(tenant: TestTenant, app: Flask) -> bool:
    """Whether what an action wrote is there after it was refused and the page was left."""

    def act() -> None:
        audit("test.half_done", "tenant", None)
        raise Conflict("已改过。")
    with app.test_request_context(method="POST"), tenant.scope():
        assert pages.attempt(act, "好", "/list").status_code == 303
    with tenant.scope():
        return bool(session().scalar(select(exists().where(AuditEntry.tenant_id == tenant.id, AuditEntry.action == "test.half_done"))))


def test_what_is_refused_leaves_nothing_behind(tenant: TestTenant, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "session", session)
    assert not written(tenant, app)


def test_twin_without_the_savepoint_half_of_it_stays(tenant: TestTenant, app: Flask) -> None:
    assert written(tenant, app)


def test_lists_by_pages_and_in_batches() -> None:
    rows = [SimpleNamespace(id=number) for number in range(3)]
    assert (pages.following(rows, 2), pages.following(rows, 3), pages.following([vars(row) for row in rows], 2)) == (1, None, 1)
    asked: list[int] = []

    def lines(part: list[int]) -> list[int]:
        asked.append(len(part))
        return [-one for one in part]
    assert list(pages.in_batches(range(401), lines)) == [-one for one in range(401)]
    assert asked == [200, 200, 1]
