"""What every template can use: translation, terms, icons, addresses, and Chinese formats for dates and numbers."""
from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, current_app, request
from markupsafe import Markup

from core.i18n import LOCALES, SOURCE_LOCALE, current_locale, gettext, ngettext
from core.tenancy.clock import LOCAL
from core.terms import term
from web import preferences
from web.queries import with_query
from web.tables import plain_rows

SPRITE = "vendor/tabler-icons-3.52.0/sprite.svg"


def date_zh(value: date | datetime | None) -> str:
    """2026年11月24日 (English: 24 Nov 2026); an aware time is first taken to Asia/Shanghai; None is a dash."""
    if value is None:
        return "—"
    day = _local(value) if isinstance(value, datetime) else value
    if current_locale() == SOURCE_LOCALE:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%b} {day.year}"


def datetime_zh(value: datetime | None) -> str:
    """The day as in `date_zh`, with hours and minutes of Asia/Shanghai."""
    return "—" if value is None else f"{date_zh(value)} {_local(value):%H:%M}"


def hours(minutes: int | None) -> str:
    """Minutes as hours with at most one decimal: 90 -> 1.5 小时."""
    if minutes is None:
        return "—"
    value = f"{minutes / 60:.1f}".removesuffix(".0")
    return gettext("%(hours)s 小时", hours=value)


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction (0..1) as per cent; None, where there is nothing to divide by, is a dash."""
    return "—" if value is None else f"{value * 100:.{digits}f}%"


def mask(value: str | None, head: int = 3, tail: int = 4) -> str:
    """Hide the middle of an ID or phone number; a value too short to hide anything is hidden whole."""
    if not value:
        return "—"
    hidden = len(value) - head - tail
    if hidden < 1:
        return "*" * len(value)
    return value[:head] + "*" * hidden + value[len(value) - tail :]


def icon(name: str, title: str | None = None) -> Markup:
    """An icon of the sprite; hidden from screen readers unless it has a title."""
    return _icon(name, title, request.script_root)


@cache
def icons() -> frozenset[str]:
    """The names of the icons that there are."""
    sprite = (Path(__file__).parent / "static" / SPRITE).read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol[^>]*\bid="([\w-]+)"', sprite))


@lru_cache(maxsize=1024)
def _icon(name: str, title: str | None, root: str) -> Markup:
    address = f"{root}{current_app.static_url_path}/{SPRITE}#{name}"
    if title:
        return Markup('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>').format(title, address)
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>').format(address)


def _local(value: datetime) -> datetime:
    return value.astimezone(LOCAL) if value.tzinfo else value


def _layout() -> dict[str, object]:
    """Defaults of the layout's variables; the application's own context processor comes later and overrides them."""
    return {
        "navigation": [],
        "phone_tabs": [],
        "account": None,
        "tenant": None,
        "large_text": preferences.large_text(),
        "html_lang": "zh-CN" if current_locale() == SOURCE_LOCALE else current_locale(),
        "locales": LOCALES,
        "locale": current_locale(),
    }


def init_app(app: Flask) -> None:
    """Bind the globals, filters and layout defaults to the application's templates."""
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.add_extension("jinja2.ext.do")
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.policies["ext.i18n.trimmed"] = True
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.globals.update(term=_label, icon=icon, with_query=with_query, plain_rows=plain_rows)
    environment.filters.update(
        date_zh=date_zh, datetime_zh=datetime_zh, hours=hours, percent=percent, mask=mask
    )
    preferences.init_app(app)
    app.context_processor(_layout)


def _label(key: str) -> str:
    """The tenant's word as a label or heading: English ones begin with a capital."""
    word = term(key)
    return word[:1].upper() + word[1:]
