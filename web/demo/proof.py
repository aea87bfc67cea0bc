"""The story's steps over HTTP, each a sentence that holds or fails: rosters, certificates, report-ins, services, points, API."""
from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from core.access import accounts
from core.config import Config
from core.organizations import tree
from core.tenancy import tenant_scope, today
from web.demo import cooperating, cooperating_words, crossing, loop, proof_registration as registration, proof_service as service
from web.demo.cities import ENSHI, WUHAN, City
from web.demo.client import Answer, CheckFailed, Visitor
from web.demo.people import workbook
from web.demo.place import Place, expect, wait
from web.demo.proof_units import Units
from web.demo.sector import SECTOR
from web.demo.seeding import OPERATOR

Step = tuple[str, Callable[[], None]]


class Story:
    """Both cities and the steps through them."""

    def __init__(self, config: Config, password: str, folder: Path) -> None:
        self.config, self.folder, base_url = config, folder, config.base_url
        self.places = {city.slug: Place(city, base_url, password) for city in (WUHAN, ENSHI)}

    def steps(self) -> Iterator[Step]:
        """Every step with its title, in order."""
        yield "命令行开设两个租户，再次应用没有改动", self.provision
        for place in self.places.values():
            title = place.city.title
            yield f"{title}：管理员登录", partial(self.administrators, place)
            yield f"{title}：上传花名册，核对、确认、导入", partial(self.import_roster, place)
            yield f"{title}：同一份文件再次导入没有变化", partial(self.import_again, place)
            yield f"{title}：管理员开通区（县）账号，用纸条设密码", partial(registration.open_county, place)
            yield f"{title}：其他角色登录", partial(registration.open_accounts, place)
            yield f"{title}：制发报到证并打印成一个 PDF", partial(registration.issue, place)
            yield f"{title}：社区按编号受理报到，回执 PDF", partial(registration.at_desk, place)
            yield f"{title}：党员用手机报到，社区确认", partial(registration.on_phone, place)
            yield f"{title}：单位台账自动关闭，录入纸质回执", partial(registration.register, place)
            yield f"{title}：登记未报到原因、提醒、延期，均有记录", partial(registration.overdue, place)
            yield f"{title}：报到率与已报到人数相符", partial(registration.coverage, place)
            yield f"{title}：党员记录服务，社区查验，评价后计入", partial(service.serve, place, ("code", "paper", "visit"))
        wuhan, enshi = self.places["wuhan"], self.places["enshi"]
        yield "武汉市：积分按规则记入，页面与接口一致", lambda: service.points(wuhan, 3)
        yield "恩施州：积分在菜单、页面、接口中都不存在（404）", lambda: service.no_points(enshi)
        yield "武汉市：接口列出党员、报到和服务纪实", lambda: service.programs(wuhan)
        round_ = _Loop(wuhan)
        yield "武汉市：启用意见征集、岗位、承诺、微心愿、服务菜单", round_.begin
        yield "武汉市：收集群众意见，分类、答复、说明不能办的原因", partial(round_.play, "needs")
        yield "武汉市：意见转为岗位，党员和社区认领", partial(round_.play, "posts")
        yield "武汉市：作出承诺并公开，登记一次服务", partial(round_.play, "pledges")
        yield "武汉市：微心愿上墙并认领", partial(round_.play, "wishes")
        yield "武汉市：服务上架，居民按编号点单", partial(round_.play, "menu")
        yield "武汉市：承诺榜、心愿墙、菜单和工作台账说的是同一件事", round_.agree
        yield from Units(wuhan).steps()
        round_two = _Cooperation(wuhan, self.config)
        yield "省直机关工委：单位党员到武汉市报到、服务，一人迁往恩施州", round_two.cross
        yield "武汉市：启用经验推广、联系点、共驻共建", round_two.begin
        yield "武汉市：起草、审核、推荐和借鉴好经验", partial(round_two.play, "practice")
        yield "武汉市：领导干部联系社区，问题协调到社区确认", partial(round_two.play, "liaison")
        yield "武汉市：单位提供，社区确认，共建协议履行", partial(round_two.play, "cobuilding")
        yield "武汉市：给外地单位写反馈", partial(round_two.play, "letter")
        yield "各处看到的是同一件事，省级只看到两个市（州）的合计", round_two.agree
        yield "武汉市的令牌不能读恩施州的党员", lambda: service.walls(wuhan, enshi)
        yield "恩施州：在页面上启用积分，下一个请求就有", lambda: service.switch_on(enshi)
        yield "恩施州：启用之后计入的服务得到积分", lambda: service.serve(enshi, ("paper",))
        yield "恩施州：积分只来自启用以后", lambda: service.points(enshi, 1, later=True)
        yield "恩施州：停用积分，页面立即关闭", lambda: service.switch_off(enshi)

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
        checked = _upload(place, content)
        expect(checked, rf"将新增党员\s*{len(people)}\b")
        admin = place.visitor("admin")
        written = wait(admin, admin.send(checked, checked.form("/confirm")))
        expect(written, rf"新增党员\s*{len(people)}\b", "全部写入")
        place.done.members = len(people)

    def import_again(self, place: Place) -> None:
        """The same file has nothing new to say."""
        checked = _upload(place, workbook(place.city.first_roster(today()), place.city.units))
        expect(checked, "没有需要导入的变化", rf"无变化\s*{place.done.members}\b")


