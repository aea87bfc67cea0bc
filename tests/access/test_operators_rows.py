"""Operators: what each act leaves in the rows and in the operators' log, at each limit, and that another operator's is not touched."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pyotp
import pytest
from sqlalchemy import select, update

from core.access import operator_factors, operators
from core.access.actor import FULL, HALF, PASSWORD
from core.access.opening import token_hash
from core.access.operators import OperatorFact
from core.access.passwords import verify_password
from core.audit import OPERATORS, entries
from core.config import Config
from core.errors import Conflict, Invalid, TooMany
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from core.tenancy import Operator, OperatorFactor, OperatorLogin, now, session, set_clock, unscoped
from tests.access.reading import NOON, STEP
from tests.support.databases import MASTER_KEYS

WORD, OTHER = "a quiet river", "another quiet river"


@pytest.fixture
def ops(config: Config) -> Iterator[uuid.UUID]:
    """One of two operators; the clock stands at the beginning of a step."""
    with set_clock(NOON):
        with unscoped():
            made = operators.create_operator("ops", WORD)
            operators.create_operator("second", OTHER)
        yield made


@pytest.fixture
def second(ops: uuid.UUID) -> uuid.UUID:
    with unscoped():
        return operators.named("second")


def after(seconds: float) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


def said() -> list[tuple[str, uuid.UUID | None, str, uuid.UUID | None]]:
    """The operators' log since the two were made, in order; each entry names an operator, and nothing beside."""
    with unscoped():
        rows = [row for row in entries(limit=500, trail=OPERATORS) if row.action not in ("operator.created", "key.added")][::-1]
    assert {(row.object_type, row.details) for row in rows} <= {("operator", None)}
    return [(row.action, row.object_id, row.actor_kind, row.actor_id) for row in rows]


def by_system(operator: uuid.UUID | None, *actions: str) -> list[tuple[str, uuid.UUID | None, str, uuid.UUID | None]]:
    return [(action, operator, "system", None) for action in actions]


def logins(operator: uuid.UUID) -> list[tuple[bytes, dt.datetime, dt.datetime, str]]:
    """The rows of its logins, in order."""
    return [tuple(row) for row in session().execute(
        select(OperatorLogin.token_hash, OperatorLogin.created_at, OperatorLogin.seen_at, OperatorLogin.stage)
        .where(OperatorLogin.operator_id == operator).order_by(OperatorLogin.id))]


def tries(operator: uuid.UUID) -> tuple[int, dt.datetime | None]:
    row = session().execute(select(Operator.failed_logins, Operator.locked_until).where(Operator.id == operator)).one()
    return row[0], row[1]


def factor(operator: uuid.UUID) -> OperatorFactor:
    return session().scalars(select(OperatorFactor).where(OperatorFactor.operator_id == operator)).one()


def enrol(operator: uuid.UUID) -> tuple[pyotp.TOTP, list[str]]:
    app = pyotp.TOTP(operator_factors.propose(operator))
    return app, operator_factors.confirm(operator, app.at(now()))


# Names and passwords

