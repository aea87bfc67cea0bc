"""Knows the passwords that everybody tries first, offline: our own list of words and habits, which covers many thousand spellings, and
10,000 more that are not made by those habits and stood most often in what was breached elsewhere (ASVS 5.0, 6.2.4).
"""
from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

# What people here and elsewhere build passwords from; collected by us, matched with any digits and marks behind (ASVS 5.0, 6.2.4).
_BASES = frozenset("""
password passwd passw pass pwd mima kouling admin administrator root guest user test demo login welcome hello changeme default
secret letmein master monkey dragon shadow sunshine princess football baseball superman batman michael jordan iloveyou ilove love lovely
woaini woaiwo aini woaizhongguo wodemima zhongguo china beijing shanghai wuhan hubei enshi guangzhou shenzhen chongqing chengdu
aixinjueluo aaaaaa abc abcd abcde abcdef abcdefg abcdefgh aabbcc abcabc abcabcabc qwe qwer qwert qwerty qwertyu qwertyui qwertyuiop asd asdf
asdfg asdfgh asdfghjkl zxc zxcv zxcvb zxcvbn zxcvbnm qaz qazwsx qazwsxedc wsx edc qweasd qweasdzxc asdzxc poiuytrewq mnbvcxz lkjhgfdsa
baodao shequ dangyuan zhibu dangwei zuzhibu dangjian danwei community party member officer office server computer internet system oracle
mysql cisco huawei xiaomi apple iphone android windows microsoft google baidu tencent weixin wechat alipay taobao taobaowang qq qqcom
tianya woshi wosshi nihao laopo laogong baobao mama baba xiaoming wangwei liwei zhangwei lilei hanmeimei zhang wang li zhao liu chen
yang huang zhou wu summer winter spring autumn january monday friday money freedom whatever trustno trustnoone starwars pokemon
killer hunter ranger soccer hockey tigger charlie daniel jessica ashley thomas robert andrew matthew joshua nicole jennifer
密码 口令 我爱你 中国 社区 党员 报到 管理员
""".split())
_ROWS = ("01234567890123456789", "98765432109876543210", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")
_LEET = str.maketrans("@0$3!5", "aoseis")
_ENDS = "0123456789!@#$%^&*()_+-=.,~? "  # what people put before and behind a word
_COLUMNS = ("1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "zaq12wsx", "a1b2c3d4e5f6g7h8")
_BIRTHDAY = re.compile(r"(19|20)?\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_PHONE, _ID_NUMBER = re.compile(r"1[3-9]\d{9}"), re.compile(r"[1-9]\d{16}[\dx]")
_MOST_USED = Path(__file__).with_name("most_used_passwords.txt.gz")  # of 8 characters and more; from zxcvbn's lists, see LICENSE beside it
_REST = 6  # so much of a password must be left when the words that anybody knows are taken out


def is_common(password: str, words: Iterable[str] = ()) -> bool:
    """Whether somebody who knows the habits, or `words` such as the username and the city, would guess the password early."""
    plain = password.strip().casefold()
    bare = plain.strip(_ENDS).translate(_LEET)
    return (_is_habit(plain) or _is_habit(plain.translate(_LEET)) or bare in _BASES or _is_known_word(plain, words)
            or plain in most_used())


@cache
def most_used() -> frozenset[str]:
    """The passwords that are most used, in small letters; read at the first password that somebody sets."""
    return frozenset(gzip.decompress(_MOST_USED.read_bytes()).decode("ascii").split())


def _is_habit(text: str) -> bool:
    bare = text.strip(_ENDS)
    letters = re.sub(r"[^\w]|_", "", text)
    if len(set(text)) < 3 or bare in _BASES or (not bare and (len(set(text)) < 4 or letters in _short_numbers(letters))):
        return True
    if len(bare) < 4 and any(letters.replace(bare, "") in row for row in _ROWS):  # a1234567
        return True
    if any(letters in row for row in (*_ROWS, *_COLUMNS)) or any(part and letters == part * (len(letters) // len(part)) for part in _parts(letters)):
        return True
    return any(habit.fullmatch(letters) is not None for habit in (_BIRTHDAY, _PHONE, _ID_NUMBER))


def _parts(text: str) -> list[str]:
    """The beginnings that may be written over and over, such as 123123123."""
    return [text[:size] for size in range(1, 5) if len(text) > size and len(text) % size == 0]


def _short_numbers(text: str) -> set[str]:
    """A number that runs up and down, such as 123454321, or up twice, such as 12341234."""
    half = len(text) // 2
    return {text} if text and (text == text[::-1] or text[:half] == text[half:]) else set()


def _is_known_word(text: str, words: Iterable[str]) -> bool:
    rest = text
    for word in sorted({word.casefold() for word in words if len(word) >= 2}, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != text and len(re.sub(r"[\W_]", "", rest)) < _REST
