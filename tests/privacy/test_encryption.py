"""Field encryption: only the right tenant, column, row and key opens a value; rotation stops nobody."""
from __future__ import annotations

import uuid
from itertools import product

import pytest
from hypothesis import given, settings, strategies as st

from core.errors import ConfigurationError
from core.privacy.cipher import PROVIDERS, DecryptionError, MasterKeys, provider
from core.privacy.keyring import Keyrings, StoredKey, TenantKeyring

ALGORITHMS = sorted(PROVIDERS)
MASTERS = MasterKeys({1: bytes(range(32))})
ROW, OTHER_ROW = uuid.UUID(int=1), uuid.UUID(int=2)


def _ring(algorithm: str = "aes-256-gcm", tenant_id: int = 1, key_ids: tuple[int, ...] = (1,)) -> TenantKeyring:
    rows = [StoredKey(key_id, algorithm, MASTERS.new_tenant_key(tenant_id, key_id)) for key_id in key_ids]
    return TenantKeyring(tenant_id, MASTERS, lambda _tenant_id: rows)


RINGS = {algorithm: _ring(algorithm) for algorithm in ALGORITHMS}


@settings(deadline=None)
@given(st.sampled_from(ALGORITHMS), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_encrypted_can_be_read_again(algorithm: str, text: str) -> None:
    ring = RINGS[algorithm]
    value = ring.encrypt("member", "phone", ROW, text)
    assert value is not None
    assert ring.decrypt("member", "phone", ROW, value) == text
    assert len(value) == 4 + 12 + len(text.encode()) + 16


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_equal_texts_are_stored_differently_and_name_their_format(algorithm: str) -> None:
    values = RINGS[algorithm].encrypt_many("member", "phone", [(ROW, "13812345678")] * 100)
    assert len(set(values)) == 100
    assert {value[:4] for value in values if value} == {bytes([1, PROVIDERS[algorithm].number, 0, 1])}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_value_opens_only_where_it_belongs(algorithm: str) -> None:
    ring = RINGS[algorithm]
    value = ring.encrypt("member", "phone", ROW, "13812345678")
    opened = []
    for table, column, row in product(("member", "memberphone"), ("phone", "id_number", ""), (ROW, OTHER_ROW)):
        try:
            opened.append((table, column, row, ring.decrypt(table, column, row, value)))
        except DecryptionError:
            continue
    assert opened == [("member", "phone", ROW, "13812345678")]


def test_the_same_key_under_another_tenant_opens_nothing() -> None:
    wrapped = MASTERS.new_tenant_key(1, 1)
    value = TenantKeyring(1, MASTERS, lambda _t: [StoredKey(1, "aes-256-gcm", wrapped)]).encrypt("member", "phone", ROW, "x")
    with pytest.raises(DecryptionError):
        TenantKeyring(2, MASTERS, lambda _t: [StoredKey(1, "aes-256-gcm", wrapped)])
    with pytest.raises(DecryptionError):
        _ring(tenant_id=2).decrypt("member", "phone", ROW, value)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_altered_byte_is_noticed(algorithm: str) -> None:
    ring = RINGS[algorithm]
    value = ring.encrypt("member", "phone", ROW, "13812345678") or b""
    for position in range(len(value)):
        altered = value[:position] + bytes([value[position] ^ 1]) + value[position + 1:]
        with pytest.raises(DecryptionError):
            ring.decrypt("member", "phone", ROW, altered)
    for length in range(len(value)):
        with pytest.raises(DecryptionError):
            ring.decrypt("member", "phone", ROW, value[:length])


def test_empty_fields_pass_through_in_order() -> None:
    ring = _ring()
    rows = [(ROW, "甲"), (OTHER_ROW, None), (ROW, "")]
    values = ring.encrypt_many("member", "address", rows)
    assert values[1] is None
    assert ring.decrypt_many("member", "address", [(row, v) for (row, _t), v in zip(rows, values, strict=True)]) == ["甲", None, ""]
    assert ring.blind_many("member.phone", [None]) == [None]
    assert ring.encrypt_many("member", "address", []) == []


def test_rotation_old_values_open_new_ones_use_the_new_key_and_indexes_stay() -> None:
    rows = [StoredKey(1, "aes-256-gcm", MASTERS.new_tenant_key(1, 1))]
    before = TenantKeyring(1, MASTERS, lambda _t: rows)
    old = before.encrypt("member", "phone", ROW, "甲") or b""
    rows.append(StoredKey(2, "sm4-gcm", MASTERS.new_tenant_key(1, 2)))
    after = TenantKeyring(1, MASTERS, lambda _t: rows)
    new = after.encrypt("member", "phone", ROW, "乙") or b""
    assert (after.decrypt("member", "phone", ROW, old), after.is_current(old), after.is_current(new)) == ("甲", False, True)
    assert (after.current, after.lowest) == (2, 1)
    assert after.blind("member.phone", "13812345678") == before.blind("member.phone", "13812345678")
    assert before.decrypt("member", "phone", ROW, new) == "乙", "a process that had loaded the old keys finds the new one"


def test_a_new_master_key_rewraps_without_touching_fields() -> None:
    two = MasterKeys({1: bytes(range(32)), 2: b"\2" * 32})
    old = MASTERS.new_tenant_key(1, 1)
    new = two.rewrap(old, 1, 1)
    assert MasterKeys({2: b"\2" * 32}).unwrap(new, 1, 1) == MASTERS.unwrap(old, 1, 1)
    with pytest.raises(ConfigurationError):
        MASTERS.unwrap(new, 1, 1)
    with pytest.raises(DecryptionError):
        MasterKeys({1: b"\3" * 32}).unwrap(old, 1, 1)
    with pytest.raises(DecryptionError):
        MASTERS.unwrap(old[:1] + b"\x09" + old[2:], 1, 1)


def test_master_keys_may_use_sm4_too() -> None:
    masters = MasterKeys({1: b"\1" * 32}, algorithm="sm4-gcm")
    wrapped = masters.new_tenant_key(7, 1)
    assert (wrapped[1], len(masters.unwrap(wrapped, 7, 1))) == (2, 32)


def test_blind_indexes_find_equal_values_only_within_tenant_and_column() -> None:
    ring = _ring()
    index = ring.blind("member.id_number", "42282219920714059X")
    assert index is not None
    assert len(index) == 16
    assert ring.blind_many("member.id_number", [" 42282219920714059x", "42282219920714059Ｘ", "422822-19920714-059X"]) == [index] * 3
    others = {_ring(tenant_id=2).blind("member.id_number", "42282219920714059X"), ring.blind("member.phone", "42282219920714059X"),
              ring.blind("member.id_number", "422822199207140590"), _ring().blind("member.id_number", "42282219920714059X")}
    assert (len(others), index in others) == (4, False)


def test_derived_keys_differ_by_purpose_and_tenant_and_survive_rotation() -> None:
    rows = [StoredKey(1, "aes-256-gcm", MASTERS.new_tenant_key(1, 1))]
    ring = TenantKeyring(1, MASTERS, lambda _t: rows)
    key = ring.derived("audit")
    rows.append(StoredKey(2, "aes-256-gcm", MASTERS.new_tenant_key(1, 2)))
    assert TenantKeyring(1, MASTERS, lambda _t: rows).derived("audit") == key
    assert (len(key), len({key, ring.derived("export"), _ring(tenant_id=2).derived("audit")})) == (32, 3)


def test_missing_configuration_says_what_to_do() -> None:
    rings = Keyrings()
    for early in (lambda: rings.of(1), rings.masters):
        with pytest.raises(ConfigurationError):
            early()
    rings.configure(MASTERS, lambda _tenant_id: [])
    with pytest.raises(ConfigurationError):
        rings.of(1)
    with pytest.raises(ConfigurationError):
        MasterKeys({})
    with pytest.raises(ConfigurationError):
        provider("rot13", b"\0" * 32)


def test_keyrings_are_loaded_once_per_tenant_until_forgotten() -> None:
    asked: list[int] = []

    def load(tenant_id: int) -> list[StoredKey]:
        asked.append(tenant_id)
        return [StoredKey(1, "aes-256-gcm", MASTERS.new_tenant_key(tenant_id, 1))]

    rings = Keyrings()
    rings.configure(MASTERS, load)
    assert rings.of(1) is rings.of(1)
    rings.of(2)
    rings.forget(1)
    rings.of(1)
    assert asked == [1, 2, 1]


def test_a_whole_import_is_encrypted_value_by_value() -> None:
    """What it costs beside the bare cipher is measured by the bench `walls`."""
    rows = [(uuid.UUID(int=number), "420102198307091772") for number in range(2_000)]
    ring = _ring()
    values = ring.encrypt_many("member", "id_number", rows)
    assert len(set(values)) == 2_000
    opened = ring.decrypt_many("member", "id_number", [(row_id, value) for (row_id, _text), value in zip(rows, values, strict=True)])
    assert opened == [text for _row_id, text in rows]
    exchanged = [(rows[0][0], values[1])]
    with pytest.raises(DecryptionError):
        ring.decrypt_many("member", "id_number", exchanged)
