"""The two places of the demonstration: which units there are, where people live, and who signs in."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import tenants
from core.access.roles import ADMINISTRATOR, AUDITOR, COMMUNITY, COUNTY, LIAISON, MEMBER, STREET
from web.demo.people import Person, Unit, people

PROFILES = Path(tenants.__file__).parent / "profiles"
SAMPLE = Path(tenants.__file__).parent / "data" / "sample_roster.xlsx"
LATER = 7_000  # numbers of those who come late, beyond those of the first roster


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who signs in: the role over the organization of a code; "unit" and "member" are the city's own unit and member."""

    role: str
    username: str
    name: str
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class City:
    """A tenant of the demonstration. `community` and `unit` are where most of its story takes place."""

    code: str
    slug: str
    title: str
    units: tuple[Unit, ...]
    homes: tuple[tuple[str, int], ...]
    community: str
    unit: str
    area: str
    seats: tuple[Seat, ...]
    newcomers: int
    sample: bool = False
    local: bool = False

    @property
    def profile(self) -> Path:
        """The shipped profile."""
        return PROFILES / f"{self.slug}.toml"

    def first_roster(self, day: dt.date) -> list[Person]:
        """Those who are there from the first day."""
        return people(self.units, self.homes, seed=int(self.code), until=day, area=self.area, local=self.local)

    def late_roster(self, day: dt.date) -> list[Person]:
        """Those who joined a unit lately; they live in the community of the story."""
        unit = next(u for u in self.units if u.name == self.unit)
        late = Unit(unit.name, unit.unit_type, unit.subordination, unit.parent, unit.community, self.newcomers)
        return people([late], [(self.community, 1)], seed=int(self.code) + 1, until=day, area=self.area, local=self.local, first=LATER)


_ADMIN, _COUNTY, _SECTOR = "市（州）管理员 city administrator", "区（县）经办人 county officer", "行业系统经办人 sector officer"
_STREET, _COMMUNITY = "街道经办人 street officer", "社区经办人 community officer"
_UNIT, _MEMBER, _AUDITOR = "单位联络员 unit liaison", "在职党员 member", "审计员 auditor"

WUHAN = City(
    code="4201", slug="wuhan", title="武汉市",
    community="420103009008", unit="江汉区城市管理执法局", area="420103", newcomers=6, sample=True,
    units=(
        Unit("江汉区城市管理执法局", "机关", "区直", "中共江汉区委直属机关工作委员会", "420103009008", 26),
        Unit("江汉区融媒体中心", "其他事业单位", "区直", "中共江汉区委直属机关工作委员会", "420103009001", 12),
        Unit("江汉区唐家墩第一小学", "其他事业单位", "区直", "中共江汉区委直属机关工作委员会", "420103009005", 14),
        Unit("武汉市园林和林业局", "机关", "市直", "中共武汉市委市直机关工作委员会", "420102003008", 12),
        Unit("武汉江城轨道运营有限公司", "国有企业", "市直", "中共武汉市国资委委员会", "420106005007", 16),
        Unit("湖北江城大学", "高等院校", "省直", "中共湖北省委教育工作委员会", "420111001003", 14),
        Unit("武汉长江数智科技有限公司", "非公企业", "市直", "中共武汉市委社会工作部两新工委", "420111001029", 10),
        Unit("武汉市志愿服务联合会", "社会组织", "市直", "中共武汉市委社会工作部两新工委", "420102003004", 6)),
    homes=(("420103009008", 34), ("420103009001", 12), ("420103009005", 9), ("420103009006", 7), ("420102003008", 7), ("420106005007", 8),
           ("420106005002", 5), ("420111001003", 8), ("420111001029", 5), ("420105008007", 5)),
    seats=(
        Seat(ADMINISTRATOR, "admin", "周立新", "4201", _ADMIN), Seat(COUNTY, "county", "陈国强", "420103", _COUNTY),
        Seat(COUNTY, "sector", "杨丽", "4201S02", _SECTOR), Seat(STREET, "street", "胡志刚", "420103009", _STREET),
        Seat(COMMUNITY, "community", "刘敏", "420103009008", _COMMUNITY), Seat(LIAISON, "unit", "王慧", "unit", _UNIT),
        Seat(MEMBER, "member", "", "member", _MEMBER), Seat(AUDITOR, "auditor", "吴明", "4201", _AUDITOR)))

ENSHI = City(
    code="4228", slug="enshi", title="恩施州",
    community="422801003001", unit="恩施市住房和城乡建设局", area="422801", newcomers=3, local=True,
    units=(
        Unit("恩施市住房和城乡建设局", "机关", "区直", "中共恩施市委直属机关工作委员会", "422801003002", 14),
        Unit("恩施州民族文化中心", "其他事业单位", "市直", "中共恩施州委州直机关工作委员会", "422801001002", 10),
        Unit("恩施清江旅游投资有限公司", "国有企业", "市直", "中共恩施州国资委委员会", "422801003005", 10),
        Unit("恩施硒都茶业有限公司", "非公企业", "市直", "中共恩施州委社会工作部两新工委", "422801002200", 6)),
    homes=(("422801003001", 16), ("422801003002", 6), ("422801001001", 6), ("422801002200", 4), ("422801003201", 4)),
    seats=(
        Seat(ADMINISTRATOR, "admin", "谭永红", "4228", _ADMIN), Seat(COUNTY, "county", "田志华", "422801", _COUNTY),
        Seat(COMMUNITY, "community", "向春梅", "422801003001", _COMMUNITY), Seat(LIAISON, "unit", "覃勇", "unit", _UNIT),
        Seat(MEMBER, "member", "", "member", _MEMBER)))

CITIES = (WUHAN, ENSHI)
