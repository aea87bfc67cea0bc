"""The arithmetic of one-time and recovery codes: which fit, in which forms, and how they are shown."""
from __future__ import annotations

import re

import pyotp
import pytest

from core.access import one_time_codes
from tests.access.reading import LETTERS, NOON, STEP

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_a_secret_is_shown_as_apps_and_people_read_it() -> None:
    made = {one_time_codes.new_secret() for _each in range(3)}
    assert (len(made), [re.fullmatch("[A-Z2-7]{32}", one) is not None for one in made]) == (3, [True] * 3)
    assert one_time_codes.spaced("ABCDEFGHJK") == "ABCD EFGH JK"
    assert one_time_codes.address(SECRET, "wang", "Baodao") == f"otpauth://totp/Baodao:wang?secret={SECRET}&issuer=Baodao"


@pytest.mark.parametrize(("last", "steps"), [(0, [STEP - 1, STEP, STEP + 1]), (STEP - 2, [STEP - 1, STEP, STEP + 1]), (STEP - 1, [STEP, STEP + 1]),
                                             (STEP, [STEP + 1]), (STEP + 1, []), (STEP + 5, [])])
def test_a_step_beside_this_one_fits_when_it_is_later_than_the_last(noon: None, last: int, steps: list[int]) -> None:
    app = pyotp.TOTP(SECRET)
    found = [one_time_codes.matching_step(app.secret, app.generate_otp(step), last) for step in range(STEP - 3, STEP + 4)]
    assert [step for step in found if step is not None] == steps


def test_a_code_is_six_digits_however_it_is_spaced(noon: None) -> None:
    app = pyotp.TOTP(SECRET)
    code = app.at(NOON)
    for text in (code, f" {code[:3]} {code[3:]}\n"):
        assert one_time_codes.matching_step(app.secret, text, 0) == STEP
    for text in ("", code[:5], f"{code}0", f"0{code}", f"{code[:5]}x", code.translate({48 + n: 0xFF10 + n for n in range(10)}), "²²²²²²"):
        assert one_time_codes.matching_step(app.secret, text, 0) is None


def test_a_recovery_code_is_known_by_its_first_digit_and_its_form() -> None:
    forms = {"3abcd-efghj": 3, " 9ABCD efghj ": 9, "0abcdefghj": 0, "3abcd-efgh": None, "3abcd-efghjk": None, "xabcd-efghj": None, "": None,
             "²abcd-efghj": None, "-": None}
    assert {text: one_time_codes.recovery_slot(text) for text in forms} == forms
    stored = one_time_codes.hash_recovery_code("3abcd-efghj")
    assert [one_time_codes.is_recovery_code(stored, text) for text in ("3ABCD EFGHJ", " 3abcdefghj", "3abcd-efghk", "3abcd efgh")] == [True, True, False, False]
    assert [one_time_codes.is_recovery_code(nothing, "3abcd-efghj") for nothing in (None, "")] == [False, False]


def test_new_codes_are_ten_by_their_numbers() -> None:
    made = one_time_codes.new_recovery_codes()
    assert [re.fullmatch(rf"{slot}{LETTERS}{{4}}-{LETTERS}{{5}}", code) is not None for slot, code in enumerate(made)] == [True] * 10
    assert one_time_codes.wrong_code().fields.keys() == {"code"}
