"""The story's steps over HTTP, each a sentence that holds or fails: rosters, certificates, report-ins, services, points, API."""
from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.access import accounts
from core.access.roles import LIAISON, MEMBER
from core.members.models import Member
from core.organizations import tree
from core.organizations.models import Organization
from core.service import evaluation
from core.tenancy import Tenant, session, tenant_scope, today, unscoped
from core.tenancy.scope import tenant_id
from web.demo.cities import ENSHI, WUHAN, City
from web.demo.client import Answer, CheckFailed, Visitor
from web.demo.people import workbook

Step = tuple[str, Callable[[], None]]
PATIENCE = 40.0
ONE_TIME = re.compile(r"\b[0-9a-f]{4}(-[0-9a-f]{4}){2}\b")
NUMBER = re.compile(r"\b[0-9A-Z]{6,18}-\d{4}-\d{6}\b")


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


class Story:
    """Both cities and the steps through them."""

    def __init__(self, base_url: str, password: str, folder: Path) -> None:
        self.base_url, self.folder = base_url, folder
        self.places = {city.slug: Place(city, base_url, password) for city in (WUHAN, ENSHI)}

    def steps(self) -> Iterator[Step]:
        """Every step with its title, in order."""
        yield "命令行开设两个租户，再次应用没有改动", self.provision
        for place in self.places.values():
            title = place.city.title
            yield f"{title}：管理员登录", lambda place=place: self.administrators(place)
            yield f"{title}：上传花名册，核对、确认、导入", lambda place=place: self.import_roster(place)
            yield f"{title}：同一份文件再次导入没有变化", lambda place=place: self.import_again(place)
            yield f"{title}：管理员开通区（县）账号，首次登录必须改密码", lambda place=place: open_county(place)
            yield f"{title}：其他角色登录", lambda place=place: open_accounts(place)
            yield f"{title}：制发报到证并打印成一个 PDF", lambda place=place: issue(place)
            yield f"{title}：社区按编号受理报到，回执 PDF", lambda place=place: at_desk(place)
            yield f"{title}：党员用手机报到，社区确认", lambda place=place: on_phone(place)
            yield f"{title}：单位台账自动关闭，录入纸质回执", lambda place=place: register(place)
            yield f"{title}：登记未报到原因、提醒、延期，均有记录", lambda place=place: overdue(place)
            yield f"{title}：报到率与已报到人数相符", lambda place=place: coverage(place)
            yield f"{title}：党员记录服务，社区查验，评价后计入", lambda place=place: serve(place, ("code", "paper", "visit"))
        wuhan, enshi = self.places["wuhan"], self.places["enshi"]
        yield "武汉市：积分按规则记入，页面与接口一致", lambda: points(wuhan, 3)
        yield "恩施州：积分在菜单、页面、接口中都不存在（404）", lambda: no_points(enshi)
        yield "武汉市：接口列出党员、报到和服务纪实", lambda: programs(wuhan)
        yield "武汉市的令牌不能读恩施州的党员", lambda: walls(wuhan, enshi)
        yield "恩施州：在页面上启用积分，下一个请求就有", lambda: switch_on(enshi)
        yield "恩施州：启用之后计入的服务得到积分", lambda: serve(enshi, ("paper",))
        yield "恩施州：积分只来自启用以后", lambda: points(enshi, 1, later=True)
        yield "恩施州：停用积分，页面立即关闭", lambda: switch_off(enshi)

    def provision(self) -> None:
        """By the command; the first city once more while the second is made."""
        first = _answer(self._apply(WUHAN))
        running = self._apply(ENSHI), self._apply(WUHAN)
        second, again = map(_answer, running)
        if not (first["applied"] and second["applied"]) or again["changes"]:
            raise CheckFailed(f"tenant apply 应答：{again}")

    def _apply(self, city: City) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-m", "web.cli", "tenant", "apply", str(city.profile), "--yes", "--json", "--data",
                                 str(self.folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def administrators(self, place: Place) -> None:
        """The first account is the installation's gift; it sees the tenant's overview."""
        seat = place.city.seats[0]
        with tenant_scope(place.id):
            made = accounts.create_account(seat.username, seat.name, place.password)
            accounts.grant_role(made, seat.role, tree.root().id)
        home = place.visitor(seat.username).get("/")
        if seat.name not in home.text:
            raise CheckFailed(f"首页没有显示管理员：{home.text[:150]}")

    def import_roster(self, place: Place) -> None:
        """Upload, look, confirm, wait."""
        people = place.city.first_roster(today())
        content = workbook(people, place.city.units)
        checked = upload(place, content)
        _expect(checked, rf"将新增党员\s*{len(people)}\b")
        admin = place.visitor("admin")
        written = wait(admin, admin.send(checked, checked.form("/confirm")))
        _expect(written, rf"新增党员\s*{len(people)}\b", "全部写入")
        place.done.members = len(people)

    def import_again(self, place: Place) -> None:
        """The same file has nothing new to say."""
        checked = upload(place, workbook(place.city.first_roster(today()), place.city.units))
        _expect(checked, "没有需要导入的变化", rf"无变化\s*{place.done.members}\b")


def _answer(command: subprocess.Popen[str]) -> dict[str, Any]:
    out, errors = command.communicate(timeout=120)
    if command.returncode:
        raise CheckFailed(f"baodao tenant apply 退出码 {command.returncode}：{errors[-300:]}")
    found: dict[str, Any] = json.loads(out)
    return found


def upload(place: Place, content: bytes) -> Answer:
    """Send a roster and wait for its check."""
    admin = place.visitor("admin")
    page = admin.get("/imports/")
    return wait(admin, admin.send(page, page.form("/imports/"), files={"file": ("花名册.xlsx", content)}))


def wait(who: Visitor, page: Answer) -> Answer:
    """Look at a job's page until its progress is over."""
    until = time.monotonic() + PATIENCE
    while "hx-get" in page.html or 'http-equiv="refresh"' in page.html:
        if time.monotonic() > until:
            raise CheckFailed(f"{page.url} 在 {PATIENCE:.0f} 秒内没有完成。")
        time.sleep(0.25)
        page = who.get(page.url)
    return page


def open_county(place: Place) -> None:
    """The administrator opens the county officer's account; the one-time password must be changed at once."""
    admin, seat = place.visitor("admin"), place.city.seats[1]
    page, given = admin.get("/accounts/new"), {"username": seat.username, "display_name": seat.name, "role": seat.role, "q": seat.code}
    page = admin.send(page, page.form("/accounts/new"), given | {"step": "find"})
    form = page.form("/accounts/new")
    made = admin.send(page, form, given | {"organization": form.choices["organization"][0]})
    first = re.search(ONE_TIME, made.text)
    if first is None:
        raise CheckFailed(f"没有显示一次性密码：{made.text[:200]}")
    officer = Visitor(place.base_url)
    page = officer.sign_in(f"/t/{place.city.slug}/login", seat.username, first[0])
    officer.get("/certificates/issue")  # leads to the change of the password
    page = officer.get("/account/password")
    officer.send(page, page.form("/password"), {"old_password": first[0], "new_password": place.password, "again": place.password})
    _expect(officer.get("/"), seat.name)


def open_accounts(place: Place) -> None:
    """The other roles, and the member of the story, get theirs from the installation."""
    with tenant_scope(place.id):
        unit = _organization(Organization.name == place.city.unit)
        home = _organization(Organization.code == place.city.community)
        star = session().execute(select(Member.id, Member.name).where(
            Member.tenant_id == tenant_id(), Member.unit_id == unit, Member.residence_id == home).order_by(Member.sort_key).limit(1)).one()
        place.star = star.id
        for seat in place.city.seats[2:]:
            member = star.id if seat.role == MEMBER else None
            where = unit if seat.role in (LIAISON, MEMBER) else tree.by_code(seat.code).id
            made = accounts.create_account(seat.username, seat.name or star.name, place.password, member_id=member)
            accounts.grant_role(made, seat.role, where)
    for seat in place.city.seats[1:]:
        place.visitor(seat.username).get("/")


def issue(place: Place) -> None:
    """The county's officer issues for the unit, and fetches one PDF."""
    county = place.visitor("county")
    page = county.get("/certificates/issue")
    unit = next(link for link in page.links("/certificates/issue/") if place.city.unit in county.get(link).text)
    page = county.get(unit)
    form = page.form(unit)
    printed = wait(county, county.send(page, form, {"member": form.choices["member"]}))
    _pdf(county.get(printed.links(r".*\.pdf")[0]))
    place.done.certificates = len(form.choices["member"])
    place.numbers = sorted(set(NUMBER.findall(county.get("/certificates/").text)))
    if len(place.numbers) != place.done.certificates:
        raise CheckFailed(f"报到证列表有 {len(place.numbers)} 个编号，应为 {place.done.certificates}。")


def at_desk(place: Place) -> None:
    """The community's officer takes numbers until two members of the community have reported in."""
    officer, star = place.visitor("community"), _name(place)
    confirmed = 0
    for number in place.numbers:
        desk = officer.get("/report-ins/desk")
        try:
            card = officer.send(desk, desk.form("/report-ins/desk"), {"scanned": number.lower().replace("-", "－")})
        except CheckFailed:
            continue  # a member who neither lives nor works here
        forms = card.forms("/report-ins/desk/confirm")
        if star in card.text or not forms:
            continue
        receipt = officer.send(card, forms[0])
        _pdf(officer.get(receipt.links(r".*/receipt\.pdf")[0]))
        confirmed += 1
        if confirmed == 2:
            break
    if confirmed != 2:
        raise CheckFailed(f"社区只受理了 {confirmed} 人。")
    _count_report_ins(place, confirmed)


def on_phone(place: Place) -> None:
    """Two taps of the member, one of the community, and the member's own receipt."""
    member, officer = place.visitor("member"), place.visitor("community")
    page = member.get("/report-in")
    form = page.form("/report-in")
    asked = form.values["community"]
    _expect(member.send(page, form), "待确认")
    confirmed = 0
    waiting = officer.get("/report-ins/?status=submitted")
    for link in waiting.links(r"/report-ins/[0-9a-f-]{36}$"):
        one = officer.get(link)
        _expect(officer.send(one, one.form("/confirm")), "回执")
        confirmed += 1
    own = member.get("/report-in")
    _pdf(member.get(own.links(r".*/receipt\.pdf")[0]))
    if not 0 < confirmed <= len(asked):
        raise CheckFailed(f"确认了 {confirmed} 条手机报到。")
    _count_report_ins(place, confirmed)


def register(place: Place) -> None:
    """The unit's register has closed by itself; a paper receipt closes one more line."""
    liaison = place.visitor("unit")
    _expect(liaison.get("/report-ins/unit?state=reported"), _name(place), "自动登记")
    missing = liaison.get("/report-ins/unit?state=missing")
    page = liaison.get(missing.links(r"/report-ins/unit/.*/paper")[0])
    form = page.form("/paper")
    _expect(liaison.send(page, form, {"community_id": form.choices["community_id"][0], "paper_number": "回字第008号"}), "回执已登记")
    _count_report_ins(place, 1)


def overdue(place: Place) -> None:
    """Why somebody has not come yet, a reminder, more time; each leaves a line in the history."""
    liaison = place.visitor("unit")
    link = liaison.get("/obligations/").links(r"/obligations/[0-9a-f-]{36}")[0]
    for ending, given in (("/reason", {"reason_code": "出差或外派", "text": "下月返回"}), ("/remind", {"how": "phone"}),
                          ("/extend", {"due_on": f"{today().year + 1}-12-31", "note": "单位说明情况"})):
        page = liaison.get(link)
        liaison.send(page, page.form(ending), given)
    _expect(liaison.get(link), "登记原因", "出差或外派", "已提醒本人", "电话提醒", "延期", "单位说明情况")


def coverage(place: Place) -> None:
    """The administrator's figures: some reported, all expected."""
    seen = place.visitor("admin").get("/coverage/?by=unit")
    _expect(seen, rf"应报到\s*{place.done.members}\b", rf"已报到\s*{place.done.report_ins}\b")


def serve(place: Place, channels: tuple[str, ...]) -> None:
    """One service for each way of evaluation: nothing counts before the recipient was asked."""
    for channel in channels:
        member, officer = place.visitor("member"), place.visitor("community")
        page = member.get("/records/new")
        sent = member.send(page, page.form("/records/new"), {
            "kind": "困难帮扶", "title": f"为独居老人修理水管（{channel}）", "minutes": "90", "recipient": "李婆婆", "recipient_group": "elderly"})
        record = uuid.UUID(re.findall(r"[0-9a-f-]{36}", page.form("/records/new").values["record_id"][0])[0])
        _expect(sent, "待查验")
        page = officer.get(f"/records/work/{record}")
        officer.send(page, page.form("/verify"))
        _evaluate(place, record, channel)
        _expect(member.get(f"/records/{record}"), "已计入")
        place.done.records += 1


def _evaluate(place: Place, record: uuid.UUID, channel: str) -> None:
    officer = place.visitor("community")
    page = officer.get(f"/records/work/{record}")
    if channel != "code":
        _expect(officer.send(page, page.form("/evaluate"), {"channel": channel, "rating": "satisfied", "comment": "很满意"}), "评价已登记")
        return
    _pdf(officer.send(page, page.form("/slips")))
    with tenant_scope(place.id):
        code = evaluation.issue_code(record)  # the slip's digits stand in a PDF, which only people and scanners read
    recipient = Visitor(place.base_url)
    page = recipient.get(f"/t/{place.city.slug}/e")
    page = recipient.send(page, page.form("/e"), {"code": f"{code[:4]} {code[4:8]} {code[8:]}"})
    _expect(recipient.send(page, page.form("/e/rate"), {"rating": "satisfied", "comment": "谢谢"}), "评价已经收到")
    page = recipient.get(f"/t/{place.city.slug}/e")
    recipient.send(page, page.form("/e"), {"code": code}, expect=422)


def points(place: Place, expected: int, *, later: bool = False) -> None:
    """The member's page, the officer's page and the API say the same; 1.5 hours at one point an hour give 1 point."""
    _expect(place.visitor("member").get("/p/points/me"), rf"积分余额\s*{expected}\b")
    place.visitor("community").get("/p/points/")
    _expect(place.visitor("admin").get("/"), "奉献积分")
    told = Visitor(place.base_url, _token(place)).get(f"/api/v1/p/points/members/{place.star}").json
    if (told["balance"], len(told["entries"])) != (expected, expected):
        raise CheckFailed(f"接口应答余额 {told['balance']}、{len(told['entries'])} 笔，应为 {expected}。")
    if later:
        place.done.points_later = expected
    else:
        place.done.points = expected


def no_points(place: Place) -> None:
    """Nothing shows of a plugin that is off."""
    for username in ("admin", "community", "member"):
        visitor = place.visitor(username)
        if "积分" in visitor.get("/").text:
            raise CheckFailed(f"{username} 的首页出现了积分。")
        for path in ("/p/points/", "/p/points/me", f"/p/points/members/{place.star}"):
            visitor.get(path, expect=404)
    place.visitor("admin").get("/settings/points", expect=404)
    if "积分" in place.visitor("community").get(f"/members/{place.star}").text:
        raise CheckFailed("党员页面出现了积分。")
    Visitor(place.base_url, _token(place)).get(f"/api/v1/p/points/members/{place.star}", expect=404)


def programs(place: Place) -> None:
    """A program with a token reads what its owner may read, and nothing without one."""
    program = Visitor(place.base_url, _token(place))
    for address, expected in (("members?limit=100", 100), ("certificates?limit=100", place.done.certificates),
                              ("records?limit=100&status=counted", place.done.records)):
        told = program.get(f"/api/v1/{address}").json
        if len(told["items"]) != expected:
            raise CheckFailed(f"/api/v1/{address} 应答 {len(told['items'])} 条，应为 {expected}。")
    Visitor(place.base_url).get("/api/v1/members", expect=401)
    if program.get("/api/v1/openapi.json").json["openapi"] != "3.1.0":
        raise CheckFailed("接口说明不是 OpenAPI 3.1.0。")


def walls(here: Place, there: Place) -> None:
    """A token, and a signed-in person, meet another city's member as if there were none."""
    Visitor(here.base_url, _token(here)).get(f"/api/v1/p/points/members/{there.star}", expect=404)
    here.visitor("admin").get(f"/members/{there.star}", expect=404)
    here.visitor("admin").get(f"/members/{uuid.uuid4()}", expect=404)


def switch_on(place: Place) -> None:
    """On the administrator's page; every process knows it at the next request."""
    _switch(place, "on", "确认启用")
    place.token = ""  # the old one was made when there was no such scope
    _expect(place.visitor("member").get("/p/points/me"), r"积分余额\s*0\b")
    _expect(place.visitor("admin").get("/"), "奉献积分")


def switch_off(place: Place) -> None:
    """And back; the records stay."""
    _switch(place, "off", "积分")
    place.visitor("member").get("/p/points/me", expect=404)
    place.visitor("admin").get("/p/points/", expect=404)


def _switch(place: Place, to: str, said: str) -> None:
    admin = place.visitor("admin")
    page = admin.get(f"/plugins/points/switch?to={to}")
    _expect(page, said)
    admin.send(page, page.form("/plugins/points/switch"))


def _token(place: Place) -> str:
    """A personal access token of the administrator, made on the account's page."""
    if not place.token:
        admin = place.visitor("admin")
        page = admin.get("/account/")
        form = page.form("/account/tokens")
        made = admin.send(page, form, {"name": "核对", "days": "30", "scopes": form.choices["scopes"]})
        place.token = re.findall(r"bdt_\d+_[\w-]+", made.html)[0]
    return place.token


def _count_report_ins(place: Place, count: int) -> None:
    place.done.report_ins += count
    place.done.receipts += count


def _name(place: Place) -> str:
    with tenant_scope(place.id):
        return session().execute(select(Member.name).where(Member.tenant_id == tenant_id(), Member.id == place.star)).scalar_one()


def _organization(condition: object) -> uuid.UUID:
    found: uuid.UUID = session().execute(select(Organization.id).where(Organization.tenant_id == tenant_id(), condition)).scalar_one()
    return found


def _expect(page: Answer, *patterns: str) -> None:
    for pattern in patterns:
        if not re.search(pattern, page.text):
            raise CheckFailed(f"{page.url} 上没有“{pattern}”：{page.text[:300]}")


def _pdf(answer: Answer) -> None:
    if answer.media_type != "application/pdf" or not answer.content.startswith(b"%PDF-"):
        raise CheckFailed(f"{answer.url} 不是 PDF（{answer.media_type}）。")
