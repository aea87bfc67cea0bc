"""Accounts with which members sign in on their phones: opened for a whole unit at once and handed out on paper."""
from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from core import audit
from core.access import factors, slips
from core.access.accounts import create_account, grant_role
from core.access.actor import FULL, Actor, load_actor
from core.access.authorization import Target, authorize
from core.access.models import Account, Grant
from core.access.opening import with_factor
from core.access.proving import prove
from core.access.roles import MEMBER
from core.documents import storage
from core.documents.papers import TableColumn, TablePaper, table_pdf
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.i18n import _, _l
from core.jobs import JobContext, enqueue, handler
from core.members.models import Member
from core.members.scope import target
from core.organizations import tree
from core.tenancy import session, today
from core.tenancy.scope import tenant_id

PERMISSION, OPEN = "accounts.members", "accounts.members"
MOST, DAYS = 500, 3
# Letters and digits that nobody confuses on paper; a username says nothing about the person.
_LETTERS, _DIGITS = "abcdefghjkmnpqrstuvwxyz", "23456789"


class Opened(NamedTuple):
    """What is handed to a member: shown on paper once, kept nowhere in clear; `code` lets the member set a password."""

    name: str
    username: str
    code: str


class MemberAccount(NamedTuple):
    """A member of a unit and the account, if there is one."""

    member_id: uuid.UUID
    name: str
    account_id: uuid.UUID | None
    username: str | None
    waiting: bool | None
    active: bool | None
    factor: bool | None


def of_unit(unit_id: uuid.UUID, *, after: uuid.UUID | None = None, limit: int = 50) -> list[MemberAccount]:
    """A unit's members by name with their accounts, up to `limit`; `waiting`: no password of their own yet."""
    query = _members(unit_id)
    if after is not None:
        key = session().execute(select(Member.sort_key, Member.id).where(Member.tenant_id == tenant_id(), Member.id == after)).one_or_none()
        if key is not None:
            query = query.where((Member.sort_key > key.sort_key) | (Member.sort_key == key.sort_key) & (Member.id > key.id))
    return [MemberAccount(*row) for row in session().execute(query.limit(limit))]


def start(actor: Actor, unit_id: uuid.UUID, *, renew: bool, address: str) -> uuid.UUID:
    """Let accounts be opened for a unit's members who have none; answers the job's id.

    `renew` also gives a new code to those who never used theirs; `address` is where they use it. Raises NotFound and Forbidden by the actor's reach.
    """
    authorize(actor, PERMISSION, Target((tree.get(unit_id).path,)))
    return enqueue(OPEN, {"unit": unit_id, "renew": renew, "address": address})


@handler(OPEN, label=_l("开通党员手机账号"))
def run(job: JobContext) -> dict[str, Any]:
    """Open the accounts and print the handouts into one PDF, for whoever asked."""
    actor = load_actor(job.created_by) if job.created_by else None
    unit = tree.get(uuid.UUID(job.payload["unit"]))
    if actor is None or not any(unit.path.startswith(p) for p in actor.paths(PERMISSION)):
        return {"refused": _("您已没有为党员开通账号的权限。")}
    wanting = _wanting(unit.id, renew=job.payload["renew"])
    if not wanting:
        return {"refused": _("这个单位的党员都已有账号。")}
    opened = _open_all(wanting[:MOST], unit.id, job.progress)
    file_id = storage.save(_("党员账号发放表.pdf"), "application/pdf", handout(unit.name, opened, job.payload.get("address", "")), OPEN, DAYS, actor.account_id)
    audit.record("accounts.opened", "organization", unit.id, {"count": len(opened), "file": str(file_id)})
    return {"file": str(file_id), "accounts": len(opened), "skipped": len(wanting) - len(opened)}


def reset(actor: Actor, member_id: uuid.UUID) -> Opened:
    """A new slip for a member of one's own unit. Raises NotFound, Forbidden, Conflict for who is more than a member."""
    row = _resettable(actor, member_id, _("这个账号还有经办权限，请由上一级管理员重设密码。"))
    return Opened(row.display_name, row.username, slips.issue(row.id, by=None))


def factor_name(actor: Actor, member_id: uuid.UUID) -> str:
    """Whose second factor the liaison is about to take away. Raises as `reset_factor` does before it asks for the password."""
    return str(_of_factor(actor, member_id).display_name)


