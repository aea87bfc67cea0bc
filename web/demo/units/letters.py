"""Two-way feedback in the demonstration: a community's letters for a period, each at another point of its way, and words at any time (R25, R43)."""
from __future__ import annotations

import datetime as dt

from web.demo.client import Visitor
from web.demo.units import words
from web.demo.units.cast import Scene
from web.demo.units.inside import Inside, press

AT = "/p/feedback"
PACK = rf"{AT}/packs/[0-9a-f-]{{36}}$"
EARLY = 160  # days of a year after which its letters are the ones to look at
OTHERS = ("read", "sent", "paper", "signed", "reviewed")


def play(scene: Scene) -> None:
    """The letters were made a month ago; the story's own unit has answered, another's letter is archived, the others stand on the way."""
    officer = scene.come("community", 34)
    press_for(officer, period(officer.today), str(scene.cast.community))
    own = pack_of(scene, officer)
    remark(officer, own)
    out(scene.come("community", 33), own)
    taken(scene.come("unit", 31), own)
    reply(scene.come("unit", 29), own, words.ANSWER)
    others(scene, own)
    talk(scene)
    again(scene)


def period(day: dt.date) -> str:
    """The year whose letters are looked at: the last one until the summer."""
    return str(day.year if day.timetuple().tm_yday > EARLY else day.year - 1)


def press_for(officer: Inside, year: str, place: str) -> None:
    """Make the letters of a place."""
    press(officer, f"{AT}/make", "/make", {"organization_id": place, "period": year})
    officer.work("feedback.make")


def pack_of(scene: Scene, officer: Inside) -> str:
    """The letter to the story's own unit."""
    page = officer.get(f"{AT}/threads/{scene.cast.community}/{scene.cast.unit}")
    return page.links(PACK)[0]


def remark(officer: Visitor, pack: str) -> None:
    """A word on the whole and some on members."""
    page = officer.get(pack)
    form = page.form("/remarks")
    lines = [name for name in form.choices if name.startswith("line-")]
    officer.send(page, form, {"remark": words.LETTER, **{name: words.LINES[number % len(words.LINES)] for number, name in enumerate(lines)}})


def out(officer: Visitor, pack: str, *, until: str = "sent", handed_on: str = "") -> None:
    """Review, sign, send; not further than `until`; handed over on paper on a day where one is given."""
    for ending in ("review", "sign", "send"):
        given = {"how": "paper", "handed_on": handed_on} if handed_on else {"how": "", "confirmed": "1"}
        press(officer, pack, f"/{ending}", given if ending == "send" else None)
        if until == {"review": "reviewed", "sign": "signed"}.get(ending):
            return


def taken(liaison: Visitor, pack: str) -> None:
    """The unit has read it."""
    press(liaison, pack, "/read")


def reply(liaison: Visitor, pack: str, body: str) -> None:
    """The unit answers."""
    press(liaison, pack, "/answer", {"body": body})


def others(scene: Scene, own: str) -> None:
    """Those of other units: one answered on paper and archived, one each at the other points, the rest are drafts."""
    officer = scene.come("community", 26)
    packs = [one for one in officer.get(f"{AT}/?period={period(officer.today)}").links(PACK) if one != own]
    for number, pack in enumerate(packs[:6]):
        if number == 0:
            out(officer, pack, handed_on=officer.today.isoformat())
            press(scene.come("community", 15), pack, "/answer", {"body": words.PAPER_ANSWER, "written_on": scene.day(16)})
            press(scene.come("community", 14), pack, "/archive")
        else:
            out(officer, pack, until=OTHERS[number - 1], handed_on=officer.today.isoformat() if OTHERS[number - 1] == "paper" else "")


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
