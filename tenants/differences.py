"""Compares a profile with what a tenant is, without touching either, so that the difference can be shown before it is made."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import Conflict
from core.i18n import SOURCE_LOCALE, LazyString, _, _l
from core.terms import TERMS
from tenants.divisions import Place
from tenants.planting import TITLES, Known
from tenants.profile import Profile

CREATE, UPDATE = "create", "update"
FACTS = {"slug": _l("地址简称"), "name": _l("名称"), "short_name": _l("简称")}
Tree = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, for people (`text`) and for programs.

    `subject` is dotted, as in the profile: tenant, tenant.name, divisions, places.community (with the count as `after`),
    place.<code>, plugin.<name>, setting.<namespace>.<name>, term.<locale>.<key>.
    """

    action: str
    subject: str
    text: str
    before: Any = None
    after: Any = None

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {"action": self.action, "subject": self.subject, "text": self.text, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class State:
    """What a tenant is. `profile` is the one applied last; `facts` is None for a tenant that does not exist.

    `settings` are the values that hold, `inherited` those that would hold if the tenant laid down none; both as JSON.
    """

    facts: Mapping[str, str] | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    organizations: Mapping[str, Known] = field(default_factory=dict)
    plugins: frozenset[str] = frozenset()
    settings: Tree = field(default_factory=dict)
    inherited: Tree = field(default_factory=dict)
    terms: Tree = field(default_factory=dict)


def differences(profile: Profile, settings: Tree, nodes: Sequence[Place], state: State) -> list[Change]:
    """All changes, in the order in which they are made. `settings` are the profile's, as JSON; `nodes` its tree. Raises Conflict."""
    return [*_facts(profile, state), *_tree(missing(nodes, state), renamed(nodes, state), state), *_plugins(profile, state),
            *_settings(target_settings(settings, state), state), *_terms(target_terms(profile, state), state)]


def missing(nodes: Iterable[Place], state: State) -> list[Place]:
    """The nodes still to be added. A sector that stands under another code, as an import makes it, is not added again."""
    sectors = {o.name for o in state.organizations.values() if o.kind == "sector"}
    return [n for n in nodes if n.code not in state.organizations and not (n.kind == "sector" and n.name in sectors)]


def renamed(nodes: Iterable[Place], state: State) -> list[Place]:
    """The nodes that stand under another name. Raises Conflict for a sector's code that something else bears."""
    changed = [n for n in nodes if n.code in state.organizations and state.organizations[n.code].name != n.name]
    laid_down = {f"{state.profile.get('code')}{s['code']}": s["name"] for s in state.profile.get("sectors", ())}
    for node in changed:
        if node.kind == "sector" and node.code not in laid_down:
            raise Conflict(_("代码 %(code)s 已由 %(name)s 使用，请在 sectors 中换一个 code。", code=node.code,
                             name=state.organizations[node.code].name))
    return changed


def target_settings(settings: Tree, state: State) -> dict[str, dict[str, Any]]:
    """What the profile wants to hold; what the last profile said and this one does not goes back to the inherited value."""
    before: Tree = state.profile.get("settings", {})
    result = {}
    for namespace in {**before, **settings}:
        dropped = {n: state.inherited[namespace][n] for n in before.get(namespace, {}) if n in state.inherited.get(namespace, {})}
        result[namespace] = {**dropped, **settings.get(namespace, {})}
    return result


def target_terms(profile: Profile, state: State) -> dict[str, dict[str, str]]:
    """The tenant's words by language; those that the last profile named and this one does not are forgotten."""
    before: Tree = state.profile.get("terms", {})
    result = {}
    for locale in {**before, **profile.terms}:
        kept = {k: text for k, text in state.terms.get(locale, {}).items() if k not in before.get(locale, {})}
        result[locale] = {**kept, **profile.terms.get(locale, {})}
    return result


def _facts(profile: Profile, state: State) -> Iterator[Change]:
    if state.facts is None:
        yield Change(CREATE, "tenant", _("新建租户 %(name)s（%(code)s）", name=profile.name, code=profile.code), None, profile.code)
        return
    if state.facts["kind"] != profile.kind:
        raise Conflict(_("租户 %(code)s 的类型（kind）不能更改。", code=profile.code))
    for name, title in FACTS.items():
        if state.facts[name] != getattr(profile, name):
            yield _update(f"tenant.{name}", title, state.facts[name], getattr(profile, name))


def _tree(new: Iterable[Place], other_names: Iterable[Place], state: State) -> Iterator[Change]:
    counts: dict[str, int] = {}
    for node in new:
        counts[node.kind] = counts.get(node.kind, 0) + 1
    for kind, count in counts.items():
        yield Change(CREATE, f"places.{kind}", _("新增%(kind)s %(count)s 个", kind=TITLES[kind], count=count), 0, count)
    for node in other_names:
        yield _update(f"place.{node.code}", _("%(code)s 更名", code=node.code), state.organizations[node.code].name, node.name)


def _plugins(profile: Profile, state: State) -> Iterator[Change]:
    for name in profile.plugins:
        if name not in state.plugins:
            yield Change(UPDATE, f"plugin.{name}", _("启用插件 %(name)s", name=name), before=False, after=True)
    # Only what the last profile switched on is switched off again: the tenant may have more by its own choice.
    for name in state.profile.get("plugins", ()):
        if name not in profile.plugins and name in state.plugins:
            yield Change(UPDATE, f"plugin.{name}", _("停用插件 %(name)s", name=name), before=True, after=False)


def _settings(target: Tree, state: State) -> Iterator[Change]:
    for namespace, values in target.items():
        for name, value in values.items():
            before = state.settings.get(namespace, {}).get(name)
            if before != value:
                yield _update(f"setting.{namespace}.{name}", _("设置 %(name)s", name=f"{namespace}.{name}"), before, value)


def _terms(target: Mapping[str, Mapping[str, str]], state: State) -> Iterator[Change]:
    for locale, names in target.items():
        before = state.terms.get(locale, {})
        for key in sorted({**before, **names}):
            if before.get(key) != names.get(key):
                usual = TERMS[key][0 if locale == SOURCE_LOCALE else 1] if key in TERMS else ""
                yield _update(f"term.{locale}.{key}", _("用语 %(key)s（%(locale)s）", key=key, locale=locale),
                              before.get(key, usual), names.get(key, usual))


def _update(subject: str, title: str | LazyString, before: Any, after: Any) -> Change:
    text = _("%(title)s：%(before)s → %(after)s", title=title, before=_shown(before), after=_shown(after))
    return Change(UPDATE, subject, text, before, after)


def _shown(value: Any) -> str:
    if value is None or value == "":
        return _("（空）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return "、".join(str(v) for v in value) if isinstance(value, list) else str(value)
