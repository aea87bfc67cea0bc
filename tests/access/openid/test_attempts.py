"""The way to the provider and back: what the browser takes along, what is kept here, and how often and how long it counts."""
from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable
from contextvars import Context
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select

from core.access.openid import attempts
from core.access.openid.attempts import Back
from core.access.openid.identity import Identity
from core.access.openid.models import SignInAttempt
from core.access.roles import ADMINISTRATOR, COUNTY
from core.errors import Invalid, Unavailable
from core.privacy import keyring
from core.tenancy import session, set_clock
from core.tenancy.scope import tenant_id
from tests.access.openid.house import CALLBACK, CONFIGURATION, FOUND, ISSUER, PROVIDER, House, token
from tests.support.factories import TestTenant, make_tenant

SECOND = dt.timedelta(seconds=1)
ZHOU = Identity("zhou.lixin", second_factor=False, name="")


def stored() -> list[SignInAttempt]:
    """The tenant's tries, oldest first."""
    return list(session().scalars(select(SignInAttempt).where(SignInAttempt.tenant_id == tenant_id()).order_by(SignInAttempt.id)))


def asked(address: str) -> dict[str, str]:
    """What the browser takes along."""
    return dict(parse_qsl(urlsplit(address).query, strict_parsing=True))


def answering(house: House, nonce: str, code: str = "a code") -> str:
    """The provider has met the person and gives an identity token for the code."""
    house.answers[FOUND.token_endpoint] = {"access_token": "a", "token_type": "Bearer", "id_token": token(nonce=nonce, amr=["otp"], employee="E-1")}
    return code


def refused(work: Callable[[], object], error: type[Exception] = Invalid) -> bool:
    """Whether the work is refused so."""
    with pytest.raises(error):
        work()
    return True


def test_the_browser_is_sent_off_with_secrets_of_this_try(tenant: TestTenant, house: House, moment: dt.datetime) -> None:
    account, city = tenant.accounts[COUNTY].id, tenant.accounts[ADMINISTRATOR].id
    with tenant.scope():
        address, state = attempts.begin(PROVIDER, CALLBACK, target="/members/?q=1", account_id=account, linked_by=city)
        row, = stored()
        kept = json.loads(keyring.for_tenant(tenant.id).decrypt("sign_in_attempt", "secrets", row.id, row.secrets) or "")
        assert (row.state_hash, row.account_id, row.linked_by, row.expires_at) == (
            hashlib.sha256(state.encode()).digest(), account, city, moment + dt.timedelta(minutes=10))
    assert (set(kept), kept["target"]) == ({"nonce", "verifier", "target"}, "/members/?q=1")
    assert ([len(secret) for secret in (state, kept["nonce"], kept["verifier"])], len({state, kept["nonce"], kept["verifier"]})) == ([43, 43, 43], 3)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(kept["verifier"].encode()).digest()).decode().rstrip("=")
    assert address.partition("?")[0] == FOUND.authorization_endpoint
    assert asked(address) == {"response_type": "code", "client_id": "baodao", "redirect_uri": CALLBACK, "scope": "openid profile", "state": state,
                              "nonce": kept["nonce"], "code_challenge": challenge, "code_challenge_method": "S256"}


def test_an_address_of_the_provider_that_asks_something_already_keeps_it(tenant: TestTenant, house: House) -> None:
    house.answers[CONFIGURATION] = {**FOUND._asdict(), "authorization_endpoint": f"{ISSUER}/authorize?realm=city"}
    with tenant.scope():
        address, state = attempts.begin(PROVIDER, CALLBACK)
        assert address.startswith(f"{ISSUER}/authorize?realm=city&response_type=code&")
        assert (asked(address)["state"], asked(address)["realm"]) == (state, "city")
        assert [(row.account_id, row.linked_by) for row in stored()] == [(None, None)]


def test_who_comes_back_is_known_and_goes_on_to_where_it_began(tenant: TestTenant, house: House) -> None:
    account, city = tenant.accounts[COUNTY].id, tenant.accounts[ADMINISTRATOR].id
    provider = replace(PROVIDER, claim="employee")
    for target, account_id, linked_by in (("/members/", None, None), ("", account, city)):
        with tenant.scope():
            address, state = attempts.begin(provider, CALLBACK, target=target, account_id=account_id, linked_by=linked_by)
            sent = asked(address)
        with tenant.scope():
            back = attempts.end(provider, CALLBACK, state=state, code=answering(house, sent["nonce"]))
            assert back == Back(Identity("E-1", second_factor=True, name=""), target, account_id, linked_by)
            assert stored() == []
        form, proof = house.exchange()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.pop("code_verifier").encode()).digest()).decode().rstrip("=")
        assert (challenge, form) == (sent["code_challenge"], {"grant_type": "authorization_code", "code": "a code", "redirect_uri": CALLBACK})
        assert proof == f"Basic {base64.b64encode(b'baodao:a secret').decode()}"


def test_without_further_words_a_sign_in_leads_to_the_first_page(tenant: TestTenant, house: House) -> None:
    with tenant.scope():
        address, state = attempts.begin(PROVIDER, CALLBACK)
        back = attempts.end(replace(PROVIDER, factors=()), CALLBACK, state=state, code=answering(house, asked(address)["nonce"]))
        assert back == Back(ZHOU, "", None, None)


