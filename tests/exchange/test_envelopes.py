"""Forged, foreign, old, repeated and reordered envelopes (security: signed, pinned, once)."""
from __future__ import annotations

import json
import uuid
import zlib
from contextlib import suppress

import pytest
from sqlalchemy import func, select, text

from core.errors import BaodaoError, Invalid
from core.exchange import canonical, envelopes, inbox, keys, outbox, partner_files, partners, post_office
from core.exchange.models import ExchangeIncoming, ExchangeKey, ExchangeOutgoing, ExchangePartner, ExchangeReceipt
from core.privacy.cipher import MasterKeys
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tenants import keys as tenant_keys, rotating
from tests.support.databases import MASTER_KEYS
from tests.support.factories import make_tenant


def text_of(pair, sent: uuid.UUID) -> str:
    with pair.home.scope():
        return outbox.text_of(sent)


def take(tenant, said: str) -> str:
    """"taken", "refused", or "unreadable"."""
    with tenant.scope():
        try:
            return inbox.take(said).state
        except Invalid:
            return "unreadable"


def count(tenant, model=ExchangeIncoming) -> int:
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(model).where(model.tenant_id == tenant_id())) or 0


def altered(said: str) -> list[str]:
    """The envelope with one value changed at each place, a field more, and a field less."""
    raw, found = json.loads(said), []

    def change(node, path: tuple) -> None:
        for name, value in node.items():
            if isinstance(value, dict):
                change(value, (*path, name))
            else:
                copy = json.loads(said)
                inner = copy
                for step in path:
                    inner = inner[step]
                inner[name] = _other(name, value)
                found.append(json.dumps(copy, ensure_ascii=False))

    change(raw, ())
    found.append(json.dumps(raw | {"more": 1}))
    found.append(json.dumps({k: v for k, v in raw.items() if k != "issued_at"}))
    found.append(json.dumps(raw | {"body": raw["body"] | {"id_number": "x"}}))
    return found


def _other(name: str, value: object) -> object:
    if value is None:
        return "2026-01-01" if name == "moves_on" else "13800000000"
    with suppress(ValueError):
        uuid.UUID(str(value))
        return str(uuid.UUID(int=uuid.UUID(str(value)).int ^ 1))
    swaps = {"residence": "workplace", "male": "female", "female": "male", "full": "probationary", "government": "other"}
    if str(value) in swaps:
        return swaps[str(value)]
    last = str(value)[-1]
    return str(value)[:-1] + ("1" if last != "1" else "2")


def test_a_change_of_any_field_is_refused(pair) -> None:
    said = text_of(pair, pair.send())
    forged = altered(said)
    assert len(forged) >= 20
    assert {take(pair.away, one) for one in forged} <= {"refused", "unreadable"}
    assert count(pair.away) == 0
    assert take(pair.away, said) == "taken"


def test_twin_without_the_signature_check_a_changed_name_passes(pair, monkeypatch) -> None:
    said = text_of(pair, pair.send()).replace("欧阳远行", "欧阳假冒")
    monkeypatch.setattr(keys, "verifies", lambda *_any: True)
    assert take(pair.away, said) == "taken"


def test_wrong_receiver_unknown_sender_and_unknown_key_are_refused(pair) -> None:
    said = text_of(pair, pair.send())
    third = make_tenant("4206", name="襄阳市")
    assert take(third, said) == "refused"
    assert take(pair.home, said) == "refused"
    with pair.away.scope():
        row = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id())).one()
        row.keys = {}
    assert take(pair.away, said) == "refused"
    assert (count(third), count(pair.away)) == (0, 0)


def test_a_renewed_key_signs_and_what_the_old_one_signed_before_stays_good(pair) -> None:
    before = text_of(pair, pair.send())
    with pair.home.scope():
        old = keys.ensure()
        new = keys.renew()
        assert new != old
        sealed = session().scalars(select(ExchangeKey.private_key).where(ExchangeKey.tenant_id == tenant_id())).all()
        assert all(len(bytes(one)) > 60 for one in sealed)  # none lies there as its 32 bytes
    post_office.go_round()  # the partner hears of the new key, and then gets the envelope
    assert take(pair.away, before) == "taken"
    with pair.home.scope():
        body = json.loads(before)["body"]
        partner = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id())).one()
        loaded = envelopes.read(before).body
        assert body["unit"]["id"] == str(loaded["unit"]["id"])
        again = outbox.post(partner, "certificate", loaded, about_id=loaded["certificate"]["id"], edition=5)
    said = text_of(pair, again)
    assert json.loads(said)["key"] == new
    assert take(pair.away, said) == "taken"
    with pair.away.scope():  # and one that the retired key would sign now is not
        late = json.loads(before) | {"issued_at": "2099-01-01T00:00:00+00:00"}
        assert inbox.take(json.dumps(late)).state == "refused"


