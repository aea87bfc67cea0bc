"""A certificate's code can be neither forged nor guessed (promise 23)."""
from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable

import pytest

from core.documents import qr
from core.errors import Invalid

pytestmark = pytest.mark.promise(23)
KEY = b"k" * 32
PAYLOAD = qr.Payload("4201", uuid.UUID("019337a0-0000-7000-8000-000000000001"), bytes(range(16)))
TOKEN = qr.sign(PAYLOAD, KEY)


def refused(token: str, key: bytes = KEY) -> bool:
    with pytest.raises(Invalid) as caught:
        qr.verify(token, key)
    return caught.value.message == "二维码无效。请核对是否为本系统签发的证件，或改为输入证件编号。"


def test_a_token_says_what_was_signed() -> None:
    assert qr.verify(TOKEN, KEY) == PAYLOAD
    assert TOKEN.split(".")[0] == "BD1"
    assert len(TOKEN) < 80


def test_two_tokens_of_one_certificate_differ() -> None:
    first, second = qr.Payload("4201", PAYLOAD.certificate), qr.Payload("4201", PAYLOAD.certificate)
    assert first.nonce != second.nonce
    assert len(first.nonce) * 8 == 128


def test_any_changed_character_is_refused() -> None:
    for place, character in enumerate(TOKEN):
        other = "A" if character != "A" else "B"
        assert refused(TOKEN[:place] + other + TOKEN[place + 1 :])


@pytest.mark.parametrize(
    "token", ["", "BD1", "BD1..", "BD1.a.b", "BD2" + TOKEN[3:], TOKEN + "=", TOKEN + ".x", TOKEN[:-1], "报到证", "x" * 9999]
)
def test_other_texts_are_refused_alike(token: str) -> None:
    assert refused(token)


def test_another_key_refuses() -> None:
    assert refused(TOKEN, b"K" * 32)


def hits(guesses: int) -> int:
    """How many codes are taken that have the right form, a real payload and a guessed signature."""
    begun, found = TOKEN.rpartition(".")[0], 0
    for _guess in range(guesses):
        try:
            qr.verify(f"{begun}.{secrets.token_urlsafe(16)}", KEY)
        except Invalid:
            continue
        found += 1
    return found


@pytest.mark.parametrize("guesses", [5_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_guessing_finds_none(guesses: int, record_property: Callable[[str, object], None]) -> None:
    found = hits(guesses)
    record_property("figure", f"{guesses:,} guesses, {found} hits")
    assert found == 0


def test_twin_with_a_signature_of_six_bits_guessing_finds_some(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = qr.hmac.compare_digest
    monkeypatch.setattr(qr.hmac, "compare_digest", lambda given, right: whole(given[:1], right[:1]))
    assert hits(5_000) > 0


def test_a_short_nonce_is_not_signed() -> None:
    with pytest.raises(ValueError, match="128 bits"):
        qr.sign(qr.Payload("4201", PAYLOAD.certificate, b"short"), KEY)


def test_pictures() -> None:
    assert qr.svg(TOKEN).startswith("<svg ")
    assert qr.png(TOKEN).startswith(b"\x89PNG")
