"""The shipped schemes against their published numbers, at the boundaries."""
from __future__ import annotations

import datetime as dt

import pytest

from core.errors import Invalid
from core.rules import files
from core.rules.kinds import rule_kind
from plugins.stars import documents
from tests.plugins.stars.conftest import deed, due, report, scheme, serve
from tests.support.factories import TestMember, TestTenant, make_member

DAY = dt.timedelta(days=1)
CUT = dt.date(2026, 10, 31)
CERTAINTY = {"beijing_2022": "weak", "beijing_2023": "weak", "hefei_2022": "weak", "in_service": "own", "longgang_2023": "confirmed",
             "minzheng_2012": "weak"}


def test_every_pack_names_its_source_and_how_sure_we_are(tenant: TestTenant) -> None:
    with tenant.scope():
        shipped = {one.name: one for one in files.examples(rule_kind("stars"))}
    assert {name: one.source["certainty"] for name, one in shipped.items()} == CERTAINTY
    assert all(one.source["place"] and one.source["document"] and one.document["about"] for one in shipped.values())


@pytest.mark.parametrize("name", CERTAINTY)
def test_a_pack_survives_the_way_through_a_file(tenant: TestTenant, name: str) -> None:
    with tenant.scope():
        kind = rule_kind("stars")
        document = files.example(kind, name).document
        assert files.checked(kind, files.parse(files.write(document))) == document
        assert kind.describe(document)


@pytest.mark.parametrize(("threshold", "number"), [(100, 1), (300, 2), (600, 3), (1000, 4), (1500, 5)])
def test_the_national_model_counts_full_hours(tenant: TestTenant, threshold: int, number: int) -> None:
    people = [make_member(tenant, name) for name in ("甲", "乙", "丙")]
    for person, amount in zip(people, (threshold - 1 / 60, threshold, threshold + 1), strict=True):
        serve(tenant, person, amount, CUT)
    with tenant.scope():
        pack = scheme("minzheng_2012")
    below = {people[0].id: number - 1} if number > 1 else {}
    assert due(tenant, pack, CUT) == below | {people[1].id: number, people[2].id: number}


@pytest.mark.parametrize(("name", "cut_off"), [("beijing_2022", dt.date(2026, 11, 30)), ("beijing_2023", dt.date(2026, 12, 31))])
def test_peking_counts_up_to_and_including_the_cut_off_day(tenant: TestTenant, member: TestMember, name: str, cut_off: dt.date) -> None:
    late, left_out = make_member(tenant, "李迟"), make_member(tenant, "赵职")
    for person, last in ((member, cut_off), (late, cut_off + DAY)):
        serve(tenant, person, 1499, cut_off - 30 * DAY)
        serve(tenant, person, 1, last)
    serve(tenant, left_out, 1499, cut_off)
    serve(tenant, left_out, 8, cut_off, kind="本职工作")
    with tenant.scope():
        pack = scheme(name)
        assert documents.cut_off_on(pack.document, cut_off) == cut_off
        assert documents.cut_off_on(pack.document, cut_off - DAY) == cut_off.replace(year=2025)
        assert documents.steps(pack.document, 5) == ["county", "city"]
        assert pack.document["entry"] == "nomination"
    assert due(tenant, pack, cut_off) == {member.id: 5}


def test_longgang_asks_for_tenure_to_the_day_and_for_every_quarter(tenant: TestTenant) -> None:
    half, early, gap, year = (make_member(tenant, name) for name in ("甲", "乙", "丙", "丁"))
    for person, since in ((half, dt.date(2026, 4, 30)), (early, dt.date(2026, 5, 1)), (gap, dt.date(2025, 1, 1)), (year, dt.date(2025, 10, 31))):
        report(tenant, person, since)
    for person, amount in ((half, 599), (early, 599), (year, 600)):
        serve(tenant, person, amount - 12, CUT)
        for ago in (100, 200, 300):
            serve(tenant, person, 4, CUT - ago * DAY)
    serve(tenant, gap, 400, dt.date(2026, 6, 1))  # nothing in the last quarter
    with tenant.scope():
        pack = scheme("longgang_2023")
        assert [documents.steps(pack.document, n) for n in (1, 2, 3, 4)] == [["street"]] * 3 + [["street", "county"]]
    assert due(tenant, pack, CUT) == {half.id: 2, year.id: 3}


