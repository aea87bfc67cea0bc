"""Passkeys: what the browser is handed, what an answer leaves in the rows and in the log, the limits hit exactly, and whose stay untouched."""
from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import uuid

import pytest
from sqlalchemy import func, select, update

from core.access import factors, passkeys
from core.access.factor_models import Passkey, SpentChallenge
from core.access.logins import factor_tries
from core.access.models import Account, LoginTry
from core.access.opening import open_login
from core.access.passkeys import RelyingParty
from core.access.roles import COUNTY, STREET
from core.audit import entries
from core.errors import Conflict, Invalid, NotFound, TooMany
from core.tenancy import session, set_clock
from tests.access.reading import NOON
from tests.support.authenticator import PRESENT, Authenticator
from tests.support.factories import TestAccount, TestTenant, make_tenant

SITE = RelyingParty("localhost", "http://localhost", "武汉市")

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def own(tenant: TestTenant) -> TestAccount:
    return tenant.accounts[COUNTY]


@pytest.fixture
def other(tenant: TestTenant) -> TestAccount:
    return tenant.accounts[STREET]


def after(seconds: float) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


def register(account: TestAccount, key: Authenticator | None = None, name: str = "办公室电脑") -> tuple[Authenticator, uuid.UUID]:
    """A key of the account's, inside the scope."""
    made, text = key or Authenticator(SITE), passkeys.challenge()
    return made, passkeys.register(made.create(text), text, SITE, account.id, name)


def said(tenant: TestTenant) -> list[tuple[str, str, uuid.UUID | None, object]]:
    with tenant.scope():
        return [(row.action, row.object_type, row.object_id, row.details) for row in entries(limit=500)][::-1]


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# What the browser is handed

def test_a_challenge_is_random_and_says_when_it_was_made() -> None:
    made = [passkeys.challenge().split(".") for _each in range(3)]
    assert (len({random for random, _at in made}), {len(random) for random, _at in made}) == (3, {32})
    assert {at for _random, at in made} == {str(int(NOON.timestamp()))}


def test_a_page_that_makes_a_passkey_names_site_person_and_the_keys_there_are(tenant: TestTenant, own: TestAccount, other: TestAccount) -> None:
    with tenant.scope():
        key, _identity = register(own)
        register(other)
        options = json.loads(passkeys.registration_options(b"a challenge", SITE, own.id, "wang"))
    assert len(options.pop("pubKeyCredParams")) > 1
    assert options == {
        "rp": {"name": "武汉市", "id": "localhost"}, "user": {"id": encoded(own.id.bytes), "name": "wang", "displayName": "wang"},
        "challenge": encoded(b"a challenge"), "timeout": 300_000, "excludeCredentials": [{"id": encoded(key.credential), "type": "public-key"}],
        "authenticatorSelection": {"residentKey": "preferred", "requireResidentKey": False, "userVerification": "preferred"}, "attestation": "none"}


@pytest.mark.parametrize(("known", "kind"), [((), "required"), ((b"one", b"another"), "preferred")])
def test_a_page_that_asks_for_a_passkey_wants_finger_face_or_pin_where_no_password_went_before(known: tuple[bytes, ...], kind: str) -> None:
    assert json.loads(passkeys.sign_in_options(b"a challenge", SITE, known)) == {
        "challenge": encoded(b"a challenge"), "timeout": 300_000, "rpId": "localhost", "userVerification": kind,
        "allowCredentials": [{"id": encoded(one), "type": "public-key"} for one in known]}
    assert passkeys.sign_in_options(b"x", SITE) == passkeys.sign_in_options(b"x", SITE, ())


# Registering

def test_a_new_passkey_is_kept_whole(tenant: TestTenant, own: TestAccount, other: TestAccount) -> None:
    with tenant.scope():
        key, identity = register(own, Authenticator(SITE, count=7))
        row = session().scalars(select(Passkey)).one()
        assert (row.tenant_id, row.id, row.account_id, row.credential, row.sign_count, row.name, row.created_at, row.used_at) == (
            tenant.id, identity, own.id, key.credential, 7, "办公室电脑", NOON, None)
        assert len(row.public_key) > 64
        assert [(passkeys.count(one), passkeys.credentials(one), list(passkeys.listed(one))) for one in (own.id, other.id)] == [
            (1, [key.credential], [(identity, "办公室电脑", NOON, None)]), (0, [], [])]
        assert [factors.has_factor(one.id) for one in (own, other)] == [True, False]
    assert said(tenant) == [("passkey.added", "account", own.id, None)]


def test_a_key_is_registered_once_for_one_account(tenant: TestTenant, own: TestAccount, other: TestAccount) -> None:
    with tenant.scope():
        key, _identity = register(own)
        for account in (own, other):
            with pytest.raises(Conflict):
                register(account, key)
        assert [passkeys.count(one.id) for one in (own, other)] == [1, 0]
    assert len(said(tenant)) == 1
    neighbour = make_tenant("4228")
    with neighbour.scope():  # a key may serve two cities
        register(neighbour.accounts[COUNTY], key)


