"""An identity token, claim by claim and second by second: what lets somebody in, and what does not any more."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from joserfc import jwk

from core.access.openid import identity
from core.access.openid.identity import Identity
from core.errors import Invalid
from core.tenancy import now
from tests.access.openid.house import FOUND, KEY, House, token

CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


def read(text: str, **changes: Any) -> Identity:
    """What comes of a token."""
    return identity.read(text, FOUND, **{"client_id": "baodao", "nonce": "n", "claim": "sub", "factors": ("otp",), **changes})


def passes(**changes: Any) -> bool:
    """Whether a token with these changes lets somebody in."""
    try:
        return read(token(**changes)) == Identity("zhou.lixin", second_factor=False, name="")
    except Invalid:
        return False


def test_the_names_in_a_token(house: House) -> None:
    assert read(token(name="周立新")) == Identity("zhou.lixin", second_factor=False, name="周立新")
    assert read(token(name="长" * 31, employee="E-1"), claim="employee") == Identity("E-1", second_factor=False, name="长" * 30)
    for subject in ("x", "x" * 255):
        assert read(token(employee=subject), claim="employee").subject == subject
    for wrong in ("", "x" * 256, 5, ["x"], None):
        with pytest.raises(Invalid):
            read(token(employee=wrong), claim="employee")


@pytest.mark.parametrize(("claims", "factors", "met"), [
    ({}, ("otp",), False), ({"amr": []}, ("otp",), False), ({"amr": ["pwd"]}, ("otp",), False), ({"amr": ["pwd", "otp"]}, ("otp",), True),
    ({"acr": "otp"}, ("otp",), True), ({"acr": "gold", "amr": ["pwd"]}, ("otp", "gold"), True), ({"acr": 2}, ("2",), True), ({"amr": [2]}, ("2",), True),
    ({"amr": ["otp"]}, (), False), ({"amr": ["pwd"], "acr": "silver"}, ("otp", "gold"), False), ({}, ("None",), False), ({"amr": ["pwd"]}, ("None",), False)])
def test_which_tokens_tell_of_a_second_factor(house: House, claims: dict[str, Any], factors: tuple[str, ...], met: bool) -> None:
    assert read(token(**claims), factors=factors).second_factor is met


def test_a_token_is_good_for_its_term_with_a_minute_for_clocks_that_differ(house: House) -> None:
    moment = int(now().timestamp())
    assert [passes(exp=moment + seconds) for seconds in (1, 0, -59, -61)] == [True, True, True, False]
    assert [passes(iat=moment + seconds) for seconds in (0, 60, 61)] == [True, True, False]
    assert [passes(nbf=moment + seconds) for seconds in (60, 61)] == [True, False]


def test_a_token_is_ten_minutes_old_at_most(house: House) -> None:
    moment = int(now().timestamp())
    assert [passes(iat=moment - seconds) for seconds in (599, 600, 601)] == [True, True, False]


@pytest.mark.parametrize(("changes", "good"), [
    ({"aud": ["baodao"]}, True), ({"aud": ["baodao", "another"], "azp": "baodao"}, True), ({"aud": ["baodao", "another"]}, False),
    ({"aud": ["baodao", "another"], "azp": "another"}, False), ({"azp": "another"}, False), ({"azp": "baodao"}, True), ({"aud": "another"}, False),
    ({"aud": None}, False), ({"iss": "https://id.example/"}, False), ({"iss": None}, False), ({"nonce": "m"}, False), ({"nonce": None}, False),
    ({"iat": None}, False), ({"exp": None}, False), ({"iat": "now"}, False)])
def test_a_token_is_ours_and_of_this_try(house: House, changes: dict[str, Any], good: bool) -> None:
    assert passes(**changes) is good


@pytest.mark.parametrize("nonce", ["", None])
def test_a_try_without_a_nonce_lets_nobody_in(house: House, nonce: str | None) -> None:
    with pytest.raises(Invalid):
        read(token(nonce=nonce), nonce="")


def key_for(algorithm: str, kid: str) -> Any:
    """A key that signs so."""
    return jwk.ECKey.generate_key(CURVES[algorithm], {"kid": kid}) if algorithm in CURVES else KEY


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", *CURVES])
def test_signatures_of_every_good_kind_are_read(house: House, algorithm: str) -> None:
    key = key_for(algorithm, "one")
    house.answers[FOUND.jwks_uri] = {"keys": [key.as_dict(private=False)]}
    assert passes(key=key, header={"alg": algorithm, "kid": "one"})


def test_a_key_used_since_is_asked_for_and_what_it_signs_is_held_to_the_same(house: House, stopwatch: SimpleNamespace) -> None:
    assert passes()
    new = jwk.ECKey.generate_key("P-384", {"kid": "new"})
    shared = jwk.OctKey.import_key("a secret that is shared, of 32 bytes", {"kid": "shared"})
    house.answers[FOUND.jwks_uri] = {"keys": [KEY.as_dict(private=False), new.as_dict(private=False), shared.as_dict(private=True)]}
    stopwatch.seconds += 60
    assert not passes(key=new, header={"alg": "ES384", "kid": "new"})  # no more than once a minute
    stopwatch.seconds += 1
    assert not passes(key=shared, header={"alg": "HS256", "kid": "shared"})
    assert passes(key=new, header={"alg": "ES384", "kid": "new"})
    assert not passes(key=shared, header={"alg": "HS256", "kid": "shared"})
    assert passes()
    assert house.asked == [FOUND.jwks_uri] * 2