def test_sent_twice_has_one_effect_also_when_the_round_broke_off_between_the_two_transactions(pair, monkeypatch) -> None:
    pair.send()

    def broken(*_any: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "settle", broken)
        post_office.go_round()
    with pair.home.scope():
        assert session().scalars(select(ExchangeOutgoing.state).where(ExchangeOutgoing.tenant_id == tenant_id())).all() == ["waiting"]
    assert count(pair.away) == 1
    post_office.go_round()
    assert count(pair.away) == 1
    with pair.home.scope():
        assert session().scalars(select(ExchangeOutgoing.state).where(ExchangeOutgoing.tenant_id == tenant_id())).all() == ["delivered"]


def test_a_later_edition_is_not_undone_by_an_earlier_one_that_comes_late(pair) -> None:
    pair.guest()
    with pair.home.scope():
        receipt = session().scalars(select(ExchangeReceipt).where(ExchangeReceipt.tenant_id == tenant_id())).one()
        remote, member = receipt.remote_id, receipt.member_id
    with pair.away.scope():
        said = [envelopes.seal("receipt", pair.home.code, {
            "member_id": member, "certificate_id": None, "reason": None, "report_in_id": remote, "edition": edition,
            "community": {"code": "1", "name": "某社区"}, "basis": "residence", "number": "1", "reported_on": today(),
            "in_force": edition == 8})[1] for edition in (8, 9)]
    assert [take(pair.home, one) for one in reversed(said)] == ["taken", "taken"]
    with pair.home.scope():
        assert session().scalars(select(ExchangeReceipt.in_force).where(ExchangeReceipt.tenant_id == tenant_id())).all() == [False]


def test_a_partner_tells_nothing_of_members_who_were_never_certified_to_it(pair) -> None:
    with pair.away.scope():
        said = envelopes.seal("receipt", pair.home.code, {
            "member_id": pair.member.id, "certificate_id": None, "reason": None, "report_in_id": uuid.uuid4(), "edition": 0,
            "community": {"code": "1", "name": "某社区"}, "basis": "residence", "number": "1", "reported_on": today(), "in_force": True})[1]
    assert take(pair.home, said) == "refused"
    assert count(pair.home, ExchangeReceipt) == 0


def test_the_short_spelling_holds_the_same_envelope_and_fits_a_code(pair) -> None:
    said = text_of(pair, pair.send())
    short = canonical.pack(said.encode())
    assert len(short) < 900
    assert canonical.unpack(short).decode() == said
    assert take(pair.away, f" {short[:100]}\n{short[100:]} ") == "taken"
    assert take(pair.away, short[:-9]) == "unreadable"
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = canonical.PREFIX + canonical.encode(packer.compress(b" " * 50_000_000) + packer.flush())
    assert take(pair.away, bomb) == "unreadable"


def test_two_installations_agree_by_file_and_follow_a_new_key_that_the_old_one_signs(database) -> None:
    one, other = make_tenant("1100", name="甲市"), make_tenant("1200", name="乙市")
    with one.scope():
        file = partner_files.write("https://a.example.gov.cn")
        print_ = keys.fingerprint(keys.public_keys()[0].public)
    assert len(print_.split()) == 12
    with other.scope():
        with pytest.raises(Invalid):
            partner_files.take(file.replace("甲市".encode(), "丙市".encode()))
        kept = partner_files.take(file)
        row = partners.get(kept)
        assert (row.state, row.url) == ("asked", "https://a.example.gov.cn/t/city1100/exchange/in")
        assert keys.fingerprint(canonical.decode(next(iter(row.keys.values()))["public"])) == print_
        partners.accept(kept, row.version)
        assert len(partners.directory(kept)) == 8
    with one.scope():
        keys.renew()
        renewed = partner_files.write("")
    with other.scope():
        partner_files.take(renewed)
        assert (partners.get(kept).state, len(partners.get(kept).keys)) == ("active", 2)
    with one.scope():  # a file under quite another key must be compared on the telephone again
        session().execute(text("delete from exchange_key"))
        stranger = partner_files.write("")
    with other.scope():
        partner_files.take(stranger)
        assert partners.get(kept).state == "asked"
        with pytest.raises(BaodaoError):
            partners.require_active(partners.get(kept))


def test_the_private_key_and_what_waits_move_to_a_new_data_key(pair) -> None:
    sent = pair.send()
    added = tenant_keys.add(pair.home.id, "jgw", MasterKeys(MASTER_KEYS))
    assert sum(rotating.reencrypt(pair.home.id)) >= 2
    with pair.home.scope():
        assert set(rotating.counts()) == {added}
        assert inbox.take(outbox.text_of(sent)).state == "refused"  # it opens, and is not for ourselves
    assert take(pair.away, text_of(pair, sent)) == "taken"