def test_a_tenth_passkey_is_kept_and_an_eleventh_refused_of_one_account(tenant: TestTenant, own: TestAccount, other: TestAccount) -> None:
    with tenant.scope():
        for number in range(10):
            register(own, name=str(number))
        with pytest.raises(Conflict):
            register(own)
        register(other)
        assert [passkeys.count(one.id) for one in (own, other)] == [10, 1]


def test_a_registration_fits_challenge_origin_site_and_kind(tenant: TestTenant, own: TestAccount) -> None:
    key = Authenticator(SITE)
    with tenant.scope():
        texts = [passkeys.challenge() for _each in range(6)]
        for answer, text, site in (
                (key.create(texts[0]), texts[1], SITE), (key.create(texts[2], origin="https://evil.example"), texts[2], SITE),
                (key.create(texts[3]), texts[3], RelyingParty("city.example", SITE.origin, "")), (key.create(texts[4], type="webauthn.get"), texts[4], SITE),
                (key.create("no time"), "no time", SITE), (key.get(texts[5]), texts[5], SITE)):
            with pytest.raises(Invalid):
                passkeys.register(answer, text, site, own.id, "x")
        assert passkeys.count(own.id) == 0
    assert said(tenant) == []


def test_whoever_is_only_present_may_register(tenant: TestTenant, own: TestAccount) -> None:
    with tenant.scope():
        register(own, Authenticator(SITE, flags=PRESENT))
        assert passkeys.count(own.id) == 1


# Challenges

@pytest.mark.parametrize(("seconds", "taken"), [(-1, False), (0, True), (300, True), (301, False)])
def test_a_challenge_is_good_for_five_minutes(tenant: TestTenant, own: TestAccount, seconds: int, *, taken: bool) -> None:
    key, text = Authenticator(SITE), passkeys.challenge()
    with set_clock(after(seconds)), tenant.scope():
        if not taken:
            with pytest.raises(Invalid):
                passkeys.register(key.create(text), text, SITE, own.id, "x")
        else:
            passkeys.register(key.create(text), text, SITE, own.id, "x")
        spent = [(row.tenant_id, row.challenge_hash, row.at) for row in session().scalars(select(SpentChallenge))]
    assert spent == ([(tenant.id, hashlib.sha256(text.encode()).digest(), after(seconds))] if taken else [])


@pytest.mark.parametrize("end", ["", ".", ".x", ".-1", ".²", f".{int(NOON.timestamp())}.", f".{int(NOON.timestamp())} "])
def test_a_challenge_without_a_plain_time_is_none(tenant: TestTenant, own: TestAccount, end: str) -> None:
    text = f"random{end}"
    with tenant.scope(), pytest.raises(Invalid):
        passkeys.register(Authenticator(SITE).create(text), text, SITE, own.id, "x")


def test_a_challenge_is_spent_by_a_registration_and_counts_in_one_city(tenant: TestTenant, own: TestAccount) -> None:
    neighbour, text = make_tenant("4228"), passkeys.challenge()
    with tenant.scope():
        passkeys.register(Authenticator(SITE).create(text), text, SITE, own.id, "x")
        with pytest.raises(Invalid):
            passkeys.register(Authenticator(SITE).create(text), text, SITE, own.id, "x")
    with neighbour.scope():
        passkeys.register(Authenticator(SITE).create(text), text, SITE, neighbour.accounts[COUNTY].id, "x")


# Answers

@pytest.mark.parametrize("second_step", [True, False])
def test_an_answer_names_the_account_and_is_kept_with_its_count(tenant: TestTenant, own: TestAccount, other: TestAccount, second_step: bool) -> None:
    with tenant.scope():
        key, identity = register(own)
        _others, others = register(other)
        for account in (own, other):
            factor_tries(account.id).failed_logins = 3
    key.count = 8
    with set_clock(after(60)), tenant.scope():
        text = passkeys.challenge()
        found = passkeys.verify(key.get(text), text, SITE, account_id=own.id if second_step else None)
        assert found == own.id
    with tenant.scope():
        rows = {row.id: (row.sign_count, row.used_at) for row in session().scalars(select(Passkey))}
        assert rows == {identity: (9, after(60)), others: (0, None)}
        assert list(passkeys.listed(own.id)) == [(identity, "办公室电脑", NOON, after(60))]
        assert [factor_tries(account.id).failed_logins for account in (own, other)] == [0, 3]
    assert said(tenant)[2:] == [("passkey.used", "account", own.id, None)]


def test_wrong_answers_count_at_the_second_step_only_and_are_noted(tenant: TestTenant, own: TestAccount, other: TestAccount) -> None:
    with tenant.scope():
        key, _identity = register(own)
        text = passkeys.challenge()
        for account_id in (None, own.id, own.id, other.id):
            with pytest.raises(Invalid):
                passkeys.verify(Authenticator(SITE).get(text), text, SITE, account_id=account_id)
        with pytest.raises(Invalid):
            passkeys.verify(key.get(text), text, SITE, account_id=other.id)  # the first step was another's
        assert session().scalar(select(func.count()).select_from(LoginTry)) == 2
        assert [factor_tries(account.id).failed_logins for account in (own, other)] == [2, 2]
        assert passkeys.verify(key.get(text), text, SITE) == own.id  # nothing was spent on them
    assert said(tenant)[1:] == [*(("factor.refused", "account", one, None) for one in (None, own.id, own.id, other.id, other.id)),
                                ("passkey.used", "account", own.id, None)]


