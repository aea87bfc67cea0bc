"""Which rule kinds there are for the tenant: those of the plugins that are on."""
from __future__ import annotations

from core.errors import NotFound
from core.extension import registry
from core.extension.activation import enabled_plugins
from core.extension.rule_kinds import RuleKind
from core.i18n import _
from core.spelling import did_you_mean


def rule_kinds() -> dict[str, RuleKind]:
    """The tenant's rule kinds by name, in the order of their plugins."""
    enabled = enabled_plugins()
    return {kind.name: kind for plugin in registry.current().plugins.values() if plugin.name in enabled for kind in plugin.rule_kinds}


def rule_kind(name: str) -> RuleKind:
    """The rule kind of that name. Raises NotFound where there is none, as while its plugin is off."""
    known = rule_kinds()
    if name not in known:
        raise NotFound(_("没有名为 %(name)s 的规则%(hint)s。", name=name, hint=did_you_mean(name, known)))
    return known[name]
