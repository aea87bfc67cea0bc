"""The main ways through the service, step by step: how many presses each takes and what must be filled in on it (R6)."""
from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from core.access.roles import COMMUNITY, LIAISON, MEMBER
from core.i18n import LazyString, _l
from web.burden.forms import fields_of

RESIDENT = "resident"


@dataclass(frozen=True, slots=True)
class Way:
    """What somebody does from the first page on: each endpoint is one press, a link that is followed or a form that is sent.

    `sent` are those of them that are forms; `plugin` must be on.
    """

    role: str
    title: LazyString
    steps: tuple[str, ...]
    sent: tuple[str, ...]
    plugin: str = ""


WAYS: tuple[Way, ...] = (
    Way(MEMBER, _l("用手机报到"), ("registration.report", "registration.submit"), ("registration.submit",)),
    Way(MEMBER, _l("记录一次服务"), ("records.new", "records.new"), ("records.new",)),
    Way(MEMBER, _l("登记认领的服务"), ("claims.index", "claims.own", "claims.serve"), ("claims.serve",)),
    Way(MEMBER, _l("认领一个岗位"), ("posts.mine", "posts.own", "posts.take_own"), ("posts.take_own",), "posts"),
    Way(COMMUNITY, _l("确认一人报到"), ("registration.show", "registration.confirm"), ("registration.confirm",)),
    Way(COMMUNITY, _l("查验一条服务记录"), ("records.decide", "records.verify"), ("records.verify",)),
    Way(COMMUNITY, _l("登记一张纸质评价"), ("records.decide", "evaluation.key_in"), ("evaluation.key_in",)),
    Way(COMMUNITY, _l("登记一个心愿"), ("wishes.new", "wishes.new"), ("wishes.new",), "wishes"),
    Way(COMMUNITY, _l("登记一条需求"), ("needs.enter", "needs.take"), ("needs.take",), "needs"),
    Way(LIAISON, _l("登记一张纸质回执"), ("registration.unit_register", "registration.paper", "registration.paper"), ("registration.paper",)),
    Way(RESIDENT, _l("凭评价码评价一次服务"), ("evaluation.enter", "evaluation.enter", "evaluation.rate"), ("evaluation.enter", "evaluation.rate")),
)


@dataclass(frozen=True, slots=True)
class WayFact:
    """A way with its presses, and the number of things that must, and of those that may, be filled in."""

    way: Way
    presses: int
    required: int
    optional: int


def ways(app: Flask, plugins: frozenset[str]) -> list[WayFact]:
    """The ways that are open while these plugins are on."""
    found = []
    for way in WAYS:
        if (way.plugin and way.plugin not in plugins) or not all(step in app.view_functions for step in way.steps):
            continue
        fields = [one for step in way.sent for one in fields_of(app.view_functions[step])]
        required = sum(one.required for one in fields)
        found.append(WayFact(way, len(way.steps), required, len(fields) - required))
    return found
