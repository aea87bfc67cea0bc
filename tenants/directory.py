"""Looks accounts up for pages: names of those who did something, and the accounts somebody may manage."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import exists, or_, select

from core.access.models import Account, Grant
from core.organizations.models import Organization
from core.tenancy import session
from core.tenancy.scope import tenant_id

PAGE = 50


class AccountRow(NamedTuple):
    """One line of the accounts' list."""

    id: uuid.UUID
    username: str
    display_name: str
    active: bool
    must_change_password: bool


class AccountPage(NamedTuple):
    """A page of accounts; `next` is the id from which the next page goes on."""

    rows: list[AccountRow]
    next: uuid.UUID | None


def display_names(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID | None, str]:
    """The names of several accounts in one query."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    rows = session().execute(select(Account.id, Account.display_name).where(Account.tenant_id == tenant_id(), Account.id.in_(wanted)))
    return {row.id: row.display_name for row in rows}


def accounts_below(paths: Sequence[str], *, search: str = "", role: str | None = None, without_members: bool = True,
                   after: uuid.UUID | None = None, limit: int = PAGE) -> AccountPage:
    """Accounts with a grant below one of `paths`, by username: one query, one more from the second page on.

    `search` is the beginning of a username or display name. Members' own accounts are many and left out.
    """
    if not paths:
        return AccountPage([], None)
    held = (select(Grant.id).join(Organization, (Organization.tenant_id == Grant.tenant_id) & (Organization.id == Grant.organization_id))
            .where(Grant.tenant_id == Account.tenant_id, Grant.account_id == Account.id,
                   or_(*(Organization.path.bool_op("^@")(p) for p in paths))))
    if role:
        held = held.where(Grant.role == role)
    query = select(Account.id, Account.username, Account.display_name, Account.active, Account.must_change_password).where(
        Account.tenant_id == tenant_id(), exists(held.correlate(Account)))
    if without_members:
        query = query.where(Account.member_id.is_(None))
    if search:
        query = query.where(or_(Account.username.bool_op("^@")(search), Account.display_name.bool_op("^@")(search)))
    if after is not None:
        query = query.where(Account.username > select(Account.username).where(
            Account.tenant_id == tenant_id(), Account.id == after).scalar_subquery())
    rows = [AccountRow(*row) for row in session().execute(query.order_by(Account.username).limit(limit + 1))]
    return AccountPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)
