"""Checks members column by column in batches: equal cells are judged once, and no exception is raised for a bad one."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from core.documents.cells import Cell
from core.i18n import _
from core.members.identity import Identity, check_id_numbers, check_mobiles
from core.members.names import normalise_name
from core.tenancy import today
from tenants.importing import values
from tenants.importing.fields import Mapping
from tenants.importing.places import Place, Places
from tenants.importing.problems import Problem, Problems
from tenants.importing.units import Unit, Units, within

LONGEST = {"name": 40, "ethnicity": 20, "branch": 100, "position": 60, "address": 200}
MOST_WORDS, LONGEST_WORD = 20, 30
ADULT = 18
DIGIT = re.compile(r"\d")
Fault = tuple[str, str, str, tuple[str, ...]]


@dataclass(slots=True)
class MemberFacts:
    """One good line. What the file leaves blank or has no column for is None and stays as it is."""

    line: int
    name: str
    sex: str
    id_number: str
    ethnicity: str | None
    phone: str | None
    joined: dt.date | None
    category: str | None
    branch: str | None
    position: str | None
    skills: list[str] | None
    preferences: list[str] | None
    address: str | None
    unit: Unit
    residence_id: uuid.UUID | None
    workplace_id: uuid.UUID | None


@dataclass(slots=True)
class People:
    """Columns of a batch that say who the members are, apart from where they belong; None where a line is faulty or blank."""

    names: list[str | None]
    sexes: list[str | None]
    identities: list[Identity | None]
    joined: list[dt.date | None]
    categories: list[str | None]
    branches: list[str | None]


@dataclass(slots=True)
class Batch:
    """Some lines of the sheet, as columns, and their faults by place in the batch."""

    mapping: Mapping
    lines: list[int]
    cells: list[list[Cell]]
    faults: dict[int, list[Problem]] = field(default_factory=lambda: defaultdict(list))
    _columns: list[tuple[Cell, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._columns = list(zip_longest(*self.cells))

    def column(self, key: str) -> Sequence[Cell]:
        """The cells of a field; Nones where the file has no such column."""
        place = self.mapping.columns.get(key)
        return self._columns[place] if place is not None and place < len(self._columns) else (None,) * len(self.cells)

    def texts(self, key: str) -> list[str]:
        """The cells of a field as texts."""
        return [cell if type(cell) is str else values.text(cell) for cell in self.column(key)]

    def fault(self, index: int, key: str, kind: str, message: str, suggestions: tuple[str, ...] = (), *, warning: bool = False) -> None:
        """Note one fault; a warning does not keep the line out."""
        self.faults[index].append(Problem(self.mapping.sheet, self.lines[index], self.mapping.title(key), kind, message, warning,
                                          suggestions))


@dataclass(slots=True)
class MemberRows:
    """The check of the members' sheet; remembers the persons that it has seen."""

    mapping: Mapping
    units: Units
    places: Places
    problems: Problems
    paths: Sequence[str]
    _numbers: dict[int, int] = field(default_factory=dict)  # by hash: the texts of 100,000 people would fill the memory
    _people: dict[int, int] = field(default_factory=dict)
    _judged_units: dict[tuple[str, str], tuple[Unit | None, Fault | None]] = field(default_factory=dict)
    _communities: dict[tuple[str, str], tuple[Place | None, str, tuple[str, ...]]] = field(default_factory=dict)

    def check(self, lines: list[int], cells: list[list[Cell]]) -> tuple[list[MemberFacts], Batch]:
        """The good lines of a batch; the faults of all stand in the batch until `settle`."""
        batch = Batch(self.mapping, lines, cells)
        who, phones = self.people(batch), self._phones(batch)
        columns = (
            who.names, who.sexes, who.identities, self._texts(batch, "ethnicity"), phones, who.joined, who.categories, who.branches,
            self._texts(batch, "position"), self._words(batch, "skills"), self._words(batch, "preferences"),
            self._texts(batch, "address"), self._units(batch), self._places(batch, "residence"), self._places(batch, "workplace"))
        self._repeats(batch, who.names, who.identities, phones)
        self._birth_dates(batch, who.identities)
        bad = {i for i, own in batch.faults.items() if not all(p.warning for p in own)}
        good = []
        for i, (name, sex, identity, ethnicity, phone, joined, category, branch, position, skills, wishes, address, unit, home, work) \
                in enumerate(zip(*columns, strict=True)):
            if i not in bad:
                good.append(MemberFacts(lines[i], name, sex, identity.number, ethnicity, phone, joined, category, branch, position, skills,
                                        wishes, address, unit, home, work))
        return good, batch

    def people(self, batch: Batch) -> People:
        """Judge what the lines say of the persons themselves: all that a correction by hand may change."""
        names, identities = self._names(batch), self._identities(batch)
        return People(names, self._sexes(batch, identities), identities, self._joined(batch, identities), self._categories(batch),
                      self._texts(batch, "branch"))

    def settle(self, batch: Batch) -> None:
        """Hand the batch's faults over to the file's problems."""
        for i in sorted(batch.faults):
            own = batch.faults[i]
            for problem in own:
                self.problems.add(problem)
            if reasons := [str(p) for p in own if not p.warning]:
                self.problems.give_back(self.mapping.sheet, batch.lines[i], batch.cells[i], reasons)

    def _names(self, batch: Batch) -> list[str | None]:
        found = self._texts(batch, "name", normalise_name)
        for i, name in enumerate(found):
            if not name:
                batch.fault(i, "name", "missing", _("请填写姓名。"))
            elif not name.isalpha() and DIGIT.search(name):
                batch.fault(i, "name", "name", _("姓名中不应有数字，请核对是否错列。"))
        return found

    def _texts(self, batch: Batch, key: str, tidy: Callable[[str], str] = str) -> list[str | None]:
        longest = LONGEST[key]
        found = [tidy(text) or None for text in batch.texts(key)]
        for i, text in enumerate(found):
            if text and len(text) > longest:
                batch.fault(i, key, "too_long", _("内容过长：最多 %(count)d 个字。") % {"count": longest})
        return found

    def _identities(self, batch: Batch) -> list[Identity | None]:
        judged = check_id_numbers(batch.texts("id_number"))
        found: list[Identity | None] = []
        for i, one in enumerate(judged):
            if isinstance(one, Identity):
                found.append(one)
            else:
                batch.fault(i, "id_number", "id_number", one.message)
                found.append(None)
        return found

    def _sexes(self, batch: Batch, identities: list[Identity | None]) -> list[str | None]:
        found: list[str | None] = []
        for i, (cell, identity) in enumerate(zip(batch.column("sex"), identities, strict=True)):
            sex = values.SEXES.get(cell) if cell else None  # type: ignore[arg-type]
            if cell and sex is None:
                batch.fault(i, "sex", "value", _("性别须为男或女。"))
            elif sex and identity and sex != identity.sex:
                batch.fault(i, "sex", "disagrees", _("性别与公民身份号码不符（号码第 17 位表示性别），请核对。"))
            found.append(identity.sex if identity else None)
        return found

    def _birth_dates(self, batch: Batch, identities: list[Identity | None]) -> None:
        if "birth_date" not in self.mapping.columns:
            return
        for i, (day, identity) in enumerate(zip(values.each(values.date, batch.column("birth_date")), identities, strict=True)):
            if isinstance(day, values.Bad):
                batch.fault(i, "birth_date", "date", _("日期无法识别，请写成 1990-07-01 的样式。"))
            elif day and identity and (day.year, day.month) != (identity.birth_date.year, identity.birth_date.month):
                batch.fault(i, "birth_date", "disagrees", _("出生日期与公民身份号码不符，请核对。"))

    def _phones(self, batch: Batch) -> list[str | None]:
        texts = batch.texts("phone")
        found: list[str | None] = []
        for i, (text, judged) in enumerate(zip(texts, check_mobiles(texts), strict=True)):
            if isinstance(judged, str):
                found.append(judged)
                continue
            found.append(None)
            if text:
                batch.fault(i, "phone", "phone", judged.message)
        return found

    def _joined(self, batch: Batch, identities: list[Identity | None]) -> list[dt.date | None]:
        latest = today()
        found: list[dt.date | None] = []
        for i, (day, identity) in enumerate(zip(values.each(values.date, batch.column("joined")), identities, strict=True)):
            if isinstance(day, values.Bad):
                batch.fault(i, "joined", "date", _("日期无法识别，请写成 2010-07-01 的样式。"))
                found.append(None)
                continue
            if day is not None and day > latest:
                batch.fault(i, "joined", "date", _("入党时间晚于今天，请核对。"))
            elif day is not None and identity and _years(identity.birth_date, day) < ADULT:
                batch.fault(i, "joined", "date", _("入党时未满 18 周岁，请核对入党时间和公民身份号码。"))
            found.append(day)
        return found

    def _categories(self, batch: Batch) -> list[str | None]:
        found = []
        for i, cell in enumerate(batch.column("category")):
            category = values.CATEGORIES.get(cell) if cell else None  # type: ignore[arg-type]
            if cell and category is None:
                batch.fault(i, "category", "value", _("党员类别须为正式党员或预备党员。"))
            found.append(category)
        return found

    def _words(self, batch: Batch, key: str) -> list[list[str] | None]:
        cells = batch.column(key)
        found = values.each(values.words, cells)
        for i, (cell, words) in enumerate(zip(cells, found, strict=True)):
            if type(cell) is not str or len(cell) <= LONGEST_WORD:
                continue
            if len(words) > MOST_WORDS or max(map(len, words), default=0) > LONGEST_WORD:
                batch.fault(i, key, "too_long", _("最多填 %(count)d 项，每项不超过 %(letters)d 个字，用顿号分隔。")
                            % {"count": MOST_WORDS, "letters": LONGEST_WORD})
        return [words or None for words in found]

    def _units(self, batch: Batch) -> list[Unit | None]:
        found: list[Unit | None] = []
        for i, pair in enumerate(zip(batch.texts("unit"), batch.texts("unit_type"), strict=True)):
            unit, fault = self._judged_units.get(pair) or self._unit(*pair)
            if unit is not None:  # wrong names may be as many as lines
                self._judged_units[pair] = unit, fault
            if fault:
                batch.fault(i, *fault, warning=fault[1] == "note")
            found.append(unit)
        return found

    def _unit(self, name: str, kind: str) -> tuple[Unit | None, Fault | None]:
        """The unit of a name, with what is wrong about it: column, kind, sentence and near matches."""
        known = self.units.by_name.get(name) or []
        unit = known[0] if len(known) == 1 else None
        if not name:
            return None, ("unit", "missing", _("请填写所在单位。"), ())
        if len(known) > 1:
            return None, ("unit", "unit", _("系统中有多个同名单位，无法确定是哪一个，请先到单位管理中改名区分。"), ())
        if unit is None:
            said = _("没有名为“%(name)s”的单位：请改正名称，或在单位名册中补上。") % {"name": name[:60]}
            return None, ("unit", "unit", said, self.units.near(name))
        if not within(unit.path, self.paths):
            return unit, ("unit", "scope", _("该单位不在您的管辖范围内，请由上级管理员导入。"), ())
        if kind and values.UNIT_TYPES.get(kind) != unit.unit_type:
            return unit, ("unit_type", "note", _("单位类别与单位名册不一致，以单位名册为准。"), ())
        return unit, None

    def _places(self, batch: Batch, which: str) -> list[uuid.UUID | None]:
        found: list[uuid.UUID | None] = []
        for i, pair in enumerate(zip(batch.texts(f"{which}_code"), batch.texts(f"{which}_name"), strict=True)):
            known = self._communities.get(pair)
            if known is None:
                known = self._communities[pair] = self._place(*pair)
            place, message, suggestions = known
            if message:
                key = f"{which}_code" if f"{which}_code" in self.mapping.columns else f"{which}_name"
                batch.fault(i, key, "note" if place else "community", message, suggestions, warning=place is not None)
            elif which == "residence" and place is None:
                batch.fault(i, "residence_code", "missing", _("请填写居住社区代码。"))
            found.append(place.id if place else None)
        return found

    def _place(self, code: str, name: str) -> tuple[Place | None, str, tuple[str, ...]]:
        """The community of a code or, without one, of a name; with the sentence that says what is wrong."""
        if code:
            place = self.places.by_code.get(code)
            if place is None:
                return None, _("没有代码为“%(code)s”的社区，请核对 12 位代码。") % {"code": code[:20]}, self.places.near(name, code)
            if name and place not in self.places.named(name):
                return place, _("社区名称与代码不一致，以代码为准：%(place)s。") % {"place": place}, ()
            return place, "", ()
        if not name:
            return None, "", ()
        named = self.places.named(name)
        if len(named) == 1:
            return named[0], "", ()
        if named:
            said = _("有 %(count)d 个社区叫“%(name)s”，请填写社区代码。") % {"count": len(named), "name": name}
            return None, said, tuple(map(str, named))[:10]
        return None, _("没有名为“%(name)s”的社区，请核对或填写代码。") % {"name": name[:60]}, self.places.near(name)

    def _repeats(self, batch: Batch, names: list[str | None], identities: list[Identity | None], phones: list[str | None]) -> None:
        for i, (line, name, identity, phone) in enumerate(zip(batch.lines, names, identities, phones, strict=True)):
            if identity and (first := self._numbers.setdefault(hash(identity.number), line)) != line:
                batch.fault(i, "id_number", "duplicate", _("与第 %(row)d 行的公民身份号码相同，同一人只能有一行。") % {"row": first})
            elif name and phone and (first := self._people.setdefault(hash((name, phone)), line)) != line:
                batch.fault(i, "name", "duplicate", _("与第 %(row)d 行的姓名和手机号都相同，疑为同一人，请核对。") % {"row": first})


def _years(birth: dt.date, day: dt.date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
