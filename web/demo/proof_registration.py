"""The check's steps of registration: accounts, certificates, report-ins by each door, the register, those who are late."""
from __future__ import annotations

import re

from sqlalchemy import select

from core.access import accounts
from core.access.roles import LIAISON, MEMBER
from core.members.models import Member
from core.organizations import tree
from core.organizations.models import Organization
from core.tenancy import session, tenant_scope, today
from core.tenancy.scope import tenant_id
from web.demo.client import CheckFailed, Visitor
from web.demo.place import Place, expect, name, organization, pdf, wait

SLIP = re.compile(r"\b[a-z2-9]{4}(-[a-z2-9]{4}){2}\b")
NUMBER = re.compile(r"\b[0-9A-Z]{6,18}-\d{4}-\d{6}\b")


def open_county(place: Place) -> None:
    """The administrator opens the county officer's account; the slip lets the officer set a password, once."""
    admin, seat = place.visitor("admin"), place.city.seats[1]
    page, given = admin.get("/accounts/new"), {"username": seat.username, "display_name": seat.name, "role": seat.role, "q": seat.code}
    page = admin.send(page, page.form("/accounts/new"), given | {"step": "find"})
    form = page.form("/accounts/new")
    made = admin.send(page, form, given | {"organization": form.choices["organization"][0]})
    slip = re.search(SLIP, made.text)
    if slip is None:
        raise CheckFailed(f"没有显示开通码：{made.text[:200]}")
    officer = Visitor(place.base_url)
    page = officer.get(f"/t/{place.city.slug}/start")
    officer.send(page, page.form("/start"), {"username": seat.username, "code": slip[0], "new_password": place.password, "again": place.password})
    expect(officer.get("/"), seat.name)


def open_accounts(place: Place) -> None:
    """The other roles, and the member of the story, get theirs from the installation."""
    with tenant_scope(place.id):
        unit = organization(Organization.name == place.city.unit)
        home = organization(Organization.code == place.city.community)
        star = session().execute(select(Member.id, Member.name).where(
            Member.tenant_id == tenant_id(), Member.unit_id == unit, Member.residence_id == home).order_by(Member.sort_key).limit(1)).one()
        place.star = star.id
        for seat in place.city.seats[2:]:
            member = star.id if seat.role == MEMBER else None
            where = unit if seat.role in (LIAISON, MEMBER) else tree.by_code(seat.code).id
            made = accounts.create_account(seat.username, seat.name or star.name, place.password, member_id=member)
            accounts.grant_role(made, seat.role, where)
    for seat in place.city.seats[1:]:
        place.visitor(seat.username).get("/")


def issue(place: Place) -> None:
    """The county's officer issues for the unit, and fetches one PDF."""
    county = place.visitor("county")
    page = county.get("/certificates/issue")
    unit = next(link for link in page.links("/certificates/issue/") if place.city.unit in county.get(link).text)
    page = county.get(unit)
    form = page.form(unit)
    printed = wait(county, county.send(page, form, {"member": form.choices["member"]}))
    pdf(county.get(printed.links(r".*\.pdf")[0]))
    place.done.certificates = len(form.choices["member"])
    place.numbers = sorted(set(NUMBER.findall(county.get("/certificates/").text)))
    if len(place.numbers) != place.done.certificates:
        raise CheckFailed(f"报到证列表有 {len(place.numbers)} 个编号，应为 {place.done.certificates}。")


def at_desk(place: Place) -> None:
    """The community's officer takes numbers until two members of the community have reported in."""
    officer, star = place.visitor("community"), name(place)
    confirmed = 0
    for number in place.numbers:
        desk = officer.get("/report-ins/desk")
        try:
            card = officer.send(desk, desk.form("/report-ins/desk"), {"scanned": number.lower().replace("-", "－")})
        except CheckFailed:
            continue  # a member who neither lives nor works here
        forms = card.forms("/report-ins/desk/confirm")
        if star in card.text or not forms:
            continue
        receipt = officer.send(card, forms[0])
        pdf(officer.get(receipt.links(r".*/receipt\.pdf")[0]))
        confirmed += 1
        if confirmed == 2:
            break
    if confirmed != 2:
        raise CheckFailed(f"社区只受理了 {confirmed} 人。")
    count_report_ins(place, confirmed)


def on_phone(place: Place) -> None:
    """Two taps of the member, one of the community, and the member's own receipt."""
    member, officer = place.visitor("member"), place.visitor("community")
    page = member.get("/report-in")
    form = page.form("/report-in")
    asked = form.values["community"]
    expect(member.send(page, form), "待确认")
    confirmed = 0
    waiting = officer.get("/report-ins/?status=submitted")
    for link in waiting.links(r"/report-ins/[0-9a-f-]{36}$"):
        one = officer.get(link)
        expect(officer.send(one, one.form("/confirm")), "回执")
        confirmed += 1
    own = member.get("/report-in")
    pdf(member.get(own.links(r".*/receipt\.pdf")[0]))
    if not 0 < confirmed <= len(asked):
        raise CheckFailed(f"确认了 {confirmed} 条手机报到。")
    count_report_ins(place, confirmed)


def register(place: Place) -> None:
    """The unit's register has closed by itself; a paper receipt closes one more line."""
    liaison = place.visitor("unit")
    expect(liaison.get("/report-ins/unit?state=reported"), name(place), "自动登记")
    missing = liaison.get("/report-ins/unit?state=missing")
    page = liaison.get(missing.links(r"/report-ins/unit/.*/paper")[0])
    form = page.form("/paper")
    expect(liaison.send(page, form, {"community_id": form.choices["community_id"][0], "paper_number": "回字第008号"}), "回执已登记")
    count_report_ins(place, 1)


def overdue(place: Place) -> None:
    """Why somebody has not come yet, a reminder, more time; each leaves a line in the history."""
    liaison = place.visitor("unit")
    link = liaison.get("/obligations/").links(r"/obligations/[0-9a-f-]{36}")[0]
    for ending, given in (("/reason", {"reason_code": "出差或外派", "text": "下月返回"}), ("/remind", {"how": "phone"}),
                          ("/extend", {"due_on": f"{today().year + 1}-12-31", "note": "单位说明情况"})):
        page = liaison.get(link)
        liaison.send(page, page.form(ending), given)
    expect(liaison.get(link), "登记原因", "出差或外派", "已提醒本人", "电话提醒", "延期", "单位说明情况")


def coverage(place: Place) -> None:
    """The administrator's figures: some reported, all expected."""
    seen = place.visitor("admin").get("/coverage/?by=unit")
    expect(seen, rf"应报到\s*{place.done.members}\b", rf"已报到\s*{place.done.report_ins}\b")


def count_report_ins(place: Place, count: int) -> None:
    """Each confirmed report-in has its receipt."""
    place.done.report_ins += count
    place.done.receipts += count
