"""A certificate's code can be neither forged nor guessed (promise 23)."""
from __future__ import annotations

import uuid

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


def test_a_short_nonce_is_not_signed() -> None:
    with pytest.raises(ValueError, match="128 bits"):
        qr.sign(qr.Payload("4201", PAYLOAD.certificate, b"short"), KEY)


def test_pictures() -> None:
    assert qr.svg(TOKEN).startswith("<svg ")
    assert qr.png(TOKEN).startswith(b"\x89PNG")
