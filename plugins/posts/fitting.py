"""How well a post and a member fit, as a pure function with its reasons (R30): proposals are sorted by it, no number is ever shown."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

EVERYDAY = {"weekend": ("周末", "双休", "节假日", "休息日"), "evening": ("晚", "业余", "下班", "工余"), "workday": ("工作日", "白天", "平时")}
SHORTEST = 2  # characters of a word that may stand inside another


@dataclass(frozen=True, slots=True)
class Wanted:
    """The post's side. `path` is its community's place in the tree; `parts` the kinds of its times: weekend, evening, workday."""

    path: str
    subjects: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """The member's side. `load`: how many claims are live now; `released`: whether this post was given up before."""

    skills: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    residence_path: str | None = None
    workplace_path: str | None = None
    load: int = 0
    released: bool = False
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """The outcome: `score` sorts and is shown nowhere; `reasons` are pairs of a key and what it is about, the weightiest first."""

    score: int
    reasons: tuple[tuple[str, Any], ...] = field(default=())


def fit(post: Wanted, person: Person, weights: Mapping[str, int], fair_load: int) -> Fit | None:
    """How a member fits a post; None where nothing speaks for it, or where the member carries enough already."""
    if person.load >= fair_load:
        return None
    skills, wishes = _common(person.skills, post.skills), _common(person.preferences, post.subjects)
    times = sorted(part for part in post.parts if _mentions(person.preferences, EVERYDAY[part]))
    near = distance(post.path, person)
    if not (skills or wishes or near):
        return None
    parts = [("skills", skills, weights["skills"] * min(len(skills), 2) * 3), ("preferences", wishes, weights["preferences"] * 3 if wishes else 0),
             ("distance", near, weights["distance"] * (near[1] if near else 0)), ("times", times, weights["times"] * 2 if times else 0),
             ("load", person.load, weights["load"] * (fair_load - person.load) * 3 // fair_load)]
    said = [(key, about) for key, about, _points in sorted(parts, key=lambda one: -one[2]) if about or key == "load"]
    if person.reported:
        said.append(("reported", True))
    if person.released:
        said.append(("released", True))
    return Fit(sum(points for _key, _about, points in parts) - (weights["released"] * 3 if person.released else 0), tuple(said))


def distance(path: str, person: Person) -> tuple[str, int] | None:
    """How near a member is to a community, by residence or workplace: which tie, and 3 for the community itself, 2 street, 1 county."""
    found = [(tie, near) for tie, own in (("residence", person.residence_path), ("workplace", person.workplace_path))
             if own and (near := _nearness(path, own))]
    return max(found, key=lambda one: one[1], default=None)


def _nearness(path: str, own: str) -> int:
    """A path is codes, each followed by "/"; whoever is tied to a grid or building below the community is tied to it."""
    street = _above(path)
    county = _above(street)
    for place, near in ((path, 3), (street, 2), (county, 1)):
        if place.count("/") > 1 and own.startswith(place):
            return near
    return 0


def _above(path: str) -> str:
    head, _slash, _last = path.rstrip("/").rpartition("/")
    return f"{head}/" if head else ""


def _common(own: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Which of one's own words meet what is wanted: the same, or one inside the other (电工, 电工证)."""
    others = [word.strip() for word in wanted if word.strip()]
    return [word for word in own if any(_meets(word.strip(), other) for other in others)]


def _meets(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) >= SHORTEST and (one in other or other in one))


def _mentions(words: Iterable[str], signs: Iterable[str]) -> bool:
    return any(sign in word for word in words for sign in signs)
