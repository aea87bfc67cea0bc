"""What the check knows of one city: its visitors, its counts, and how a page is judged."""
from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select

from core.members.models import Member
from core.organizations.models import Organization
from core.tenancy import Tenant, session, tenant_scope, unscoped
from core.tenancy.scope import tenant_id
from web.demo.cities import City
from web.demo.client import Answer, CheckFailed, Visitor

PATIENCE = 40.0


@dataclass(slots=True)
class Done:
    """What was counted in one place."""

    members: int = 0
    certificates: int = 0
    report_ins: int = 0
    receipts: int = 0
    records: int = 0
    points: int = 0
    points_later: int = 0


@dataclass(slots=True)
class Place:
    """One city as the check knows it: its visitors by role, and the people whom the story needs."""

    city: City
    base_url: str
    password: str
    done: Done = field(default_factory=Done)
    visitors: dict[str, Visitor] = field(default_factory=dict)
    star: uuid.UUID | None = None
    numbers: list[str] = field(default_factory=list)
    token: str = ""

    @property
    def id(self) -> int:
        """The tenant's id."""
        with unscoped() as opened:
            return opened.execute(select(Tenant.id).where(Tenant.code == self.city.code)).scalar_one()

    def visitor(self, username: str) -> Visitor:
        """The signed-in person of a username."""
        if username not in self.visitors:
            found = Visitor(self.base_url)
            found.sign_in(f"/t/{self.city.slug}/login", username, self.password)
            self.visitors[username] = found
        return self.visitors[username]


def wait(who: Visitor, page: Answer) -> Answer:
    """Look at a job's page until its progress is over."""
    until = time.monotonic() + PATIENCE
    while "hx-get" in page.html or 'http-equiv="refresh"' in page.html:
        if time.monotonic() > until:
            raise CheckFailed(f"{page.url} 在 {PATIENCE:.0f} 秒内没有完成。")
        time.sleep(0.25)
        page = who.get(page.url)
    return page


def name(place: Place) -> str:
    """The name of the member of the story."""
    with tenant_scope(place.id):
        return session().execute(select(Member.name).where(Member.tenant_id == tenant_id(), Member.id == place.star)).scalar_one()


def organization(condition: ColumnElement[bool]) -> uuid.UUID:
    """The one organization that fits."""
    found: uuid.UUID = session().execute(select(Organization.id).where(Organization.tenant_id == tenant_id(), condition)).scalar_one()
    return found


def expect(page: Answer, *patterns: str) -> None:
    """Raise CheckFailed unless the page says all of this."""
    for pattern in patterns:
        if not re.search(pattern, page.text):
            raise CheckFailed(f"{page.url} 上没有“{pattern}”：{page.text[:300]}")


def pdf(answer: Answer) -> None:
    """Raise CheckFailed unless the answer is a PDF."""
    if answer.media_type != "application/pdf" or not answer.content.startswith(b"%PDF-"):
        raise CheckFailed(f"{answer.url} 不是 PDF（{answer.media_type}）。")
