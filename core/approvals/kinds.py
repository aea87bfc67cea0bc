"""The kinds of acts that need a second person: core's own, and those of the tenant's plugins that are on."""
from __future__ import annotations

from core.errors import NotFound
from core.extension.activation import enabled_plugins
from core.extension.approval_kinds import ApprovalKind
from core.extension.registry import current
from core.i18n import _

_core: dict[str, ApprovalKind] = {}


def define(kind: ApprovalKind) -> ApprovalKind:
    """Make one of core's own known, at import; plugins name theirs in the manifest."""
    _core[kind.name] = kind
    return kind


def kinds() -> dict[str, ApprovalKind]:
    """Core's kinds and those of the tenant's plugins that are on, by name."""
    on = enabled_plugins()
    return _core | {kind.name: kind for plugin in current().plugins.values() if plugin.name in on for kind in plugin.approvals}


def kind_of(name: str) -> ApprovalKind:
    """The kind of that name. Raises NotFound with a sentence, as while its plugin is off."""
    try:
        return kinds()[name]
    except KeyError:
        raise NotFound(_("这类事项所属的功能没有启用，请先启用再办理。")) from None
