"""Erases a member for good: personal columns emptied, indexes dropped, claims given back, while every total stays (rule 16, PIPL 47)."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ARRAY, JSON, Column, Text, delete, select, update

from core import audit
from core.access.models import Account, Grant
from core.access.roles import MEMBER
from core.audit import erasures
from core.audit.erasures import Erasure
from core.db import Base
from core.documents.models import StoredFile
from core.errors import Conflict
from core.extension.dispatch import require
from core.i18n import _
from core.members.affiliations import locked
from core.members.holds import is_held
from core.members.models import Member
from core.registration import membership
from core.rules.models import RehearsalRow
from core.service.claims.claiming import release
from core.service.claims.models import LIVE, Claim
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from tenants.rights.hanging import MEMBER as MEMBER_TABLE, about, chains, tag

TOMBSTONE = "（已删除）"
KIND = "member"  # in the list of erasures


def erase(member_id: uuid.UUID, why: str) -> dict[str, int]:
    """Erase a member; answers how many rows were touched, by what. What remains is the id, the places and what was counted.

    `why` is a code: "request", "retention" or "replay". Raises NotFound, Conflict under a legal hold or while the account carries an
    officer's role, and what a plugin's hook raises: it is erased as a whole or not at all.
    """
    member = locked(member_id)
    if is_held(member_id):
        raise Conflict(_("这名党员的资料正在“只保存、不处理”期间，不能删除。解除之后再办理。"))
    _refuse_officer(member_id)
    if member.status == "active":
        membership.leave(member_id, today())
    done = {"claims": _give_back(member_id)}
    done |= {f"plugin.{name}": count for name, count in require("erase_member_data", member_id=member_id).items()}
    done |= {"account": _forget_account(member_id), "emptied": _empty(member_id)}
    _bury(member_id)
    session().expire_all()
    audit.record("member.erased", "member", member_id, {"why": why, **done})
    erasures.note(KIND, member_id)
    return done


def again(done: Erasure) -> None:
    """Erase a member whom a restored backup has brought back; one who is erased or gone is let pass."""
    status = session().scalar(select(Member.status).where(Member.tenant_id == tenant_id(), Member.id == done.object_id))
    if status not in {None, "erased"}:
        erase(done.object_id, "replay")


def _refuse_officer(member_id: uuid.UUID) -> None:
    if session().scalar(select(Grant.id).join(Account, (Account.tenant_id == Grant.tenant_id) & (Account.id == Grant.account_id)).where(
            Grant.tenant_id == tenant_id(), Account.member_id == member_id, Grant.role != MEMBER).limit(1)) is not None:
        raise Conflict(_("这个账号还担任经办人。请先收回它的经办角色，再删除资料。"))


def _give_back(member_id: uuid.UUID) -> int:
    """Release what the member holds or waits for, so that the places are others' again."""
    mine = session().scalars(select(Claim.id).where(Claim.tenant_id == tenant_id(), Claim.member_id == member_id, Claim.state.in_(LIVE))
                             .order_by(Claim.id)).all()
    for claim_id in mine:
        release(claim_id, None, _("认领人的资料已删除"))
    return len(mine)


def _forget_account(member_id: uuid.UUID) -> int:
    """The account with its logins, grants and tokens, and the files that were made for it."""
    own = session().scalars(select(Account.id).where(Account.tenant_id == tenant_id(), Account.member_id == member_id)).all()
    session().execute(delete(StoredFile).where(StoredFile.tenant_id == tenant_id(), StoredFile.owner_id.in_(own)))
    session().execute(delete(Account).where(Account.tenant_id == tenant_id(), Account.id.in_(own)))
    session().execute(delete(RehearsalRow).where(RehearsalRow.tenant_id == tenant_id(), RehearsalRow.member_id == member_id))
    return len(own)


def _empty(member_id: uuid.UUID) -> int:
    """Empty the personal columns of all that hangs on the member; a resident's name in a register stays, it is the resident's."""
    touched = 0
    for name in chains():
        table = Base.metadata.tables[name]
        values = {column.name: _nothing(column) for column in table.columns
                  if (found := tag(column)) and not (found.whose == "resident" and found.kind == "name")}
        if name != MEMBER_TABLE and values:
            touched += len(session().execute(update(table).where(about(table, member_id)).values(values).returning(table.c.id)).all())
    return touched


def _nothing(column: Column[Any]) -> Any:
    if column.nullable:
        return None
    if isinstance(column.type, ARRAY):
        return []
    if isinstance(column.type, JSON):
        return {}
    return "" if isinstance(column.type, Text) else b""


def _bury(member_id: uuid.UUID) -> None:
    """What remains of the member's own row: a tombstone at its places, so that every register and total goes on."""
    table = Base.metadata.tables[MEMBER_TABLE]
    values: dict[str, Any] = {column.name: _nothing(column) for column in table.columns if tag(column)}
    values |= {"name": TOMBSTONE, "sort_key": "~", "joined_party_on": None, "branch": None, "status": "erased", "updated_at": now()}
    session().execute(update(Member).where(Member.tenant_id == tenant_id(), Member.id == member_id)
                      .values(**values, version=Member.version + 1).execution_options(synchronize_session=False))
