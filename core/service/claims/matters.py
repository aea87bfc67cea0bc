"""Putting up a matter that members can take on, and changing it (R30, R47)."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, or_, select, update

from core import audit
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.extension.activation import is_enabled
from core.extension.dispatch import tell
from core.extension.facts import MatterFact
from core.extension.settings import effective
from core.i18n import _
from core.organizations.models import Organization
from core.privacy import keyring
from core.service.claims.models import LIVE, RECIPIENT_KINDS, Claim, Matter
from core.service.claims.waiting import move_up
from core.service.models import GONE, ServiceRecord
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id

MOST_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class MatterInput:
    """What is put up. `kind` is one of the community's kinds of service; `recipient` a resident's name in clear, kept encrypted.

    `places` is the number wanted; `waits`: who comes later may wait; `collective`: units may claim it; `minutes`: usual length of one
    service. `origin` and `origin_id`: the plugin and the row it was made of.
    """

    community_id: uuid.UUID
    kind: str
    title: str
    place: str | None = None
    recipient_kind: str = "public"
    recipient_group: str | None = None
    recipient: str | None = None
    places: int = 1
    waits: bool = False
    collective: bool = False
    minutes: int | None = None
    begins_on: dt.date | None = None
    due_on: dt.date | None = None
    origin: str | None = None
    origin_id: uuid.UUID | None = None


def open_matter(source: str, given: MatterInput, *, by: uuid.UUID | None, matter_id: uuid.UUID | None = None) -> uuid.UUID:
    """Put a matter up and tell plugins; the caller has authorized it. `source` is the plugin whose matter it is.

    `matter_id` is the id that the form was given when it was opened: sent twice it makes one matter. Raises Invalid, Conflict for an id
    that is another matter's, NotFound while the plugin is off.
    """
    require_on(source)
    if matter_id is not None and (there := session().get(Matter, (tenant_id(), matter_id))) is not None:
        if (there.source, there.community_id) != (source, given.community_id):
            raise Conflict(_("这张表单已经用过，请重新打开后再填写。"))
        return matter_id
    _check(given)
    row = Matter(id=matter_id or new_id(), source=source, community_id=given.community_id, created_by=by, opened_on=today(), created_at=now(),
                 state="open", taken=0, version=1, closed_on=None, origin=given.origin, origin_id=given.origin_id)
    _fill(row, given)
    session().add(row)
    session().flush()
    audit.record("matter.opened", "matter", row.id, {"source": source, "places": row.places})
    tell("matter_opened", matter=fact(row))
    return row.id


def change_matter(matter_id: uuid.UUID, version: int, given: MatterInput) -> None:
    """Change an open matter; who holds a place keeps it, and who waits moves up into new ones.

    Claims that had the matter's own deadline, or one that is now too late, follow it. Raises Conflict, Invalid, NotFound.
    """
    row = locked(matter_id, version)
    require_open(row)
    _check(given)
    if given.places < row.taken:
        raise Invalid(_("已有 %(count)s 人认领，名额不能更少。", count=row.taken), {"places": [_("请改正")]})
    if given.due_on != row.due_on:
        _move_deadlines(row, given.due_on)
    _fill(row, given)
    row.version += 1
    session().flush()
    move_up(row)
    audit.record("matter.changed", "matter", row.id, {"places": row.places})


def locked(matter_id: uuid.UUID, version: int | None = None) -> Matter:
    """The matter under a row lock, which every act on its claims takes first. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalar(select(Matter).where(Matter.tenant_id == tenant_id(), Matter.id == matter_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def fact(row: Matter) -> MatterFact:
    """The matter as plugins are told of it."""
    served = session().scalar(select(func.count()).select_from(ServiceRecord).join(
        Claim, (Claim.tenant_id == ServiceRecord.tenant_id) & (Claim.id == ServiceRecord.claim_id)).where(
        ServiceRecord.tenant_id == tenant_id(), Claim.matter_id == row.id, ServiceRecord.status.not_in(GONE))) or 0
    return MatterFact(row.id, row.source, row.community_id, row.kind, row.state, row.origin, row.origin_id, served)


def recipient_of(row: Matter) -> str | None:
    """The recipient's name in clear; for the community, and for those who hold a claim."""
    return keyring.for_tenant(tenant_id()).decrypt("matter", "recipient", row.id, row.recipient)


def require_open(row: Matter) -> None:
    """Raise Conflict for a matter that is closed."""
    if row.state != "open":
        raise Conflict(_("这件事已经关闭，不能再办理。"))


def require_on(source: str) -> None:
    """Raise NotFound while the plugin whose matter it is does not work: its doors are closed."""
    if not is_enabled(source):
        raise NotFound


def _fill(row: Matter, given: MatterInput) -> None:
    row.kind, row.title, row.place = given.kind, given.title.strip(), (given.place or "").strip() or None
    row.recipient_kind, row.recipient_group = given.recipient_kind, given.recipient_group or None
    row.places, row.waits, row.collective, row.minutes = given.places, given.waits, given.collective, given.minutes
    row.begins_on, row.due_on = given.begins_on, given.due_on
    recipient = None if given.recipient_kind == "public" else (given.recipient or "").strip()[:50] or None
    row.recipient = keyring.for_tenant(tenant_id()).encrypt("matter", "recipient", row.id, recipient)


def _move_deadlines(row: Matter, due_on: dt.date | None) -> None:
    follows = or_(Claim.due_on.is_not_distinct_from(row.due_on), *(() if due_on is None else (Claim.due_on > due_on,)))
    session().execute(update(Claim).where(Claim.tenant_id == tenant_id(), Claim.matter_id == row.id, Claim.state.in_(LIVE), follows)
                      .values(due_on=due_on))


def _check(given: MatterInput) -> None:
    known = session().scalar(select(Organization.kind).where(Organization.tenant_id == tenant_id(),
                                                             Organization.id == given.community_id)) == "community"
    values = effective("service", given.community_id if known else None)
    wrong: dict[str, list[str]] = {}
    if not known:
        wrong["community_id"] = [_("请选择社区")]
    if given.kind not in values["kinds"]:
        wrong["kind"] = [_("请从列表中选择")]
    if not 2 <= len(given.title.strip()) <= 100:
        wrong["title"] = [_("请用 2 至 100 个字写明要做什么")]
    if given.recipient_kind not in RECIPIENT_KINDS:
        wrong["recipient_kind"] = [_("请从列表中选择")]
    if not 1 <= given.places <= MOST_PLACES:
        wrong["places"] = [_("请填写 1 以上的人数")]
    if given.minutes is not None and not 1 <= given.minutes <= values["longest_minutes"]:
        wrong["minutes"] = [_("一次服务最长 {hours} 小时").format(hours=f"{values['longest_minutes'] / 60:g}")]
    if given.begins_on and given.due_on and given.due_on < given.begins_on:
        wrong["due_on"] = [_("期限早于开始日期")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
