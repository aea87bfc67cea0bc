"""The residents' pages: the wall without names, handing in once, reading the answer and writing off by the code, limits on trying."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from core.residents import tickets
from core.residents.codes import issue_code
from core.tenancy import today
from plugins.wishes import fulfilling, gate
from tenants.settings import save
from tests.plugins.wishes.conftest import NAME, PHONE, TEXT, TITLE, accept, claim, code_of, enter, officer, records, state, wish
from tests.plugins.wishes.test_pages import count, leaks, main
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant

Open = Callable[..., Browser]
FIELDS = {"kind": "wish", "text": TEXT, "name": NAME, "phone": PHONE}
CODE = re.compile(r"\d{4} \d{4} \d{4}")


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody types in a test."""
    monkeypatch.setattr(tickets, "LEAST", tickets.LEAST * 0)
    monkeypatch.setitem(tickets.redeem_ticket.__kwdefaults__, "least", tickets.LEAST * 0)


def place(tenant: TestTenant, community: int = 0) -> str:
    """The community's public address."""
    code = tenant.paths[tenant.communities[community]].rstrip("/").rpartition("/")[2]
    return f"/t/{tenant.slug}/p/wishes/{code}"


def hand_in(resident: Browser, address: str, **fields: Any) -> Any:
    """Open the form and send it."""
    ticket = re.search(r'name="ticket" value="([^"]+)"', resident.get(f"{address}/new").text)
    assert ticket is not None
    return resident.post(f"{address}/new", ticket=ticket[1], **{**FIELDS, **fields})


def ask(resident: Browser, tenant: TestTenant, code: str, tail: str = "", **fields: Any) -> Any:
    """Type the code."""
    return resident.post(f"/t/{tenant.slug}/p/wishes/done{tail}", code=code, **fields)


