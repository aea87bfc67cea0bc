"""Puts settings into words for people: their names, values and bounds, on pages, in files and in differences."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import fields as mf, validate as mv

from core.extension.settings_registry import Section, sections
from core.i18n import LOCALES, SOURCE_LOCALE, _
from core.terms import TERMS

LONGEST, LONGER, LONG_LIST = 60, 400, 40


def known_sections() -> dict[str, Section]:
    """Every section by its name."""
    return {s.namespace: s for s in sections()}


def setting_title(namespace: str, name: str) -> str:
    """A setting as people call it, "报到 · 向哪里报到"; its own name where no installed code knows it any more."""
    known = known_sections().get(namespace)
    if known is None:
        return f"{namespace} · {name}"
    return f"{known.title} · {field_title(known, name)}"


def field_title(section: Section, name: str) -> str:
    """The setting's title within its section."""
    field = section.schema().fields.get(name)
    return str(field.metadata.get("title", name)) if field is not None else name


def setting_words(namespace: str, name: str, value: Any) -> str:
    """A value of a setting, as JSON or as Python, in words."""
    known = known_sections().get(namespace)
    field = known.schema().fields.get(name) if known is not None else None
    return value_words(value, field)


def value_words(value: Any, field: mf.Field[Any] | None = None, *, longest: int = LONGEST) -> str:
    """A value in words: choices by their titles, yes and no, and the unit that the schema names; long texts are cut."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    titles = choices(field) if field is not None else {}
    many = value if isinstance(value, list | tuple) else [value]
    text = _("、").join(titles.get(str(v), _plain(v)) for v in many if v not in (None, ""))
    if text and field is not None and (unit := field.metadata.get("unit")):
        text = f"{text} {unit}"
    return (text if len(text) <= longest else text[:longest] + "…") or _("（未填）")


def pair_words(before: Any, after: Any, field: mf.Field[Any] | None = None) -> tuple[str, str]:
    """Two values of one setting side by side; of long lists only what goes and what comes, so that the change can be seen."""
    said = tuple(value_words(value, field, longest=LONGER) for value in (before, after))
    if not (isinstance(before, list) and isinstance(after, list)) or max(map(len, said)) <= LONG_LIST:
        return said[0], said[1]
    gone, new = [v for v in before if v not in after], [v for v in after if v not in before]
    if not gone and not new:
        return _("原来的次序"), _("新的次序：%(text)s", text=said[1])
    return (_("去掉：%(text)s", text=value_words(gone, field, longest=LONGER)) if gone else _("（没有去掉的）"),
            _("加上：%(text)s", text=value_words(new, field, longest=LONGER)) if new else _("（没有加上的）"))


def setting_pair(namespace: str, name: str, before: Any, after: Any) -> tuple[str, str]:
    """Two values of a setting side by side, in words."""
    known = known_sections().get(namespace)
    return pair_words(before, after, known.schema().fields.get(name) if known is not None else None)


def _plain(value: Any) -> str:
    """A value without choices; a time of day to the minute."""
    return value.isoformat("minutes") if isinstance(value, dt.time) else str(value)


def choices(field: mf.Field[Any]) -> dict[str, str]:
    """The titles of a setting's choices by value; empty where anything may be entered."""
    given = field.metadata.get("choices")
    if callable(given):
        given = given()
    if isinstance(given, Mapping):
        given = given.items()
    if given is None:
        inner = field.inner if isinstance(field, mf.List) else field
        given = next((zip(r.choices, r.labels or r.choices, strict=False) for r in inner.validators if isinstance(r, mv.OneOf)), ())
    return {str(value): str(title) for value, title in given}


def bounds(field: mf.Field[Any]) -> str:
    """What may be entered, as a sentence: "可填 1 至 12 个月"; "" where there is no bound worth telling."""
    unit = str(field.metadata.get("unit", ""))
    for rule in field.validators:
        if isinstance(rule, mv.Range):
            return _range(rule, unit)
        if isinstance(rule, mv.Length) and rule.max is not None:
            return _("最多 %(count)s 项", count=rule.max) if isinstance(field, mf.List) else _("最多 %(count)s 个字", count=rule.max)
    return unit and _("单位：%(unit)s", unit=unit)


def guide(field: mf.Field[Any]) -> str:
    """What may stand in a file for this setting: the codes of its choices with their meaning, or its bounds."""
    titles = choices(field)
    return "；".join(f"{value}：{title}" for value, title in titles.items()) if titles else bounds(field)


def _range(rule: mv.Range, unit: str) -> str:
    if rule.min is not None and rule.max is not None:
        return _("可填 %(least)s 至 %(most)s %(unit)s", least=rule.min, most=rule.max, unit=unit).strip()
    if rule.min is not None:
        return _("不少于 %(least)s %(unit)s", least=rule.min, unit=unit).strip()
    return _("不多于 %(most)s %(unit)s", most=rule.max, unit=unit).strip()


def term_title(locale: str, key: str) -> str:
    """A word of the domain, by its usual form: "用语“社区”", with the language where it is not the country's."""
    usual = usual_term(SOURCE_LOCALE, key) or key
    if locale == SOURCE_LOCALE:
        return _("用语“%(word)s”", word=usual)
    return _("用语“%(word)s”（%(language)s）", word=usual, language=LOCALES.get(locale, locale))


def usual_term(locale: str, key: str) -> str:
    """The usual word for a key in a language; "" for a key that no installed code knows."""
    return TERMS[key][0 if locale == SOURCE_LOCALE else 1] if key in TERMS else ""


def joined(words: Iterable[object]) -> str:
    """A list in words."""
    return _("、").join(str(word) for word in words)
