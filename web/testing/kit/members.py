"""A member's right to see what is kept, and to have it removed, in the plugin too."""
from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Uuid, inspect, or_, select

from core.db import TenantRow
from core.extension.dispatch import require
from core.tenancy import session
from core.tenancy.scope import tenant_id
from web.testing.kit.checks import staged
from web.testing.kit.stage import Stage
from web.testing.kit.subject import Subject


@staged("导出完整，清除之后不留痕迹")
def members_can_be_exported_and_erased(subject: Subject, stage: Stage) -> Iterator[str]:
    """The export shows what is kept of the member; erasing leaves no row that names the member, and all of everybody else's."""
    city, name = stage.city(subject), subject.plugin.name
    yield from city.unfilled
    with city.tenant.scope():
        kept = _rows_about(subject, city.member.id)
        others = _rows_about(subject, city.stranger.id)
        if not any(kept.values()):
            return
        exported = require("export_member_data", member_id=city.member.id).get(name, ())
        yield from _unreadable(exported)
        if not any(table.rows for table in exported):
            yield f"插件存有这名党员的 {_told(kept)}，export_member_data 却没有给出任何一行。请全部导出。"
        require("erase_member_data", member_id=city.member.id)
        left = _rows_about(subject, city.member.id)
        if any(left.values()):
            yield f"清除之后还留着这名党员的 {_told(left)}。请在 erase_member_data 中删除，或把 member_id 置空。"
        if (rest := _rows_about(subject, city.stranger.id)) != others:
            yield f"清除一名党员时动了别人的数据：原有 {_told(others)}，现有 {_told(rest)}。请按 member_id 删除。"


def _rows_about(subject: Subject, member_id: uuid.UUID) -> dict[str, int]:
    """By table, how many rows name the member in any of their ids."""
    return {str(model.__tablename__): _count(model, member_id) for model in subject.plugin.models  # type: ignore[attr-defined]
            if not model.__kept_when_erased__}


def _count(model: type[TenantRow], member_id: uuid.UUID) -> int:
    columns = [c for c in inspect(model).columns if isinstance(c.type, Uuid) and c.name != "id"]
    query = select(model.id).where(model.tenant_id == tenant_id(), or_(False, *(column == member_id for column in columns)))
    return len(session().scalars(query).all())


def _unreadable(exported: tuple[Any, ...]) -> Iterator[str]:
    for table in exported:
        try:
            json.dumps([dict(row) for row in table.rows])
        except TypeError as error:
            yield f"导出的“{table.title}”中有不能写成 JSON 的值（{error}）。请把日期写成 isoformat()，编号写成 str()。"


def _told(counts: dict[str, int]) -> str:
    return "、".join(f"{table} {count} 行" for table, count in counts.items() if count) or "0 行"
