"""A city in which needs are on, residents at the public door, and needs that are there already."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select

from core.organizations.models import Organization
from core.tenancy import now, session, set_clock
from plugins.needs import handling
from plugins.needs.models import Need
from plugins.needs.writing import Contact, NeedInput, receive
from tests.plugins.quick import quick
from tests.service.conftest import Browser, app, at_once, browser, statements
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "at_once", "browser", "quick", "statements"]
Open = Callable[..., Browser]
TEXT, NAME, PHONE, ADDRESS = "三号楼楼道的灯坏了，晚上看不见", "孙桂兰", "13971234567", "幸福里3号楼2单元401"
WHO = Contact(NAME, PHONE, ADDRESS)


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with needs switched on."""
    return make_tenant(plugins=("needs",))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, has a phone."""
    return make_member(tenant, account=True)


def make_need(tenant: TestTenant, text: str = TEXT, community: int = 0, summary: str = "", **more: Any) -> uuid.UUID:
    """A need, classified if it has a summary."""
    with tenant.scope():
        need_id = receive(NeedInput(tenant.communities[community], text, **{"contact": WHO, **more}), by=None)
        if summary:
            handling.classify(need_id, 1, category="环境卫生", summary=summary, recipient_group=more.get("recipient_group"))
    return need_id


def need(tenant: TestTenant, need_id: uuid.UUID) -> Need:
    """The row."""
    with tenant.scope():
        return session().scalars(select(Need).where(Need.id == need_id)).one()


def needs(tenant: TestTenant) -> list[Need]:
    """All rows, in the order in which they came."""
    with tenant.scope():
        return list(session().scalars(select(Need).order_by(Need.id)))


def code_of(tenant: TestTenant, community: int = 0) -> str:
    """A community's code."""
    with tenant.scope():
        return session().scalars(select(Organization.code).where(Organization.id == tenant.communities[community])).one()


def hidden(page: Any, name: str) -> str:
    """A hidden field's value."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found is not None, page.text[:2000]
    return found[1]


def after(seconds: float) -> AbstractContextManager[None]:
    """The clock so many seconds later."""
    return set_clock(now() + dt.timedelta(seconds=seconds))


def send(browser: Browser, page: str, target: str | None = None, **fields: Any) -> Any:
    """Send a form with the token of `page`; fields may bear any name."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', browser.get(page).text)
    assert found is not None
    return browser.client.post(target or page, data={"csrf_token": found[1], **fields})
