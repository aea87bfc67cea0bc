"""January and February: needs come in by every channel, are looked through, answered, and told in a bulletin (R53, R67, R68, R74)."""
from __future__ import annotations

import io
import json
import urllib.request
import uuid

import openpyxl
from sqlalchemy import select

from core.organizations import tree
from core.tenancy import session
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from plugins.needs import bulletins, inbox, merging
from plugins.needs.handling import answer, classify, locked, refuse
from plugins.needs.models import Need
from plugins.needs.writing import Contact, NeedInput, receive
from tests.e2e.conftest import Visitor
from tests.e2e.year.community import RESIDENTS, Community

BY_SCREEN, AT_THE_DOOR, BY_SHEET, BY_MACHINE = 0, 3, (13, 14, 15, 16), 24
LAMP, LAMP_AGAIN, HORSE = 0, 12, 15


def come_in(year: Community) -> str:
    """Twenty-five needs, each by its channel; answers the receipt code of the one that came by the public page."""
    code = _by_the_public_page(year)
    _at_the_door(year)
    _by_the_sheet(year)
    _by_another_system(year)
    done = {BY_SCREEN, AT_THE_DOOR, *BY_SHEET, BY_MACHINE}
    with year.acting():
        for number, (channel, category, text) in enumerate(RESIDENTS):
            if number not in done:
                year.needs[number] = receive(NeedInput(year.place, text, category, channel, contact=Contact(f"居民{number}", f"1390000{number:04}")),
                                             by=year.officer.id)
    return code


def look_through(year: Community) -> None:
    """All are classified, one is a double, one cannot be done; a bulletin tells the rest in public."""
    with year.acting():
        for number, need in year.needs.items():
            category = RESIDENTS[number][1]
            classify(need, None, category=category, summary=f"{category}需求第 {number + 1} 件")
        proposed = {one.id for one in merging.proposals(locked(year.needs[LAMP_AGAIN]))}
        assert year.needs[LAMP] in proposed  # proposed, never merged by itself
        merging.merge(year.needs[LAMP_AGAIN], None, year.needs[LAMP])
        refuse(year.needs[HORSE], None, "小区内不能饲养大型牲畜，附近有马场可以去看看。")
        answer(year.needs[17], None, "已请排水公司疏通，雨天请绕行东门。")
        listed = {row.id: row.summary for row in bulletins.candidates(year.place)}
        made = bulletins.publish(year.place, "二月需求公告", "居民有这些需要，欢迎认领。", listed, by=year.officer.id)
    resident = year.visit("phone")
    resident.open(f"/t/{year.tenant.slug}/p/needs/bulletins/{made}")
    assert "帮扶需求第 4 件" in resident.text
    assert "水管" not in resident.page.content()  # the resident's own words are nobody else's


def told(year: Community, code: str, sentence: str) -> None:
    """The resident looks the answer up with the receipt's code."""
    resident = year.visit("phone")
    resident.open(f"/t/{year.tenant.slug}/p/needs/answer")
    resident.page.fill("[name=code]", code)
    resident.follow(resident.page.locator("main form button[type=submit]").first)
    assert sentence in resident.text


def community_code(year: Community) -> str:
    """The code that stands in the public pages' addresses."""
    with year.acting():
        return tree.get(year.place).code


def _by_the_public_page(year: Community) -> str:
    resident = year.visit("phone")
    resident.open(f"/t/{year.tenant.slug}/p/needs/{community_code(year)}")
    _write(resident, *RESIDENTS[BY_SCREEN][1:])
    year.calendar.moment = year.calendar.moment.replace(second=30)  # nobody types that fast
    resident.press("提交")
    assert "回执码" in resident.text
    digits = "".join(c for c in resident.page.locator("main .code-input, main strong").first.inner_text() if c.isdigit())
    year.needs[BY_SCREEN] = _newest(year)
    return digits


def _at_the_door(year: Community) -> None:
    officer = year.visit("phone", year.officer)
    officer.open("/p/needs/enter")
    _write(officer, *RESIDENTS[AT_THE_DOOR][1:])
    officer.press("登记")
    assert "上一条已登记" in officer.text
    year.needs[AT_THE_DOOR] = _newest(year)


def _by_the_sheet(year: Community) -> None:
    book = openpyxl.Workbook()
    book.active.append(["内容", "类别", "渠道", "日期", "称呼", "电话"])
    for number in BY_SHEET:
        book.active.append([RESIDENTS[number][2], RESIDENTS[number][1], "QQ群", year.calendar.day.isoformat(), f"群友{number}", ""])
    content = io.BytesIO()
    book.save(content)
    officer = year.visit("desktop", year.officer)
    officer.open("/p/needs/sheets/")
    officer.page.set_input_files("main input[type=file]", {"name": "群聊.xlsx", "mimeType": "application/octet-stream", "buffer": content.getvalue()})
    officer.follow(officer.page.locator("main form button[type=submit]").first)
    officer.follow(officer.page.locator("main form[action$=take] button[type=submit]"))
    for number, need in zip(BY_SHEET, _latest(year, len(BY_SHEET)), strict=True):
        year.needs[number] = need


def _by_another_system(year: Community) -> None:
    with year.acting():
        secret = inbox.renew(by=year.officer.id)
    channel, category, text = RESIDENTS[BY_MACHINE]
    body = json.dumps({"delivery": "hotline-0001", "text": text, "category": category, "channel": channel, "channel_title": "市民热线"}).encode()
    moment = str(int(year.calendar.moment.timestamp()))
    sent = urllib.request.Request(f"{year.address}/t/{year.tenant.slug}/p/needs/inbox/{community_code(year)}", body, {
        "Content-Type": "application/json", "X-Baodao-Timestamp": moment, "X-Baodao-Signature": inbox.signature(secret, moment, body)})
    with urllib.request.urlopen(sent) as answered:
        year.needs[BY_MACHINE] = uuid.UUID(json.load(answered)["id"])


def _write(visitor: Visitor, category: str, text: str) -> None:
    visitor.page.fill("[name=text]", text)
    visitor.page.get_by_role("main").get_by_text(category, exact=True).click()


def _newest(year: Community) -> uuid.UUID:
    return _latest(year, 1)[0]


def _latest(year: Community, count: int) -> list[uuid.UUID]:
    with set_clock(year.calendar.moment), year.tenant.scope():
        return list(session().scalars(select(Need.id).where(Need.tenant_id == tenant_id()).order_by(Need.id.desc()).limit(count)))[::-1]
