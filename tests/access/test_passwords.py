"""Passwords: the limits hit exactly, each habit that makes one guessable, and the list of breached ones in each of its forms."""
from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from core.access import passwords
from core.access.breached_passwords import BreachedPasswords
from core.access.common_passwords import is_common
from core.access.passwords import MAXIMUM, check_strength, hash_password, hash_secret, verify_password
from core.errors import ConfigurationError, Invalid

#: One for each habit, that no other habit and no list would find.
HABITS = {
    "a base, letters replaced inside marks": "P@ssw0rd0!", "a base whose first letter is replaced": "$ecret99", "two letters in turns": "xyyxxxyx",
    "digits and marks": "1234-5678", "a row with marks between": "q.w,e-r_t+y", "three digits": "11232213", "digits up and down": "59388395",
    "digits twice": "5938259382", "three letters and a row of digits": "lam12345", "part of a row": "sdfghjkl", "part of the columns": "rfv5tgb6",
    "a word twice": "lamplamp", "one letter among marks": "x-x.x,x!x", "a birthday": "19990230", "a mobile number": "13598271640",
    "an ID number": "42010219800203123X"}
#: Each goes one step past a habit.
PAST = {
    "three letters in turns": "xzyyxzzy", "any eight digits": "59382716", "four digits in turns": "12431342", "two letters before any digits": "ab59382716",
    "four letters and a row of digits": "lamp1234", "five letters twice": "lampslamps", "as many marks as letters": "l}a]m>p<",
    "no month": "19801303", "no mobile number": "12598271640", "no ID number": "02010219800203123X"}


def test_each_habit_makes_a_password_common_and_a_step_past_it_does_not() -> None:
    assert {habit: is_common(password) for habit, password in {**HABITS, **PAST}.items()} == {**dict.fromkeys(HABITS, True), **dict.fromkeys(PAST, False)}


def test_known_words_are_taken_out_the_longest_first_and_six_letters_must_be_left() -> None:
    words = ("river", "Amberriver")
    asked = {"amberriver12345": words, "AMBERRIVER-1-2-3": words, "amberriver123456": words, "amberriver quiet boats": words, "李白李白李白a1": ("李白", "x")}
    assert {password: is_common(password, known) for password, known in asked.items()} == {
        "amberriver12345": True, "AMBERRIVER-1-2-3": True, "amberriver123456": False, "amberriver quiet boats": False, "李白李白李白a1": True}


def refused(password: str, words: tuple[str, ...] = ()) -> dict[str, list[str]] | None:
    try:
        check_strength(password, words)
    except Invalid as error:
        return error.fields
    return None


def test_eight_and_a_hundred_and_twenty_eight_characters_are_within_the_limits() -> None:
    long = ("a quiet river " * 10)[:MAXIMUM - 1] + "X"
    assert [refused(password) is None for password in ("a bridge", "a bridg", long, f"{long}X")] == [True, False, True, False]
    assert [field for password in ("a bridg", f"{long}X", "12345678") for field in refused(password) or ()] == ["password"] * 3
    stored = hash_password(long)
    assert [verify_password(stored, password) for password in (long, f"{long}X", long[:-1])] == [True, False, False]


def test_words_that_anybody_knows_count_when_a_password_is_made() -> None:
    assert (refused("amberriver12"), refused("amberriver12", ("amberriver",)) is None) == (None, False)
    with pytest.raises(Invalid):
        hash_password("amberriver12", ("amberriver",))
    assert verify_password(hash_password("amberriver12"), "amberriver12")


def test_a_hash_fits_its_own_text_only_and_no_hash_fits_nothing() -> None:
    secret = hash_secret("abcd")
    assert [verify_password(stored, "abcd") for stored in (secret, hash_secret("abce"), None, "no hash at all")] == [True, False, False, False]


def digests(*words: str) -> list[str]:
    return sorted(hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().upper() for word in words)


@pytest.mark.parametrize("form", ["{}:1", "{}"])
@pytest.mark.parametrize("small", [False, True])
def test_a_list_is_read_with_counts_or_without_in_capitals_or_small_letters(tmp_path: Path, form: str, *, small: bool) -> None:
    place, folder = tmp_path / "pwned.txt", tmp_path / "pwned"
    words = tuple(f"word {number}" for number in range(7))
    lines = [form.format(digest.lower() if small else digest) for digest in digests(*words)]
    place.write_text("\n".join(lines))
    folder.mkdir()
    for line, digest in zip(lines, digests(*words), strict=True):
        (folder / f"{digest[:5]}.txt").write_text(f"{line[5:]}\n")
    for known in (BreachedPasswords(place), BreachedPasswords(folder)):
        assert [known.holds(word) for word in (*words, "word", "word 7", "")] == [True] * 7 + [False] * 3


def test_what_the_list_holds_is_refused_until_there_is_no_list_any_more(tmp_path: Path) -> None:
    place = tmp_path / "pwned.txt"
    place.write_text(f"{digests('a breached river')[0]}:1\n")
    try:
        passwords.configure(BreachedPasswords(place))
        assert (refused("a breached river") is None, refused("a quiet river")) == (False, None)
        place.unlink()
        assert refused("a breached river") is None  # a list that has gone away holds nothing
        place.write_text(f"{digests('a breached river')[0]}:1\n")
        passwords.configure(None)
        assert refused("a breached river") is None
    finally:
        passwords.configure(None)


def test_a_folder_without_its_files_and_digests_of_the_other_form_are_no_list(tmp_path: Path) -> None:
    digest, empty, whole, cut = digests("a breached river")[0], tmp_path / "empty", tmp_path / "whole", tmp_path / "cut.txt"
    for folder in (empty, whole):
        folder.mkdir()
    (empty / "readme.txt").write_text(digest[5:])
    (whole / f"{digest[:5]}.txt").write_text(digest)
    cut.write_text(digest[5:])
    for place in (empty, whole, cut, tmp_path / "absent"):
        with pytest.raises(ConfigurationError):
            BreachedPasswords(place)