def test_the_wall_shows_wishes_and_nobody(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    waiting, going, hidden = accept(tenant, place="青山里片区"), claim(tenant, member, accept(tenant, title="装扶手")), enter(tenant, text="还没审核的原话")
    resident = browser()
    everything, open_ones = (resident.get(f"{place(tenant)}{query}") for query in ("", "?show=waiting"))
    assert [title in main(everything) for title in (TITLE, "装扶手", "还没审核的原话", "空巢老人", "青山里片区", "王小明")] == [True, True] + [False] * 4
    assert [title in main(open_ones) for title in (TITLE, "装扶手")] == [True, False]
    assert leaks(everything) + leaks(open_ones) == []
    with tenant.scope():
        save("wishes", {"show_groups": True}, version=0)
    assert "空巢老人" in main(resident.get(place(tenant)))
    for wrong in ("9999", tenant.paths[tenant.streets[0]].rstrip("/").rpartition("/")[2]):
        assert resident.get(f"/t/{tenant.slug}/p/wishes/{wrong}").status_code == 404
    assert TITLE not in resident.get(place(tenant, 1)).text
    assert {state(tenant, one) for one in (waiting, going, hidden)} == {"accepted", "claimed", "submitted"}


def test_the_wall_costs_the_same_at_any_length_and_has_pages(browser: Open, tenant: TestTenant, statements: list[str],
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    resident, counts = browser(), []
    for number in range(3):
        accept(tenant, title=f"心愿{number}")
        if number in (0, 2):
            resident.get(place(tenant))
            statements.clear()
            resident.get(place(tenant))
            counts.append(len(statements))
    assert counts[0] == counts[1]
    monkeypatch.setattr("plugins.wishes.queries.PAGE", 2)
    monkeypatch.setattr("plugins.wishes.queries.wall.__defaults__", (2,))
    first = resident.get(place(tenant)).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = main(resident.get(following[1].replace("&amp;", "&")))
    assert [title in second for title in ("心愿0", "心愿1", "心愿2")] == [True, False, False]


def test_handed_in_on_the_web_it_is_one_wish_with_a_code(browser: Open, tenant: TestTenant) -> None:
    resident = browser()
    ticket = re.search(r'name="ticket" value="([^"]+)"', resident.get(f"{place(tenant)}/new").text)[1]  # type: ignore[index]
    bad = resident.post(f"{place(tenant)}/new", ticket=ticket, **{**FIELDS, "phone": ""})
    assert (bad.status_code, "请至少填一项" in bad.text, TEXT in bad.text) == (422, True, True)
    answers = [resident.post(f"{place(tenant)}/new", ticket=ticket, **FIELDS) for _time in range(2)]
    assert ([one.status_code for one in answers], count(tenant)) == ([200, 200], 1)
    code = CODE.search(main(answers[1]))[0]  # type: ignore[index]
    assert "社区正在审核" in ask(resident, tenant, code).text
    assert resident.post(f"{place(tenant)}/new", ticket="forged", **FIELDS).status_code == 422


def test_the_form_may_ask_for_a_code_or_be_closed(browser: Open, tenant: TestTenant) -> None:
    resident = browser()
    with tenant.scope():
        save("wishes", {"public_form": "code"}, version=0)
        right, wrong = (issue_code("wishes.form", tenant.communities[n]) for n in (0, 1))
    assert [hand_in(resident, place(tenant), form_code=code).status_code for code in ("", "123412341234", wrong, right)] == [422, 422, 422, 200]
    with tenant.scope():
        save("wishes", {"public_form": "off"}, version=1)
    assert (resident.get(f"{place(tenant)}/new").status_code, resident.get(f"{place(tenant)}/form").status_code) == (404, 200)
    assert count(tenant) == 1


def test_forms_and_codes_are_not_tried_without_end(browser: Open, tenant: TestTenant) -> None:
    resident = browser()
    assert [hand_in(resident, place(tenant)).status_code for _try in range(12)] == [200] * 10 + [429] * 2
    assert [ask(resident, tenant, "000000000000").status_code for _try in range(12)] == [422] * 10 + [429] * 2
    right = code_of(tenant, accept(tenant))
    assert ask(resident, tenant, right).status_code == 429
    assert ask(browser(REMOTE_ADDR="203.0.113.9"), tenant, right).status_code == 200


def test_a_refusal_is_read_by_the_code_and_on_paper(browser: Open, tenant: TestTenant) -> None:
    wish_id, answer = enter(tenant), "这件事归物业，已转告物业公司，电话 027-1234。"
    code = code_of(tenant, wish_id)
    with tenant.scope():
        gate.refuse(wish_id, 1, answer, by=officer(tenant))
    assert answer in ask(browser(), tenant, code).text
    paper = browser(tenant.accounts["community_officer"]).get(f"/p/wishes/{wish_id}/answer")
    assert [text in paper.text for text in (answer, NAME, TEXT)] == [True] * 3
    assert browser(tenant.accounts["county_officer"]).get(f"/p/wishes/{wish_id}/answer").status_code == 403


def test_written_off_by_the_code(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    wish_id, resident = claim(tenant, member), browser()
    code = code_of(tenant, wish_id)
    shown = ask(resident, tenant, code)
    assert ("心愿实现了吗" in shown.text, "王小明" in shown.text, set(leaks(shown)) <= {"不满意", "dissatisfied"}) == (True, False, True)
    assert ask(resident, tenant, code, "/judge", fulfilled="yes").status_code == 422  # no rating
    assert ask(resident, tenant, code, "/judge", fulfilled="yes", rating="satisfied", comment="很耐心").status_code == 200
    assert (state(tenant, wish_id), records(tenant)) == ("written_off", [("微心愿", "submitted", None, 120, False, None)])
    assert ask(resident, tenant, code, "/judge", fulfilled="no").status_code == 409
    own = browser(tenant.accounts["community_officer"])
    assert "查验并计入" in own.get(f"/p/wishes/{wish_id}").text
    assert own.post(f"/p/wishes/{wish_id}/count").status_code == 200  # asked first
    assert own.post(f"/p/wishes/{wish_id}/count", confirmed="yes").status_code == 303
    assert records(tenant) == [("微心愿", "counted", "satisfied", 120, False, "code")]


def test_not_done_by_the_code_goes_to_the_officer(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    wish_id, resident = claim(tenant, member), browser()
    code = code_of(tenant, wish_id)
    with tenant.scope():
        fulfilling.report_done(wish_id, today(), None, "教会了", by=None)
    assert ask(resident, tenant, code, "/judge", fulfilled="no", comment="还是不会").status_code == 200
    own = browser(tenant.accounts["community_officer"])
    assert "还是不会" in own.get(f"/p/wishes/{wish_id}").text
    assert own.post(f"/p/wishes/{wish_id}/send-back", version=wish(tenant, wish_id).version, note="请再去一次").status_code == 303
    seen = browser(member.account).get(f"/p/wishes/me/{wish_id}").text
    assert ("请再去一次" in seen, "还是不会" in seen) == (True, False)


def test_a_split_wish_is_written_off_part_by_part_with_one_code(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    wish_id, stranger = enter(tenant), accept(tenant, title="别人的")
    code = code_of(tenant, wish_id)
    with tenant.scope():
        parts = gate.split(wish_id, 1, ["教用手机", "装网络"], by=officer(tenant))
    claim(tenant, member, accept(tenant, parts[0], title="教用手机"))
    claim(tenant, member, stranger)
    resident = browser()
    assert [text in ask(resident, tenant, code).text for text in ("教用手机", "装网络", "别人的")] == [True, True, False]
    number = wish(tenant, parts[0]).number
    assert ask(resident, tenant, code, "/judge", number=wish(tenant, stranger).number, fulfilled="yes", rating="fair").status_code == 404
    assert ask(resident, tenant, code, "/judge", number=number, fulfilled="yes", rating="fair").status_code == 200
    assert [state(tenant, one) for one in (*parts, stranger)] == ["written_off", "submitted", "claimed"]
