"""Consultations in the demonstration: answered, overdue, half signed, fresh, on paper and withdrawn ones of a unit; one of a county (R26, R81)."""
from __future__ import annotations

from collections.abc import Sequence

from web.demo.client import Visitor
from web.demo.units import words
from web.demo.units.cast import Scene
from web.demo.units.inside import press

AT = "/p/consultation"
REQUEST = rf"{AT}/requests/[0-9a-f-]{{36}}$"
MERIT, GRADE, PLACE = "评先表优", "晋级晋职", "文明单位"


def play(scene: Scene) -> None:
    """The oldest first."""
    names = [one.name for one in scene.cast.neighbours]
    answered(scene, names[0:2])
    on_paper(scene, names[2:3])
    withdrawn(scene, names[3:4])
    ask(scene.come("unit", 22), names[4:5], GRADE, "", scene.day(12))  # nobody has answered
    half(scene, names[5:7])
    ask(scene.come("unit", 1), names[7:8], MERIT, words.ASKED, scene.day(-9))
    about_the_unit(scene)


def ask(asker: Visitor, names: Sequence[str], purpose: str, says: str, deadline: str) -> str:
    """Ask about members at the community of the story; answers the request's page, as both sides open it."""
    page = asker.get(f"{AT}/ask")
    checked = asker.send(page, page.form("/ask/check"), {"names": "\n".join(names), "purpose": purpose, "says": says, "deadline": deadline})
    sent = asker.send(checked, checked.form("/ask/send"))
    return asker.get(sent.url).links(REQUEST)[0]


def answer(officer: Visitor, request: str, *opinions: tuple[str, str], sign: bool = True) -> None:
    """Write what the community thinks of each, in order, and sign it."""
    page = officer.get(request)
    form = page.form("/answer")
    officer.send(page, form, opinions_of(form.choices, opinions) | ({"sign": "1"} if sign else {}))


def opinions_of(fields: dict[str, list[str]], opinions: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The fields of a form of opinions, filled in; the last opinion holds for everybody further."""
    given: dict[str, str] = {}
    for number, name in enumerate(one for one in fields if one.startswith("opinion-")):
        opinion, reason = opinions[min(number, len(opinions) - 1)]
        given |= {name: opinion, name.replace("opinion-", "reason-"): reason}
    return given


def sign(signer: Visitor, request: str) -> None:
    """The second signature; with it the answer goes back."""
    press(signer, request, "/sign")


def answered(scene: Scene, names: Sequence[str]) -> None:
    """Two persons, two signatures, and what came of it."""
    request = ask(scene.come("unit", 62), names, MERIT, words.ASKED, scene.day(52))
    answer(scene.come("community", 58), request, ("agree", ""), ("remark", words.REASONED))
    sign(scene.come("street", 57), request)
    press(scene.come("unit", 40), request, "/outcome", {"outcome": words.OUTCOME})


def on_paper(scene: Scene, names: Sequence[str]) -> None:
    """The slip came back filled by hand; the unit keys it in."""
    request = ask(scene.come("unit", 48), names, GRADE, "", scene.day(38))
    liaison = scene.come("unit", 39)
    page = liaison.get(f"{request}/slip")
    form = page.form("/slip")
    liaison.send(page, form, opinions_of(form.choices, [("agree", "")]) | {"day": scene.day(41), "signers": "刘敏、胡志刚"})


def withdrawn(scene: Scene, names: Sequence[str]) -> None:
    """The unit needs no answer any longer."""
    request = ask(scene.come("unit", 30), names, MERIT, words.ASKED, scene.day(20))
    press(scene.come("unit", 28), request, "/withdraw", {"reason": words.UNNEEDED, "confirmed": "1"})


def half(scene: Scene, names: Sequence[str]) -> None:
    """The community has signed; the street is to sign as the second."""
    request = ask(scene.come("unit", 6), names, GRADE, "拟晋升职级。", scene.day(-4))
    answer(scene.come("community", 2), request, ("agree", ""))


def about_the_unit(scene: Scene) -> None:
    """The county asks the communities of the unit's members about the unit as a whole; the one of the story has answered."""
    county, place = scene.come("county", 16), f"{AT}/places/{scene.cast.unit}"
    page = county.get(place)
    form = page.form(f"/{scene.cast.unit}")
    sent = county.send(page, form, {"purpose": PLACE, "says": words.ASKED_PLACE, "deadline": scene.day(-3), "community": form.choices["community"][:4]})
    asked = county.get(sent.url).links(REQUEST)
    for request in scene.come("community", 11).get(f"{AT}/inbox").links(REQUEST):
        if request in asked:
            answer(scene.come("community", 11), request, ("agree", ""))
            sign(scene.come("street", 10), request)
