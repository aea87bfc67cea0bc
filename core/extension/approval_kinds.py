"""A kind of act that needs a second person (security rule 12), and the tenant's switch for each; core and plugins declare theirs."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, validate

from core.extension.settings_registry import register_settings
from core.i18n import LazyString, _l

SECTION = "approvals"
#: Numbers up to which one person is enough, each with the switch without which it says nothing.
THRESHOLDS = {"export_from": "export"}


@dataclass(frozen=True, slots=True)
class ApprovedAct:
    """What two persons agreed on: exactly the content that was asked for. `asked_by` and `decided_by` are accounts."""

    id: uuid.UUID
    kind: str
    content: Mapping[str, Any]
    reason: str
    path: str
    asked_by: uuid.UUID
    decided_by: uuid.UUID | None
    asked_at: dt.datetime


def no_version(_content: Mapping[str, Any]) -> int | None:
    """There is nothing whose change meanwhile would matter."""
    return None


def nothing_ended(_act: ApprovedAct) -> None:
    """Nothing is to be done when it comes to nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class ApprovalKind:
    """One kind of act. `name` begins with the plugin's name; `asks` is the permission of who asks, `permission` of who confirms.

    `carry_out(act)` does it, in the confirming transaction, and answers ids and counts to keep, or None. `describe(content)` says in
    (title, value) pairs exactly what will happen. `version(content)` answers the present version of what will be changed, having
    locked it, so that an act on something that changed meanwhile is refused. `ended(act)` is called when it was refused, withdrawn or
    has expired. `setting` is the tenant's switch: its own one, unless it shares another kind's. `days`: after so many it expires.
    """

    name: str
    title: str | LazyString
    asks: str
    permission: str
    carry_out: Callable[[ApprovedAct], Mapping[str, Any] | None]
    describe: Callable[[Mapping[str, Any]], Sequence[tuple[str, str]]]
    version: Callable[[Mapping[str, Any]], int | None] = no_version
    ended: Callable[[ApprovedAct], None] = nothing_ended
    setting: str = ""
    days: int = 7

    @property
    def switch(self) -> str:
        """The field of the section of settings that says whether a second person is needed."""
        return self.setting or self.name.replace(".", "_")


class ApprovalSettings(Schema):
    """Which acts need a second person; one switch more for each kind that a plugin brings."""

    export = fields.Boolean(load_default=True, metadata={
        "title": _l("成批导出完整的个人资料须两人办理"), "help": _l("号码、地址不遮盖的导出，一人申请、另一人确认后才生成文件")})
    export_from = fields.Integer(load_default=200, validate=validate.Range(1, 100_000), metadata={
        "title": _l("超过多少人算成批"), "help": _l("不超过这个人数的完整导出仍须说明理由，但不用第二人确认"), "unit": _l("人")})
    hierarchy = fields.Boolean(load_default=True, metadata={
        "title": _l("调整下有组织的隶属关系须两人办理"), "help": _l("划转、合并、停用还管着其他组织的街道、区县等")})


register_settings(SECTION, ApprovalSettings, _l("两人办理"))


def loosened(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    """Which settings of the section would let one person do what needs two now: a switch that goes off, a threshold that goes up."""
    off = {name for name, value in before.items() if value is True and after[name] is False}
    return frozenset(off | {name for name, switch in THRESHOLDS.items() if before[switch] and after[name] > before[name]})


def define_switches(kinds: Iterable[ApprovalKind]) -> None:
    """Give each kind that shares no other switch its own; on until the tenant says otherwise."""
    for kind in kinds:
        if not kind.setting:
            ApprovalSettings._declared_fields[kind.switch] = fields.Boolean(load_default=True, metadata={
                "title": kind.title, "help": _l("一人提出、另一人确认后才生效")})


def withdraw_switches(kinds: Iterable[ApprovalKind]) -> None:
    """Forget them, as when their plugin is refused after all."""
    for kind in kinds:
        if not kind.setting:
            ApprovalSettings._declared_fields.pop(kind.switch, None)
