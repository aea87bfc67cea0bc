"""Handing a wish in: by the officer, on the public page, or out of a need (R58, R74, R75)."""
from __future__ import annotations

import datetime as dt
import re
import secrets
import uuid
from dataclasses import dataclass

from core.api import Conflict, Invalid, _, fingerprint, issue_code, new_id, now, organization, session, tenant_id, today
from plugins.wishes import words
from plugins.wishes.holding import RECEIPT, put, step
from plugins.wishes.models import KINDS, WishesWish

LONGEST_TEXT = 500
_PHONE = re.compile(r"[0-9 +()\-－（）]{5,25}")


@dataclass(frozen=True, slots=True)
class WishInput:
    """What is handed in. `text` is said as the resident says it; `group` one of `words.groups`; a phone or an address is needed.

    `origin` and `origin_id`: the plugin and the row, such as a need, of which it is made.
    """

    community_id: uuid.UUID
    kind: str
    text: str
    group: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    channel: str = "officer"
    origin: str | None = None
    origin_id: uuid.UUID | None = None


def enter(given: WishInput, *, by: uuid.UUID | None, wish_id: uuid.UUID | None = None) -> uuid.UUID:
    """Write a wish down; the caller has authorized it. Answers its id. Raises Invalid with the fields that are wrong.

    `wish_id` is the id that the form was given: the same form sent twice makes one wish. Raises Conflict for somebody else's.
    """
    if wish_id is not None and (found := session().get(WishesWish, (tenant_id(), wish_id))) is not None:
        if (found.entered_by, found.community_id) != (by, given.community_id):
            raise Conflict(_("这张表单已经用过，请重新打开后再填写。"))
        return wish_id
    check(given)
    row = made(given.community_id, given.kind, given.group, given.channel, by=by, wish_id=wish_id)
    row.origin, row.origin_id = given.origin, given.origin_id
    contact(row, given.name, given.phone, given.address)
    put(row, "text", given.text)
    session().add(row)
    step(row, "received", by=by)
    return row.id


def made(community_id: uuid.UUID, kind: str, group: str | None, channel: str, *, by: uuid.UUID | None, wish_id: uuid.UUID | None = None,
         parent_id: uuid.UUID | None = None, received_on: dt.date | None = None) -> WishesWish:
    """A new wish that nobody has read yet, not yet in the session."""
    return WishesWish(id=wish_id or new_id(), community_id=community_id, number=f"{today():%y%m%d}{secrets.randbelow(10_000):04}", kind=kind,
                      recipient_group=group or None, channel=channel, parent_id=parent_id, state="submitted", listed=False, harder=False,
                      erased=False, received_on=received_on or today(), entered_by=by, version=0, created_at=now())


def contact(row: WishesWish, name: str | None, phone: str | None, address: str | None) -> None:
    """Keep who the resident is, sealed, with the marks by which the officer finds them again."""
    for column, text in (("name", name), ("phone", phone), ("address", address)):
        put(row, column, text)
    row.name_mark = mark("name", name)
    row.phone_mark = mark("phone", phone)


def mark(column: str, text: str | None) -> bytes | None:
    """What a name or a telephone number is found by."""
    return fingerprint(f"wishes.{column}", text.strip()) if (text or "").strip() else None  # type: ignore[union-attr]


def receipt_code(wish_id: uuid.UUID) -> str:
    """A fresh code for the resident's slip, with which the answer is read and the wish written off; an earlier one is void."""
    return issue_code(RECEIPT, wish_id)


def check(given: WishInput) -> None:
    """Raise Invalid with the fields that are wrong."""
    wrong: dict[str, list[str]] = {}
    if organization(given.community_id).kind != "community":
        wrong["community_id"] = [_("请选择社区")]
    if given.kind not in KINDS:
        wrong["kind"] = [_("请选择")]
    if (given.group or None) not in (None, *words.groups(given.community_id)):
        wrong["group"] = [_("请从列表中选择")]
    if not 2 <= len(given.text.strip()) <= LONGEST_TEXT:
        wrong["text"] = [_("请用 2 至 500 个字写明想要什么")]
    if (given.phone or "").strip() and not _PHONE.fullmatch((given.phone or "").strip()):
        wrong["phone"] = [_("电话号码不对，请只填数字")]
    if not (given.phone or "").strip() and not (given.address or "").strip():
        wrong["phone"] = [_("电话和住址请至少填一项，不然联系不上")]
    if len((given.name or "").strip()) > 50:
        wrong["name"] = [_("最多 50 个字")]
    if len((given.address or "").strip()) > 100:
        wrong["address"] = [_("最多 100 个字")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