def test_hefei_looks_at_the_year_for_the_first_and_at_deeds_for_the_last(tenant: TestTenant) -> None:
    now_, old, event, award, none = (make_member(tenant, name) for name in "甲乙丙丁戊")
    serve(tenant, now_, 20, CUT)
    serve(tenant, old, 20, dt.date(2025, 12, 31))
    for person in (event, award, none):
        serve(tenant, person, 200, CUT)
    deed(tenant, event, "large_event", CUT)
    deed(tenant, award, "large_event", CUT)
    deed(tenant, award, "award", CUT, "市级")
    with tenant.scope():
        pack = scheme("hefei_2022")
    assert due(tenant, pack, CUT) == {now_.id: 1, event.id: 4, award.id: 5, none.id: 3}


def test_the_neutral_example_excludes_the_disciplined_for_a_year(tenant: TestTenant) -> None:
    cut = dt.date(2026, 6, 30)
    fine, recent, long_ago = (make_member(tenant, name) for name in "甲乙丙")
    for person in (fine, recent, long_ago):
        report(tenant, person, dt.date(2025, 12, 30))
        serve(tenant, person, 10, cut)
    deed(tenant, recent, "discipline", dt.date(2025, 7, 1), "警告")
    deed(tenant, long_ago, "discipline", dt.date(2025, 6, 30), "警告")
    with tenant.scope():
        pack = scheme("in_service")
    assert due(tenant, pack, cut) == {fine.id: 1, long_ago.id: 1}


def test_two_schemes_stand_side_by_side(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 120, CUT)
    with tenant.scope():
        national, college = scheme("minzheng_2012", "national"), scheme("hefei_2022", "college")
    assert (due(tenant, national, CUT), due(tenant, college, CUT)) == ({member.id: 1}, {member.id: 3})


FAULTS = [
    ({"levels": [{"number": 1, "name": "一", "ways": [{"conditions": [{}]}]}]}, "levels/0/ways/0/conditions/0/hours_at_least"),
    ({"levels": [{"number": 1, "name": "一", "ways": [{"conditions": [{"needs": "share"}]}]}]}, "levels/0/ways/0/conditions/0/percent"),
    ({"levels": [{"number": 1, "name": "一", "ways": [{"conditions": [{"needs": "tenure"}]}]}]}, "levels/0/ways/0/conditions/0/months"),
    ({"levels": [{"number": 1, "name": "一", "ways": [{"conditions": [{"hours_at_least": 1, "window": "months"}]}]}]},
     "levels/0/ways/0/conditions/0/months"),
    ({"cycle": "dates"}, "cut_offs"), ({"entry": "nomination", "nominators": []}, "nominators"),
    ({"left_out": [{"title": "全部"}]}, "left_out/0/where"), ({"exclusions": [{"title": "处分", "deed_kinds": ["x"]}]}, "exclusions/0/deed_kinds"),
    ({"levels": [{"number": 1, "name": "一", "ways": []}]}, "levels/0/ways"), ({"cut_offs": ["13-01"]}, "cut_offs/0"),
]


@pytest.mark.parametrize(("changes", "path"), FAULTS)
def test_a_fault_is_named_by_its_place(tenant: TestTenant, changes: dict[str, object], path: str) -> None:
    whole = {"title": "星级", "levels": [{"number": 1, "name": "一星", "ways": [{"conditions": [{"hours_at_least": 1}]}]}]}
    with tenant.scope(), pytest.raises(Invalid) as refused:
        scheme({**whole, **changes})
    assert list(refused.value.fields) == [path]
