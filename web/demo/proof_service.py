"""The check's steps of service: records that count once the recipient was asked, points, the API, and the plugin's switch."""
from __future__ import annotations

import re
import uuid

from core.service import evaluation
from core.tenancy import tenant_scope
from web.demo.client import CheckFailed, Visitor
from web.demo.place import Place, expect, pdf


def serve(place: Place, channels: tuple[str, ...]) -> None:
    """One service for each way of evaluation: nothing counts before the recipient was asked."""
    for channel in channels:
        member, officer = place.visitor("member"), place.visitor("community")
        page = member.get("/records/new")
        sent = member.send(page, page.form("/records/new"), {
            "kind": "困难帮扶", "title": f"为独居老人修理水管（{channel}）", "minutes": "90", "recipient": "李婆婆",
            "recipient_group": "elderly"})
        record = uuid.UUID(re.findall(r"[0-9a-f-]{36}", page.form("/records/new").values["record_id"][0])[0])
        expect(sent, "待查验")
        page = officer.get(f"/records/work/{record}")
        officer.send(page, page.form("/verify"))
        _evaluate(place, record, channel)
        expect(member.get(f"/records/{record}"), "已计入")
        place.done.records += 1


def _evaluate(place: Place, record: uuid.UUID, channel: str) -> None:
    officer = place.visitor("community")
    page = officer.get(f"/records/work/{record}")
    if channel != "code":
        expect(officer.send(page, page.form("/evaluate"), {"channel": channel, "rating": "satisfied", "comment": "很满意"}), "评价已登记")
        return
    pdf(officer.send(page, page.form("/slips")))
    with tenant_scope(place.id):
        code = evaluation.issue_code(record)  # the slip's digits stand in a PDF, which only people and scanners read
    recipient = Visitor(place.base_url)
    page = recipient.get(f"/t/{place.city.slug}/e")
    page = recipient.send(page, page.form("/e"), {"code": f"{code[:4]} {code[4:8]} {code[8:]}"})
    expect(recipient.send(page, page.form("/e/rate"), {"rating": "satisfied", "comment": "谢谢"}), "评价已经收到")
    page = recipient.get(f"/t/{place.city.slug}/e")
    recipient.send(page, page.form("/e"), {"code": code}, expect=422)


def points(place: Place, expected: int, *, later: bool = False) -> None:
    """The member's page, the officer's page and the API say the same; 1.5 hours at one point an hour give 1 point."""
    expect(place.visitor("member").get("/p/points/me"), rf"积分余额\s*{expected}\b")
    place.visitor("community").get("/p/points/")
    expect(place.visitor("admin").get("/"), "奉献积分")
    told = Visitor(place.base_url, _token(place)).get(f"/api/v1/p/points/members/{place.star}").json
    if (told["balance"], len(told["entries"])) != (expected, expected):
        raise CheckFailed(f"接口应答余额 {told['balance']}、{len(told['entries'])} 笔，应为 {expected}。")
    if later:
        place.done.points_later = expected
    else:
        place.done.points = expected


def no_points(place: Place) -> None:
    """Nothing shows of a plugin that is off."""
    for username in ("admin", "community", "member"):
        visitor = place.visitor(username)
        if "积分" in visitor.get("/").text:
            raise CheckFailed(f"{username} 的首页出现了积分。")
        for path in ("/p/points/", "/p/points/me", f"/p/points/members/{place.star}"):
            visitor.get(path, expect=404)
    place.visitor("admin").get("/settings/points", expect=404)
    if "积分" in place.visitor("community").get(f"/members/{place.star}").text:
        raise CheckFailed("党员页面出现了积分。")
    Visitor(place.base_url, _token(place)).get(f"/api/v1/p/points/members/{place.star}", expect=404)


def programs(place: Place) -> None:
    """A program with a token reads what its owner may read, and nothing without one."""
    program = Visitor(place.base_url, _token(place))
    for address, expected in (("members?limit=100", 100), ("certificates?limit=100", place.done.certificates),
                              ("records?limit=100&status=counted", place.done.records)):
        told = program.get(f"/api/v1/{address}").json
        if len(told["items"]) != expected:
            raise CheckFailed(f"/api/v1/{address} 应答 {len(told['items'])} 条，应为 {expected}。")
    Visitor(place.base_url).get("/api/v1/members", expect=401)
    if program.get("/api/v1/openapi.json").json["openapi"] != "3.1.0":
        raise CheckFailed("接口说明不是 OpenAPI 3.1.0。")


def walls(here: Place, there: Place) -> None:
    """A token, and a signed-in person, meet another city's member as if there were none."""
    Visitor(here.base_url, _token(here)).get(f"/api/v1/p/points/members/{there.star}", expect=404)
    here.visitor("admin").get(f"/members/{there.star}", expect=404)
    here.visitor("admin").get(f"/members/{uuid.uuid4()}", expect=404)


def switch_on(place: Place) -> None:
    """On the administrator's page; every process knows it at the next request."""
    _switch(place, "on", "确认启用")
    place.token = ""  # the old one was made when there was no such scope
    expect(place.visitor("member").get("/p/points/me"), r"积分余额\s*0\b")
    expect(place.visitor("admin").get("/"), "奉献积分")


def switch_off(place: Place) -> None:
    """And back; the records stay."""
    _switch(place, "off", "积分")
    place.visitor("member").get("/p/points/me", expect=404)
    place.visitor("admin").get("/p/points/", expect=404)


def _switch(place: Place, to: str, said: str) -> None:
    admin = place.visitor("admin")
    page = admin.get(f"/plugins/points/switch?to={to}")
    expect(page, said)
    admin.send(page, page.form("/plugins/points/switch"))


def _token(place: Place) -> str:
    """A personal access token of the administrator, made on the account's page."""
    if not place.token:
        admin = place.visitor("admin")
        page = admin.get("/account/")
        form = page.form("/account/tokens")
        made = admin.send(page, form, {"name": "核对", "days": "30", "scopes": form.choices["scopes"]})
        place.token = re.findall(r"bdt_\d+_[\w-]+", made.html)[0]
    return place.token
