"""The shipped packs by the numbers that were published, at their boundaries; and made-up schemes of the usual kinds."""
from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest

from core.api import read_pack
from core.db import new_id
from core.rules.packs import checked
from core.tenancy import now, session, set_clock
from plugins.points import cards, describing, items, ledger, plugin as manifest, redemption, spanning
from plugins.points.holding import for_tenant
from plugins.points.models import PointsExclusion
from plugins.points.rehearsal import rehearse
from tests.plugins.points.packs import SCHEMES, SHIPPED, deed, publish, serve
from tests.support.factories import TestMember, TestTenant, make_member

SHIPPED_PACKS = sorted(SHIPPED.glob("*.toml"))
MONDAY, YEAR = dt.date(2026, 3, 2), (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@pytest.mark.parametrize("path", [*SHIPPED_PACKS, *sorted(SCHEMES.glob("*.toml"))], ids=lambda path: path.stem)
def test_a_pack_is_valid_and_says_itself_in_words(tenant: TestTenant, path: Path) -> None:
    with tenant.scope():
        document = checked(manifest.rule_kinds[0], read_pack(path.read_bytes()))
        sentences = describing.describe(document)
    assert len(sentences) > len(document["rules"])


def test_only_the_neutral_pack_claims_no_place() -> None:
    claims = {path.stem: read_pack(path.read_bytes())["source"]["certainty"] for path in SHIPPED_PACKS}
    assert claims == {"hailin": "weak", "haining_changshan": "weak", "luohe": "weak", "nanhu_2016": "weak", "neutral": "own",
                      "yiyang_shuanggang": "unconfirmed"}


def rehearsed(pack: str, since: dt.date, until: dt.date) -> dict[uuid.UUID, int]:
    """What a pack would bring in those days, by member, with the base."""
    document = checked(manifest.rule_kinds[0], read_pack((SCHEMES / f"{pack}.toml").read_bytes()))
    return {row.member_id: row.after for row in session().execute(rehearse(document, since, until, "default"))}


def minutes(tenant: TestTenant, member: TestMember, pack: str, *lengths: int, **values: object) -> list[int]:
    """Hundredths that services of these lengths bring."""
    with tenant.scope():
        publish(pack)
        for number, length in enumerate(lengths):
            ledger.earn(serve(tenant, member, length, MONDAY + dt.timedelta(days=number), **values))
    with tenant.scope():
        return [entry.points for entry in reversed(ledger.entries(member.id))]


def test_hailin_one_point_an_hour_at_most_two_hours(tenant: TestTenant, member: TestMember) -> None:
    assert minutes(tenant, member, "hailin", 59, 60, 90, 119, 120, 150) == [0, 100, 100, 100, 200, 200]
    with tenant.scope():
        deed(member, "recruit", quantity=2)
        assert ledger.balance(member.id) == 900


@pytest.mark.parametrize(("hours", "can"), [(1, []), (2, ["牙膏"]), (3, ["牙膏"]), (4, ["牙膏", "洗洁精"]), (6, ["牙膏", "洗洁精", "大米"])])
def test_changshan_two_four_six(tenant: TestTenant, member: TestMember, hours: int, can: list[str]) -> None:
    minutes(tenant, member, "haining_changshan", hours * 60)
    with tenant.scope():
        offered = items.listed()
        assert [item.title for item in offered if item.price <= ledger.balance(member.id)] == can
        if can:
            redemption.ask(member.id, offered[0].id, by=None)
            assert ledger.balance(member.id) == 0


@pytest.mark.parametrize(("hours", "card", "left"), [(49, None, 49), (50, "silver", 0), (51, "silver", 1), (99, "silver", 49), (100, "gold", 0)])
def test_luohe_cards_cost_their_points(tenant: TestTenant, member: TestMember, hours: int, card: str | None, left: int) -> None:
    with tenant.scope():
        publish("luohe")
        for number in range(hours):
            ledger.earn(serve(tenant, member, 60, MONDAY + dt.timedelta(days=number % 28)))
        if card is None:
            with pytest.raises(Exception, match="积分不够"):
                cards.give(member.id, "silver", by=None)
        else:
            cards.give(member.id, card, by=None)
    with tenant.scope():
        assert ledger.balance(member.id) == left * 100


def test_nanhu_three_for_the_team_ten_for_bravery(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        publish("nanhu_2016")
        deed(member, "special_team")
        deed(member, "bravery")
        assert [e.points for e in ledger.entries(member.id)] == [1000, 300]
        service, = items.listed()
        redemption.ask(member.id, service.id, for_other=True, by=None)
        assert ledger.balance(member.id) == 1000


@pytest.mark.parametrize(("kind", "length", "points"), [("政策宣传", 30, 10), ("政策宣传", 300, 10), ("环境卫生", 59, 1), ("环境卫生", 60, 2),
                                                        ("环境卫生", 90, 3), ("法律援助", 60, None)])
def test_shuanggang(tenant: TestTenant, member: TestMember, kind: str, length: int, points: int | None) -> None:
    assert minutes(tenant, member, "yiyang_shuanggang", length, kind=kind) == ([] if points is None else [points * 100])


@pytest.mark.parametrize(("lengths", "points"), [((59,), [0]), ((60, 121), [100, 200])])
def test_neutral(tenant: TestTenant, member: TestMember, lengths: tuple[int, ...], points: list[int]) -> None:
    assert minutes(tenant, member, "neutral", *lengths) == points


def test_base_and_minus(tenant: TestTenant, member: TestMember) -> None:
    assert minutes(tenant, member, "base_and_minus", 60, 60, 60, 60) == [200, 200, 200, 0]  # three times a month
    with tenant.scope():
        deed(member, "award", level="省级")
        deed(member, "award", level="市级")  # 6 + 10 + 5 under 20 a quarter
        deed(member, "absent")
    with tenant.scope():
        assert [e.points for e in ledger.entries(member.id)][:3] == [-500, 400, 1000]
        deed(member, "crime")  # everything of the period, the base too
        deed(member, "award", level="国家级")
    with tenant.scope():
        assert ledger.balance(member.id) == -6000
        assert rehearsed("base_and_minus", *YEAR) == {member.id: 0}  # the rehearsal says the same, with the base of 60


@pytest.mark.parametrize(("length", "spare", "together", "points"), [
    (29, False, False, 0), (45, False, False, 70), (60, True, False, 300), (240, True, False, 600), (59, True, True, 0), (60, True, True, 100),
    (179, False, True, 100), (180, False, True, 400)])
def test_brackets_and_holidays(tenant: TestTenant, member: TestMember, length: int, spare: bool, together: bool, points: int) -> None:
    assert minutes(tenant, member, "brackets_and_holidays", length, outside_hours=spare, collective=together) == [points]


def test_norm_and_donation(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        publish("norm_and_donation")
        deed(member, "donation", quantity=250)
        deed(member, "donation", quantity=1999)
        deed(member, "blood")
        deed(member, "blood")
        serve(tenant, member)
        serve(tenant, member)
    with tenant.scope(), set_clock(dt.date(2026, 7, 2)):
        held = for_tenant(dt.date(2026, 3, 31))
        for rule in held.document["rules"][:2]:
            for span in ((dt.date(2026, 1, 1), dt.date(2026, 3, 31)), (dt.date(2026, 4, 1), dt.date(2026, 6, 30))):
                spanning.reckon(held, rule, span)
                assert spanning.reckon(held, rule, span) == 0
    with tenant.scope():
        found = [(e.rule_key, e.points) for e in reversed(ledger.entries(member.id))]
    assert found == [("donation", 200), ("donation", 1800), ("blood", 300), ("first_blood", 500), ("blood", 300), ("first_blood", 0), ("norm", 1000),
                     ("idle", -500)]
    barred = make_member(tenant, "被除名的人")
    with tenant.scope():
        deed(barred, "donation", quantity=500)
        session().add(PointsExclusion(id=new_id(), member_id=barred.id, since=YEAR[0], until=None, effect="both", reason_key="x", reason="除名",
                                      note="", entered_by=None, created_at=now()))
        session().flush()
        assert rehearsed("norm_and_donation", YEAR[0], dt.date(2026, 6, 30)) == {member.id: 3600, barred.id: 0}  # left out


def test_best_of_week(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        publish("best_of_week")
        for rating in ("dissatisfied", "fair", "satisfied", "satisfied"):
            ledger.earn(serve(tenant, member, on=MONDAY, rating=rating))
    with tenant.scope():
        assert (ledger.balance(member.id), [e.points for e in reversed(ledger.entries(member.id))]) == (1000, [100, 300, 400, 200])
