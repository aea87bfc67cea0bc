"""Operators: one name each, a second step that is set up once, tries that wait, and logins that end."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import nullcontext

import pyotp
import pytest
from sqlalchemy import select

from core.access import operator_factors, operators
from core.access.actor import FULL, HALF, PASSWORD
from core.config import Config
from core.errors import Conflict, Invalid, NotFound, TooMany
from core.tenancy import OperatorFactor, now, session, set_clock, unscoped
from tests.support.databases import TestDatabase

WORD, OTHER = "a quiet river", "another quiet river"


@pytest.fixture
def operator(config: Config) -> uuid.UUID:
    with unscoped():
        return operators.create_operator("ops", WORD)


@pytest.fixture
def scope(operator: uuid.UUID) -> Iterator[None]:
    with unscoped():
        yield


def test_a_new_password_ends_every_login_and_names_are_unique(operator: uuid.UUID) -> None:
    with unscoped():
        with pytest.raises(Conflict):
            operators.create_operator("ops", WORD)
        for unknown in (lambda: operators.named("nobody"), lambda: operators.reset_password("nobody", WORD)):
            with pytest.raises(NotFound):
                unknown()
        token = operators.sign_in("ops", WORD).token or ""
    with unscoped():
        assert (operators.find_login(token) or pytest.fail("no login")).id == operators.named("ops") == operator
        operators.reset_password("ops", OTHER)
    with unscoped():
        assert (operators.find_login(token), operators.sign_in("ops", WORD).token) == (None, None)
        assert operators.sign_in("ops", OTHER).token
        operators.end_login(token)  # of nobody: nothing happens


def test_a_login_steps_up_is_seen_once_a_minute_and_idles_out(operator: uuid.UUID) -> None:
    began = now()
    with unscoped():
        first = operators.open_login(operator)
        second = operators.open_login(operator, second_factor=True, instead_of=first)
    with unscoped():
        assert (operators.find_login(first), getattr(operators.find_login(second), "stage", None)) == (None, FULL)
    for minutes, lives in ((20, True), (45, True), (80, False)):  # each look begins the half hour anew
        with set_clock(began + dt.timedelta(minutes=minutes)), unscoped():
            assert (operators.find_login(second) is not None) is lives


def test_the_second_step_is_set_up_once_by_a_right_code(operator: uuid.UUID, scope: None) -> None:
    with pytest.raises(Conflict):
        operator_factors.confirm(operator, "123456")
    with pytest.raises(Conflict):
        operator_factors.renew_recovery_codes(operator)
    with pytest.raises(Invalid):
        operator_factors.check(operator, "123456")
    secret = operator_factors.propose(operator)
    with pytest.raises(Invalid):
        operator_factors.confirm(operator, "wrong")
    with pytest.raises(Invalid):
        operator_factors.check(operator, pyotp.TOTP(secret).now())  # not in use yet
    assert operator_factors.propose(operator) == secret
    made = operator_factors.confirm(operator, pyotp.TOTP(secret).now())
    assert (len(made), operator_factors.recovery_codes_left(operator), operator_factors.recovery_codes_left(uuid.uuid4())) == (10, 10, 0)
    for again in (lambda: operator_factors.propose(operator), lambda: operator_factors.confirm(operator, pyotp.TOTP(secret).now())):
        with pytest.raises(Conflict):
            again()
    session().flush()
    with set_clock(now() + dt.timedelta(seconds=30)):
        code = pyotp.TOTP(secret).at(now())
        operator_factors.check(operator, code)
        with pytest.raises(Invalid):
            operator_factors.check(operator, code)
    assert (operators.find_login(operators.open_login(operator)) or pytest.fail("no login")).stage == HALF
    operator_factors.reset(operator)
    assert (operators.find_login(operators.open_login(operator)) or pytest.fail("no login")).stage == PASSWORD


def test_wrong_codes_wait_and_a_recovery_code_works_once(operator: uuid.UUID, scope: None) -> None:
    secret = operator_factors.propose(operator)
    made = operator_factors.confirm(operator, pyotp.TOTP(secret).now())
    operator_factors.check(operator, made[3])
    with pytest.raises(Invalid):
        operator_factors.check(operator, made[3])
    for _try in range(4):
        with pytest.raises(Invalid):
            operator_factors.check(operator, "wrong")
    with pytest.raises(TooMany):
        operator_factors.check(operator, made[4])


@pytest.mark.parametrize("spent", [True, False])
def test_a_code_that_another_request_spent_meanwhile_is_refused(operator: uuid.UUID, database: TestDatabase, spent: bool) -> None:
    with unscoped():
        app = pyotp.TOTP(operator_factors.propose(operator))
        operator_factors.confirm(operator, app.at(now()))
    with set_clock(now() + dt.timedelta(seconds=30)), unscoped() as opened, database.connect_admin() as other:
        held = opened.scalars(select(OperatorFactor)).one()  # as it was before the other request's commit
        other.execute("update operator_factor set last_step = last_step + %s", [int(spent)])
        with pytest.raises(Invalid) if spent else nullcontext():
            operator_factors.check(held.operator_id, app.at(now()))
