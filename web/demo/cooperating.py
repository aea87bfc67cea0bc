"""Units, communities and offices together, played over HTTP: good practice, liaison communities, co-building, a letter across (R17, R87 to R92)."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from core.access.models import Account
from core.db import new_id
from core.exchange.models import ExchangeIncoming
from core.extension.activation import is_enabled
from core.extension.settings import effective
from core.members.models import Member
from core.organizations.models import Organization
from core.tenancy import Tenant, session, tenant_scope, today, unscoped
from core.tenancy.scope import tenant_id
from tenants.activation import enable
from web.demo.cities import ENSHI, WUHAN
from web.demo.client import Form, Visitor
from web.demo.cooperating_words import (
    AGREED,
    AGREEMENTS,
    CADRES,
    GIVEN,
    ISSUES,
    ITEMS,
    LETTER,
    POINTS,
    POST,
    PRACTICES,
    STORIES,
    USES,
    VISITS,
)
from web.demo.letting_out import let_out

PLUGINS = ("practice", "liaison", "cobuilding")
CAST = ("community", "unit", "county", "street", "member")
PROGRAMS = ("community", "unit", "county")
DAY = dt.timedelta(days=1)


@dataclass(slots=True)
class Cooperation:
    """The ids of the story; then who acts: people with cookies, programs with tokens."""

    communities: list[uuid.UUID]
    unit: uuid.UUID
    member: uuid.UUID
    guest_unit: uuid.UUID | None
    criteria: list[str]
    people: dict[str, Visitor] = field(default_factory=dict)
    programs: dict[str, Visitor] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def enter(self, people: Mapping[str, Visitor]) -> None:
        """Everybody is signed in; who writes much gets a program's token."""
        self.people = dict(people)
        for username in CAST:
            page = self.people[username].get("/account/")
            form = page.form("/account/tokens")
            self.tokens[username] = form.values["csrf_token"][0]
            if username in PROGRAMS:
                made = self.people[username].send(page, form, {"name": "示范", "days": "30", "scopes": form.choices["scopes"]})
                self.programs[username] = Visitor(made.url, re.findall(r"bdt_\d+_[\w-]+", made.html)[0])

    def play(self) -> None:
        """All of it."""
        self.practice()
        self.liaison()
        self.cobuilding()
        self.letter()

    def practice(self) -> None:
        """Practices are drafted, reviewed by the county, recommended and used elsewhere; one story waits for the member's word."""
        made = []
        for who, theme, title, body, why, effect in PRACTICES:
            made.append(self._made(who, "/p/practice/new", theme=theme, title=title, body=body, why=why or "", effect=effect or ""))
        for title, body, media, outlet, agreed in STORIES:
            made.append(self._made("unit", f"/p/practice/members/{self.member}/story", theme="志愿服务", title=title, body=body, media=media, outlet=outlet,
                                   **({"agreed": "true"} if agreed else {})))
        for entry in (*made[:3], made[len(PRACTICES)]):
            self._send("county", f"/p/practice/entries/{entry}/publish", version="1", in_column="yes")
        self._send("county", f"/p/practice/entries/{made[0]}/recommend", version="2", recommended="yes")
        for who, remark in USES:
            self._send(who, f"/p/practice/entries/{made[0]}/use", remark=remark)

    def liaison(self) -> None:
        """The county's office gives three cadres a community each; visits, and issues in every state."""
        cadres = [self._made("county", "/p/liaison/cadres/new", name=name, post=post, office=office) for name, post, office in CADRES]
        self._send("county", f"/p/liaison/cadres/members/{self.member}", post=POST[0], office=POST[1])
        listed = self.people["county"].get("/p/liaison/cadres/").links(r"/p/liaison/cadres/[0-9a-f-]{36}$")
        cadres.append(next(identity for link in listed if (identity := link.rpartition("/")[2]) not in cadres))
        points = [self._write("county", "liaison/points", cadre_id=cadres[who], community_id=self.communities[where], since=today() - since * DAY,
                              reasons=[self.criteria[n] for n in reasons], note=note)["id"] for who, where, since, reasons, note in POINTS]
        for point, ago, kind, findings in VISITS:
            self._write("county" if point else "community", f"liaison/points/{points[point]}/visits", visited_on=today() - ago * DAY, kind=kind, findings=findings)
        issues = []
        for point, title, detail, responsible in ISSUES:
            issues.append(self._made("county" if point else "community", f"/p/liaison/points/{points[point]}/issue", title=title, detail=detail or "",
                                     responsible=responsible))
        self._act("unit", issues[0], 1, "step", "已现场勘查，管径偏小，正在做改造方案。")
        self._act("county", issues[0], 2, "escalate", "涉及主管网，街道解决不了，请区里统筹。")
        self._act("county", issues[1], 1, "report", "已明确由区路灯管理所维护，坏灯已换。")
        self._act("county", issues[3], 1, "report", "街道腾出二楼一间房，已经交付。")
        self._act("community", issues[3], 2, "confirm", "已经用上，谢谢。")

    def cobuilding(self) -> None:
        """Offers and needs, agreements of which two hold and two wait for the community, and what was given."""
        home, items, made = self.communities[0], [], []
        for side, kind, title, details, amount, hours, seats in ITEMS:
            who, owner = ("unit", self.unit) if side == "offer" else ("community", home)
            items.append(self._write(who, "cobuilding/items", side=side, organization_id=owner, kind=kind, title=title, details=details, amount=amount,
                                     hours=hours, seats=seats)["id"])
        for item, who, ago, reason in AGREEMENTS:
            made.append(self._made(who, f"/p/cobuilding/items/{items[item]}/propose?community={home}", reason=reason, since=str(today() - ago * DAY),
                                   until=str(today() + (364 - ago) * DAY), **self._terms(item),
                                   **({} if ITEMS[item][0] == "offer" else {"unit_id": str(self.unit)})))
        for agreement in made[:AGREED]:
            self._write_at("community", f"cobuilding/agreements/{agreement}/confirm", 200, version=1)
        for number, ago, what, amount, hours, who in GIVEN:
            self._write(who, f"cobuilding/agreements/{made[number]}/fulfilments", done_on=today() - ago * DAY, what=what, amount=amount, hours=hours)

    def letter(self) -> None:
        """The community writes to the unit of its guests, which is at home in the sector's tenant; the post office carries it."""
        if self.guest_unit is not None:
            self._send("community", f"/p/feedback/threads/{self.communities[0]}/{self.guest_unit}", ticket=str(new_id()), body=LETTER)

    @staticmethod
    def _terms(item: int) -> dict[str, str]:
        _side, kind, title, details, *counts = ITEMS[item]
        numbers = {name: str(number) for name, number in zip(("amount", "hours", "seats"), counts, strict=True) if number}
        return {"kind": kind, "title": title, "details": details, **numbers}

    def _act(self, who: str, issue: str, version: int, act: str, says: str) -> None:
        self._write_at(who, f"liaison/issues/{issue}/acts", 200, version=version, act=act, says=says)

    def _made(self, who: str, address: str, **given: str) -> str:
        self._send(who, address, ticket=(ticket := str(new_id())), **given)
        return ticket

    def _send(self, who: str, address: str, **given: str) -> None:
        """A form as its page would send it; the token is the login's."""
        visitor = self.people[who]
        page = visitor.blank(address)
        visitor.send(page, Form(address, "post", multipart=False), {"csrf_token": self.tokens[who], **given})

    def _write(self, who: str, address: str, /, **given: Any) -> Any:
        return self._write_at(who, address, 201, **given)

    def _write_at(self, who: str, address: str, expect: int, /, **given: Any) -> Any:
        return self.programs[who].call(f"/api/v1/p/{address}", given, expect=expect).json