def reset_factor(actor: Actor, member_id: uuid.UUID, password: str) -> None:
    """Take the second factor of a member away who has lost the phone and the paper; the next sign-in asks for a new one where one is asked for.

    With the password reset this opens the member's account, so a liaison's stolen password must not be enough: the liaison has signed in in two
    steps and gives `password` anew. Raises NotFound, Forbidden, Conflict as `reset` does, Forbidden for one's own and after one step only,
    Invalid and TooMany as `prove` does; the caller commits then too.
    """
    row = _of_factor(actor, member_id)
    prove(actor, password)
    factors.reset(row.id, by=None)


def _of_factor(actor: Actor, member_id: uuid.UUID) -> Row[uuid.UUID, str, str]:
    row = _resettable(actor, member_id, _("这个账号还有经办权限，请由上一级管理员重设两步登录。"))
    if row.id == actor.account_id:
        raise Forbidden(_("不能重设自己的两步登录，请由其他管理员办理。"))
    if actor.stage != FULL:
        raise Forbidden(_("重设党员的两步登录，您自己须先用两步登录：请在“我的账号”里设好两步登录，再来办理。"))
    return row


def _resettable(actor: Actor, member_id: uuid.UUID, otherwise: str) -> Row[uuid.UUID, str, str]:
    """The account of a member within reach who is no more than a member."""
    authorize(actor, PERMISSION, target(member_id))
    row = session().execute(select(Account.id, Account.username, Account.display_name).where(
        Account.tenant_id == tenant_id(), Account.member_id == member_id)).one_or_none()
    if row is None:
        raise NotFound(_("这名党员还没有账号，请先开通。"))
    roles = set(session().scalars(select(Grant.role).where(Grant.tenant_id == tenant_id(), Grant.account_id == row.id)))
    if roles - {MEMBER}:
        raise Conflict(otherwise)
    return row


def handout(unit: str, opened: Sequence[Opened], address: str) -> bytes:
    """The list to be cut and handed out, as PDF; each strip says where to sign in."""
    columns = [TableColumn(_("姓名"), 1.0), TableColumn(_("开通网址"), 1.8), TableColumn(_("用户名"), .9), TableColumn(_("开通码"), 1.4),
               TableColumn(_("领取人签字"), 1.0)]
    return table_pdf(TablePaper(
        _("党员手机账号发放表"), columns, [(o.name, address, o.username, o.code, "") for o in opened], subtitle=unit,
        note=_("%(day)s 生成，两周内有效。打开网址，输入用户名和开通码，给自己定一个密码。请沿行剪开，只交给本人；发完后销毁本表。", day=today().isoformat())))


def _members(unit_id: uuid.UUID) -> Any:
    return (select(Member.id, Member.name, Account.id.label("account_id"), Account.username, Account.must_change_password, Account.active,
                   with_factor().label("factor"))
            .outerjoin(Account, (Account.tenant_id == Member.tenant_id) & (Account.member_id == Member.id))
            .where(Member.tenant_id == tenant_id(), Member.unit_id == unit_id, Member.status == "active")
            .order_by(Member.sort_key, Member.id))


def _wanting(unit_id: uuid.UUID, *, renew: bool) -> list[Row[Any]]:
    return [r for r in session().execute(_members(unit_id)) if r.account_id is None or (renew and r.must_change_password and r.active)]


def _open_all(rows: Sequence[Row[Any]], unit_id: uuid.UUID, progress: Callable[[int, int], None]) -> list[Opened]:
    opened = []
    for number, row in enumerate(rows, start=1):
        opened.append(_open(row, unit_id))
        progress(number, len(rows))
    return opened


def _open(row: Row[Any], unit_id: uuid.UUID) -> Opened:
    if row.account_id is not None:
        return Opened(row.name, row.username, slips.issue(row.account_id, by=None))
    for _try in range(5):
        username = _text(_LETTERS, 2) + _text(_LETTERS + _DIGITS, 4)
        try:
            account_id = create_account(username, row.name, member_id=row.id, must_change=True)
        except Conflict:  # two of some hundred million short names met
            continue
        grant_role(account_id, MEMBER, unit_id)
        return Opened(row.name, username, slips.issue(account_id, by=None))
    raise Invalid(_("没有可用的用户名，请稍后再试。"))


def _text(letters: str, count: int) -> str:
    return "".join(secrets.choice(letters) for _letter in range(count))
