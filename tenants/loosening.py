"""Settings by which less would need a second person need one themselves: asked for, and saved when another confirms it (rule 12)."""
from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from core import approvals
from core.access.actor import Actor, load_actor
from core.access.authorization import Target, authorize
from core.approvals.models import WAITING, Approval
from core.errors import Conflict
from core.extension import settings as reading
from core.extension.approval_kinds import SECTION, ApprovalKind, ApprovedAct
from core.extension.models import Setting
from core.i18n import _, _l
from core.organizations import tree
from core.tenancy import now, session
from core.tenancy.scope import tenant_id
from tenants import settings
from tenants.wording import setting_pair, setting_title

KIND, PERMISSION = "approvals.loosen", "settings.manage"


def ask(values: Mapping[str, Any], reason: str, *, version: int, locked: Iterable[str], by: Actor) -> uuid.UUID:
    """Ask for the section's values to be saved as `settings.save` would save them; answers the request's id. Nothing changes yet.

    Raises NotFound for who does not set for the whole tenant, Invalid for a reason of another length than 4 to 300 characters and
    as `settings.save` does, Conflict when somebody else has saved since.
    """
    target = _whole()
    authorize(by, PERMISSION, target)
    if version != settings.get(SECTION).version:
        raise Conflict(_("设置已被他人修改。请刷新页面，核对后再保存。"))
    holds = sorted(locked)
    changed = settings.tried(SECTION, values, locked=holds).changed
    content = {"values": values, "locked": holds, "changed": {name: list(pair) for name, pair in changed.items()}}
    return approvals.ask(KIND, content, reason, by=by, target=target)


def waiting() -> uuid.UUID | None:
    """The latest request of this kind that waits for its second person."""
    return session().scalar(select(Approval.id).where(Approval.tenant_id == tenant_id(), Approval.kind == KIND, Approval.status == WAITING,
                                                      Approval.expires_at > now()).order_by(Approval.id.desc()).limit(1))


def _carry_out(act: ApprovedAct) -> dict[str, Any]:
    """The asker's reach is asked again."""
    asker = load_actor(act.asked_by)
    if asker is None:
        raise Conflict(_("申请人已经没有办理这件事的权限，请退回。"))
    authorize(asker, PERMISSION, _whole())
    return {"version": settings.save(SECTION, act.content["values"], version=settings.get(SECTION).version, locked=act.content["locked"],
                                     confirmed=True)}


def _describe(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = {name: setting_pair(SECTION, name, *pair) for name, pair in content["changed"].items()}
    return [(setting_title(SECTION, name), f"{before} → {after}") for name, (before, after) in pairs.items()]


def _version(_content: Mapping[str, Any]) -> int:
    """What the tenant has saved and what holds, as one number: neither may have changed meanwhile, nor what an operator lays down."""
    saved = session().scalar(select(Setting.version).where(
        Setting.tenant_id == tenant_id(), Setting.namespace == SECTION, Setting.organization_id.is_(None)).with_for_update())
    reading.forget()
    return zlib.crc32(repr((saved, sorted(reading.effective(SECTION).items()))).encode()) >> 1  # fits the column


def _whole() -> Target:
    return Target((tree.root().path,))


approvals.define(ApprovalKind(KIND, _l("放宽两人办理"), PERMISSION, "approvals.loosen", _carry_out, _describe, _version))
