"""What somebody asks for: a format, a period, a place or a member; checked once, then kept as ids in the job."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.api import (
    REVEAL_REASONS,
    Actor,
    DataRequest,
    Dataset,
    Forbidden,
    Invalid,
    _,
    authorize,
    current_tenant,
    data_place,
    data_reach,
    dataset,
    member_target,
    today,
)
from plugins.reports.formats import Format, source
from plugins.reports.periods import Period, in_words, period
from plugins.reports.samples import sample_rows
from plugins.reports.shelf import find


@dataclass(frozen=True, slots=True)
class Wanted:
    """Ids and codes only, so that a job may hold it. `reason` (a key of REVEAL_REASONS) asks for numbers and addresses in full."""

    code: str
    period: str = ""
    place: uuid.UUID | None = None
    member: uuid.UUID | None = None
    reason: str | None = None
    version: int | None = None

    def payload(self) -> dict[str, Any]:
        """For a job."""
        return {"code": self.code, "period": self.period, "place": self.place, "member": self.member, "reason": self.reason,
                "version": self.version}

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Wanted:
        """From a job's payload."""
        place, member = (uuid.UUID(value) if (value := payload[key]) else None for key in ("place", "member"))
        return cls(payload["code"], payload["period"], place, member, payload["reason"], payload["version"])


@dataclass(frozen=True, slots=True)
class Ready:
    """A request that was checked: the format with its data, which rows, and the facts for the head of the paper."""

    chosen: Format
    data: Dataset
    span: Period
    request: DataRequest
    facts: dict[str, Any]
    about: str


def may_read_full(actor: Actor) -> bool:
    """Whether numbers and addresses may stand in full, as for the export of the roster."""
    return actor.can("members.reveal") and actor.can("members.import")


def ready(actor: Actor, wanted: Wanted, *, of_nobody: bool = False) -> Ready:
    """Check what is asked for. Raises NotFound for a format, place or member out of reach, Forbidden without the dataset's permission or
    for full data without the right, Invalid for a period or member that is missing. `of_nobody`: a form about one member is only tried.
    """
    chosen = find(wanted.code, wanted.version)
    data = chosen.data()
    authorize(actor, data.permission)
    if wanted.reason is not None and wanted.reason not in REVEAL_REASONS:
        raise Invalid(_("请选择需要完整号码的理由。"), {"reason": [_("请选择")]})
    if wanted.reason is not None and not may_read_full(actor):
        raise Forbidden(_("您只能生成遮盖号码的报表；需要完整号码时，请联系上级管理员。"))
    span = period(chosen.period, wanted.period)
    if chosen.of_member and wanted.member is None and not of_nobody:
        raise Invalid(_("请先选择党员。"), {"who": [_("请填写姓名后查找")]})
    if wanted.member is not None:
        authorize(actor, data.permission, member_target(wanted.member))
    place = data_place(actor, data.permission, wanted.place) if wanted.place else None
    request = DataRequest(data_reach(actor, data.permission), span.since, span.until, place.reach if place else None,
                          wanted.member if chosen.of_member else None, full=wanted.reason is not None)
    name, above = (place.name, place.above) if place else _home(actor, data.permission)
    facts = {
        "unit.name": name, "unit.above": above, "tenant.name": current_tenant().name, "period.title": span.title,
        "period.since": in_words(span.since), "period.until": in_words(span.until), "made.on": in_words(today()), "made.by": actor.display_name,
    }
    member: dict[str, Any] = _nobody() if of_nobody else _member(actor, request) if chosen.of_member else {}
    return Ready(chosen, data, span, request, facts | member, str(member.get("member.name", name)))


def _home(actor: Actor, permission: str) -> tuple[str, str]:
    """The names of the only place that the actor looks after; of the tenant, for who looks after several."""
    reach = data_reach(actor, permission)
    if len(reach) != 1:
        return current_tenant().name, ""
    place = data_place(actor, permission, reach[0].organization_id)
    return place.name, place.above


def _member(actor: Actor, request: DataRequest) -> dict[str, Any]:
    """The member's facts; masked as the rows are. Whoever may read the rows may read these."""
    people = dataset("members")
    reach = data_reach(actor, "members.read")
    for batch in people.read(DataRequest(reach, request.since, request.until, None, request.member_id, request.full)):
        for row in batch:
            return {name: value for column, value in zip(people.columns, row, strict=True)
                    for name in (f"member.{column.key}", f"党员.{source(column.title)}")}
    return {}


def _nobody() -> dict[str, Any]:
    people = dataset("members")
    return {name: value for column, value in zip(people.columns, sample_rows(people, 1)[0], strict=True)
            for name in (f"member.{column.key}", f"党员.{source(column.title)}")}
