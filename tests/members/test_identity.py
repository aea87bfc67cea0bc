"""ID numbers, credit codes and phones: the verdict equals stdnum's, and each refusal says what to do."""
from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings, strategies as st
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidComponent

from core.errors import Invalid
from core.members import identity
from core.members.identity import Identity, Problem
from core.tenancy.clock import set_clock

VALID = "420102198307091772"
LISTED_COUNTIES = ["420102", "420117", "422801", "110101", "310104", "650102", "120101"]


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    """Numbers with a right or slightly wrong date and check digit."""
    county = draw(st.sampled_from([*LISTED_COUNTIES, "990101"]))
    date = draw(st.one_of(st.dates(dt.date(1930, 1, 1), dt.date(2015, 1, 1)).map("{:%Y%m%d}".format),
                          st.sampled_from(["19830230", "19991301", "19000229", "20000229"])))
    body = f"{county}{date}{draw(st.integers(0, 999)):03d}"
    check = ric.calc_check_digit(body + "0")
    return body + draw(st.sampled_from([check, check.lower(), "0", "X"]))


def _stdnum_accepts_but_for_the_county(number: str) -> bool:
    try:
        ric.validate(number)
    except InvalidComponent:
        ric.get_birth_date(number)
        return number[:6] in LISTED_COUNTIES
    return True


@settings(deadline=None)
@given(id_numbers())
def test_the_verdict_on_id_numbers_is_stdnums(number: str) -> None:
    try:
        accepted = _stdnum_accepts_but_for_the_county(number)
    except ValueError:
        accepted = False
    assert isinstance(identity.check_id_numbers([number])[0], Identity) is accepted


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_text_breaks_the_judges(text: str) -> None:
    for check in (identity.check_id_numbers, identity.check_credit_codes, identity.check_mobiles):
        verdict = check([text])[0]
        assert isinstance(verdict, (Identity, Problem, str))


@pytest.mark.parametrize("typed", [VALID, f" {VALID} ", "420102 19830709 1772", "'420102198307091772", "４２０１０２１９８３０７０９１７７２",
                                   "420102\u20111983-0709\u200b1772"])
def test_spellings_of_one_id_number(typed: str) -> None:
    assert identity.parse_id_number(typed) == Identity(VALID, dt.date(1983, 7, 9), "male")


@pytest.mark.parametrize("typed", ["42282219920714059x", "42282219920714059Ｘ", "42282219920714059×"])
def test_every_x_becomes_the_capital_letter(typed: str) -> None:
    assert identity.parse_id_number(typed).number == "42282219920714059X"


def test_sex_comes_from_the_17th_digit() -> None:
    body = "42010219830709178"
    assert identity.parse_id_number(body + ric.calc_check_digit(body + "0")).sex == "female"


def test_counties_that_are_younger_than_the_member_or_unlisted_are_accepted() -> None:
    bodies = ["42011719650101001", "42117119800101001"]
    numbers = [body + ric.calc_check_digit(body + "0") for body in bodies]
    assert [type(v) for v in identity.check_id_numbers(numbers)] == [Identity, Identity]


@pytest.mark.parametrize(("typed", "message"), [
    ("", "请填写公民身份号码。"),
    ("4201021983", "公民身份号码长度不对：应为 18 位，现为 10 位。请核对后重新填写。"),
    ("420102830709177", "公民身份号码长度不对：这是 15 位旧号码。请填写现用的 18 位号码。"),
    ("4.20102198307092E+17", "公民身份号码被表格改成了科学计数法，末几位已丢失。请把该列设为文本格式后重新填写。"),
    ("42010219830709177A", "公民身份号码的前 17 位须为数字，末位为数字或 X。请核对后重新填写。"),
    ("420102198307091773", "公民身份号码校验位不对：按前 17 位计算，末位应为 2。请对照证件逐位核对。"),
    ("420102198302301772", "公民身份号码中的出生日期不存在。请核对第 7 至 14 位。"),
    ("420102209907091772", "公民身份号码中的出生日期不合理（早于 1900 年或晚于今天）。请核对第 7 至 14 位。"),
    ("990102198307091773", "公民身份号码的地区码不存在。请对照证件核对前 6 位。"),
])
def test_what_is_wrong_with_an_id_number(typed: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        identity.parse_id_number(typed)
    assert (caught.value.message, caught.value.fields) == (message, {"id_number": [message]})


def test_a_birth_after_today_is_refused_by_the_houses_clock() -> None:
    with set_clock(dt.date(1983, 7, 8)):
        assert isinstance(identity.check_id_numbers([VALID])[0], Problem)
    with set_clock(dt.date(1983, 7, 9)):
        assert isinstance(identity.check_id_numbers([VALID])[0], Identity)


@settings(deadline=None)
@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXYIOZ", min_size=17, max_size=18))
def test_the_verdict_on_credit_codes_is_stdnums(code: str) -> None:
    for candidate in (code, _completed(code)):
        assert isinstance(identity.check_credit_codes([candidate])[0], str) is uscc.is_valid(candidate)


def _completed(code: str) -> str:
    body = "91420100" + "".join(c for c in code if c not in "IOZSV").ljust(9, "0")[:9]
    return body + uscc.calc_check_digit(body)


def test_credit_codes() -> None:
    assert identity.parse_credit_code(" 12420100997573010y ") == "12420100997573010Y"
    assert [v.message for v in identity.check_credit_codes(["", "123", "12420100997573010X", "1242O100997573010Y"])
            if isinstance(v, Problem)] == [
        "请填写统一社会信用代码。",
        "统一社会信用代码长度不对：应为 18 位，现为 3 位。请核对后重新填写。",
        "统一社会信用代码校验位不对：有一位抄错，或相邻两位颠倒。请对照证书逐位核对。",
        "统一社会信用代码只含数字和大写字母（不用 I、O、S、V、Z），第 1 至 8 位为数字。请核对后重新填写。",
    ]


@pytest.mark.parametrize("typed", ["13812345678", "+86 138 1234 5678", "0086-138-1234-5678", "8613812345678", "（86）13812345678",
                                   "１３８１２３４５６７８"])
def test_spellings_of_one_mobile_phone(typed: str) -> None:
    assert identity.parse_mobile(typed) == "13812345678"


@pytest.mark.parametrize("typed", ["", "02787654321", "12812345678", "1381234567", "138123456789"])
def test_other_numbers_are_no_mobile_phones(typed: str) -> None:
    with pytest.raises(Invalid):
        identity.parse_mobile(typed)
