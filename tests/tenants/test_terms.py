"""A tenant's own words."""
from __future__ import annotations

import pytest

from core.errors import Invalid
from core.tenancy import tenant_scope
from core.terms import term, use_terms
from tenants.terms import save_terms, terms_for_tenant
from tests.support.cities import make_city


def test_a_tenant_renames_a_word_and_takes_it_back(city: int) -> None:
    other = make_city(2)
    with tenant_scope(city):
        assert save_terms({"community": " 村 ", "level": ""})
        assert save_terms({"community": "village"}, "en")
        assert not save_terms({"community": "村"})
    with tenant_scope(city):
        assert (terms_for_tenant(), terms_for_tenant("en")) == ({"community": "村"}, {"community": "village"})
        with use_terms(terms_for_tenant()):
            assert (term("community"), term("level")) == ("村", "星级")
        save_terms({"level": "等级"})
    with tenant_scope(city):
        assert terms_for_tenant() == {"level": "等级"}
    with tenant_scope(other):
        assert terms_for_tenant() == {}


def test_unknown_and_overlong_words_are_refused(city: int) -> None:
    with tenant_scope(city):
        with pytest.raises(Invalid) as caught:
            save_terms({"comunity": "村", "level": "长" * 21})
        assert caught.value.fields == {"comunity": ["没有这个用语（您是否想写 community？）。"], "level": ["用语最长 20 个字。"]}
        with pytest.raises(Invalid):
            save_terms({"community": "村"}, "fr")


def test_words_are_read_once_a_scope(city: int, statements: list[str]) -> None:
    with tenant_scope(city):
        statements.clear()
        terms_for_tenant()
        terms_for_tenant("en")
        assert sum("FROM term" in s for s in statements) == 1
