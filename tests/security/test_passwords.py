"""ASVS 5.0, 6.2: long enough, no rules of composition, nothing that everybody tries first, and any character at all."""
from __future__ import annotations

import pytest

from core.access import accounts
from core.access.common_passwords import is_common
from core.access.passwords import check_strength, hash_password, verify_password
from core.access.roles import COUNTY
from core.config import Config
from core.errors import Invalid
from tests.support.factories import PASSWORD, make_tenant

GOOD = ("a quiet river", "穿过雾的桥和船八", "nur kleine buchstaben", "correct horse battery staple " * 4, " spaces at both ends ", "🙂 liu he 🙃")
COMMON = ("password", "Password1", "P@ssw0rd!", "12345678", "87654321", "11112222", "123123123", "qwertyuiop", "1qaz2wsx", "abcd1234", "a1234567", "admin888",
          "woaini1314", "woaizhongguo", "19800203", "13812345678", "42010219800203123x", "baodao2026", "wuhan123", "iloveyou!!")


def test_what_everybody_tries_first_is_refused_and_nothing_else() -> None:
    assert [p for p in GOOD if is_common(p)] == []
    assert [p for p in COMMON if not is_common(p)] == []


def test_from_8_to_128_characters_each_of_which_counts() -> None:
    assert [_refused(p) for p in ("1234567", "纸船过桥上岸去", "x" * 4 + "y" * 4 + "z" * 121)] == [True] * 3
    longest = ("abc def " * 16)[:127]
    stored = hash_password(longest + "X")
    assert [verify_password(stored, p) for p in (longest + "X", longest + "x", longest, longest + "XY", longest + "X ")] == [True] + [False] * 4


def test_words_that_anybody_knows_do_not_make_a_password(config: Config) -> None:
    tenant = make_tenant()
    with tenant.scope():
        for weak in (f"{COUNTY}1", "city4201-2026", "武汉市武汉市2026"):
            with pytest.raises(Invalid):
                accounts.change_password(tenant.accounts[COUNTY].id, PASSWORD, weak)
        accounts.change_password(tenant.accounts[COUNTY].id, PASSWORD, "武汉的两条江在这里相会")


def _refused(password: str) -> bool:
    try:
        check_strength(password)
    except Invalid:
        return True
    return False
