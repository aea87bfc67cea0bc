"""Writes what a tenant is as a profile file, which can be read again by people, by the tenant's page and by `baodao tenant apply`."""
from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.extension.settings_registry import sections
from core.i18n import _
from tenants import toml_writing as toml
from tenants.state import State
from tenants.wording import field_title, guide, known_sections, setting_title, term_title


def document(state: State) -> str:
    """The TOML text of a tenant's state: the same text for the same state, whoever writes it and whenever.

    Sections of plugins that are off are left out; what they laid down stays in the tenant and comes back with them.
    """
    facts = state.facts or {}
    lines = [toml.comment(_("%(name)s的功能插件、设置和用语。可以用记事本修改，再在“设置 · 配置文件”里查看差别、套用。", name=facts.get("name", ""))),
             *toml.pairs(_identity(state)), "", toml.comment(_("已启用的插件")), *toml.pairs({"plugins": sorted(state.plugins)}),
             *_sectors(state), *_settings(state), *_locked(state), *_counties(state), *_terms(state)]
    return "\n".join(lines) + "\n"


def fingerprint(state: State) -> str:
    """Tells whether anything has changed between looking and doing."""
    parts = [sorted(state.plugins), state.own, {n: sorted(names) for n, names in state.locked.items()}, state.counties, state.terms]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _identity(state: State) -> dict[str, Any]:
    facts = state.facts or {}
    root = next((o.name for o in state.organizations.values() if o.kind == "committee"), "")
    return {"code": facts["code"], "slug": facts["slug"], "name": facts["name"], "short_name": facts["short_name"],
            "committee": state.profile.get("committee") or root or facts["name"], "kind": facts["kind"],
            "areas": list(state.profile.get("areas") or ([facts["code"]] if facts["code"].isdigit() else []))}


def _sectors(state: State) -> Iterator[str]:
    """Those of the last profile, else those that stand there under a code of their own."""
    code = (state.facts or {})["code"]
    found = [(s["code"], s["name"]) for s in state.profile.get("sectors", ())] or [
        (c.removeprefix(code), o.name) for c, o in sorted(state.organizations.items())
        if o.kind == "sector" and c.startswith(code) and re.fullmatch(r"[A-Z][A-Z0-9]{0,9}", c.removeprefix(code))]
    for short, name in found:
        yield from ("", "[[sectors]]", *toml.pairs({"code": short, "name": name}))


def _settings(state: State) -> Iterator[str]:
    yield from toml.table(["settings"])
    for namespace in _open(state):
        if own := state.own.get(namespace):
            yield from toml.table(["settings", namespace], own, _said(namespace, own))


def _locked(state: State) -> Iterator[str]:
    names = {n: sorted(state.locked.get(n, ())) for n in _open(state) if state.locked.get(n)}
    known = known_sections()
    yield from ("", toml.comment(_("锁定的设置，区县不能改")))
    yield from toml.table(["locked"], names, {n: "；".join(field_title(known[n], name) for name in v) for n, v in names.items()})[1:]


def _counties(state: State) -> Iterator[str]:
    yield from toml.table(["counties"])
    on = _open(state)
    for code in sorted(state.counties):
        place = state.organizations[code].name if code in state.organizations else code
        for namespace in on:
            if own := state.counties[code].get(namespace):
                head, *rest = toml.table(["counties", code, namespace], own, _said(namespace, own))
                yield from (head, toml.comment(place), *rest)


def _terms(state: State) -> Iterator[str]:
    yield from toml.table(["terms"])
    for locale, names in state.terms.items():
        if names:
            own = dict(sorted(names.items()))
            yield from toml.table(["terms", locale], own, {key: term_title(locale, key) for key in own})


def _said(namespace: str, values: Mapping[str, Any]) -> dict[str, str]:
    """A comment for each setting: its name, and what may stand there."""
    fields = known_sections()[namespace].schema().fields
    guides = {n: guide(fields[n]) for n in values if n in fields}
    return {n: _("%(title)s（%(guide)s）", title=setting_title(namespace, n), guide=guides[n]) if guides.get(n) else setting_title(namespace, n)
            for n in values}


def _open(state: State) -> list[str]:
    return [s.namespace for s in sections() if not s.plugin or s.namespace in state.plugins]
