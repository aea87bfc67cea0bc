"""The levels at which somebody may set: the whole tenant or single counties; and the tabs between the pages of settings."""
from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from flask import request, url_for

from core.access.authorization import Target, authorize
from core.errors import Forbidden
from core.i18n import _
from core.organizations import tree
from tenants.settings import LEVELS
from web.tenant import actor

PERMISSION = "settings.manage"


class Place(NamedTuple):
    """The level at which settings are made: the whole tenant (`id` None) or one county."""

    id: uuid.UUID | None
    name: str


def whole() -> bool:
    """Whether the person sets for the whole tenant."""
    return tree.root().path in actor().paths(PERMISSION)


def whole_place() -> Place:
    """The whole tenant."""
    return Place(None, _("全辖区"))


def places() -> list[Place]:
    """The levels that this person may set: the whole for the city, the counties below, or one's own."""
    found = [Place(row.id, row.name) for row in tree.search(actor().paths(PERMISSION), kinds=LEVELS, limit=200)]
    return ([whole_place()] if whole() else []) + found


def chosen_place() -> Place:
    """The level that the address names, else the widest of this person. Raises NotFound for one out of reach, Forbidden for none."""
    wanted = request.args.get("place", type=uuid.UUID)
    if wanted is None:
        if whole():
            return whole_place()
        own = places()
        if not own:
            raise Forbidden(_("您的系统没有单独的设置，随全市统一。"))
        return own[0]
    organization = tree.get(wanted)
    authorize(actor(), PERMISSION, Target((organization.path,)))
    return Place(organization.id, organization.name)


def tabs(active: str, *, everything: bool) -> list[dict[str, Any]]:
    """The pages of settings side by side; `everything` for those who set for the whole tenant."""
    found = [("settings.index", _("设置")), ("setting_differences.index", _("与上级不同的")), ("setting_history.index", _("变更记录"))]
    if everything:
        found += [("terms.index", _("用语")), ("profile_file.index", _("配置文件"))]
    return [{"title": title, "url": url_for(endpoint), "active": endpoint.startswith(active)} for endpoint, title in found]
