"""Translation without Flask: Chinese is the source language, a context variable holds the reader's language.

One catalogue (domain "baodao", core/translations) serves core, tenants and web; a plugin registers its own.
A compiled .mo is used when it is at least as new as its .po, otherwise the .po is read, so a fresh checkout works.
"""
from __future__ import annotations

import gettext as _gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, total_ordering
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LOCALE = "zh_Hans_CN"
LOCALES: dict[str, str] = {SOURCE_LOCALE: "中文", "en": "English"}

_locale: ContextVar[str] = ContextVar("baodao_locale", default=SOURCE_LOCALE)
_catalogues: list[tuple[Path, str]] = [(Path(__file__).parent / "translations", "baodao")]


def register_catalogue(path: Path, domain: str) -> None:
    """Add a plugin's catalogue folder; `path`/<locale>/LC_MESSAGES/<domain>.po. Earlier catalogues win."""
    if (path, domain) not in _catalogues:
        _catalogues.append((path, domain))
        _translations.cache_clear()


def current_locale() -> str:
    """The locale of the present context, one of `LOCALES`."""
    return _locale.get()


def set_locale(locale: str) -> None:
    """Set the locale for the rest of the present context; an unknown one means the source language."""
    _locale.set(locale if locale in LOCALES else SOURCE_LOCALE)


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Set the locale for a block, as for a letter or a file in its reader's language."""
    token = _locale.set(locale if locale in LOCALES else SOURCE_LOCALE)
    try:
        yield
    finally:
        _locale.reset(token)


def gettext(message: str, /, **variables: object) -> str:
    """Translate; named placeholders `%(name)s` are filled from the keyword arguments."""
    text = message if _locale.get() == SOURCE_LOCALE else _translations(_locale.get()).gettext(message)
    return text % variables if variables else text


def ngettext(singular: str, plural: str, count: int, /, **variables: object) -> str:
    """Translate by number; `%(num)s` is filled with `count`."""
    text = singular if count == 1 else plural
    if _locale.get() != SOURCE_LOCALE:
        text = _translations(_locale.get()).ngettext(singular, plural, count)
    return text % {"num": count, **variables}


@total_ordering
class LazyString:
    """A message that is translated when it is read, for texts made at import time."""

    __slots__ = ("_message", "_variables")

    def __init__(self, message: str, variables: dict[str, object]) -> None:
        self._message = message
        self._variables = variables

    @property
    def source(self) -> str:
        """The text in the source language, whoever reads it."""
        return self._message % self._variables if self._variables else self._message

    def __str__(self) -> str:
        return gettext(self._message, **self._variables)

    def __html__(self) -> str:
        from html import escape

        return escape(str(self))

    def __repr__(self) -> str:
        return f"_l({self._message!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (str, LazyString)) and str(self) == str(other)

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)

    def __hash__(self) -> int:
        return hash(self._message)

    def __add__(self, other: object) -> str:
        return str(self) + str(other)

    def __radd__(self, other: object) -> str:
        return str(other) + str(self)

    def __mod__(self, other: Any) -> str:
        return str(self) % other

    def __len__(self) -> int:
        return len(str(self))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(str(self), name)


def lazy_gettext(message: str, /, **variables: object) -> LazyString:
    """Translate later, at each reading."""
    return LazyString(message, variables)


_ = gettext
_l = lazy_gettext


@cache
def _translations(locale: str) -> _gettext.NullTranslations:
    found = [_load(path / locale / "LC_MESSAGES", domain) for path, domain in _catalogues]
    chain = _gettext.NullTranslations()
    for catalogue in filter(None, found):
        chain.add_fallback(catalogue)
    return chain


def _load(folder: Path, domain: str) -> _gettext.GNUTranslations | None:
    source, compiled = folder / f"{domain}.po", folder / f"{domain}.mo"
    if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
        return _gettext.GNUTranslations(io.BytesIO(compiled.read_bytes()))
    if not source.exists():
        return None
    target = io.BytesIO()
    with source.open("rb") as stream:
        write_mo(target, read_po(stream))
    return _gettext.GNUTranslations(io.BytesIO(target.getvalue()))
