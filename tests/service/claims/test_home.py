"""The first page: the community sees whose claims are overdue, the member what is due next."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

from core.service.claims.claiming import claim
from core.service.claims.fulfilling import Service, complete
from core.tenancy import now, set_clock, today
from tests.service.claims.test_pages import text
from tests.support.factories import TestMember, TestTenant

Put = Callable[..., uuid.UUID]


def test_what_is_due_stands_on_the_first_page(tenant: TestTenant, members: list[TestMember], matter: Put, browser: Callable[..., Any]) -> None:
    made = []
    for title, days in (("四号事项", None), ("三号事项", 9), ("二号事项", 5), ("一号事项", 1)):
        put = matter(title=title, due_on=today() + dt.timedelta(days=days) if days else None, places=2)
        with tenant.scope():
            made.append(claim(put, members[0].id, by=None).id)
    home = browser(members[0].account).get("/").get_data(as_text=True)
    assert re.findall(r"[一二三四]号事项", home) == ["一号事项", "二号事项", "三号事项"]
    assert "认领逾期" not in text(browser(tenant.accounts["community_officer"]).get("/"))
    with set_clock(now() + dt.timedelta(days=6)):
        officer, sibling = browser(tenant.accounts["community_officer"]), browser(tenant.others["community_officer"])
        page = officer.get("/").get_data(as_text=True)
        assert (re.findall(r"[一二三四]号事项", page), f"/claims/work/{made[-1]}" in page) == (["一号事项", "二号事项"], True)
        assert re.search(r'认领逾期</span>\s*<span class="stat-value">2', page)
        assert "认领逾期" not in text(sibling.get("/"))
        with tenant.scope():
            complete(made[-1], 1, Service(today()), by=None)
        assert re.search(r'认领逾期</span>\s*<span class="stat-value">1', officer.get("/").get_data(as_text=True))


def test_a_record_leads_to_its_claim(tenant: TestTenant, members: list[TestMember], matter: Put, browser: Callable[..., Any]) -> None:
    put = matter()
    with tenant.scope():
        made = claim(put, members[0].id, by=None).id
        record = complete(made, 1, Service(today()), by=None)[0]
    assert f"/claims/{made}" in browser(members[0].account).get(f"/records/{record}").get_data(as_text=True)
    for role in ("community_officer", "unit_liaison"):
        assert f"/claims/work/{made}" in browser(tenant.accounts[role]).get(f"/records/work/{record}").get_data(as_text=True)
