"""The door for machines: signed, fresh, once, of this tenant; whatever else is sent leaves nothing behind."""
from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from core.tenancy import now
from plugins.needs import inbox
from tests.plugins.needs.conftest import NAME, TEXT, Open, code_of, needs, send
from tests.support.factories import TestTenant, make_tenant


def secret(tenant: TestTenant) -> str:
    """A fresh secret."""
    with tenant.scope():
        return inbox.renew(by=None)


def call(app: Flask, tenant: TestTenant, key: str, *, seconds: int = 0, tampered: bytes = b"", headers: dict[str, str] | None = None,
         community: int = 0, **fields: Any) -> int:
    """The status of what is answered to a delivery."""
    body = json.dumps({"delivery": "hotline-0001", "text": TEXT, "name": NAME, **fields}).encode()
    timestamp = str(int(now().timestamp()) + seconds)
    said = {"X-Baodao-Timestamp": timestamp, "X-Baodao-Signature": "sha256=" + inbox.signature(key, timestamp, body), **(headers or {})}
    return app.test_client().post(f"/t/{tenant.slug}/p/needs/inbox/{code_of(tenant, community)}", data=body + tampered, headers=said).status_code


def test_what_is_signed_is_taken_in_once(app: Flask, tenant: TestTenant) -> None:
    key = secret(tenant)
    outcomes = [call(app, tenant, key), call(app, tenant, key), call(app, tenant, key, delivery="hotline-0002", channel_title="市民热线")]
    assert outcomes == [202, 409, 202]
    assert [(row.channel, row.channel_note, row.has_contact) for row in needs(tenant)] == [("other", None, True), ("other", "市民热线", True)]


def test_unsigned_old_tampered_or_of_another_city_it_is_refused(app: Flask, tenant: TestTenant) -> None:
    other = make_tenant("4228", plugins=("needs",))
    assert call(app, tenant, "guess") == 403  # there is no secret yet
    key, theirs = secret(tenant), secret(other)
    refused = [call(app, tenant, "guess"), call(app, tenant, theirs), call(app, other, key), call(app, tenant, key, seconds=-301),
               call(app, tenant, key, seconds=360), call(app, tenant, key, tampered=b" "), call(app, tenant, key, headers={"X-Baodao-Signature": "²é"}),
               call(app, tenant, key, headers={"X-Baodao-Timestamp": "²"}), call(app, tenant, key, headers={"X-Baodao-Timestamp": "9" * 11})]
    assert (refused, needs(tenant), needs(other)) == ([403] * 9, [], [])
    secret(tenant)
    assert (call(app, tenant, key), needs(tenant)) == (403, [])  # the old one is void
    assert call(app, tenant, secret(tenant), seconds=-290) == 202


def test_without_the_checks_all_of_it_would_come_in(app: Flask, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "is_signed", lambda *_given: True)
    assert [call(app, tenant, "guess"), call(app, tenant, "guess", seconds=-301, delivery="hotline-0002")] == [202, 202]


def test_what_is_not_as_agreed_is_refused_and_may_be_sent_again(app: Flask, tenant: TestTenant) -> None:
    key = secret(tenant)
    wrong = [call(app, tenant, key, **fields) for fields in ({"text": ""}, {"delivery": "x"}, {"delivery": "a b c d e"}, {"channel": "member"},
                                                             {"received_on": "gestern"}, {"category": "没有的类别"}, {"text": "好" * 20_000})]
    assert (wrong, needs(tenant)) == ([422] * 7, [])
    assert (call(app, tenant, key, text=TEXT), len(needs(tenant))) == (202, 1)


def test_a_login_opens_nothing_and_the_secret_is_shown_once(browser: Open, tenant: TestTenant) -> None:
    city = browser(tenant.accounts["city_administrator"])
    refused = send(city, "/p/needs/inbox/", f"/t/{tenant.slug}/p/needs/inbox/{code_of(tenant)}", text=TEXT)
    assert (refused.status_code, needs(tenant)) == (403, [])
    shown = send(city, "/p/needs/inbox/", "/p/needs/inbox/renew").text
    key = shown.partition("data-secret>")[2].partition("<")[0]
    assert (len(key), key in city.get("/p/needs/inbox/").text) == (43, False)
    assert "更换密钥吗" in send(city, "/p/needs/inbox/", "/p/needs/inbox/renew").text
    assert browser(tenant.accounts["community_officer"]).get("/p/needs/inbox/").status_code == 403
