"""Translation outside a request: contexts, lazy texts, catalogues with and without compiled files, tenant terms."""
from __future__ import annotations

import os
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from core import i18n
from core.i18n import _, _l, current_locale, ngettext, register_catalogue, set_locale, use_locale
from core.terms import TERMS, term, use_terms


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(i18n, "_catalogues", list(i18n._catalogues))
    target = tmp_path / "en" / "LC_MESSAGES"
    target.mkdir(parents=True)
    yield target
    i18n._translations.cache_clear()


def _catalogue(translations: dict[object, object]) -> Catalog:
    catalogue = Catalog(locale="en")
    for source, target in translations.items():
        catalogue.add(source, target)
    return catalogue


def test_po_is_read_and_plural_and_variables_are_filled(folder: Path) -> None:
    with (folder / "sample.po").open("wb") as stream:
        people = (("%(num)s 人", "%(num)s 人"), ("%(num)s person", "%(num)s people"))
        write_po(stream, _catalogue({"你好，%(name)s": "Hello, %(name)s", people[0]: people[1]}))
    register_catalogue(folder.parents[1], "sample")
    lazy = _l("你好，%(name)s", name="张")
    with use_locale("en"):
        counted = [ngettext("%(num)s 人", "%(num)s 人", count) for count in (1, 3)]
        english = [_("你好，%(name)s", name="Li"), *counted, str(lazy), _("没有译文")]
    assert english == ["Hello, Li", "1 person", "3 people", "Hello, 张", "没有译文"]
    assert [str(lazy), lazy + "！", f"{lazy}", lazy == "你好，张"] == ["你好，张", "你好，张！", "你好，张", True]


@pytest.mark.parametrize(("age", "expected"), [(-60, "source"), (60, "compiled")])
def test_compiled_file_counts_only_when_it_is_not_older(folder: Path, age: int, expected: str) -> None:
    source, compiled = folder / "sample.po", folder / "sample.mo"
    with source.open("wb") as stream:
        write_po(stream, _catalogue({"甲": "source"}))
    with compiled.open("wb") as stream:
        write_mo(stream, _catalogue({"甲": "compiled"}))
    moment = source.stat().st_mtime + age
    os.utime(compiled, (moment, moment))
    register_catalogue(folder.parents[1], "sample")
    with use_locale("en"):
        assert _("甲") == expected


def test_an_unknown_locale_is_the_source_language() -> None:
    with use_locale("en"):
        set_locale("../../etc")
        assert current_locale() == i18n.SOURCE_LOCALE


def test_terms_are_the_tenants_own_within_the_block() -> None:
    with use_terms({"community": "村"}):
        renamed = [term("community"), term("unit")]
    with use_locale("en"):
        english = term("community")
    assert (renamed, term("community"), english) == (["村", "单位"], "社区", "community")
    assert all(chinese and text for chinese, text in TERMS.values())


def test_a_misspelt_term_is_a_defect() -> None:
    with pytest.raises(KeyError):
        term("comunity")
