"""A letter about a unit's hundreds of members crosses whole, by wire and by file, and every other kind keeps to 64 KiB (R29, R72)."""
from __future__ import annotations

import io
import uuid

import pytest
from sqlalchemy import insert, select

from core.api import send_feedback
from core.db import new_id
from core.errors import Invalid
from core.exchange import canonical, envelopes, inbox, outbox, post_office
from core.exchange.models import ExchangeIncoming, ExchangeMember, ExchangeOutgoing, ExchangeUnit
from core.members.models import Member
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from plugins.feedback.models import FeedbackLine, FeedbackPack
from tests.exchange.conftest import Pair, couple
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.factories import TestTenant, sign_in
from tests.support.statements import sent

PEOPLE = 400


@pytest.fixture
def pair(database) -> Pair:
    """A sector and a city that both use feedback."""
    return couple(("feedback",))


def crowd(tenant: TestTenant, unit: uuid.UUID, count: int) -> list[uuid.UUID]:
    """So many members of a unit, written in one go."""
    ids = [new_id() for _number in range(count)]
    with tenant.scope():
        session().execute(insert(Member), [
            {"tenant_id": tenant.id, "id": one, "name": f"众{place}", "pinyin": f"zhong{place}", "initials": "z", "sort_key": f"zhong{place:04}", "sex": "male",
             "unit_id": unit, "created_at": now(), "updated_at": now()} for place, one in enumerate(ids)])
    return ids


def guests_of(pair: Pair, count: int = PEOPLE) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """The unit as it stands away, and its members there; at home each was certified once."""
    pair.guest()
    home = crowd(pair.home, pair.home.units[0], count)
    partner = pair.partner_id(pair.home, pair.away)
    with pair.home.scope():
        session().execute(insert(ExchangeOutgoing), [
            {"tenant_id": pair.home.id, "id": new_id(), "partner_id": partner, "kind": "certificate", "about_id": new_id(), "edition": 0, "member_id": one,
             "unit_id": pair.home.units[0], "state": "delivered", "tries": 0, "due_at": now(), "created_at": now()} for one in home])
    with pair.away.scope():
        unit = session().scalars(select(ExchangeUnit.organization_id).where(ExchangeUnit.tenant_id == tenant_id())).one()
    away, partner = crowd(pair.away, unit, count), pair.partner_id(pair.away, pair.home)
    with pair.away.scope():
        session().execute(insert(ExchangeMember), [{"tenant_id": pair.away.id, "id": new_id(), "member_id": here, "partner_id": partner, "remote_id": there,
                                                    "moved": False} for here, there in zip(away, home, strict=True)])
    return unit, away


def letter(count: int = PEOPLE) -> dict[str, object]:
    line = {"report_state": "confirmed", "reported_on": "2026-03-01", "records": 2, "activities": 2, "minutes": 180, "satisfied": 2, "fair": 0,
            "dissatisfied": 0, "claims": 1, "claims_done": 1, "parts": {}, "remark": "热心公益，随叫随到，群众评价好。"}
    return {"kind": "pack", "period": "2026", "begins_on": "2026-01-01", "ends_on": "2026-12-31", "signed_on": today().isoformat(), "members": count,
            "reported": count, "norm": 2, "lines": [line] * count}


def kept(pair: Pair) -> tuple[int, int]:
    """How many letters and lines stand at home."""
    with pair.home.scope():
        lines = session().execute(select(FeedbackLine.member_id, FeedbackPack.id).join(FeedbackPack, FeedbackPack.id == FeedbackLine.pack_id)
                                  .where(FeedbackLine.tenant_id == tenant_id(), FeedbackPack.tenant_id == tenant_id())).all()
        return len({row.id for row in lines}), len({row.member_id for row in lines})


def test_a_letter_about_400_members_arrives_once_and_whole_by_wire_and_by_file(pair, config) -> None:
    unit, away = guests_of(pair)
    with pair.away.scope():
        sent_id = send_feedback(unit, letter(), about=new_id(), community_id=pair.away.communities[0], members=away)
        said = outbox.text_of(sent_id)
    assert canonical.MOST_BYTES < len(said.encode()) < canonical.MOST_LETTER
    with sent() as statements:
        post_office.go_round()
    assert len(statements) < 100  # not one a member
    assert kept(pair) == (1, PEOPLE)
    desk = without_csrf(shared_app(config)).test_client()
    sign_in(desk, pair.home.accounts["community_officer"])
    assert desk.post("/exchange/arrivals/take", data={"file": (io.BytesIO(said.encode()), "letter.json")}).status_code == 303
    answers = [desk.post("/t/cityjgw/exchange/in", data=one.encode()).status_code for one in (said, said + " " * canonical.MOST_LETTER)]
    assert (answers, kept(pair)) == ([200, 422], (1, PEOPLE))
    with pair.home.scope():
        assert len(session().scalars(select(ExchangeIncoming.id).where(ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == "feedback")).all()) == 1


def test_a_letter_that_breaks_off_leaves_nothing_and_other_kinds_stay_small(pair) -> None:
    unit, away = guests_of(pair, 3)
    with pair.away.scope():
        torn = letter(3) | {"lines": letter(3)["lines"][:-1]}  # one line fewer than members
        send_feedback(unit, torn, about=new_id(), community_id=pair.away.communities[0], members=away)
        with pytest.raises(Invalid):
            send_feedback(unit, letter(3) | {"more": "x" * 800_000}, about=new_id(), members=away)
    post_office.go_round()
    assert kept(pair) == (0, 0)
    with pair.home.scope():
        receipt = envelopes.read(outbox.text_of(session().scalars(select(ExchangeOutgoing.id).where(
            ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.envelope.is_not(None))).first()))
    with pytest.raises(Invalid):
        envelopes.read(receipt.text.replace("{", "{" + " " * 70_000, 1))
    with pair.home.scope(), pytest.raises(Invalid):
        inbox.take("[" * 1000 + "]" * 1000)
