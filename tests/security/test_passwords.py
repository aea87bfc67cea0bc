"""ASVS 5.0, 6.2: long enough, no rules of composition, nothing that everybody tries first, and any character at all."""
from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode

import pytest

from core.access import accounts, logins, passwords
from core.access.breached_passwords import VARIABLE, BreachedPasswords
from core.access.common_passwords import is_common, most_used
from core.access.passwords import MINIMUM, check_strength, hash_password, verify_password
from core.access.roles import COUNTY
from core.config import Config
from core.errors import ConfigurationError, Invalid
from core.tenancy import now, set_clock
from tests.support.applications import shared_app
from tests.support.browsing import submit
from tests.support.factories import PASSWORD, make_tenant, sign_in
from web.cli.checks import password_findings
from web.cli.findings import FAIL, OK

STATIC = Path(__file__).parents[2] / "web" / "static"

GOOD = ("a quiet river", "穿过雾的桥和船八", "nur kleine buchstaben", "correct horse battery staple " * 4, " spaces at both ends ", "🙂 liu he 🙃")
COMMON = ("password", "Password1", "P@ssw0rd!", "12345678", "87654321", "11112222", "123123123", "qwertyuiop", "1qaz2wsx", "abcd1234", "a1234567", "admin888",
          "woaini1314", "woaizhongguo", "19800203", "13812345678", "42010219800203123x", "baodao2026", "wuhan123", "iloveyou!!")


def test_what_everybody_tries_first_is_refused_and_nothing_else() -> None:
    assert [p for p in GOOD if is_common(p)] == []
    assert [p for p in COMMON if not is_common(p)] == []


def test_the_most_used_that_are_long_enough_are_refused() -> None:
    """3,000 at least that meet our rules (ASVS 5.0, 6.2.4); in any spelling of capitals."""
    known = sorted(most_used())
    assert (len(known) >= 10_000, min(map(len, known)) >= MINIMUM, [p for p in known[::40] if not is_common(p.title())]) == (True, True, [])
    assert [p for p in GOOD if p.casefold() in most_used()] == []


def written(folder: Path, passwords: Iterable[str]) -> tuple[Path, Path]:
    """The list of Have I Been Pwned in its two forms: one sorted file, and a folder of files by the first five digits."""
    digests = sorted(hashlib.sha1(password.encode()).hexdigest().upper() for password in passwords)
    whole, parts = folder / "pwned.txt", folder / "pwned"
    whole.write_text("".join(f"{digest}:{number}\r\n" for number, digest in enumerate(digests, 1)))
    parts.mkdir()
    for digest in digests:
        with (parts / f"{digest[:5]}.txt").open("a") as file:
            file.write(f"{digest[5:]}:1\n")
    return whole, parts


def test_the_operators_list_of_breached_ones_is_asked_without_being_loaded(tmp_path: Path) -> None:
    """Each line is found wherever it stands, nothing else is, and the form says what is the matter."""
    breached = [f"a breached river {number}" for number in range(300)]
    for place in written(tmp_path, breached):
        known = BreachedPasswords(place)
        assert ([p for p in breached if not known.holds(p)], [p for p in (*GOOD, *(f"{p}!" for p in breached)) if known.holds(p)]) == ([], [])
        passwords.configure(known)
        try:
            with pytest.raises(Invalid, match="泄露"):
                check_strength(breached[7])
            check_strength("a quiet river")
        finally:
            passwords.configure(None)
        assert [one.state for one in password_findings({VARIABLE: str(place)})] == [OK]
    (tmp_path / "pwned.txt").unlink()
    assert BreachedPasswords(tmp_path / "pwned").holds("a quiet river") is False  # no file of its prefix: logged, not refused


def test_twin_without_the_list_a_breached_password_is_taken() -> None:
    check_strength("a breached river 7")


@pytest.mark.parametrize("content", [None, "", "password\n", "5F4DCC3B5AA765D61D8327DEB882CF99:1\n"])  # none, empty, words, another hash
def test_what_is_no_such_list_stops_the_start(tmp_path: Path, content: str | None) -> None:
    place = tmp_path / "pwned.txt"
    if content is not None:
        place.write_text(content)
    with pytest.raises(ConfigurationError, match=VARIABLE):
        BreachedPasswords(place)
    assert [one.state for one in password_findings({VARIABLE: str(place)})] == [FAIL]
    assert [one.state for one in password_findings({})] == [OK]


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


def test_twin_a_check_that_knows_no_words_takes_them(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant()
    monkeypatch.setattr("core.access.common_passwords._is_known_word", lambda _text, _words: False)
    with tenant.scope():
        accounts.change_password(tenant.accounts[COUNTY].id, PASSWORD, "city4201-2026")


def test_a_password_is_kept_as_argon2id_and_stays_good_for_years(config: Config) -> None:
    assert hash_password("a quiet river").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    tenant = make_tenant()
    with set_clock(now() + dt.timedelta(days=3 * 366)), tenant.scope():
        assert logins.sign_in(COUNTY, PASSWORD).token


def test_password_fields_are_masked_and_open_to_password_managers(config: Config) -> None:
    """Each is of type password and says which password it means; no script of ours listens to pasting."""
    tenant, app = make_tenant(), shared_app(config)
    inside = app.test_client()
    sign_in(inside, tenant.accounts[COUNTY])
    pages = [app.test_client().get(address).text for address in (f"/t/{tenant.slug}/login", f"/t/{tenant.slug}/start", "/operator/login")]
    fields = [field for page in (*pages, inside.get("/account/password").text)
              for field in re.findall(r'<input[^>]* name="(?:\w*password|again)"[^>]*>', page)]
    assert len(fields) == 7
    assert [field for field in fields if 'type="password"' not in field or not re.search('autocomplete="(current|new)-password"', field)] == []
    assert [path.name for path in STATIC.glob("*.js") if "paste" in path.read_text("utf-8")] == []


def test_what_stands_in_the_address_is_not_taken_for_the_form(config: Config) -> None:
    """Of a name that is sent twice, by address and by form, the form's counts."""
    tenant, client = make_tenant(), shared_app(config).test_client()
    door, values = f"/t/{tenant.slug}/login", {"username": COUNTY, "password": PASSWORD}
    assert submit(client, door, f"{door}?{urlencode(values)}", username="", password="").status_code == 422
    assert submit(client, door, f"{door}?{urlencode(values | {'password': 'wrong'})}", **values).status_code == 303


def _refused(password: str) -> bool:
    try:
        check_strength(password)
    except Invalid:
        return True
    return False
