"""Two desks, or a file and the wire, at the same moment: each certificate is admitted once, each guest and unit made once, each envelope kept once.

Every wall has its twin, in which it is taken away and what it prevents comes about.
"""
from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select

import core.db
from core.audit.models import AuditEntry
from core.exchange import arrivals, envelopes, guests, inbox, outbox, post_office
from core.exchange.models import ExchangeIncoming, ExchangeMember, ExchangePartner, ExchangeUnit
from core.members.models import Member
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tests.exchange.conftest import Pair
from tests.registration import test_races
from tests.registration.test_races import Meeting
from tests.service.conftest import without_locks

__all__ = ["without_locks"]


def count(pair: Pair, model: Any, *where: Any) -> int:
    """Rows of the visited city."""
    with pair.away.scope():
        return session().scalar(select(func.count()).select_from(model).where(model.tenant_id == tenant_id(), *where)) or 0


def admitted(pair: Pair) -> int:
    """How often the log says that somebody was taken in."""
    return count(pair, AuditEntry, AuditEntry.action == "exchange.admitted")


def at_the_desk(pair: Pair, row: tuple[uuid.UUID, int]) -> Any:
    """The work of one desk that admits the certificate."""
    def admit() -> uuid.UUID:
        with pair.away.scope():
            return arrivals.admit(row[0], row[1], by=pair.away.accounts["community_officer"].id)
    return admit


def waiting(pair: Pair) -> list[tuple[uuid.UUID, int]]:
    """The certificates at the desks, with their versions."""
    with pair.away.scope():
        return [(row.id, row.version) for row in session().execute(select(ExchangeIncoming.id, ExchangeIncoming.version).where(
            ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.state == "waiting").order_by(ExchangeIncoming.id))]


def same_certificate_twice(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Two officers press the button for one certificate; the first has read it when the second does all that it is let do."""
    pair.send(moves_on=today())
    post_office.go_round()
    row, = waiting(pair)
    meeting = Meeting()
    monkeypatch.setattr(arrivals, "locked", meeting.pause(arrivals.locked))
    return meeting.hold(at_the_desk(pair, row), meeting.tell(at_the_desk(pair, row)))


def test_two_desks_that_admit_one_certificate_admit_it_once(pair, monkeypatch) -> None:
    outcome = same_certificate_twice(pair, monkeypatch)
    assert (isinstance(outcome[0], uuid.UUID), outcome[1]) == (True, "Conflict")
    assert (admitted(pair), count(pair, ExchangeMember)) == (1, 1)


@pytest.mark.usefixtures("without_locks")
def test_twin_without_row_locks_both_admit_it(pair, monkeypatch) -> None:
    monkeypatch.setattr(test_races, "PATIENCE", 15)  # nothing holds the second up, however slow it is
    outcome = same_certificate_twice(pair, monkeypatch)
    assert (outcome[0] == outcome[1], admitted(pair)) == (True, 2)


def one_guest_at_two_desks(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The same member comes by two certificates, to two communities; the first desk has made the unit and not yet the member."""
    sent = pair.send(moves_on=today())
    with pair.home.scope():
        body = envelopes.read(outbox.text_of(sent)).body
        partner = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id())).one()
        other = body | {"community": {"code": pair.code(1), "name": "另一个社区"}, "basis": "workplace"}
        outbox.post(partner, "certificate", other, about_id=body["certificate"]["id"], edition=1, member_id=pair.member.id)
    post_office.go_round()
    rows, meeting = waiting(pair), Meeting()
    monkeypatch.setattr(arrivals, "locked", meeting.tell(arrivals.locked))
    monkeypatch.setattr(guests, "ensure_unit", meeting.pause(guests.ensure_unit))
    return meeting.hold(at_the_desk(pair, rows[0]), at_the_desk(pair, rows[1]))


def test_a_guest_whom_two_desks_admit_at_once_is_one_member_of_one_unit(pair, monkeypatch) -> None:
    outcome = one_guest_at_two_desks(pair, monkeypatch)
    assert (isinstance(outcome[0], uuid.UUID), outcome[0] == outcome[1], admitted(pair)) == (True, True, 2)
    assert (count(pair, ExchangeUnit), count(pair, ExchangeMember), count(pair, Member)) == (1, 1, 1)


@pytest.mark.usefixtures("without_locks")
def test_twin_without_the_partners_lock_the_second_desk_fails(pair, monkeypatch) -> None:
    outcome = one_guest_at_two_desks(pair, monkeypatch)
    assert (outcome[1], admitted(pair)) == ("IntegrityError", 1)


def same_envelope_at_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One comes by file while it comes by wire: the first is kept and not yet committed when the second comes."""
    sent = pair.send()
    with pair.home.scope():
        said = outbox.text_of(sent)
    meeting = Meeting()
    monkeypatch.setattr(inbox, "_keep", meeting.tell(meeting.pause(inbox._keep)))

    def take() -> str:
        with pair.away.scope():
            return inbox.take(said).state
    return meeting.hold(take, take)


def test_an_envelope_that_comes_twice_at_once_is_kept_once(pair, monkeypatch) -> None:
    assert same_envelope_at_once(pair, monkeypatch) == ["taken", "taken"]
    assert len(waiting(pair)) == 1


def test_twin_without_the_unique_key_it_lies_on_the_desk_twice(pair, database, monkeypatch) -> None:
    with without_unique_key(database):
        assert same_envelope_at_once(pair, monkeypatch) == ["taken", "taken"]
        assert len(waiting(pair)) == 2


@contextmanager
def without_unique_key(database: Any) -> Iterator[None]:
    """Takes the constraint away, and the words that need it from the statement on its way."""
    def strip(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        return re.sub(r"(?s)(INSERT INTO exchange_incoming .*?) ON CONFLICT \(tenant_id, partner_id, envelope_id\) DO NOTHING", r"\1", statement), parameters

    engine = core.db.database.engine
    with database.connect_admin() as admin:
        name, spelling = admin.execute("select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'exchange_incoming'::regclass"
                                       " and contype = 'u'").fetchone()
        admin.execute(f'alter table exchange_incoming drop constraint "{name}"')
    event.listen(engine, "before_cursor_execute", strip, retval=True)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", strip)
        with database.connect_admin() as admin:
            admin.execute("delete from exchange_incoming")
            admin.execute(f'alter table exchange_incoming add constraint "{name}" {spelling}')
