"""Takes a need in, whatever way it came (R53, R67, R74): checked, sealed, and written once however often it is sent."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from core.api import (
    PRIORITY_GROUPS,
    Conflict,
    Invalid,
    NotFound,
    _,
    audit,
    new_id,
    now,
    organization,
    seal,
    session,
    settings,
    tenant_id,
    today,
)
from plugins.needs.models import CHANNELS, Need

LONGEST = 1000
CONTACT = {"name": 50, "phone": 30, "address": 100}
_OLDEST = dt.timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Contact:
    """How the asker can be found; each part may be left out."""

    name: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class NeedInput:
    """A need as it was told. `category` None: the tenant's last one. `received_on` None: today."""

    community_id: uuid.UUID
    text: str
    category: str | None = None
    channel: str = "visit"
    channel_note: str = ""
    recipient_group: str | None = None
    contact: Contact = Contact()
    received_on: dt.date | None = None


def receive(given: NeedInput, *, by: uuid.UUID | None, need_id: uuid.UUID | None = None, member_id: uuid.UUID | None = None) -> uuid.UUID:
    """Take a need in; the caller has authorized it. `need_id` is the id that the form was given: sent twice it makes one need.

    Raises Invalid, NotFound for a place that is no active community, Conflict when the id is that of something else.
    """
    if need_id is not None and _already(need_id, given, by, member_id):
        return need_id
    community = organization(given.community_id)
    if community.kind != "community" or not community.active:
        raise NotFound
    values = settings("needs", given.community_id)
    _check(given, values["categories"])
    identity, received = need_id or new_id(), given.received_on or today()
    contact = {name: (getattr(given.contact, name) or "").strip() for name in CONTACT}
    session().add(Need(
        id=identity, community_id=given.community_id, text=seal("needs_need", "text", identity, given.text.strip()) or b"", summary="",
        category=given.category or values["categories"][-1], recipient_group=given.recipient_group or None, channel=given.channel,
        channel_note=given.channel_note.strip()[:30] or None, has_contact=any(contact.values()), member_id=member_id, entered_by=by,
        **{name: seal("needs_need", name, identity, value or None) for name, value in contact.items()}, state="new", before=None, answer=None,
        answered_on=None, received_on=received, due_on=received + dt.timedelta(days=values["answer_days"]), classified_on=None, closed_on=None,
        merged_into=None, matter_id=None, bulletin_id=None, version=1, created_at=now()))
    session().flush()
    audit("needs.received", "needs_need", identity, {"channel": given.channel})
    return identity


def _already(need_id: uuid.UUID, given: NeedInput, by: uuid.UUID | None, member_id: uuid.UUID | None) -> bool:
    """Whether this very form was taken in before. Raises Conflict for an id that is somebody else's."""
    row = session().execute(select(Need.community_id, Need.entered_by, Need.member_id).where(
        Need.tenant_id == tenant_id(), Need.id == need_id)).one_or_none()
    if row is None:
        return False
    if tuple(row) != (given.community_id, by, member_id):
        raise Conflict(_("这张表单已经用过，请重新打开页面填写。"))
    return True


def _check(given: NeedInput, categories: list[str]) -> None:
    wrong: dict[str, list[str]] = {}
    if not 2 <= len(given.text.strip()) <= LONGEST:
        wrong["text"] = [_("请写明需要什么，2 至 %(most)s 个字", most=LONGEST)]
    if given.category and given.category not in categories:
        wrong["category"] = [_("请从列表中选择")]
    if given.channel not in CHANNELS:
        wrong["channel"] = [_("请从列表中选择")]
    if given.recipient_group not in (None, "", *PRIORITY_GROUPS):
        wrong["recipient_group"] = [_("请从列表中选择")]
    if given.received_on and not today() - _OLDEST <= given.received_on <= today():
        wrong["received_on"] = [_("请填写今天或以前两年内的日期")]
    for name, most in CONTACT.items():
        if len(getattr(given.contact, name) or "") > most:
            wrong[name] = [_("最多 %(most)s 个字", most=most)]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
