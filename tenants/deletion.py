"""Deleting a tenant: one operator asks, another confirms (security rule 12); its rows are then removed by a command of their own."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple

from sqlalchemy import column, delete, func, select, table as sql_table, text, update

from core import audit
from core.audit.models import AuditCheckpoint, AuditEntry, AuditHead
from core.db import Base, TenantRow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.i18n import _
from core.tenancy import Operator, Tenant, TenantDeletion, now, session, tenant_scope, unscoped

EXPIRES = dt.timedelta(days=7)
#: They stay as long as logs must be kept (security promise 17).
KEPT = frozenset({AuditEntry.__tablename__, AuditHead.__tablename__, AuditCheckpoint.__tablename__})


class Waiting(NamedTuple):
    """A request that waits for another operator."""

    id: uuid.UUID
    reason: str
    asked_by: uuid.UUID
    asker: str
    expires_at: dt.datetime


def waiting(tenant_id: int) -> Waiting | None:
    """The request that waits for this tenant, if there is one; call it in `unscoped()`."""
    row = session().execute(
        select(TenantDeletion.id, TenantDeletion.reason, TenantDeletion.asked_by, Operator.username, TenantDeletion.expires_at)
        .join(Operator, Operator.id == TenantDeletion.asked_by)
        .where(TenantDeletion.tenant_number == tenant_id, TenantDeletion.status == "waiting", TenantDeletion.expires_at > now())).one_or_none()
    return Waiting(*row) if row is not None else None


def ask(tenant_id: int, name: str, reason: str, *, by: uuid.UUID) -> None:
    """Ask for it; `name` is the tenant's, typed by hand. Call it in `unscoped()`. Raises Invalid, Conflict."""
    tenant = _tenant(tenant_id)
    why = " ".join(reason.split())
    if name.strip() != tenant.name:
        raise Invalid(_("请一字不差地填写租户的名称，以免删错。"), {"name": [_("应为：%(name)s", name=tenant.name)]})
    if not 4 <= len(why) <= 300:
        raise Invalid(_("请用 4 至 300 个字写明理由，供第二人核对。"), {"reason": [_("4 至 300 个字")]})
    session().execute(update(TenantDeletion).where(TenantDeletion.tenant_number == tenant_id, TenantDeletion.status == "waiting",
                                                   TenantDeletion.expires_at <= now()).values(status="expired", decided_at=now()))
    if tenant.status == "deleted" or waiting(tenant_id) is not None:
        raise Conflict(_("已经有人提出删除，正在等另一名运营人员确认，或已经删除。"))
    row = TenantDeletion(tenant_number=tenant_id, reason=why, asked_by=by, asked_at=now(), expires_at=now() + EXPIRES)
    session().add(row)
    session().flush()
    audit.record_operator("tenant.deletion_asked", "tenant", row.id, {"tenant": tenant.code})


def decide(tenant_id: int, *, confirm: bool, by: uuid.UUID) -> None:
    """Let another operator confirm or refuse it, or the asker take it back. Confirmed, nobody gets in from this moment on.

    Call it in `unscoped()`. Raises Conflict when none waits, Forbidden for the asker who confirms.
    """
    row = session().scalar(select(TenantDeletion).where(TenantDeletion.tenant_number == tenant_id, TenantDeletion.status == "waiting")
                           .with_for_update().execution_options(populate_existing=True))
    if row is None or row.expires_at <= now():
        raise Conflict(_("没有等待确认的删除申请，或已过有效期。"))
    if confirm and row.asked_by == by:
        raise Forbidden(_("自己提出的删除要由另一名运营人员确认。"))
    tenant = _tenant(tenant_id)
    row.status = "done" if confirm else "withdrawn" if row.asked_by == by else "refused"
    row.decided_by, row.decided_at = by, now()
    if confirm:
        tenant.status = "deleted"
    session().flush()
    audit.record_operator("tenant.deleted" if confirm else "tenant.deletion_refused", "tenant", row.id,
                          {"tenant": tenant.code, "asked_by": str(row.asked_by), "decided_by": str(by)})


def purge(code: str) -> dict[str, int]:
    """Remove the rows of a tenant whose deletion two operators agreed on, but for its log; answers how many, by table.

    Call it outside any scope, connected as baodao_migrate: the application cannot remove what is only added, such as consents and
    entries of a ledger. Raises NotFound, Conflict for a tenant that is not deleted.
    """
    with unscoped() as opened:
        found = opened.execute(select(Tenant.id, Tenant.status, TenantDeletion.id).outerjoin(TenantDeletion, (
            TenantDeletion.tenant_number == Tenant.id) & (TenantDeletion.status == "done")).where(Tenant.code == code)).first()
    if found is None:
        raise NotFound(_("没有代码为 %(code)s 的租户。", code=code))
    if found.status != "deleted" or found[2] is None:
        raise Conflict(_("这个租户没有经两名运营人员同意删除，不能清除数据。"))
    with tenant_scope(found.id):
        session().execute(text("set local role baodao_owner"))  # it has the rights, and unlike baodao_migrate it is held to the tenant
        gone = _remove_rows(found.id)
        audit.record("tenant.deleted", "tenant", None, {"rows": sum(gone.values())})
        audit.record_operator("tenant.purged", "tenant", found[2], {"tenant": code, "rows": sum(gone.values())})
    return gone


def _remove_rows(tenant: int) -> dict[str, int]:
    """Children before parents, plugins' tables too."""
    ours = _there() - KEPT
    models: dict[Any, type[TenantRow]] = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantRow)}
    gone = {}
    for table in reversed(Base.metadata.sorted_tables):
        if table in models and table.name in ours:
            model = models[table]
            count = session().scalar(select(func.count()).select_from(model).where(model.tenant_id == tenant)) or 0
            session().execute(delete(model).where(model.tenant_id == tenant).execution_options(synchronize_session=False))
            if count:
                gone[table.name] = count
    return gone


def _there() -> frozenset[str]:
    """The tables that the database has; a plugin's that is held back may be missing."""
    catalogue = sql_table("pg_class", column("relname"), column("relkind"))
    return frozenset(session().scalars(select(catalogue.c.relname).where(catalogue.c.relkind.in_(["r", "p"]))))


def _tenant(tenant_id: int) -> Tenant:
    row = session().scalar(select(Tenant).where(Tenant.id == tenant_id).with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row
