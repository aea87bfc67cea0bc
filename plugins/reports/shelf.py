"""All formats that a tenant has: those that its plugins ship and those uploaded, and what becomes of the latter."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, select, update

from core.api import (
    Conflict,
    Invalid,
    NotFound,
    _,
    acting,
    audit,
    check_layout_names,
    compile_layout,
    dataset,
    new_id,
    now,
    session,
    tenant_id,
)
from plugins.reports.formats import Format, shipped, vocabulary
from plugins.reports.models import PERIODS, ReportFormat, ReportLayout

LONGEST, MOST_FORMATS, MOST_VERSIONS = 60, 100, 50


def formats() -> list[Format]:
    """Shipped ones first, then the tenant's own that are in use, by title."""
    rows = session().execute(_own().where(ReportFormat.version_in_use.is_not(None)).order_by(ReportFormat.title)).all()
    return [*shipped().values(), *(Format(str(r.id), r.title, r.dataset, r.period, r.of_member, r.kind) for r in rows)]


def fault(one: Format) -> str:
    """Why a format cannot be made by this person here; empty when it can."""
    try:
        data = one.data()
    except NotFound as error:
        return str(error)
    return "" if acting().can(data.permission) else _("您没有这份报表所需的“%(title)s”数据的查看权限。", title=data.title)


def _own() -> Any:
    return (select(ReportFormat.id, ReportFormat.title, ReportFormat.dataset, ReportFormat.period, ReportFormat.of_member, ReportLayout.kind,
                   ReportFormat.version_in_use, ReportFormat.last_version)
            .outerjoin(ReportLayout, (ReportLayout.tenant_id == ReportFormat.tenant_id) & (ReportLayout.format_id == ReportFormat.id)
                       & (ReportLayout.number == ReportFormat.version_in_use))
            .where(ReportFormat.tenant_id == tenant_id()))


def find(code: str, number: int | None = None) -> Format:
    """The format of a code, of an uploaded one the version in use or that of a `number`. Raises NotFound."""
    if (known := shipped().get(code)) is not None:
        return known
    try:
        format_id = uuid.UUID(code)
    except ValueError:
        raise NotFound from None
    row = session().execute(
        select(ReportFormat.title, ReportFormat.dataset, ReportFormat.period, ReportFormat.of_member, ReportLayout.kind, ReportLayout.compiled)
        .join(ReportLayout, (ReportLayout.tenant_id == ReportFormat.tenant_id) & (ReportLayout.format_id == ReportFormat.id))
        .where(ReportFormat.tenant_id == tenant_id(), ReportFormat.id == format_id,
               ReportLayout.number == (ReportFormat.version_in_use if number is None else number))).one_or_none()
    if row is None:
        raise NotFound
    return Format(code, row.title, row.dataset, row.period, row.of_member, row.kind, compiled=row.compiled)


def own_formats() -> Sequence[Row]:
    """The tenant's own with the version in use and the last one."""
    found: Sequence[Row] = session().execute(_own().order_by(ReportFormat.title)).all()
    return found