def begin() -> Cooperation | None:
    """The same, and what two cities have let out to the province; to be called outside any scope."""
    with unscoped() as opened:
        tenants = {code: identity for code, identity in opened.execute(select(Tenant.code, Tenant.id)) if code in (WUHAN.code, ENSHI.code)}
    for identity in tenants.values():
        with tenant_scope(identity):
            let_out()
    with tenant_scope(tenants[WUHAN.code]):
        return prepare()


def prepare() -> Cooperation | None:
    """Switch the plugins on in the open scope of the first city, and find the places; None when that was done already."""
    if is_enabled(PLUGINS[0]):
        return None
    for name in PLUGINS:
        enable(name)
    home = session().execute(select(Organization.id, Organization.parent_id).where(
        Organization.tenant_id == tenant_id(), Organization.code == WUHAN.community)).one()
    others = session().scalars(select(Organization.id).where(
        Organization.tenant_id == tenant_id(), Organization.parent_id == home.parent_id, Organization.kind == "community", Organization.id != home.id)
        .order_by(Organization.code).limit(2)).all()
    unit = session().scalars(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.name == WUHAN.unit)).one()
    member = session().scalars(select(Member.id).join(Account, (Account.tenant_id == Member.tenant_id) & (Account.member_id == Member.id)).where(
        Member.tenant_id == tenant_id(), Account.username == "member")).one()
    guest_unit = session().scalars(select(ExchangeIncoming.unit_id).where(
        ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == "certificate", ExchangeIncoming.state == "done").limit(1)).one_or_none()
    return Cooperation([home.id, *others], unit, member, guest_unit, list(effective("liaison")["criteria"]))
