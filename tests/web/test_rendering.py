"""Formats that every page uses, and addresses with changed queries."""
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from core.i18n import use_locale
from web.queries import with_query
from web.rendering import date_zh, datetime_zh, hours, mask, percent


def test_dates_are_those_of_shanghai() -> None:
    late = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)
    assert [date_zh(date(2026, 1, 2)), date_zh(late), datetime_zh(late), date_zh(None)] == [
        "2026年1月2日", "2026年11月24日", "2026年11月24日 00:05", "—",
    ]
    with use_locale("en"):
        assert datetime_zh(late) == "24 Nov 2026 00:05"


def test_numbers() -> None:
    assert [hours(90), hours(60), hours(0), hours(None)] == ["1.5 小时", "1 小时", "0 小时", "—"]
    assert [percent(0.906), percent(1, 0), percent(None)] == ["90.6%", "100%", "—"]


@pytest.mark.parametrize(
    ("value", "shown"), [("13912345678", "139****5678"), ("1234567", "*******"), ("", "—"), (None, "—")]
)
def test_mask_never_shows_a_short_value(value: str | None, shown: str) -> None:
    assert mask(value) == shown


def test_with_query_changes_only_what_it_is_told() -> None:
    with Flask("web").test_request_context("/members?q=张&state=a&state=b&after=9"):
        assert with_query(after=None, sort="-name") == "/members?q=%E5%BC%A0&state=a&state=b&sort=-name"
        assert with_query(q=None, state=None, after=None) == "/members"


def test_with_query_cannot_lead_to_another_host() -> None:
    with Flask("web").test_request_context("/?_text=large", environ_overrides={"PATH_INFO": "//evil.example/x"}):
        assert with_query(_text=None) == "/evil.example/x"
