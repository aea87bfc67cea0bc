"""Checks the lines of the sheet of units one by one; there are hundreds, not hundreds of thousands."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.db import new_id
from core.documents.cells import Cell
from core.i18n import _
from core.members.identity import Problem as Refusal, check_credit_codes
from tenants.importing import values
from tenants.importing.fields import Mapping
from tenants.importing.places import Places
from tenants.importing.problems import Problem, Problems
from tenants.importing.units import PHONE, Unit, Units, blocked_parent, within

LONGEST = 60


class Fault(Protocol):
    """Notes one fault of the line at hand."""

    def __call__(self, key: str, kind: str, message: str, suggestions: tuple[str, ...] = ()) -> None:
        """`key` is the field's, `kind` one of problems.KINDS."""


@dataclass(slots=True)
class UnitRows:
    """The check of one sheet of units against the tree."""

    mapping: Mapping
    units: Units
    places: Places
    problems: Problems
    paths: Sequence[str]
    _names: dict[str, int] = field(default_factory=dict)
    _codes: dict[str, int] = field(default_factory=dict)

    def check(self, rows: Iterable[list[Cell]]) -> int:
        """Plan every good line and note what is wrong with the others; answers how many lines there were."""
        count = 0
        for line, cells in enumerate(rows, self.mapping.header + 1):
            if any(cells):
                count += 1
                self._line(line, cells)
        return count

    def _line(self, line: int, cells: list[Cell]) -> None:
        read = {key: values.text(cells[place]) if place < len(cells) else "" for key, place in self.mapping.columns.items()}
        faults: list[Problem] = []

        def fault(key: str, kind: str, message: str, suggestions: tuple[str, ...] = ()) -> None:
            faults.append(Problem(self.mapping.sheet, line, self.mapping.title(key), kind, message, suggestions=suggestions))
        self._name(read, line, fault)
        credit_code = self._credit_code(read, line, fault)
        unit_type = values.UNIT_TYPES.get(read["unit_type"])
        subordination = values.SUBORDINATIONS.get(read["subordination"])
        if unit_type is None:
            fault("unit_type", "value", _("单位类别须为：机关、国有企业、高等院校、其他事业单位、非公企业、社会组织。"))
        if subordination is None:
            fault("subordination", "value", _("隶属须为：市直、区直、省直、行业。"))
        parent = self._parent(read, subordination, credit_code, fault) if subordination else None
        if read.get("contact_phone") and not PHONE.fullmatch(read["contact_phone"]):
            fault("contact_phone", "phone", _("联络电话应为 7 至 20 位数字，可含区号。请核对后重新填写。"))
        known = self._known(read["name"], credit_code, fault)
        if credit_code and self.units.taken(credit_code, known):
            fault("credit_code", "credit_code", _("这个统一社会信用代码已有单位使用，请先在单位名册中查找。"))
        if faults or parent is None or unit_type is None:
            for problem in faults:
                self.problems.add(problem)
            self.problems.give_back(self.mapping.sheet, line, cells, [str(p) for p in faults])
            return
        code = known.code if known else credit_code or self.units.free_code("U", 4)
        self.units.take(Unit(known.id if known else new_id(), code, read["name"], credit_code, unit_type, subordination, parent[0],
                             f"{parent[1]}{code}/", read.get("contact") or None, read.get("contact_phone") or None), known)

    def _name(self, read: dict[str, str], line: int, fault: Fault) -> None:
        name = read["name"]
        if not name:
            fault("name", "missing", _("请填写单位名称。"))
        elif len(name) > LONGEST:
            fault("name", "too_long", _("单位名称不能超过 %(count)d 个字。") % {"count": LONGEST})
        elif (first := self._names.setdefault(name, line)) != line:
            fault("name", "duplicate", _("与第 %(row)d 行的单位名称重复，只保留一行。") % {"row": first})

    def _credit_code(self, read: dict[str, str], line: int, fault: Fault) -> str | None:
        if not read.get("credit_code"):
            return None
        judged = check_credit_codes([read["credit_code"]])[0]
        if isinstance(judged, Refusal):
            fault("credit_code", "credit_code", judged.message)
            return None
        if (first := self._codes.setdefault(judged, line)) != line:
            fault("credit_code", "duplicate", _("与第 %(row)d 行的统一社会信用代码重复。") % {"row": first})
        return judged

    def _parent(self, read: dict[str, str], subordination: str, credit_code: str | None, fault: Fault) -> tuple[uuid.UUID, str] | None:
        named = read["parent"]
        if not named:
            fault("parent", "missing", _("请填写上级党组织。"))
            return None
        if subordination == "county":
            found = [c for c in self.places.counties if c in named]
            county = self.places.counties[max(found, key=len)] if found else next(
                (c for c in self.places.counties.values() if credit_code and credit_code[2:8] == c[2]), None)
            if county is None:
                fault("parent", "parent", _("上级党组织中没有本地的区县名称，无法确定所属区县。"),
                      tuple(self.places.counties)[:20])
                return None
            parent = (county[0], county[1])
        elif within(self.units.root.path, self.paths) or named in self.units.sectors:
            parent = self.units.sector(named)
        else:
            parent = (self.units.root.id, self.units.root.path)
        if not within(parent[1], self.paths):
            fault("parent", "scope", blocked_parent())
            return None
        return parent

    def _known(self, name: str, credit_code: str | None, fault: Fault) -> Unit | None:
        if credit_code and (known := self.units.by_credit_code.get(credit_code)):
            return self._reachable(known, fault)
        named = self.units.by_name.get(name, [])
        if len(named) > 1:
            fault("name", "unit", _("系统中有多个同名单位，请填写统一社会信用代码以便区分。"))
        for known in named[:1]:
            if credit_code and known.credit_code and known.credit_code != credit_code:
                fault("credit_code", "credit_code", _("与系统中同名单位的统一社会信用代码不同，请核对。"))
            return self._reachable(known, fault)
        return None

    def _reachable(self, known: Unit, fault: Fault) -> Unit:
        if not within(known.path, self.paths):
            fault("name", "scope", blocked_parent())
        return known