class _Loop:
    """The service loop of a place, begun and compared."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def begin(self) -> None:
        """Switch on; officer and member are signed in already."""
        with tenant_scope(self.place.id):
            found = loop.prepare(self.place.city)
        if found is None:
            raise CheckFailed("已经有服务事项了。")
        self.played = found
        found.enter(self.place.visitor("community"), self.place.visitor("member"))

    def play(self, part: str) -> None:
        """One part of the loop."""
        getattr(self.played, part)()

    def agree(self) -> None:
        """What everybody reads, and what the officer's register says."""
        outside, at = Visitor(self.place.base_url), f"/t/{self.place.city.slug}/p"
        expect(outside.get(f"{at}/pledges/{self.place.city.community}"), "东门夜间巡逻")
        expect(outside.get(f"{at}/wishes/{self.place.city.community}"), "学用手机视频通话", "装牢卫生间扶手")
        expect(outside.get(f"{at}/menu/{self.place.city.community}"), "修理小家电", "上门量血压")
        page = self.place.visitor("community").get("/claims/register/")
        if page.text.count("东门夜间巡逻") < loop.HOLDERS or "学用手机视频通话" not in page.text:
            raise CheckFailed(f"工作台账：{page.text[:400]}")


class _Cooperation:
    """What crosses between the tenants and what is done together in a place, begun and compared."""

    def __init__(self, place: Place, config: Config) -> None:
        self.place, self.config = place, config

    def cross(self) -> None:
        """The sector is made, and its members cross."""
        if not crossing.ensure(self.config, self.place.password, moved=0):  # the roster came in today
            raise CheckFailed("省直机关工委已经存在。")

    def begin(self) -> None:
        """Switch on; the cast is signed in already."""
        found = cooperating.begin()
        if found is None:
            raise CheckFailed("经验推广已经启用。")
        self.played = found
        found.enter({username: self.place.visitor(username) for username in cooperating.CAST})

    def play(self, part: str) -> None:
        """One part of it."""
        getattr(self.played, part)()

    def agree(self) -> None:
        """The public column, the register, the year's list, the sector's member and the province's page."""
        outside, unit = Visitor(self.place.base_url), self.place.visitor("unit")
        expect(outside.get(f"/t/{self.place.city.slug}/p/practice/"), "晚上六点半的报到窗口", "楼上楼下的“修理工”")
        expect(self.place.visitor("member").get("/p/liaison/me"), "三号楼前雨水管网需要改造", "已解决")
        given = (today() - cooperating_words.GIVEN[-1][1] * cooperating.DAY).year
        expect(unit.get(f"/p/cobuilding/yearly?year={given}"), "周末开放会议室", "5,800")
        guest, operator = Visitor(self.place.base_url), Visitor(self.place.base_url)
        guest.sign_in(f"/t/{SECTOR.slug}/login", "member", self.place.password)
        expect(guest.get("/exchange/mine"), "回执编号", "陪独居老人就医")
        operator.sign_in("/operator/login", OPERATOR, self.place.password)
        expect(operator.get("/operator/province/"), "武汉市", "恩施土家族苗族自治州", r"\d,\d{3}")


def _answer(command: subprocess.Popen[str]) -> dict[str, Any]:
    out, errors = command.communicate(timeout=120)
    if command.returncode:
        raise CheckFailed(f"baodao tenant apply 退出码 {command.returncode}：{errors[-300:]}")
    found: dict[str, Any] = json.loads(out)
    return found


def _upload(place: Place, content: bytes) -> Answer:
    """Send a roster and wait for its check."""
    admin = place.visitor("admin")
    page = admin.get("/imports/")
    return wait(admin, admin.send(page, page.form("/imports/"), files={"file": ("花名册.xlsx", content)}))
