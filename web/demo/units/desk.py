"""The unit's desk in the demonstration: meetings, look-ups, requests, difficulties, campaigns and filed cards of one unit (R12 to R24)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from web.demo.client import Visitor
from web.demo.units import words
from web.demo.units.cast import Scene
from web.demo.units.inside import press

AT = "/p/unit_desk"
REQUEST = rf"{AT}/requests/[0-9a-f-]{{36}}$"


def play(scene: Scene) -> None:
    """A year at the desk, the oldest first."""
    meetings(scene)
    lookups(scene)
    requests(scene)
    difficulties(scene)
    campaigns(scene)


def meetings(scene: Scene) -> None:
    """The mobilisation meeting at the beginning, and a discussion of late."""
    for days, kind, place, summary, few in ((300, "mobilisation", "局机关三楼会议室", words.MOBILISED, 0), (45, "discussion", "党员活动室", words.DISCUSSED, 12)):
        came = [str(one.id) for one in scene.cast.roster[few:]]
        press(scene.come("unit", days), f"{AT}/meetings/new", "/meetings/new",
              {"kind": kind, "held_on": scene.day(days), "place": place, "summary": summary, "member": came})


def lookups(scene: Scene) -> None:
    """Half of them a quarter ago, a third of late; the others are due."""
    for days, remarks, share in ((115, words.EARLIER, 2), (12, words.REMARKS, 3)):
        look_up(scene.come("unit", days), scene.cast.roster[::share], remarks)


def look_up(liaison: Visitor, people: Sequence[Any], remarks: Sequence[str]) -> None:
    """Note that people were looked up, today, some with a remark."""
    given: dict[str, str | list[str]] = {"member": [str(one.id) for one in people]}
    for number, one in enumerate(people):
        given[f"remark-{one.id}"] = remarks[number % len(remarks)]
    press(liaison, f"{AT}/lookups/?tab=all", "/lookups/note", given)


def requests(scene: Scene) -> None:
    """One that is late and was reminded of, one done, one answered by the member, one open to all neighbours, one taken back."""
    star, (first, second, third, *_others) = scene.cast.star, scene.cast.neighbours
    late = ask(scene.come("unit", 30), [first], words.REQUEST_LATE, scene.day(15))
    press(scene.come("unit", 9), late, late, {"act": "remind"})
    done = ask(scene.come("unit", 28), [second], words.REQUEST_DONE[0], scene.day(10))
    press(scene.come("unit", 20), done, done, {"act": "answer", "says": words.REQUEST_DONE[1]})
    press(scene.come("unit", 18), done, done, {"act": "done", "says": words.REQUEST_DONE[2]})
    own = ask(scene.come("unit", 14), [star], words.REQUEST_STAR[0], None)
    answer(scene.come("member", 11), own, words.REQUEST_STAR[1])
    back = ask(scene.come("unit", 8), [third], words.REQUEST_BACK[0], scene.day(6))
    press(scene.come("unit", 7), back, back, {"act": "withdraw", "says": words.REQUEST_BACK[1], "confirmed": "1"})
    ask(scene.come("unit", 3), [star, first], words.REQUEST_NOW, scene.day(-20))


def ask(liaison: Visitor, people: Sequence[Any], says: str, due_on: str | None) -> str:
    """Ask something of people; answers the page of one of the requests."""
    known = liaison.get(f"{AT}/requests/").links(REQUEST)
    press(liaison, f"{AT}/requests/new", "/requests/new", {"member": [str(one.id) for one in people], "says": says, "due_on": due_on or ""})
    return next(one for one in liaison.get(f"{AT}/requests/").links(REQUEST) if one not in known)


def answer(member: Visitor, request: str, says: str) -> None:
    """The member answers on the own page."""
    press(member, f"{AT}/me", f"/me/requests/{request.rpartition('/')[2]}", {"act": "answer", "says": says})


def difficulties(scene: Scene) -> None:
    """One solved, one that cannot be, one open; and one of the member who signs in, told to the community with consent."""
    first, second, third = scene.cast.roster[1], scene.cast.roster[4], scene.cast.roster[7]
    for row, days, (kind, told, *steps), ends in ((first, 70, words.CASE_SOLVED, ("step", "solved")), (second, 40, words.CASE_UNSOLVED, ("unsolved",)),
                                                  (third, 16, words.CASE_OPEN, ("step",))):
        liaison, identity = scene.come("unit", days), uuid.uuid4()
        press(liaison, f"{AT}/cases/new", "/cases/new", {"key": str(identity), "member": str(row.id), "kind": kind, "words": told})
        for number, (said, end) in enumerate(zip(steps, ends, strict=True), 1):
            case = f"{AT}/cases/{identity}"
            press(scene.come("unit", days - number * 5), case, case, {"act": "step", "kind": end, "words": said})
    kind, told, step = words.CASE_STAR
    own = uuid.uuid4()
    press(scene.come("member", 9), f"{AT}/me", "/me/cases", {"key": str(own), "kind": kind, "words": told})
    press(scene.come("unit", 8), f"{AT}/cases/{own}", f"/cases/{own}", {"act": "step", "kind": "step", "words": step})
    press(scene.come("member", 7), f"{AT}/me", f"/me/cases/{own}", {"act": "share", "community_id": str(scene.cast.community)})


def campaigns(scene: Scene) -> None:
    """A service month in which everybody serves where one lives, and a service day in the community of the story; the cards so far are filed."""
    for days, length, kind, theme in ((70, 29, "month", words.MONTH), (24, 0, "day", words.DAY)):
        press(scene.come("unit", days), f"{AT}/campaigns/new", "/campaigns/new",
              {"kind": kind, "theme": theme, "starts_on": scene.day(days), "ends_on": scene.day(days - length), "communities": ""})
    filed = scene.come("unit", 5)
    page = filed.get(f"{AT}/filing/?tab=ready")
    if page.forms("/filing/file"):  # in the first days of a period nothing may be ready yet
        filed.send(page, page.form("/filing/file"), {"all": "1"})