def test_a_new_operator_is_active_with_a_name_and_a_password(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        rows = {row.username: row for row in session().scalars(select(Operator))}
        assert {name: (row.id, row.active, row.failed_logins, row.locked_until) for name, row in rows.items()} == {
            "ops": (ops, True, 0, None), "second": (second, True, 0, None)}
        assert [verify_password(rows[name].password_hash, word) for name, word in (("ops", WORD), ("second", OTHER), ("ops", OTHER))] == [True, True, False]
        for refused, error in ((("ops", OTHER), Conflict), (("third", "short"), Invalid)):
            with pytest.raises(error):
                operators.create_operator(*refused)
        made = [row for row in entries(trail=OPERATORS) if row.action == "operator.created"][::-1]
        assert [(row.object_type, row.object_id, row.details) for row in made] == [("operator", ops, None), ("operator", second, None)]
        assert (operators.named("ops"), operators.named("second")) == (ops, second)


def test_names_are_those_of_operators_only(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        assert operators.names([ops, None, uuid.uuid4(), ops]) == {ops: "ops"}
        assert operators.names(iter([second, ops])) == {ops: "ops", second: "second"}
        assert [operators.names(none) for none in ([], [None])] == [{}, {}]


def test_a_new_password_forgets_the_own_tries_and_ends_the_own_logins(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        tokens = {one: operators.open_login(one) for one in (ops, second)}
        for name in ("ops", "second"):
            for _try in range(6):
                assert operators.sign_in(name, "wrong word").token is None
        assert [tries(one) for one in (ops, second)] == [(6 - 1, after(1))] * 2  # the sixth had to wait
        operators.reset_password("ops", "a third river")
        assert [tries(one) for one in (ops, second)] == [(0, None), (5, after(1))]
        assert ([len(logins(one)) for one in (ops, second)], operators.find_login(tokens[second])) == ([0, 1], OperatorFact(second, "second", PASSWORD))
        assert [verify_password(session().get_one(Operator, one).password_hash, "a third river") for one in (ops, second)] == [True, False]
    assert said() == by_system(ops, *["login.failed"] * 6) + by_system(second, *["login.failed"] * 6) + by_system(ops, "operator.password_reset")


# Signing in

def test_a_sign_in_opens_a_login_of_that_operator(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        operators.sign_in("ops", "wrong word")
        assert tries(ops) == (1, NOON)
        found = operators.sign_in(" ops ", WORD)
        assert (found.message, found.retry_after, tries(ops)) == ("", 0, (0, None))
        assert (logins(ops), logins(second)) == ([(token_hash(found.token or ""), NOON, NOON, PASSWORD)], [])
        assert (operators.find_login(found.token or ""), len(found.token or "")) == (OperatorFact(ops, "ops", PASSWORD), 43)
    assert said() == [*by_system(ops, "login.failed"), ("login.opened", ops, "operator", ops)]


def test_wrong_names_and_words_get_one_answer_and_are_noted(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        session().execute(update(Operator).where(Operator.id == second).values(active=False))
        answers = [operators.sign_in(*given) for given in (("nobody", WORD), ("ops", OTHER), ("second", OTHER), ("ops", ""))]
        assert (len(set(answers)), answers[0].token, bool(answers[0].message), answers[0].retry_after) == (1, None, True, 0)
        assert ([tries(one) for one in (ops, second)], logins(ops), logins(second)) == ([(2, NOON), (1, NOON)], [], [])
    assert said() == [entry for one in (None, ops, second, ops) for entry in by_system(one, "login.failed")]


@pytest.mark.parametrize(("seconds", "opened"), [(0.5, False), (1, True), (1.5, True)])
def test_after_five_wrong_words_the_name_waits_and_a_try_meanwhile_counts_nothing(ops: uuid.UUID, second: uuid.UUID, seconds: float, *, opened: bool) -> None:
    with unscoped():
        for _try in range(5):
            operators.sign_in("ops", "wrong word")
        assert (tries(ops), tries(second)) == ((5, after(1)), (0, None))
    with set_clock(after(seconds)), unscoped():
        assert (operators.sign_in("ops", WORD).token is not None) is opened
        assert tries(ops) == ((0, None) if opened else (5, after(1)))
        assert operators.sign_in("second", OTHER).token


# Logins

def test_a_login_counts_as_far_as_it_has_come(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        enrol(ops)
        operator_factors.propose(second)  # not confirmed
        tokens = [operators.open_login(ops), operators.open_login(ops, second_factor=True), operators.open_login(second)]
        assert [operators.find_login(token) for token in tokens] == [OperatorFact(ops, "ops", HALF), OperatorFact(ops, "ops", FULL),
                                                                     OperatorFact(second, "second", PASSWORD)]
        assert logins(ops) == [(token_hash(tokens[0]), NOON, NOON, HALF), (token_hash(tokens[1]), NOON, NOON, FULL)]
        assert [operators.find_login(nothing) for nothing in ("", "nobody's token")] == [None, None]


def test_a_step_up_ends_the_one_login_before_it(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        before, stays, others = operators.open_login(ops), operators.open_login(ops), operators.open_login(second)
        operators.open_login(ops, instead_of=others)  # another's is not ended
        after_it = operators.open_login(ops, second_factor=True, instead_of=before)
    with unscoped():
        assert [operators.find_login(token) is not None for token in (before, stays, others, after_it)] == [False, True, True, True]
        assert (len(logins(ops)), len(logins(second))) == (3, 1)


def test_logins_end_one_by_one_or_all_of_an_operator(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        first, stays, more, others = operators.open_login(ops), operators.open_login(ops), operators.open_login(ops), operators.open_login(second)
    with unscoped():
        operators.end_login(first)
        operators.end_login("nobody's token")
        assert [operators.find_login(token) is not None for token in (first, stays, more, others)] == [False, True, True, True]
        operators.end_logins(ops)
        assert [operators.find_login(token) is not None for token in (first, stays, more, others)] == [False, False, False, True]
    assert said() == [("login.closed", ops, "operator", ops)]


@pytest.mark.parametrize(("seconds", "lives", "seen"), [(0, True, 0), (60, True, 0), (61, True, 61), (1799, True, 1799), (1800, False, 0), (1801, False, 0)])
def test_a_login_idles_out_after_half_an_hour_and_is_noted_once_a_minute(ops: uuid.UUID, seconds: int, seen: int, *, lives: bool) -> None:
    with unscoped():
        token = operators.open_login(ops)
    with set_clock(after(seconds)), unscoped():
        assert (operators.find_login(token) is not None) is lives
    with unscoped():
        assert logins(ops) == [(token_hash(token), NOON, after(seen), PASSWORD)]


@pytest.mark.parametrize(("seconds", "lives"), [(-1, True), (0, False), (1, False)])
def test_a_login_is_over_after_twelve_hours_however_busy(ops: uuid.UUID, seconds: int, *, lives: bool) -> None:
    moment = after(12 * 3600 + seconds)
    with unscoped():
        token = operators.open_login(ops)
        session().flush()
        session().execute(update(OperatorLogin).values(seen_at=moment))
    with set_clock(moment), unscoped():
        assert (operators.find_login(token) is not None) is lives


def test_who_is_switched_off_has_no_login(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        tokens = [operators.open_login(one) for one in (ops, second)]
        session().execute(update(Operator).where(Operator.id == ops).values(active=False))
        assert [operators.find_login(token) for token in tokens] == [None, OperatorFact(second, "second", PASSWORD)]
        assert operators.sign_in("ops", WORD).token is None


# The second factor

def test_officers_policy_asks_a_login_by_password_only() -> None:
    asked = {(stage, policy): operator_factors.must_enrol(stage, policy) for stage in (HALF, PASSWORD, FULL) for policy in ("officers", "optional")}
    assert [pair for pair, must in asked.items() if must] == [(PASSWORD, "officers")]


def test_a_proposed_secret_lies_under_the_master_key_until_a_code_confirms_it(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        shown, others = operator_factors.propose(ops), operator_factors.propose(second)
    with unscoped():
        row = factor(ops)
        assert (row.recovery_hashes, row.last_step, row.failed_logins, row.confirmed_at, row.locked_until) == ([], 0, 0, None, None)
        assert keyring.masters().open(f"operator_factor.secret {ops}", row.secret).decode() == shown != others
        assert (operator_factors.propose(ops), operator_factors.propose(second), len(shown)) == (shown, others, 32)
        assert [operator_factors.recovery_codes_left(one) for one in (ops, uuid.uuid4())] == [0, 0]
        for _try in range(2):
            with pytest.raises(Invalid):
                operator_factors.confirm(ops, "wrong")
        assert (row.failed_logins, row.locked_until, operator_factors.has_codes(ops)) == (2, NOON, False)
        made = operator_factors.confirm(ops, pyotp.TOTP(shown).at(after(30)))
    with unscoped():
        row = factor(ops)
        assert (row.confirmed_at, row.last_step, row.failed_logins, row.locked_until) == (NOON, STEP + 1, 0, None)
        assert ([code[0] for code in made], len(row.recovery_hashes), len(set(row.recovery_hashes))) == (list("0123456789"), 10, 10)
        assert [operator_factors.has_codes(one) for one in (ops, second, uuid.uuid4())] == [True, False, False]
    assert said() == by_system(ops, "factor.enrolled", "factor.codes_renewed")


def test_confirming_waits_after_five_wrong_codes_and_says_how_long(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        apps = {one: pyotp.TOTP(operator_factors.propose(one)) for one in (ops, second)}
        for _try in range(5):
            with pytest.raises(Invalid):
                operator_factors.confirm(ops, "wrong")
        with pytest.raises(TooMany) as refusal:
            operator_factors.confirm(ops, apps[ops].at(NOON))
        operator_factors.confirm(second, apps[second].at(NOON))
        assert (refusal.value.retry_after, factor(ops).failed_logins) == (2, 5)
    with set_clock(after(1)), unscoped():
        operator_factors.confirm(ops, apps[ops].at(NOON))


def test_a_code_counts_once_and_the_log_says_which_kind_it_was(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        app, made = enrol(ops)
        _app, others = enrol(second)
    with set_clock(after(30)), unscoped():
        wrong = made[4][0] + ("z" if made[4][1] != "z" else "y") + made[4][2:]
        for refused in (app.at(NOON), others[4], wrong, ""):
            with pytest.raises(Invalid):
                operator_factors.check(ops, refused)
        assert (factor(ops).failed_logins, factor(second).failed_logins, factor(ops).locked_until) == (4, 0, after(30))
        operator_factors.check(ops, app.at(after(30)))
        assert (factor(ops).last_step, factor(ops).failed_logins, factor(ops).locked_until) == (STEP + 1, 0, None)
        with pytest.raises(Invalid):
            operator_factors.check(ops, app.at(after(30)))
        operator_factors.check(ops, made[4])
        assert (factor(ops).last_step, factor(ops).failed_logins, factor(ops).locked_until) == (STEP + 1, 0, None)
    with unscoped():
        assert [slot for slot, stored in enumerate(factor(ops).recovery_hashes) if stored == ""] == [4]
        assert [operator_factors.recovery_codes_left(one) for one in (ops, second)] == [9, 10]
        with pytest.raises(Invalid):
            operator_factors.check(unknown := uuid.uuid4(), "123456")
    both = [*by_system(ops, "factor.enrolled", "factor.codes_renewed"), *by_system(second, "factor.enrolled", "factor.codes_renewed")]
    assert said() == [*both, *by_system(ops, *["factor.refused"] * 4, "factor.met", "factor.refused", "factor.recovery_code_used"),
                      *by_system(unknown, "factor.refused")]


def test_a_check_waits_after_five_wrong_codes_and_says_how_long(ops: uuid.UUID) -> None:
    with unscoped():
        app, made = enrol(ops)
        for _try in range(5):
            with pytest.raises(Invalid):
                operator_factors.check(ops, "123456")
        for code in (made[0], app.at(after(30))):
            with pytest.raises(TooMany) as refusal:
                operator_factors.check(ops, code)
            assert refusal.value.retry_after == 2
    with set_clock(after(1)), unscoped():
        operator_factors.check(ops, made[0])


def test_new_recovery_codes_take_the_place_of_the_own_ones_and_fewer_may_be_kept(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        with pytest.raises(Conflict):
            operator_factors.renew_recovery_codes(ops)
        operator_factors.propose(ops)
        with pytest.raises(Conflict):
            operator_factors.renew_recovery_codes(ops)
        _app, old = enrol(ops)
        _others_app, others = enrol(second)
        operator_factors.check(ops, old[9])
        new = operator_factors.renew_recovery_codes(ops)
        assert [operator_factors.recovery_codes_left(one) for one in (ops, second)] == [10, 10]
        with pytest.raises(Invalid):
            operator_factors.check(ops, old[1])
        operator_factors.check(ops, new[1])
        operator_factors.check(second, others[1])
        factor(ops).recovery_hashes = factor(ops).recovery_hashes[:3]
        for gone in (new[3], new[4]):
            with pytest.raises(Invalid):
                operator_factors.check(ops, gone)
        operator_factors.check(ops, new[2])
    assert [action for action, operator, *_by in said() if operator == ops] == [
        "factor.enrolled", "factor.codes_renewed", "factor.recovery_code_used", "factor.codes_renewed", "factor.refused", "factor.recovery_code_used",
        "factor.refused", "factor.refused", "factor.recovery_code_used"]


def test_a_reset_takes_the_codes_of_one_operator(ops: uuid.UUID, second: uuid.UUID) -> None:
    with unscoped():
        for one in (ops, second):
            enrol(one)
        operator_factors.reset(ops)
        assert [(operator_factors.has_codes(one), operator_factors.recovery_codes_left(one)) for one in (ops, second)] == [(False, 0), (True, 10)]
    assert said()[-1:] == by_system(ops, "factor.reset")


def test_secrets_go_under_a_new_master_key_once(ops: uuid.UUID, second: uuid.UUID) -> None:
    both, two = (MasterKeys({number: key for number, key in {**MASTER_KEYS, 2: b"\2" * 32}.items() if number in kept}) for kept in ((1, 2), (2,)))
    with unscoped():
        shown = {one: operator_factors.propose(one) for one in (ops, second)}
        assert [operator_factors.reseal(keyring.masters()), operator_factors.reseal(both), operator_factors.reseal(both)] == [0, 2, 0]
    with unscoped():
        assert {one: two.open(f"operator_factor.secret {one}", factor(one).secret).decode() for one in shown} == shown
