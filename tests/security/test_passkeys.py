"""A passkey's answer counts once, in time, for this site, this challenge and this account; whatever else is refused and counted."""
from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import re
from html import unescape
from types import SimpleNamespace

import orjson
import pytest
from sqlalchemy import func, select

from core.access import factors, passkeys
from core.access.factor_models import SpentChallenge
from core.access.opening import open_login
from core.access.passkeys import RelyingParty
from core.access.roles import COMMUNITY, COUNTY
from core.config import Config
from core.errors import Conflict, Invalid, NotFound, TooMany
from core.tenancy import now, session, set_clock, tenant_scope
from tests.support.applications import shared_app
from tests.support.authenticator import PRESENT, Authenticator
from tests.support.browsing import submit
from tests.support.factories import PASSWORD, TestAccount, TestTenant, make_tenant

pytestmark = pytest.mark.promise(5)

SITE = RelyingParty("localhost", "http://localhost", "武汉市")


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    return make_tenant()


def register(account: TestAccount, **options: int) -> Authenticator:
    """A key of the account's."""
    made = Authenticator(SITE, **options)
    with tenant_scope(account.tenant_id):
        text = passkeys.challenge()
        passkeys.register(made.create(text), text, SITE, account.id, "办公室电脑")
    return made


def refused(tenant: TestTenant, answer: str, text: str, site: RelyingParty = SITE, account: TestAccount | None = None) -> bool:
    """Whether the answer is not taken."""
    with tenant.scope():
        try:
            passkeys.verify(answer, text, site, account_id=account.id if account else None)
        except Invalid:
            return True
    return False


def test_an_answer_counts_once_and_only_for_what_was_asked(tenant: TestTenant) -> None:
    account, other = tenant.accounts[COUNTY], tenant.accounts[COMMUNITY]
    key, stranger = register(account), Authenticator(SITE)
    texts = [passkeys.challenge() for _each in range(12)]
    good = key.get(texts[0])
    assert not refused(tenant, good, texts[0])
    assert refused(tenant, good, texts[0])  # replayed
    assert refused(tenant, key.get(texts[1]), texts[2])  # another challenge
    assert refused(tenant, key.get(texts[3], origin="https://evil.example"), texts[3])  # a copied page
    assert refused(tenant, key.get(texts[4]), texts[4], RelyingParty("city.example", SITE.origin, ""))  # another site's key
    assert refused(tenant, stranger.get(texts[5]), texts[5])
    assert refused(tenant, key.get(texts[6]), texts[6], account=other)  # not the one who has given the password
    forged = orjson.loads(key.get(texts[7]))
    forged["response"]["signature"] = orjson.loads(key.get(texts[8]))["response"]["signature"]
    assert refused(tenant, orjson.dumps(forged).decode(), texts[7])
    assert refused(tenant, key.get(texts[9], type="webauthn.create"), texts[9])
    key.count = 0
    assert refused(tenant, key.get(texts[10]), texts[10])  # a copy of the key, whose count lags behind
    for broken in ("", "[]", "{}", '{"rawId": 5}', "{" * 30_000, good.replace("clientDataJSON", "x")):
        assert refused(tenant, broken, passkeys.challenge())
    assert refused(tenant, key.get("no time"), "no time")
    with set_clock(now() + dt.timedelta(minutes=6)):
        assert refused(tenant, key.get(texts[11]), texts[11])  # too late


