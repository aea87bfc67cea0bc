"""The service loop of one community, played over HTTP: needs, posts made of them, claims, pledges, wishes, a menu with an order (R53 to R69).

The rest of the year is played inside the process; what plugins do can only be asked for at their own doors, since nobody imports them.
"""
from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select

from core.members.models import Member
from core.organizations.models import Organization
from core.service.claims.models import Matter
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants.activation import enable
from web.demo.cities import City
from web.demo.client import CheckFailed, Visitor
from web.demo.loop_words import ANSWER, NEEDS, OFFERS, REFUSAL, WISHES

PLUGINS = ("needs", "posts", "pledges", "wishes", "menu")
HOLDERS = 3  # who claims the first post
DAY = dt.timedelta(days=1)


@dataclass(slots=True)
class Loop:
    """Where it takes place, and the neighbours for whom the officer acts; then who acts: the officer, a program of hers, the member."""

    community: uuid.UUID
    neighbours: tuple[uuid.UUID, ...]
    officer: Visitor | None = None
    member: Visitor | None = None
    program: Visitor | None = None

    def enter(self, officer: Visitor, member: Visitor) -> None:
        """Sign everybody in; the program gets a token from the officer's account page."""
        page = officer.get("/account/")
        form = page.form("/account/tokens")
        made = officer.send(page, form, {"name": "示范", "days": "30", "scopes": form.choices["scopes"]})
        self.officer, self.member = officer, member
        self.program = Visitor(officer.base_url, re.findall(r"bdt_\d+_[\w-]+", made.html)[0])

    def play(self) -> None:
        """All of it."""
        self.needs()
        self.posts()
        self.pledges()
        self.wishes()
        self.menu()

    def needs(self) -> None:
        """They come in by several channels; most are looked through, one is answered, one is a no, because."""
        for number, (channel, text, category, summary, group) in enumerate(NEEDS):
            made = self._write("needs/needs", community_id=self.community, channel=channel, text=text, category=category, recipient_group=group)
            if not summary:
                continue
            made = self._write(f"needs/needs/{made['id']}/classify", 200, version=made["version"], category=category, summary=summary,
                               recipient_group=group)
            if number in (2, 3):
                self._write(f"needs/needs/{made['id']}/answer", 200, version=made["version"], answer=(ANSWER, REFUSAL)[number - 2],
                            refused=number == 3)

    def posts(self) -> None:
        """The first need becomes a post on its page; a neighbour and the member claim it, the member serves once."""
        officer, member = self._people()
        wanted = self._read(f"needs/communities/{self.community}/needs?state=classified")["needs"]
        need = next(one["id"] for one in wanted if one["category"] == NEEDS[0][2])
        page = officer.get(f"/p/posts/new?origin=needs&origin_id={need}")
        made = officer.send(page, page.form("/posts/new"), {"category": "治安巡逻", "title": "东门夜间巡逻", "duties": "晚上沿东门一带走一圈，遇到情况先联系社区。",
                                                            "places": "4", "minutes": "60"})
        post = made.url.rpartition("/")[2]
        for person in self.neighbours[:2]:
            self._write(f"posts/posts/{post}/claims", member_id=person)
        page = member.get(f"/p/posts/me/{post}")
        member.send(page, page.form("/claim"))
        self._write("posts/posts", community_id=self.community, category="困难帮扶", title="四点半课堂", duties="放学后陪孩子写作业。", places=2,
                    minutes=90, times=[{"days": [2, 4], "from": "16:30", "until": "18:00"}])

    def pledges(self) -> None:
        """The member and the neighbours promise, the community publishes; then the member has served once."""
        member = self._people()[1]
        page = member.get("/p/pledges/me")
        member.send(page, page.form("/me/make"))
        claims = self._read_at("claims?limit=50")["items"]
        for one in claims:
            if uuid.UUID(one["member_id"]) in self.neighbours:
                self._write("pledges/pledges", claim_id=one["id"], text="每周六晚上按时到岗，有事提前说明。", deadline=today() + 30 * DAY)
        for one in self._read("pledges/pledges?tab=waiting"):
            self._write(f"pledges/pledges/{one['id']}/publish", 200, version=one["version"])
        page = member.get(member.get("/claims/").links(r"/claims/[0-9a-f-]{36}$")[0])
        member.send(page, page.form("/serve"))

    def wishes(self) -> None:
        """Three are written down, two pass the gate, the member takes one on."""
        member, ids = self._people()[1], []
        for number, (kind, text, title, group, name) in enumerate(WISHES):
            ids.append(self._write("wishes/wishes", community_id=self.community, kind=kind, text=text, group=group, name=name, phone="02785350000")["id"])
            if number < 2:
                version = self._read(f"wishes/wishes/{ids[-1]}")["version"]
                self._write(f"wishes/wishes/{ids[-1]}/accept", 200, version=version, title=title, concrete=True, real=True, easy=True)
        page = member.get(f"/p/wishes/me/{ids[0]}")
        member.send(page, page.form("/claim"))

    def menu(self) -> None:
        """The member offers something that the community lists, and a neighbour through the officer; a resident orders by number."""
        officer, member = self._people()
        page = member.get("/p/menu/me/offers/new")
        member.send(page, page.form("/offers/new"), _offer(0))
        page = officer.get("/p/menu/offers/")
        officer.send(page, page.form("/decide"))
        page = officer.get(f"/p/menu/offers/enter?member={self.neighbours[0]}")
        officer.send(page, page.form("/offers/enter"), _offer(1))
        self._write(f"menu/communities/{self.community}/requests", number=1, name="陈婆婆", phone="02785350000", address="5栋1单元302",
                    wants="厨房的灯不亮了", recipient_group="elderly")

    def _people(self) -> tuple[Visitor, Visitor]:
        if self.officer is None or self.member is None:
            raise CheckFailed("还没有人登录。")
        return self.officer, self.member

    def _read(self, address: str) -> Any:
        return self._read_at(f"p/{address}")

    def _read_at(self, address: str) -> Any:
        if self.program is None:
            raise CheckFailed("还没有令牌。")
        return self.program.get(f"/api/v1/{address}").json

    def _write(self, address: str, expect: int = 201, /, **given: Any) -> Any:
        if self.program is None:
            raise CheckFailed("还没有令牌。")
        return self.program.call(f"/api/v1/p/{address}", given, expect=expect).json


def prepare(city: City) -> Loop | None:
    """Switch the plugins on in the open scope, and find the people; None when something was put up there already."""
    if session().scalar(select(exists().where(Matter.tenant_id == tenant_id()))):
        return None
    for name in PLUGINS:
        enable(name)
    community = session().execute(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.code == city.community)).scalar_one()
    unit = session().execute(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.name == city.unit)).scalar_one()
    neighbours = session().scalars(select(Member.id).where(
        Member.tenant_id == tenant_id(), Member.residence_id == community, Member.unit_id != unit, Member.status == "active")
        .order_by(Member.sort_key, Member.id).limit(2)).all()
    return Loop(community, tuple(neighbours))


def _offer(number: int) -> dict[str, str]:
    title, category, minutes, when = OFFERS[number]
    return {"title": title, "category": category, "minutes": minutes, "times_words": when}
