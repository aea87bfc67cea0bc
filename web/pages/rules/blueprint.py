"""The blueprint of the rules' pages, the question who may change which pack, and the days of its forms."""
from __future__ import annotations

import datetime as dt
import uuid

from flask import request

from core.errors import Forbidden, Invalid, NotFound
from core.extension.rule_kinds import PackVersion, RuleKind
from core.i18n import _
from core.members.reach import grants_for
from core.organizations import tree
from core.rules.kinds import rule_kinds
from core.rules.queries import pack_version
from web.routing import Pages
from web.tenant import actor

pages = Pages("rules", __name__, url_prefix="/rules")
READ, MANAGE = "rules.read", "rules.manage"
LEVELS = ("county",)


def kinds() -> dict[str, RuleKind]:
    """The tenant's rule kinds. Raises NotFound when no plugin brings one: then there are no such pages."""
    found = rule_kinds()
    if not found:
        raise NotFound
    return found


def readable(pack_id: uuid.UUID) -> tuple[PackVersion, RuleKind, bool]:
    """A pack, its kind, and whether the person may change it; a draft is shown to those only. Raises NotFound."""
    pack, kind = _known(pack_id)
    mine = may_change(pack.organization_id)
    if pack.effective_from is None and not mine:
        raise NotFound
    return pack, kind, mine


def changeable(pack_id: uuid.UUID) -> tuple[PackVersion, RuleKind]:
    """A pack that the person may change, with its kind. Raises NotFound, Forbidden."""
    pack, kind = _known(pack_id)
    check_place(pack.organization_id)
    return pack, kind


def check_place(organization_id: uuid.UUID | None) -> None:
    """Let those pass who manage rules for the whole tenant (None) or for this county. Raises NotFound, Forbidden."""
    if not may_change(organization_id):
        if organization_id is None and actor().can(MANAGE):
            raise Forbidden(_("全市统一的规则由市（州）管理员制定。"))
        raise NotFound


def may_change(organization_id: uuid.UUID | None) -> bool:
    """Whether `check_place` would let the person pass."""
    return any(g.kind == "committee" or (organization_id is not None and g.organization_id == organization_id)
               for g in grants_for(actor(), MANAGE))


def day_sent(name: str) -> dt.date:
    """The day in the sent form's field `name`. Raises Invalid."""
    try:
        return dt.date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        raise Invalid(_("请选择日期。"), {name: [_("请选择日期")]}) from None


def places(kind: RuleKind) -> list[tuple[str, str]]:
    """Where the person may make rules of the kind: "" for the whole tenant, else a county's id, each with its name."""
    found = [("", _("全辖区"))] if may_change(None) else []
    if kind.local:
        found += [(str(row.id), row.name) for row in tree.search(actor().paths(MANAGE), kinds=LEVELS, limit=200)]
    return found


def _known(pack_id: uuid.UUID) -> tuple[PackVersion, RuleKind]:
    """A pack whose plugin is on; any other looks absent, whatever it is."""
    pack = pack_version(pack_id)
    kind = rule_kinds().get(pack.kind)
    if kind is None:
        raise NotFound
    return pack, kind
