"""The tenant's own words for the domain's: 村 for 社区, 等级 for 星级."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.db import new_id
from core.errors import Invalid
from core.extension.models import Term
from core.i18n import LOCALES, SOURCE_LOCALE, _
from core.spelling import did_you_mean
from core.tenancy import hot, scope_cache, session
from core.tenancy.scope import tenant_id
from core.terms import TERMS
from tenants import changes

LONGEST = 20
_KEY = "terms"


def _query() -> Any:
    return select(Term.locale, Term.key, Term.text).where(Term.tenant_id == bindparam(hot.TENANT))


def terms_for_tenant(locale: str = SOURCE_LOCALE) -> dict[str, str]:
    """The words that the tenant has renamed in a language, by key; one query a scope. For `core.terms.use_terms`."""
    known: dict[str, dict[str, str]] | None = scope_cache().get(_KEY)
    if known is None:
        known = {}
        for row in hot.rows("terms", _query):
            known.setdefault(row.locale, {})[row.key] = row.text
        scope_cache()[_KEY] = known
    return dict(known.get(locale, {}))


class TenantTerms(Mapping[str, str]):
    """The scope's tenant's words in a language, read when the first one is asked for: the API asks for none."""

    def __init__(self, locale: str) -> None:
        self._locale = locale
        self._known: dict[str, str] | None = None

    def _read(self) -> dict[str, str]:
        if self._known is None:
            self._known = terms_for_tenant(self._locale)
        return self._known

    def __getitem__(self, key: str) -> str:
        return self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def save_terms(names: Mapping[str, str], locale: str = SOURCE_LOCALE) -> bool:
    """Let `names` be the tenant's words in a language; a blank one and a missing one mean the usual word.

    Returns whether anything changed. Raises Invalid for an unknown key or language, or a word that is too long.
    """
    wanted = checked_terms(names, locale)
    before = terms_for_tenant(locale)
    if wanted == before:
        return False
    _write(wanted, locale)
    scope_cache().pop(_KEY, None)
    changed = sorted(k for k in {*before, *wanted} if before.get(k) != wanted.get(k))
    old, new = ({"values": {k: side[k] for k in changed if k in side}} for side in (before, wanted))
    changes.note(f"{changes.WORDS}{locale}", old, new)
    audit.record("terms.changed", "tenant", None, {"locale": locale, "keys": changed})
    return True


def checked_terms(names: Mapping[str, str], locale: str) -> dict[str, str]:
    """The words without the blank ones. Raises Invalid as `save_terms` does."""
    wanted = {key: text.strip() for key, text in names.items()}
    problems = {key: [_("没有这个用语%(hint)s。", hint=did_you_mean(key, TERMS))] for key in wanted if key not in TERMS}
    problems |= {key: [_("用语最长 %(count)s 个字。", count=LONGEST)] for key, text in wanted.items() if len(text) > LONGEST}
    if problems or locale not in LOCALES:
        raise Invalid(_("用语没有保存：请改正标出的各项。"), problems or {"locale": [_("没有这种语言。")]})
    return {key: text for key, text in wanted.items() if text}


def _write(wanted: Mapping[str, str], locale: str) -> None:
    session().execute(delete(Term).where(Term.tenant_id == tenant_id(), Term.locale == locale, Term.key.not_in(wanted)))
    if wanted:
        statement = insert(Term).values([{"tenant_id": tenant_id(), "id": new_id(), "locale": locale, "key": key, "text": text}
                                         for key, text in wanted.items()])
        session().execute(statement.on_conflict_do_update(index_elements=["tenant_id", "locale", "key"],
                                                          set_={"text": statement.excluded.text}))
