"""Changes of the hierarchy as officers ask for them: at once for what has nothing below it, by two persons otherwise (rule 12)."""
from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select

from core import approvals
from core.access.actor import Actor, load_actor
from core.access.authorization import Target, authorize
from core.errors import Conflict, Invalid
from core.extension.approval_kinds import ApprovalKind, ApprovedAct
from core.i18n import _, _l
from core.members.models import Member
from core.organizations import hierarchy, tree
from core.organizations.models import Organization
from core.organizations.tree import OrganizationFact
from core.tenancy import session
from core.tenancy.scope import tenant_id

KIND, PERMISSION = "hierarchy", "organizations.manage"
MOVE, MERGE, CLOSE = "move", "merge", "close"
ACTS = {MOVE: _l("划转到另一个上级"), MERGE: _l("并入同级组织，原组织停用"), CLOSE: _l("连同下级一起停用")}
FOUND = 20


def acts_for(place: OrganizationFact) -> list[str]:
    """What can be done with an organization of this kind."""
    fits = {MOVE: place.kind in hierarchy.PARENTS, MERGE: place.kind in hierarchy.MERGED, CLOSE: place.kind in hierarchy.CLOSED}
    return [act for act, possible in fits.items() if possible and place.active]


def targets(place: OrganizationFact, act: str, actor: Actor, text: str) -> Sequence[Any]:
    """Where it could go: organizations of the fitting kind within the actor's reach, by name or code; 20 at most."""
    kind = hierarchy.PARENTS.get(place.kind) if act == MOVE else place.kind if act == MERGE else None
    if kind is None:
        return []
    return [row for row in tree.search(actor.paths(PERMISSION), kinds=(kind,), text=text, limit=FOUND) if row.id != place.id]


def change(place: OrganizationFact, act: str, to: uuid.UUID | None, reason: str, *, by: Actor) -> uuid.UUID | None:
    """Do it now, or ask for a second person; answers the request's id, or None when it is done.

    Raises NotFound and Forbidden by the actor's reach over what leads either organization, Invalid, Conflict.
    """
    content = {"act": act, "organization": place.id, "to": to}
    _allowed(place, act, to, by)
    _checked(place, act)
    if hierarchy.has_below(place) and approvals.needed(KIND):
        return approvals.ask(KIND, content, reason, by=by, target=Target((_shared(place, to),)))
    if hierarchy.version(place.id) is not None:
        _do(place, act, to)
    return None


def _allowed(place: OrganizationFact, act: str, to: uuid.UUID | None, by: Actor) -> None:
    """Whoever moves or ends an organization needs the say over what leads it, and over what it goes to."""
    if act not in acts_for(place):
        raise Invalid(_("请选择要办理的事项。"), {"act": [_("请选择")]})
    authorize(by, PERMISSION, Target((above(place.path),)))
    if act != CLOSE and to is None:
        raise Invalid(_("请查找并选择去向。"), {"to": [_("请输入名称，点“查找”，再选择一个")]})
    if act != CLOSE and to is not None:
        authorize(by, PERMISSION, Target((tree.get(to).path,)))


def above(path: str) -> str:
    """The path of what leads the organization at `path`."""
    return path.rstrip("/").rpartition("/")[0] + "/"


def _shared(place: OrganizationFact, to: uuid.UUID | None) -> str:
    return tree.common_path([above(place.path), *([tree.get(to).path] if to else [])])


def _checked(place: OrganizationFact, act: str) -> None:
    if act != CLOSE:
        return
    below = select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.path.bool_op("^@")(place.path))
    tied = session().scalar(select(func.count()).select_from(Member).where(
        Member.tenant_id == tenant_id(), Member.status == "active",
        or_(Member.unit_id.in_(below), Member.residence_id.in_(below), Member.workplace_id.in_(below)))) or 0
    if tied:
        raise Conflict(_("这里和下级还有 %(count)s 名在职党员，请先把他们转到别处，再停用。", count=tied))


def _do(place: OrganizationFact, act: str, to: uuid.UUID | None) -> int:
    if act == CLOSE or to is None:
        return hierarchy.close(place)
    return hierarchy.move(place, tree.get(to)) if act == MOVE else hierarchy.merge(place, tree.get(to))


def _parts(content: Mapping[str, Any]) -> tuple[uuid.UUID, str, uuid.UUID | None]:
    return uuid.UUID(content["organization"]), content["act"], uuid.UUID(content["to"]) if content["to"] else None


def _carry_out(act: ApprovedAct) -> dict[str, Any]:
    """The asker's reach is asked again, and whether anybody has come to live there since."""
    organization_id, what, to = _parts(act.content)
    place = tree.get(organization_id)
    asker = load_actor(act.asked_by)
    if asker is None:
        raise Conflict(_("申请人已经没有办理这件事的权限，请退回。"))
    _allowed(place, what, to, asker)
    _checked(place, what)
    return {"count": _do(place, what, to)}


def _describe(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    organization_id, act, to = _parts(content)
    names = tree.names([organization_id, to])
    below = _count_below(tree.get(organization_id))
    said = [(_("办理事项"), str(ACTS[act])), (_("组织"), names.get(organization_id, "")), (_("连同下级"), _("%(count)s 个", count=below))]
    return said + ([(_("去向"), names.get(to, ""))] if to else [])


def _version(content: Mapping[str, Any]) -> int | None:
    """Both organizations' versions and how many stand below, as one number: none of it may have changed meanwhile."""
    organization_id, _act, to = _parts(content)
    seen = [hierarchy.version(organization_id), hierarchy.version(to) if to else None, _count_below(tree.get(organization_id))]
    return zlib.crc32(repr(seen).encode()) >> 1  # fits the column


def _count_below(place: OrganizationFact) -> int:
    return (session().scalar(select(func.count()).select_from(Organization).where(
        Organization.tenant_id == tenant_id(), Organization.path.bool_op("^@")(place.path), Organization.active)) or 1) - 1


approvals.define(ApprovalKind(KIND, _l("调整隶属关系"), PERMISSION, "approvals.hierarchy", _carry_out, _describe, _version))
