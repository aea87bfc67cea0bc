"""Two-way feedback in the demonstration: a community's letters for a period, each at another point of its way, and words at any time (R25, R43)."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping

from web.demo.client import CheckFailed, Visitor
from web.demo.units import words
from web.demo.units.cast import Scene
from web.demo.units.inside import Inside, press

AT = "/p/feedback"
PACK = rf"{AT}/packs/[0-9a-f-]{{36}}$"
EARLY = 160  # days of a year after which its letters are the ones to look at
THREAD = rf"{AT}/threads/[0-9a-f-]{{36}}/[0-9a-f-]{{36}}$"


def play(scene: Scene) -> None:
    """The letters were made a month ago; the story's own unit answers today, another's letter is archived, the others stand on the way."""
    officer = scene.come("community", 34)
    year = period(officer.today)
    press_for(officer, year, str(scene.cast.community))
    own = pack_of(officer, scene.cast.community, scene.cast.unit)
    others(scene, own, year)
    talk(scene)
    again(scene)
    answered(scene, own)


def answered(scene: Scene, own: str) -> None:
    """Made anew today, since newcomers have reported in of late; out, read and answered on the same day."""
    officer, liaison = scene.come("community", 0, 8), scene.come("unit", 0, 9)
    press(officer, own, "/anew")
    remark(officer, own, {scene.cast.star.name: words.LINES[0], scene.cast.neighbours[0].name: words.LINES[1]})
    out(officer, own)
    taken(liaison, own)
    reply(liaison, own, words.ANSWER)


def period(day: dt.date) -> str:
    """The year whose letters are looked at: the last one until the summer."""
    return str(day.year if day.timetuple().tm_yday > EARLY else day.year - 1)


def press_for(officer: Inside, year: str, place: str) -> None:
    """Make the letters of a place."""
    press(officer, f"{AT}/make", "/make", {"organization_id": place, "period": year})
    officer.work("feedback.make")


def pack_of(who: Visitor, community: uuid.UUID, unit: uuid.UUID) -> str:
    """The letter of a community to a unit, by their thread."""
    found = who.get(f"{AT}/threads/{community}/{unit}").links(PACK)
    if not found:
        raise CheckFailed("还没有给这个单位的反馈。")
    return found[0]


def remark(officer: Visitor, pack: str, said: Mapping[str, str]) -> None:
    """A word on the whole, and on some members by name."""
    page = officer.get(pack)
    lines = re.findall(r'name="(line-[^"]+)"[^>]*aria-label="对([^"]+)的评语"', page.html)
    officer.send(page, page.form("/remarks"), {"remark": words.LETTER, **{field: said[name] for field, name in lines if name in said}})


def out(officer: Visitor, pack: str) -> None:
    """Review, sign, send."""
    for ending in ("review", "sign", "send"):
        press(officer, pack, f"/{ending}", {"confirmed": "1"} if ending == "send" else None)


def taken(liaison: Visitor, pack: str) -> None:
    """The unit has read it."""
    press(liaison, pack, "/read")


def reply(liaison: Visitor, pack: str, body: str) -> None:
    """The unit answers."""
    press(liaison, pack, "/answer", {"body": body})


def others(scene: Scene, own: str, year: str) -> None:
    """Those of other units, many at one press: the first is answered on paper and archived, one is read, some are out, one each stands before."""
    officer, left = scene.come("community", 26), {own}
    packs = [one for one in officer.get(f"{AT}/?period={year}").links(PACK) if one != own]
    for tab, stays in (("draft", packs[-1:]), ("reviewed", packs[-2:-1]), ("signed", [packs[0], *packs[-4:-2]])):
        left |= set(stays)
        step(officer, year, tab, left)
    for pack in (packs[0], packs[-4]):
        press(officer, pack, "/send", {"how": "paper", "handed_on": officer.today.isoformat()})
    press(scene.come("community", 15), packs[0], "/answer", {"body": words.PAPER_ANSWER, "written_on": scene.day(16)})
    press(scene.come("community", 14), packs[0], "/archive")
    unit = officer.get(packs[1]).links(THREAD)[0].rpartition("/")[2]
    for username in scene.cast.liaisons.get(uuid.UUID(unit), ())[:1]:
        taken(scene.come(username, 23), packs[1])


def step(officer: Visitor, year: str, tab: str, left: set[str]) -> None:
    """Take all letters of a tab one step on, but those that are left."""
    page = officer.get(f"{AT}/?tab={tab}&period={year}")
    form = page.form("/step")
    officer.send(page, form, {"pack": [one for one in form.choices["pack"] if f"{AT}/packs/{one.partition(':')[0]}" not in left]})


def talk(scene: Scene) -> None:
    """Praise and thanks; and a word that the unit has not read."""
    thread = f"{AT}/threads/{scene.cast.community}/{scene.cast.unit}"
    press(scene.come("community", 21), thread, thread, {"body": words.PRAISE, "about": str(scene.cast.star.id)})
    press(scene.come("unit", 20), thread, f"{thread}/read")
    press(scene.come("unit", 20), thread, thread, {"body": words.THANKS})
    press(scene.come("community", 19), thread, f"{thread}/read")
    press(scene.come("community", 2), thread, thread, {"body": words.NOTICE})


def again(scene: Scene) -> None:
    """A community next door has sent the unit a letter that waits for its answer."""
    for username, community in scene.cast.next_door:
        officer = scene.come(username, 6)
        press_for(officer, period(officer.today), str(community))
        for pack in officer.get(f"{AT}/threads/{community}/{scene.cast.unit}").links(PACK):
            out(officer, pack)
