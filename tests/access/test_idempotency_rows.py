"""A request under a key of its sender: what makes it the same one, what is kept of its answer, and for how long."""
from __future__ import annotations

import datetime as dt
import uuid
from contextvars import Context

import pytest
from sqlalchemy import select

from core.access import idempotency
from core.access.idempotency import LARGEST, Answer, AnsweredRequest, Once, once
from core.access.roles import COUNTY, STREET
from core.errors import Conflict, Invalid
from core.privacy import keyring
from core.tenancy import session, set_clock
from core.tenancy.scope import tenant_id
from tests.access.reading import NOON
from tests.support.factories import TestTenant, make_tenant

DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
ANSWER = Answer(201, "application/json", '{"name": "周婆婆"}'.encode())

pytestmark = pytest.mark.usefixtures("noon")


def stored() -> list[AnsweredRequest]:
    """The tenant's kept answers, oldest first."""
    return list(session().scalars(select(AnsweredRequest).where(AnsweredRequest.tenant_id == tenant_id()).order_by(AnsweredRequest.answered_at)))


def keep(tenant: TestTenant, answer: Answer = ANSWER, key: str = "k") -> uuid.UUID:
    """Let the county's officer have this answer to POST /records; the officer's account."""
    account = tenant.accounts[COUNTY].id
    with tenant.scope():
        asked = once(account, key, b"POST", b"/records")
        assert asked.answered() is None
        asked.keep(answer)
    return account


def test_what_is_kept_of_an_answer(tenant: TestTenant) -> None:
    account = keep(tenant)
    with tenant.scope():
        ring, row = keyring.for_tenant(tenant.id), stored()[0]
        assert (row.account_id, row.status, row.media_type, row.answered_at) == (account, 201, "application/json", NOON)
        assert ring.decrypt_bytes("answered_request", "answer", row.id, row.answer or b"") == ANSWER.content
        # Both hashes stay as they are from version to version: a program that sends again after an update must not count twice.
        assert row.key_hash == ring.fingerprint("idempotency key", account.bytes + b"k")
        assert row.request_hash == ring.fingerprint("idempotency request", b"\0\0\0\0\0\0\0\4POST\0\0\0\0\0\0\0\x08/records")


def test_a_request_is_the_same_only_in_all_its_parts(tenant: TestTenant) -> None:
    mine, hers = tenant.accounts[COUNTY].id, tenant.accounts[STREET].id
    with tenant.scope():
        known = once(mine, "k", b"ab", b"c")
        assert known == once(mine, "k", b"ab", b"c")
        others = [once(mine, "k", *parts) for parts in ((b"a", b"bc"), (b"abc",), (b"c", b"ab"), (b"ab", b"c", b""))]
        assert {other.key_hash for other in others} == {known.key_hash}
        assert len({known.request_hash, *(other.request_hash for other in others)}) == 5
        assert len({known.key_hash, once(mine, "K", b"ab", b"c").key_hash, once(hers, "k", b"ab", b"c").key_hash}) == 3
        assert (known.account_id, once(hers, "k").account_id) == (mine, hers)


def test_the_answer_is_told_again_to_this_account_and_key_for_this_request_only(tenant: TestTenant) -> None:
    account = keep(tenant)
    with tenant.scope():
        assert once(account, "k", b"POST", b"/records").answered() == ANSWER
        with pytest.raises(Invalid):
            once(account, "k", b"POST", b"/others").answered()
        assert once(account, "l", b"POST", b"/records").answered() is None
        assert once(tenant.accounts[STREET].id, "k", b"POST", b"/records").answered() is None
    other = make_tenant("4228", name="恩施州")
    with other.scope():
        assert once(account, "k", b"POST", b"/records").answered() is None


def test_an_answer_is_kept_for_a_day_and_not_a_second_longer(tenant: TestTenant) -> None:
    account = keep(tenant)
    with set_clock(NOON + DAY - SECOND), tenant.scope():
        assert once(account, "k", b"POST", b"/records").answered() == ANSWER
    with set_clock(NOON + DAY), tenant.scope():
        asked = once(account, "k", b"POST", b"/others")  # the key may name something else by now
        assert (asked.answered(), stored()) == (None, [])
        asked.keep(Answer(200, "text/plain", b"later"))
        assert [(row.status, row.answered_at) for row in stored()] == [(200, NOON + DAY)]


@pytest.mark.parametrize("content", [b"", b"x" * LARGEST])
def test_an_answer_is_kept_up_to_the_largest_size(tenant: TestTenant, content: bytes) -> None:
    account = keep(tenant, Answer(200, "text/plain", content))
    with tenant.scope():
        assert once(account, "k", b"POST", b"/records").answered() == Answer(200, "text/plain", content)


@pytest.mark.parametrize("content", [None, b"x" * (LARGEST + 1)])
def test_of_one_that_is_too_large_it_is_only_known_that_there_was_one(tenant: TestTenant, content: bytes | None) -> None:
    account = keep(tenant, Answer(200, "text/plain", content))
    with tenant.scope():
        assert [(row.status, row.media_type, row.answer) for row in stored()] == [(200, "text/plain", None)]
        with pytest.raises(Conflict):
            once(account, "k", b"POST", b"/records").answered()


@pytest.mark.parametrize("first", [b"\x00", b"\x7f", b"\x80", b"\xff"])
def test_while_the_first_is_at_work_its_twin_is_told_so_and_another_key_is_free(tenant: TestTenant, first: bytes) -> None:
    """Whatever the key's hash looks like."""
    account = tenant.accounts[COUNTY].id
    asked, other = Once(account, first * 16, b"r" * 16), Once(account, first * 7 + b"\x01" + first * 8, b"r" * 16)

    def in_another_request() -> None:
        with tenant.scope():
            assert other.answered() is None
            with pytest.raises(Conflict):
                asked.answered()
    with tenant.scope():
        assert asked.answered() is None
        assert asked.answered() is None  # the same request asks as often as it likes
        Context().run(in_another_request)
    with tenant.scope():
        assert asked.answered() is None


def test_what_is_older_than_a_day_is_cleaned_away(tenant: TestTenant) -> None:
    for hours, key in ((0, "a"), (1, "b"), (2, "c")):
        with set_clock(NOON + dt.timedelta(hours=hours)):
            keep(tenant, key=key)
    with set_clock(NOON + DAY + dt.timedelta(hours=1)), tenant.scope():
        assert idempotency.clean(None) == {"answers": 2}  # type: ignore[arg-type]
        assert [row.answered_at for row in stored()] == [NOON + dt.timedelta(hours=2)]