def test_a_try_counts_once_whatever_comes_of_it_and_within_ten_minutes(tenant: TestTenant, house: House, moment: dt.datetime) -> None:
    with tenant.scope():
        tries = [attempts.begin(PROVIDER, CALLBACK) for _time in range(3)]
        nonces = [asked(address)["nonce"] for address, _state in tries]
        states = [state for _address, state in tries]
    with set_clock(moment + dt.timedelta(minutes=10) - SECOND), tenant.scope():
        assert attempts.end(PROVIDER, CALLBACK, state=states[0], code=answering(house, nonces[0])).identity.subject == "zhou.lixin"
        assert refused(lambda: attempts.end(PROVIDER, CALLBACK, state=states[0], code=answering(house, nonces[0])))
        assert refused(lambda: attempts.end(PROVIDER, CALLBACK, state=states[1], code=answering(house, nonces[0])))  # another try's token
        assert refused(lambda: attempts.end(PROVIDER, CALLBACK, state=states[1], code=answering(house, nonces[1])))
        assert refused(lambda: attempts.end(PROVIDER, CALLBACK, state="", code=answering(house, nonces[1])))
        assert len(stored()) == 1
    with set_clock(moment + dt.timedelta(minutes=10)), tenant.scope():
        assert refused(lambda: attempts.end(PROVIDER, CALLBACK, state=states[2], code=answering(house, nonces[2])))
        assert stored() == []


def test_a_state_is_known_in_its_own_tenant_only(tenant: TestTenant, house: House) -> None:
    other = make_tenant("4228", name="恩施州")
    with tenant.scope():
        address, state = attempts.begin(PROVIDER, CALLBACK)
    with other.scope():
        assert refused(lambda: attempts.end(PROVIDER, CALLBACK, state=state, code=answering(house, asked(address)["nonce"])))
    with tenant.scope():
        assert attempts.end(PROVIDER, CALLBACK, state=state, code=answering(house, asked(address)["nonce"])).identity.subject == "zhou.lixin"


def test_of_two_who_bring_the_same_state_at_once_one_gets_in_and_none_waits(tenant: TestTenant, house: House) -> None:
    with tenant.scope():
        address, state = attempts.begin(PROVIDER, CALLBACK)
        code = answering(house, asked(address)["nonce"])

    def again() -> None:
        with tenant.scope():
            assert refused(lambda: attempts.end(PROVIDER, CALLBACK, state=state, code=code))
    with tenant.scope():
        attempts.end(PROVIDER, CALLBACK, state=state, code=code)
        Context().run(again)


def test_a_provider_that_does_not_answer_is_told_as_such(tenant: TestTenant, house: House) -> None:
    with tenant.scope():
        address, state = attempts.begin(PROVIDER, CALLBACK)
        assert refused(lambda: attempts.end(PROVIDER, CALLBACK, state=state, code="a code"), Unavailable)
    house.answers = {}
    with tenant.scope():
        assert refused(lambda: attempts.begin(replace(PROVIDER, issuer="https://away.example"), CALLBACK), Unavailable)
        assert stored() == []
        assert asked(address)["state"] == state


def test_an_invitation_is_good_for_a_day_once_and_for_this_account(tenant: TestTenant, moment: dt.datetime) -> None:
    account, city = tenant.accounts[COUNTY].id, tenant.accounts[ADMINISTRATOR].id
    with tenant.scope():
        words = [attempts.invite(account, by=city) for _time in range(3)]
        assert ([len(word) for word in words], len(set(words))) == ([43] * 3, 3)
        assert [(row.state_hash, row.account_id, row.linked_by, row.expires_at) for row in stored()] == [
            (hashlib.sha256(word.encode()).digest(), account, city, moment + dt.timedelta(hours=24)) for word in words]
        assert attempts.accept(words[0]) == (account, city)
        assert all(refused(lambda word=word: attempts.accept(word)) for word in (words[0], "nothing", ""))  # type: ignore[misc]
    with set_clock(moment + dt.timedelta(hours=24) - SECOND), tenant.scope():
        assert attempts.accept(words[1]) == (account, city)
    with set_clock(moment + dt.timedelta(hours=24)), tenant.scope():
        assert refused(lambda: attempts.accept(words[2]))


def test_an_invitation_is_no_way_back_and_a_way_back_no_invitation(tenant: TestTenant, house: House) -> None:
    account = tenant.accounts[COUNTY].id
    with tenant.scope():
        word = attempts.invite(account, by=account)
        for account_id in (None, account):
            address, state = attempts.begin(PROVIDER, CALLBACK, account_id=account_id, linked_by=account_id)
            assert refused(lambda state=state: attempts.accept(state))  # type: ignore[misc]
        assert refused(lambda: attempts.end(PROVIDER, CALLBACK, state=word, code=answering(house, asked(address)["nonce"])))
        assert (stored(), [one for one in house.asked if one == FOUND.token_endpoint]) == ([], [])


def test_what_came_to_nothing_is_cleaned_away_when_its_time_is_over(tenant: TestTenant, house: House, moment: dt.datetime) -> None:
    account = tenant.accounts[COUNTY].id
    with tenant.scope():
        for _time in range(2):
            attempts.begin(PROVIDER, CALLBACK)
        word = attempts.invite(account, by=account)
        with set_clock(moment + SECOND):
            _address, state = attempts.begin(PROVIDER, CALLBACK)
        assert attempts.clean() == 0
    with set_clock(moment + dt.timedelta(minutes=10)), tenant.scope():
        assert attempts.clean() == 2
        assert [row.state_hash for row in stored()] == [hashlib.sha256(one.encode()).digest() for one in (word, state)]
        assert attempts.accept(word) == (account, account)
        assert refused(lambda: attempts.accept(str(uuid.uuid4())))