def test_the_second_step_waits_after_five_wrong_answers_and_says_how_long(tenant: TestTenant, own: TestAccount, other: TestAccount) -> None:
    with tenant.scope():
        key, _identity = register(own)
        others, _others = register(other)
        texts = [passkeys.challenge() for _each in range(2)]
        for _try in range(5):
            with pytest.raises(Invalid):
                passkeys.verify("{}", texts[0], SITE, account_id=own.id)
        with pytest.raises(TooMany) as refusal:
            passkeys.verify(key.get(texts[0]), texts[0], SITE, account_id=own.id)
        assert refusal.value.retry_after == 2
        assert passkeys.verify(others.get(texts[1]), texts[1], SITE, account_id=other.id) == other.id
    with set_clock(after(1)), tenant.scope():
        assert passkeys.verify(key.get(texts[0]), texts[0], SITE, account_id=own.id) == own.id


def test_who_is_switched_off_answers_in_vain(tenant: TestTenant, own: TestAccount, other: TestAccount) -> None:
    with tenant.scope():
        key, _identity = register(own)
        session().execute(update(Account).where(Account.id == own.id).values(active=False))
        for account_id in (None, own.id):
            text = passkeys.challenge()
            with pytest.raises(Invalid):
                passkeys.verify(key.get(text), text, SITE, account_id=account_id)


@pytest.mark.parametrize("length", [16, 17, 18])
def test_the_ids_of_keys_may_have_any_length(tenant: TestTenant, own: TestAccount, length: int) -> None:
    """Base64 for addresses is written without its padding."""
    with tenant.scope():
        key, _identity = register(own, Authenticator(SITE, credential=b"\xff" * length))
        text = passkeys.challenge()
        assert passkeys.verify(key.get(text), text, SITE) == own.id


@pytest.mark.parametrize(("length", "taken"), [(20_000, True), (20_001, False)])
def test_an_answer_has_no_more_than_twenty_thousand_characters(tenant: TestTenant, own: TestAccount, length: int, *, taken: bool) -> None:
    with tenant.scope():
        key, _identity = register(own)
        text = passkeys.challenge()
        answer = key.get(text).ljust(length)
        if taken:
            assert passkeys.verify(answer, text, SITE) == own.id
        else:
            with pytest.raises(Invalid):
                passkeys.verify(answer, text, SITE)


def test_an_id_that_is_no_base64_is_nobodys(tenant: TestTenant, own: TestAccount) -> None:
    with tenant.scope():
        register(own)
        for broken in ('{"rawId": "x"}', '{"rawId": null}', '"text"', "7", "not json"):
            with pytest.raises(Invalid):
                passkeys.verify(broken, passkeys.challenge(), SITE)
        assert session().scalar(select(func.count()).select_from(SpentChallenge)) == 1


# The owner's list

def test_the_owners_list_is_the_oldest_first_and_changes_by_the_owners_hand(tenant: TestTenant, own: TestAccount, other: TestAccount) -> None:
    made = {}
    for seconds, name in ((60, "new"), (0, "old"), (30, "middle")):
        with set_clock(after(seconds)), tenant.scope():
            made[name] = register(own, name=name)[1]
    with tenant.scope():
        _key, others = register(other, name="other")
        assert list(passkeys.listed(own.id)) == [(made["old"], "old", NOON, None), (made["middle"], "middle", after(30), None),
                                                 (made["new"], "new", after(60), None)]
        passkeys.rename(own.id, made["old"], "renamed")
        passkeys.remove(own.id, made["middle"])
        for refused in (others, made["middle"], uuid.uuid4()):
            with pytest.raises(NotFound):
                passkeys.rename(own.id, refused, "x")
            with pytest.raises(NotFound):
                passkeys.remove(own.id, refused)
    with tenant.scope():
        assert [row.name for row in passkeys.listed(own.id)] == ["renamed", "new"]
        assert [row.name for row in passkeys.listed(other.id)] == ["other"]
        assert [passkeys.count(one) for one in (own.id, other.id, uuid.uuid4())] == [2, 1, 0]
    assert said(tenant)[4:] == [("passkey.removed", "account", own.id, None)]


def test_the_last_passkey_takes_the_own_recovery_codes_along(tenant: TestTenant, own: TestAccount, other: TestAccount) -> None:
    with tenant.scope():
        made = [register(account)[1] for account in (own, own, other)]
        for account in (own, other):
            factors.renew_recovery_codes(account.id)
            open_login(account.id, second_factor=True)
        left = []
        for identity in made[:2]:
            passkeys.remove(own.id, identity)
            left.append([factors.recovery_codes_left(account.id) for account in (own, other)])
    assert left == [[10, 10], [0, 10]]
