"""The unit's side of the story over HTTP: looked up and asked, a letter to the unit and its answer, a consultation, an award on notice."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlalchemy import select

from core.access.models import Account
from core.organizations.models import Organization
from core.tenancy import session, tenant_scope, today
from core.tenancy.scope import tenant_id
from tenants.activation import enable
from web.demo import place as places
from web.demo.client import CheckFailed, Visitor
from web.demo.place import Place, expect, wait
from web.demo.units import asking, desk, honours, letters, words
from web.demo.units.inside import press
from web.demo.units.telling import PLUGINS

Step = tuple[str, Callable[[], None]]


class Person(NamedTuple):
    """The member of the story."""

    id: uuid.UUID
    name: str


class Units:
    """The four ways, each from the first press to the last that one day allows."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def steps(self) -> Iterator[Step]:
        """Every step with its title, in order."""
        title = self.place.city.title
        yield f"{title}：启用单位工作台、双向反馈、征求意见、评选表彰", self.begin
        yield f"{title}：单位了解党员表现、提出要求，党员答复", self.desk
        yield f"{title}：社区一次生成反馈函，签发送出，单位签收答复", self.letters
        yield f"{title}：单位征求社区意见，社区和街道两人签字", self.asking
        yield f"{title}：社区评选提名，本人同意，公示，期满前不能决定", self.honours

    def begin(self) -> None:
        """Switch on, and find who takes part."""
        city = self.place.city
        with tenant_scope(self.place.id):
            for name in PLUGINS:
                enable(name)
            self.community, self.unit = (places.organization(Organization.code == city.community), places.organization(Organization.name == city.unit))
            star = session().scalar(select(Account.member_id).where(Account.tenant_id == tenant_id(), Account.username == "member"))
        if star is None:
            raise CheckFailed("还没有党员账号。")
        self.star = Person(star, places.name(self.place))

    def desk(self) -> None:
        """Looked up with a remark, asked, answered."""
        liaison = self.place.visitor("unit")
        desk.look_up(liaison, [self.star], words.REMARKS)
        request = desk.ask(liaison, [self.star], words.REQUEST_STAR[0], None)
        desk.answer(self.place.visitor("member"), request, words.REQUEST_STAR[1])
        expect(liaison.get(request), words.REQUEST_STAR[1])

    def letters(self) -> None:
        """The job makes the letter; it goes out and comes back, and the member sees the own line."""
        officer, liaison = self.place.visitor("community"), self.place.visitor("unit")
        year = str(today().year)  # everybody has reported in today
        wait(officer, press(officer, f"{letters.AT}/make", "/make", {"organization_id": str(self.community), "period": year}))
        pack = letters.pack_of(officer, self.community, self.unit)
        letters.remark(officer, pack, {self.star.name: words.LINES[0]})
        letters.out(officer, pack)
        letters.taken(liaison, pack)
        letters.reply(liaison, pack, words.ANSWER)
        expect(officer.get(pack), "已答复", "夜间巡逻列入支部活动计划")
        places.pdf(officer.get(f"{pack}/letter.pdf"))
        expect(self.place.visitor("member").get(f"{letters.AT}/me"), f"{year}年度")

    def asking(self) -> None:
        """Asked, answered, signed twice; the reply as a letter."""
        liaison, deadline = self.place.visitor("unit"), today().isoformat()
        request = asking.ask(liaison, [self.star.name], asking.MERIT, words.ASKED, deadline)
        asking.answer(self.place.visitor("community"), request, ("agree", ""))
        asking.sign(self.place.visitor("street"), request)
        expect(liaison.get(request), "已答复")
        places.pdf(liaison.get(f"{request}/reply"))

    def honours(self) -> None:
        """Called, nominated, agreed, published for everybody to read; it cannot be decided yet."""
        officer: Visitor = self.place.visitor("community")
        selection = honours.call(officer, "社区服务之星", honours.STAR, words.CRITERIA, steps=[])
        one = honours.nominate(officer, selection, self.star.id, words.DEEDS[0], paper=False)
        honours.agree(self.place.visitor("member"), one)
        honours.publish(officer, selection, [one])
        expect(Visitor(self.place.base_url).get(f"/t/{self.place.city.slug}{honours.AT}/{selection.rpartition('/')[2]}"), self.star.name)
        page = officer.get(selection)
        if page.forms("/decide"):
            raise CheckFailed("公示期没有满，页面上就可以作出决定了。")
