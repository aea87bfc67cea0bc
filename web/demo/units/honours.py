"""Awards in the demonstration: a selection that is decided, one on public notice with an objection, one in which nominations come in (R84, R85)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Row

from web.demo.client import Visitor
from web.demo.units import words
from web.demo.units.cast import Scene
from web.demo.units.inside import press

AT = "/p/awards"
STAR, ADMIRED, UNITS = "社区服务之星", "最美在职党员", "进社区先进单位"
NOMINATION = rf"{AT}/nominations/[0-9a-f-]{{36}}$"


def play(scene: Scene) -> None:
    """The oldest first."""
    decided(scene)
    units(scene)
    collecting(scene)
    on_notice(scene)


def call(officer: Visitor, title: str, kind: str, criteria: str, **more: str | list[str]) -> str:
    """Call a selection; answers its page."""
    page = officer.get(f"{AT}/new")
    form = page.form("/new")
    place = form.choices["organization_id"][0]
    made = officer.send(page, form, {"organization_id": place, "title": title, "kind": kind, "criteria": criteria, "deed": "", **more})
    return made.url[made.url.index(AT):]


def nominate(officer: Visitor, selection: str, member: uuid.UUID, reason: str, *, paper: bool) -> str:
    """Nominate a member, who is asked on the own page or has agreed on paper; answers the nomination's page."""
    identity = str(uuid.uuid4())
    at = f"{selection}/nominate/members/{member}"
    press(officer, at, at, {"ticket": identity, "reason": reason, "consent": "paper" if paper else "ask"})
    return f"{AT}/nominations/{identity}"


def agree(member: Visitor, nomination: str) -> None:
    """The member agrees on the own page."""
    press(member, f"{AT}/me", f"/me/nominations/{nomination.rpartition('/')[2]}/answer", {"answer": "agree"})


def recommend(officer: Visitor, nomination: str, note: str = "") -> None:
    """The level whose turn it is recommends."""
    press(officer, nomination, "/recommend", {"note": note})


def publish(officer: Visitor, selection: str, nominations: Sequence[str]) -> None:
    """Put them on public notice."""
    press(officer, selection, "/publish", {"chosen": [one.rpartition("/")[2] for one in nominations]})


def nominated(scene: Scene, selection: str, days: int, people: Sequence[Row]) -> list[str]:
    """The community nominates the member who signs in, who agrees on the phone, and colleagues, who have agreed on paper."""
    officer = scene.come("community", days)
    own = nominate(officer, selection, scene.cast.star.id, words.DEEDS[0], paper=False)
    agree(scene.come("member", days - 1), own)
    return [own, *(nominate(officer, selection, one.id, words.DEEDS[number], paper=True) for number, one in enumerate(people, 1))]


def decided(scene: Scene) -> None:
    """The county's stars of the half-year: nominated, recommended, on notice, objected to, decided."""
    selection = call(scene.come("county", 95), f"{scene.day(95)[:4]}年度社区服务之星评选", STAR, words.CRITERIA, steps=["community", "street"], total="5")
    found = nominated(scene, selection, 92, scene.cast.neighbours[:2])
    for one in found:
        recommend(scene.come("community", 88), one, words.RECOMMENDED[0])
        recommend(scene.come("street", 85), one, words.RECOMMENDED[1])
    publish(scene.come("county", 80), selection, found)
    objection(scene, selection, found[1], 79, words.OBJECTION)
    settle(scene.come("county", 77), selection, words.OBJECTION_ANSWER)
    press(scene.come("county", 55), selection, "/decide", {"decided_on": scene.day(55), "document_number": "江组发〔示范〕12号", "confirmed": "1"})


def objection(scene: Scene, selection: str, nomination: str, days: int, says: str) -> None:
    """Somebody without an account objects on the public page."""
    at = f"/t/{scene.slug}{AT}/{selection.rpartition('/')[2]}/{nomination.rpartition('/')[2]}/object"
    press(scene.come(None, days), at, "/object", {"says": says, "contact": ""})


def settle(officer: Visitor, selection: str, says: str) -> None:
    """Whoever decides answers the objection; the list stays."""
    for one in officer.get(selection).links(rf"{AT}/objections/[0-9a-f-]{{36}}$"):
        press(officer, one, "/answer", {"answer": says, "upheld": "no"})


def units(scene: Scene) -> None:
    """The city chooses units as a whole; the county has nominated one."""
    selection = call(scene.come("admin", 25), f"{scene.day(25)[:4]}年度党员进社区先进单位评选", UNITS, words.CRITERIA_UNITS, subject="unit", steps=["county"])
    at = f"{selection}/nominate/places/{scene.cast.unit}"
    press(scene.come("county", 20), at, at, {"reason": "动员有力，八成以上党员已报到，与社区结对解决了三项环境整治问题。"})


def collecting(scene: Scene) -> None:
    """The city's most admirable members: one waits for the member's answer, one for the street, one is recommended so far."""
    selection = call(scene.come("admin", 18), f"{scene.day(18)[:4]}年度最美在职党员评选", ADMIRED, words.CRITERIA_OPEN,
                     steps=["street", "county"], each="3", nominate_until=scene.day(-12))
    officer = scene.come("community", 10)
    nominate(officer, selection, scene.cast.star.id, words.DEEDS[0], paper=False)
    _waiting, further = (nominate(officer, selection, one.id, words.DEEDS[number], paper=True) for number, one in enumerate(scene.cast.neighbours[1:3], 1))
    recommend(scene.come("street", 6), further, words.RECOMMENDED[1])


def on_notice(scene: Scene) -> None:
    """The community's own stars, on notice since yesterday; an objection waits."""
    selection = call(scene.come("community", 9), "社区服务之星（第四批）", STAR, words.CRITERIA, steps=[])
    officer = scene.come("community", 5)
    found = [nominate(officer, selection, one.id, words.DEEDS[number], paper=True) for number, one in enumerate(scene.cast.neighbours[2:4], 2)]
    publish(scene.come("community", 1), selection, found)
    objection(scene, selection, found[0], 0, words.OBJECTION_OPEN)