def own_format(format_id: uuid.UUID) -> Row:
    """One of them. Raises NotFound."""
    row: Row | None = session().execute(_own().where(ReportFormat.id == format_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def versions(format_id: uuid.UUID) -> Sequence[Row]:
    """Its layouts, newest first."""
    return session().execute(select(ReportLayout.id, ReportLayout.number, ReportLayout.kind, ReportLayout.created_at).where(
        ReportLayout.tenant_id == tenant_id(), ReportLayout.format_id == format_id).order_by(ReportLayout.number.desc())).all()


def version(format_id: uuid.UUID, layout_id: uuid.UUID) -> Row:
    """A version's number, its kind, and its file as it came. Raises NotFound."""
    row: Row | None = session().execute(select(ReportLayout.number, ReportLayout.kind, ReportLayout.content).where(
        ReportLayout.tenant_id == tenant_id(), ReportLayout.format_id == format_id, ReportLayout.id == layout_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def create(title: str, data: str, period: str, content: bytes, *, of_member: bool) -> tuple[uuid.UUID, uuid.UUID]:
    """Add a format with its first version, not in use yet; answers the ids of both. Raises Invalid with what is wrong in the file, cell by cell."""
    title = title.strip()
    if not 0 < len(title) <= LONGEST:
        raise Invalid(_("请填写格式的名称。"), {"title": [_("1 至 %(most)s 个字", most=LONGEST)]})
    if period not in PERIODS:
        raise Invalid(_("请选择期间。"), {"period": [_("请选择")]})
    known = own_formats()
    if any(row.title == title for row in known):
        raise Invalid(_("已有同名的格式。"), {"title": [_("请换一个名称，或到那份格式里上传新版本")]})
    if len(known) >= MOST_FORMATS:
        raise Conflict(_("本地格式最多 %(most)s 份，请先删除不用的。", most=MOST_FORMATS))
    chosen = Format("", title, data, period, of_member, "")
    kind, compiled = _checked(chosen, content)
    format_id = new_id()
    session().add(ReportFormat(id=format_id, title=title, dataset=data, period=period, of_member=of_member, version_in_use=None, last_version=1,
                               created_at=now()))
    session().flush()
    layout_id = _keep(format_id, 1, kind, content, compiled)
    audit("reports.format_created", "reports_format", format_id, {"dataset": data, "period": period})
    return format_id, layout_id


def add_version(format_id: uuid.UUID, content: bytes) -> uuid.UUID:
    """Add a version, not in use yet; answers its id. Raises NotFound, Invalid as `create`, Conflict beyond 50 versions."""
    row = session().execute(select(ReportFormat.title, ReportFormat.dataset, ReportFormat.period, ReportFormat.of_member,
                                   ReportFormat.last_version).where(
        ReportFormat.tenant_id == tenant_id(), ReportFormat.id == format_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    if row.last_version >= MOST_VERSIONS:
        raise Conflict(_("一份格式最多 %(most)s 个版本。请新建一份格式。", most=MOST_VERSIONS))
    kind, compiled = _checked(Format("", row.title, row.dataset, row.period, row.of_member, ""), content)
    number = int(row.last_version) + 1
    session().execute(update(ReportFormat).where(ReportFormat.tenant_id == tenant_id(), ReportFormat.id == format_id)
                      .values(last_version=number))
    layout_id = _keep(format_id, number, kind, content, compiled)
    audit("reports.version_added", "reports_format", format_id, {"version": number})
    return layout_id


def _checked(chosen: Format, content: bytes) -> tuple[str, bytes]:
    try:
        data = dataset(chosen.dataset)
    except NotFound as error:
        raise Invalid(_("请选择数据。"), {"dataset": [str(error)]}) from None
    if chosen.of_member and not data.of_member:
        raise Invalid(_("“%(title)s”不能按一名党员生成。", title=data.title), {"of_member": [_("请取消这一项")]})
    layout = compile_layout(content)
    check_layout_names(layout, vocabulary(chosen, data))
    return layout.kind, layout.dump()


def _keep(format_id: uuid.UUID, number: int, kind: str, content: bytes, compiled: bytes) -> uuid.UUID:
    actor, layout_id = acting(), new_id()
    session().add(ReportLayout(id=layout_id, format_id=format_id, number=number, kind=kind, content=content, compiled=compiled,
                               created_at=now(), created_by=actor.account_id))
    session().flush()
    return layout_id


def use(format_id: uuid.UUID, layout_id: uuid.UUID) -> None:
    """Put a version in use, a newer or, to go back, an older one. Raises NotFound."""
    number = version(format_id, layout_id).number
    before = own_format(format_id).version_in_use
    session().execute(update(ReportFormat).where(ReportFormat.tenant_id == tenant_id(), ReportFormat.id == format_id)
                      .values(version_in_use=number))
    audit("reports.version_used", "reports_format", format_id, {"before": before, "after": number})


def remove(format_id: uuid.UUID) -> None:
    """Delete a format with all its versions; reports made of it stay. Raises NotFound."""
    own_format(format_id)
    session().execute(delete(ReportFormat).where(ReportFormat.tenant_id == tenant_id(), ReportFormat.id == format_id))
    audit("reports.format_removed", "reports_format", format_id)
