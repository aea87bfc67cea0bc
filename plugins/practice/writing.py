"""An entry's way: drafted by any officer, published after somebody else's review, recommended, used elsewhere, taken down at once."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.api import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    _,
    acting,
    audit,
    consent_refused,
    new_id,
    now,
    session,
    settings,
    tenant_id,
    today,
)
from plugins.practice.models import PracticeEntry, PracticeUse

TABLE = "practice_entry"
_LINK = re.compile(r"https://[^\s<>\"']{3,280}")


@dataclass(frozen=True, slots=True)
class EntryInput:
    """What the form says."""

    theme: str
    title: str
    body: str
    why: str | None = None
    effect: str | None = None
    media: str | None = None
    outlet: str | None = None
    media_on: dt.date | None = None
    link: str | None = None


def draft(entry_id: uuid.UUID, organization_id: uuid.UUID, given: EntryInput, *, member_id: uuid.UUID | None = None,
          agreed: bool = False) -> uuid.UUID:
    """Write one down, about a member where it is a story; `entry_id` makes the same form sent twice one. Raises Invalid."""
    if session().get(PracticeEntry, (tenant_id(), entry_id)) is not None:
        return entry_id
    row = PracticeEntry(id=entry_id, organization_id=organization_id, member_id=member_id, sort="story" if member_id else "practice", state="draft",
                        consent_on=today() if agreed and member_id else None, in_column=False, made_by=acting().account_id, version=1, created_at=now())
    _fill(row, given)
    session().add(row)
    session().flush()
    audit("practice.drafted", TABLE, row.id, {"sort": row.sort})
    return row.id


def change(entry_id: uuid.UUID, version: int | None, given: EntryInput) -> None:
    """Change it; what was published is to be reviewed again. Raises Conflict, Invalid, NotFound."""
    row = locked(entry_id, version)
    _fill(row, given)
    row.state, row.published_on, row.published_by, row.in_column = "draft", None, None, False
    _changed(row)
    audit("practice.changed", TABLE, row.id)


def publish(entry_id: uuid.UUID, version: int | None, *, in_column: bool) -> None:
    """Publish what somebody else has written; a story only with the member's consent. Raises Conflict, Forbidden, NotFound."""
    row = locked(entry_id, version)
    if row.state == "published":
        raise Conflict(_("这一篇已经发布。"))
    if row.made_by == acting().account_id:
        raise Forbidden(_("请由另一个人审核后发布。"))
    if row.member_id is not None and (row.consent_on is None or session().scalar(select(consent_refused("board", row.member_id)))):
        raise Conflict(_("还没有征得本人同意，不能发布。"))
    row.state, row.published_on, row.published_by, row.in_column, row.reason = "published", today(), acting().account_id, in_column, None
    _changed(row)
    audit("practice.published", TABLE, row.id, {"column": in_column})


def take_down(entry_id: uuid.UUID, version: int | None, reason: str) -> None:
    """Take it down, from the public column too. Raises Conflict, Invalid, NotFound."""
    row = locked(entry_id, version)
    if row.state == "withdrawn":
        raise Conflict(_("这一篇已经撤下。"))
    if len(reason.strip()) < 2:
        raise Invalid(_("请写明原因。"), {"reason": [_("请填写")]})
    row.state, row.in_column, row.reason = "withdrawn", False, reason.strip()[:300]
    _changed(row)
    audit("practice.taken_down", TABLE, row.id)


def recommend(entry_id: uuid.UUID, version: int | None, organization_id: uuid.UUID, *, recommended: bool) -> None:
    """A street, county or city recommends a published practice to the places below it, or does so no longer. Raises Conflict, NotFound."""
    row = locked(entry_id, version)
    if row.state != "published" or row.sort != "practice":
        raise Conflict(_("只能推荐已发布的好经验。"))
    row.recommended_on, row.recommended_by = (today(), organization_id) if recommended else (None, None)
    _changed(row)
    audit("practice.recommended", TABLE, row.id, {"recommended": recommended})


def use(entry_id: uuid.UUID, organization_id: uuid.UUID, remark: str) -> None:
    """A place says that it uses a published practice too; said again, the remark is replaced. Raises Conflict, NotFound."""
    row = locked(entry_id, None)
    if row.state != "published" or row.sort != "practice":
        raise Conflict(_("只能借鉴已发布的好经验。"))
    given = insert(PracticeUse).values(tenant_id=tenant_id(), id=new_id(), entry_id=entry_id, organization_id=organization_id,
                                       remark=remark.strip()[:300] or None, used_on=today())
    session().execute(given.on_conflict_do_update(index_elements=["tenant_id", "entry_id", "organization_id"], set_={"remark": given.excluded.remark}))
    audit("practice.used", TABLE, entry_id)


def say(entry_id: uuid.UUID, version: int | None, *, agrees: bool) -> None:
    """What the member of a story says to it, by phone or entered from paper; taken back, it is down at once. Raises Conflict, NotFound."""
    row = locked(entry_id, version)
    if row.member_id is None:
        raise NotFound
    row.consent_on = today() if agrees else None
    if not agrees:
        row.in_column = False
        row.state = "withdrawn" if row.state == "published" else row.state
    _changed(row)
    audit("practice.agreed" if agrees else "practice.consent_withdrawn", TABLE, row.id)


def locked(entry_id: uuid.UUID, version: int | None) -> PracticeEntry:
    """An entry under its lock. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalar(select(PracticeEntry).where(PracticeEntry.tenant_id == tenant_id(), PracticeEntry.id == entry_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def _changed(row: PracticeEntry) -> None:
    row.version += 1
    session().flush()


def _fill(row: PracticeEntry, given: EntryInput) -> None:
    if given.theme not in (*settings("practice")["themes"], row.theme):
        raise Invalid(_("有几处需要改正，请看标红的项目。"), {"theme": [_("请从列表中选择")]})
    if given.link and not _LINK.fullmatch(given.link):
        raise Invalid(_("有几处需要改正，请看标红的项目。"), {"link": [_("网址要以 https:// 开头")]})
    for name, value in asdict(given).items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
