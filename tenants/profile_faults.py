"""Finds what a profile file says that the installation does not know or cannot accept, key by key, with proposals."""
from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import RAISE, validate

from core.extension import registry
from core.extension.settings_registry import Section, sections
from core.i18n import LOCALES, _
from core.spelling import did_you_mean
from core.terms import TERMS
from tenants.wording import bounds

NO_AUTHORITY = "4290"


def inner_faults(values: Mapping[str, Any], plugins: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """What is wrong below the profile's keys, by dotted key; `plugins` are those that will be on."""
    if "code" in values:
        yield from _place_faults({"areas": (), "kind": "city", "sectors": (), **values})
    yield from _plugin_faults(values.get("plugins", ()))
    known = {s.namespace: s for s in sections()}
    yield from _section_faults("settings", values.get("settings", {}), known, plugins)
    yield from _section_faults("locked", {n: dict.fromkeys(names) for n, names in values.get("locked", {}).items()}, known, plugins,
                               with_values=False)
    for code, given in values.get("counties", {}).items():
        shared = [n for n in given if n in known and not known[n].local]
        yield from ((f"counties.{code}.{n}", [_("这组设置全市统一，区县没有自己的")]) for n in shared)
        yield from _section_faults(f"counties.{code}", {n: v for n, v in given.items() if n not in shared}, known, plugins)
    yield from _term_faults(values.get("terms", {}))


def _plugin_faults(names: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    loaded = registry.current()
    for name in names:
        if name in loaded.refused:
            yield f"plugins.{name}", [_("插件不能使用：%(reason)s", reason=loaded.refused[name])]
        elif name not in loaded.plugins:
            yield f"plugins.{name}", [_("没有安装这个插件%(hint)s", hint=did_you_mean(name, loaded.plugins))]


def _section_faults(group: str, given: Mapping[str, Mapping[str, Any]], known: Mapping[str, Section], plugins: Collection[str], *,
                    with_values: bool = True) -> Iterator[tuple[str, list[str]]]:
    for namespace, values in given.items():
        key = f"{group}.{namespace}"
        if namespace not in known:
            yield key, [_("没有这组设置%(hint)s", hint=did_you_mean(namespace, known))]
        elif known[namespace].plugin and namespace not in plugins:
            yield key, [_("请先在 plugins 中启用这个插件")]
        else:
            yield from _setting_faults(key, known[namespace], values, with_values=with_values)


def _place_faults(values: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    if NO_AUTHORITY in (values["code"], *values["areas"]):
        yield "code", [_("4290 是统计区划中的一行，不是一级机关；请用仙桃 429004、潜江 429005、天门 429006 或神农架 429021")]
    digits = values["code"].isdigit()
    if digits != (values["kind"] == "city"):
        yield "kind", [_("区划代码对应 city，字母代码对应 sector")]
    for field in ("code", "name"):
        seen = [s[field] for s in values["sectors"]]
        if repeated := sorted({v for v in seen if seen.count(v) > 1}):
            yield f"sectors.{field}", [_("重复：%(values)s", values="、".join(repeated))]


def _setting_faults(group: str, section: Section, given: Mapping[str, Any], *, with_values: bool) -> Iterator[tuple[str, list[str]]]:
    schema = section.schema(unknown=RAISE, partial=True)
    for name, value in given.items():
        key = f"{group}.{name}"
        if name not in schema.fields:
            yield key, [_("没有这个设置%(hint)s", hint=did_you_mean(name, schema.fields))]
        elif with_values and (wrong := schema.validate({name: value}, partial=True)):
            choices = [rule for rule in schema.fields[name].validators if isinstance(rule, validate.OneOf)]
            yield key, [_("只能是 %(choices)s 之一", choices="、".join(str(c) for c in choices[0].choices)) if choices
                        else _("值不合要求：%(reason)s", reason=bounds(schema.fields[name]) or "；".join(_leaves(wrong)))]


def _term_faults(terms: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, list[str]]]:
    for locale, names in terms.items():
        if locale not in LOCALES:
            yield f"terms.{locale}", [_("没有这种语言%(hint)s", hint=did_you_mean(locale, LOCALES))]
        for key in names:
            if key not in TERMS:
                yield f"terms.{locale}.{key}", [_("没有这个用语%(hint)s", hint=did_you_mean(key, TERMS))]


def _leaves(said: Any) -> Iterator[str]:
    for part in said.values() if isinstance(said, dict) else said if isinstance(said, list) else ():
        if isinstance(part, dict | list):
            yield from _leaves(part)
        else:
            yield str(part)
