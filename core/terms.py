"""The domain's words, which a tenant may rename: 社区 or 村, 星级 or 等级.

The names of the tenant in use lie in a context variable; the tenancy room or the web door fills it by `use_terms`.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

from core.i18n import SOURCE_LOCALE, current_locale

# Each key with its usual word in Chinese and in English.
TERMS: dict[str, tuple[str, str]] = {
    "activity": ("活动", "activity"),
    "affiliation": ("归属", "affiliation"),
    "building_group": ("楼栋党小组", "building Party group"),
    "certificate": ("报到证", "report-in certificate"),
    "committee": ("市委组织部", "committee"),
    "community": ("社区", "community"),
    "county": ("区县", "county"),
    "coverage": ("报到率", "coverage"),
    "evaluation": ("服务评价", "evaluation"),
    "grid": ("网格", "grid"),
    "hours": ("服务时长", "service hours"),
    "level": ("星级", "star level"),
    "member": ("在职党员", "in-service member"),
    "obligation": ("报到时限", "report-in deadline"),
    "pledge": ("服务承诺", "pledge"),
    "points": ("积分", "points"),
    "receipt": ("回执", "receipt"),
    "recipient": ("服务对象", "recipient"),
    "record": ("服务记录", "service record"),
    "report_in": ("报到", "report-in"),
    "resident": ("居民", "resident"),
    "sector": ("系统党委", "sector"),
    "street": ("街道", "street"),
    "team": ("服务队", "service team"),
    "unit": ("单位", "unit"),
    "wish": ("微心愿", "micro-wish"),
}


def define_terms(terms: Mapping[str, tuple[str, str]]) -> None:
    """Add a plugin's words. Raises ValueError for a key that has another meaning already."""
    if taken := [key for key, words in terms.items() if TERMS.get(key, words) != words]:
        raise ValueError(f"terms defined twice: {', '.join(taken)}")
    TERMS.update(terms)


_names: ContextVar[Mapping[str, str]] = ContextVar("baodao_terms", default=MappingProxyType({}))


def term(key: str) -> str:
    """The tenant's word for `key`, else the usual one in the reader's language.

    Raises KeyError for a key that `TERMS` does not know: a misspelt key is a defect.
    """
    chinese, english = TERMS[key]
    return _names.get().get(key) or (chinese if current_locale() == SOURCE_LOCALE else english)


@contextmanager
def use_terms(names: Mapping[str, str]) -> Iterator[None]:
    """Use a tenant's names within a block; keys that are missing keep the usual word."""
    token = _names.set(names)
    try:
        yield
    finally:
        _names.reset(token)


def set_terms(names: Mapping[str, str]) -> None:
    """Use a tenant's names for the rest of the present context."""
    _names.set(names)