def test_twin_without_the_note_of_spent_challenges_an_answer_counts_twice(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that does not count, as phones' do not, leaves the challenge as the only wall."""
    key, text = register(tenant.accounts[COUNTY]), passkeys.challenge()
    key.count = -1
    answer = key.get(text)
    assert [refused(tenant, answer, text) for _time in range(2)] == [False, True]
    monkeypatch.setattr(passkeys, "_spend", lambda _text: None)
    assert refused(tenant, answer, text) is False


def test_instead_of_a_password_the_holder_must_be_verified(tenant: TestTenant) -> None:
    account = tenant.accounts[COUNTY]
    key, texts = register(account, flags=PRESENT), [passkeys.challenge() for _each in range(2)]
    assert refused(tenant, key.get(texts[0]), texts[0])
    assert not refused(tenant, key.get(texts[1]), texts[1], account=account)  # as the second step the password was the first


def test_wrong_answers_at_the_second_step_wait_as_codes_do(tenant: TestTenant) -> None:
    account = tenant.accounts[COUNTY]
    register(account)
    with set_clock(now()):
        assert all(refused(tenant, Authenticator(SITE).get(text), text, account=account) for text in [passkeys.challenge() for _try in range(5)])
        with tenant.scope(), pytest.raises(TooMany):
            passkeys.verify("{}", "", SITE, account_id=account.id)


def test_somebody_elses_passkey_is_as_absent(tenant: TestTenant) -> None:
    register(tenant.accounts[COUNTY])
    with tenant.scope():
        identity = passkeys.listed(tenant.accounts[COUNTY].id)[0].id
        for act in (lambda: passkeys.rename(tenant.accounts[COMMUNITY].id, identity, "x"), lambda: passkeys.remove(tenant.accounts[COMMUNITY].id, identity)):
            with pytest.raises(NotFound):
                act()


def test_by_the_pages_from_the_first_key_to_the_last(config: Config, tenant: TestTenant) -> None:
    """An officer sets a passkey up instead of codes, signs in with it both ways, and may not take the last factor away."""
    app, account = shared_app(dataclasses.replace(config, second_factor="officers")), tenant.accounts[COUNTY]
    client, key, door = app.test_client(), Authenticator(SITE), f"/t/{tenant.slug}/login"
    submit(client, door, username=COUNTY, password=PASSWORD)
    page = "/account/passkeys/new"

    def challenge(browser: SimpleNamespace, address: str) -> str:
        options = orjson.loads(unescape(re.search(r'data-options="([^"]+)"', browser.get(address).text)[1]))  # type: ignore[index]
        return base64.urlsafe_b64decode(options["challenge"] + "==").decode()
    text = challenge(client, page)  # type: ignore[arg-type]
    token = re.search(r'csrf_token" value="([^"]+)"', client.get("/account/password").text)[1]  # type: ignore[index]
    made = client.post(page, data={"csrf_token": token, "name": "办公室电脑", "credential": key.create(text)})
    assert (made.status_code, len(re.findall(r"<li>\w+-\w+</li>", made.text)), client.get("/members/").status_code) == (200, 10, 200)
    for way in ("password", "alone"):
        browser = app.test_client()
        if way == "password":
            submit(browser, door, username=COUNTY, password=PASSWORD)
        address, action = ("/second-step/", "/second-step/passkey") if way == "password" else (f"{door}/passkey", f"{door}/passkey")
        text = challenge(browser, address)  # type: ignore[arg-type]
        token = re.search(r'csrf-token" content="([^"]+)"', browser.get("/contact" if way == "x" else door).text)[1]  # type: ignore[index]
        entered = browser.post(action, data={"csrf_token": token, "credential": key.get(text)})
        assert (entered.status_code, browser.get("/members/").status_code) == (303, 200), way
    with tenant.scope():
        identity = passkeys.listed(account.id)[0].id
        assert session().scalar(select(func.count()).select_from(SpentChallenge)) == 3
    address = f"/account/passkeys/{identity}"
    assert submit(client, address, f"{address}/rename", name="家里的电脑").status_code == 303
    assert "家里的电脑" in client.get("/account/second-factor/").text
    assert submit(client, address, f"{address}/remove", old_password=PASSWORD).status_code == 409
    with tenant.scope():
        assert factors.has_factor(account.id)
        open_login(account.id)


def test_ten_at_most_none_twice_none_damaged_and_the_last_takes_the_recovery_codes_along(tenant: TestTenant) -> None:
    account = tenant.accounts[COUNTY]
    key = register(account)
    with tenant.scope():
        codes = factors.renew_recovery_codes(account.id)
        text, broken = passkeys.challenge(), passkeys.challenge()
        with pytest.raises(Conflict):
            passkeys.register(key.create(text), text, SITE, account.id, "同一个")
        with pytest.raises(Invalid):
            passkeys.register(key.create(broken).replace("attestationObject", "x"), broken, SITE, account.id, "坏的")
    for _another in range(passkeys.MOST - 1):
        register(account)
    with pytest.raises(Conflict):
        register(account)
    with tenant.scope():
        factors.remove_codes(account.id)  # a passkey stays, and the recovery codes with it
        held = [row.id for row in passkeys.listed(account.id)]
        for count, passkey_id in enumerate(held, 1):
            passkeys.remove(account.id, passkey_id)
            assert factors.recovery_codes_left(account.id) == (0 if count == len(held) else len(codes))
