"""Compares what a tenant is with what it is to be, without touching either, so that the difference can be shown before it is made."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import Conflict, Invalid
from core.extension.registry import current
from core.i18n import LazyString, _, _l
from core.spelling import did_you_mean
from tenants.divisions import Place
from tenants.planting import TITLES
from tenants.profile import Profile
from tenants.state import State, Tree
from tenants.wording import setting_pair, setting_title, setting_words, term_title, usual_term

CREATE, UPDATE = "create", "update"
FACTS = {"slug": _l("地址简称"), "name": _l("名称"), "short_name": _l("简称")}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, for people (`text`, in words) and for programs.

    `subject` is dotted, as in the profile: tenant, tenant.name, divisions, places.community (with the count as `after`),
    place.<code>, plugin.<name>, setting.<section>.<name>, locked.<section>.<name>, county.<code>.<section>.<name>,
    term.<locale>.<key>.
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
class Target:
    """What a tenant is to be. For each section that is named: all that the tenant (or the county) is to lay down itself, as JSON.

    What is not named stays as it is.
    """

    plugins_on: frozenset[str] = frozenset()
    plugins_off: frozenset[str] = frozenset()
    settings: Tree = field(default_factory=dict)
    locked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    counties: Mapping[str, Tree] = field(default_factory=dict)
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def aimed(profile: Profile, given: Profile, state: State) -> Target:
    """What an operator's profile makes of the tenant: what it says holds, what the last profile said and this one does not goes
    back, and what the tenant chose itself stays. `given` is the profile with its settings as JSON.
    """
    last = state.profile
    locks_before: Tree = {n: dict.fromkeys(names) for n, names in last.get("locked", {}).items()}
    locks_now: Tree = {n: dict.fromkeys(names) for n, names in given.locked.items()}
    locked: Tree = {n: dict.fromkeys(names) for n, names in state.locked.items()}
    counties = {code: _over(state.counties.get(code, {}), last.get("counties", {}).get(code, {}), given.counties.get(code, {}))
                for code in {**last.get("counties", {}), **given.counties}}
    return Target(frozenset(profile.plugins) - state.plugins,
                  # Only what the last profile switched on is switched off again: the tenant may have more by its own choice.
                  frozenset(n for n in last.get("plugins", ()) if n not in profile.plugins and n in state.plugins),
                  _over(state.own, last.get("settings", {}), given.settings),
                  {n: frozenset(names) for n, names in _over(locked, locks_before, locks_now).items()},
                  counties, _over(state.terms, last.get("terms", {}), profile.terms))


def differences(profile: Profile, nodes: Sequence[Place], target: Target, state: State) -> list[Change]:
    """All changes, in the order in which they are made; `nodes` are the profile's tree. Raises Conflict, Invalid."""
    check_counties(target, {n.code for n in nodes if n.kind == "county"} | set(state.organizations))
    return [*_facts(profile, state), *_tree(missing(nodes, state), renamed(nodes, state), state), *inner(target, state)]


def inner(target: Target, state: State) -> list[Change]:
    """The changes of switches, settings and words."""
    return [*_plugins(target), *_settings(target, state), *_locks(target, state), *_counties(target, state), *_terms(target, state)]


def check_counties(target: Target, codes: Iterable[str]) -> None:
    """Raise Invalid, by key, for values of a county that the tenant does not have."""
    known = set(codes)
    if problems := {f"counties.{code}": [_("没有这个区县%(hint)s", hint=did_you_mean(code, known))]
                    for code, values in target.counties.items() if code not in known and values}:
        raise Invalid("\n".join([_("有 %(count)s 个区县不属于这里：", count=len(problems)),
                                 *(f"  {key}：{'；'.join(said)}" for key, said in problems.items())]), problems)


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


def _over(own: Tree, before: Tree, now: Tree) -> dict[str, dict[str, Any]]:
    """For each name in the last or the present profile: what is there without what the last one laid down, and the present one."""
    return {name: {**{k: v for k, v in own.get(name, {}).items() if k not in before.get(name, {})}, **now.get(name, {})}
            for name in {**before, **now}}


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


def _plugins(target: Target) -> Iterator[Change]:
    for name, title in _titles(target.plugins_on):
        yield Change(UPDATE, f"plugin.{name}", _("启用插件“%(name)s”", name=title), before=False, after=True)
    for name, title in _titles(target.plugins_off):
        yield Change(UPDATE, f"plugin.{name}", _("停用插件“%(name)s”（数据保留）", name=title), before=True, after=False)


def _titles(names: Iterable[str]) -> list[tuple[str, str]]:
    known = current().plugins
    return [(name, str(known[name].title) if name in known else name) for name in sorted(names)]


def _settings(target: Target, state: State) -> Iterator[Change]:
    for namespace, values in target.settings.items():
        own, holds = state.own.get(namespace, {}), state.settings.get(namespace, {})
        for name in {**own, **values}:
            before, after = holds.get(name), values.get(name, state.inherited.get(namespace, {}).get(name))
            if before != after:
                yield _setting(f"setting.{namespace}.{name}", namespace, name, before, after)


def _locks(target: Target, state: State) -> Iterator[Change]:
    for namespace, names in target.locked.items():
        before = state.locked.get(namespace, frozenset())
        for name in sorted(before ^ names):
            text = _("锁定“%(title)s”，区县不能改") if name in names else _("不再锁定“%(title)s”，区县可以改")
            yield Change(UPDATE, f"locked.{namespace}.{name}", text % {"title": setting_title(namespace, name)}, name in before, name in names)


def _counties(target: Target, state: State) -> Iterator[Change]:
    for code, sections in target.counties.items():
        place = state.organizations[code].name if code in state.organizations else code
        for namespace, values in sections.items():
            own = state.counties.get(code, {}).get(namespace, {})
            for name in [n for n in {**own, **values} if own.get(n, ...) != values.get(n, ...)]:
                before, after = (setting_words(namespace, name, side[name]) if name in side else _("随全市") for side in (own, values))
                text = _("%(place)s · %(title)s：%(before)s → %(after)s", place=place, title=setting_title(namespace, name),
                         before=before, after=after)
                if name in target.locked.get(namespace, state.locked.get(namespace, ())):
                    text += _("（全市已锁定，暂不生效）")
                yield Change(UPDATE, f"county.{code}.{namespace}.{name}", text, own.get(name), values.get(name))


def _terms(target: Target, state: State) -> Iterator[Change]:
    for locale, names in target.terms.items():
        before = state.terms.get(locale, {})
        for key in sorted({**before, **names}):
            if before.get(key) != names.get(key):
                usual = usual_term(locale, key)
                yield _update(f"term.{locale}.{key}", term_title(locale, key), before.get(key, usual), names.get(key, usual))


def _setting(subject: str, namespace: str, name: str, before: Any, after: Any) -> Change:
    old, new = setting_pair(namespace, name, before, after)
    return Change(UPDATE, subject, _("%(title)s：%(before)s → %(after)s", title=setting_title(namespace, name), before=old, after=new),
                  before, after)


def _update(subject: str, title: str | LazyString, before: Any, after: Any) -> Change:
    return Change(UPDATE, subject, _("%(title)s：%(before)s → %(after)s", title=title, before=before, after=after), before, after)
