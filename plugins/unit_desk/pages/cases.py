"""Difficulties at the unit's desk, and for the community those that a member agreed to tell it: nobody else opens them."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for

from core.api import (
    Conflict,
    Invalid,
    NotFound,
    _,
    acting,
    authorize,
    column_in_reach,
    organization_names,
    place_target,
    requires,
    session,
    settings,
)
from core.pages import Route, after, attempt, following, me, refused, said, ticket, version
from plugins.unit_desk import cases
from plugins.unit_desk.desks import COMMUNITY, MANAGE, Desk, of_desk, page, people, require_unit
from plugins.unit_desk.models import Case
from plugins.unit_desk.pages.doing import MOST, PAGE, at, at_desk, tab_of, tabs_at, work_desk
from plugins.unit_desk.words import CASE_TONES, CASES, STEPS


@requires("unit_desk.manage")
def case_list() -> Any:
    """Difficulties of the desk's members by state; their words stand on each one's own page."""
    return at_desk("unit_desk.case_list", _list, MANAGE)


def _list(where: Desk) -> str:
    tab = tab_of(cases.TABS)
    rows = _rows(where.of(Case.unit_id), tab)
    return render_template("unit_desk/cases.html", desk=where, rows=rows[:PAGE], tab=tab, following=following(rows, PAGE), words=CASES, tones=CASE_TONES,
                           tabs=tabs_at("unit_desk.case_list", where, CASES, tab))


def _rows(within: Any, tab: str) -> Any:
    query = cases.listed(within, tab)
    if (start := after()) is not None:
        query = query.where(Case.id > start if tab == "open" else Case.id < start)
    return session().execute(query.limit(PAGE + 1)).all()


@requires("unit_desk.manage")
def new_case() -> Any:
    """The form for the liaison, who writes down what a member told."""
    return _form(work_desk())


def _form(where: Desk, error: Invalid | Conflict | None = None) -> str:
    return render_template("unit_desk/case_new.html", desk=where, rows=page(where, people(where), None, MOST)[:MOST], error=refused(error), typed=said,
                           kinds=settings("unit_desk")["difficulty_kinds"], key=ticket("key"), member=said("member") or request.args.get("member", ""))


@requires("unit_desk.manage")
def enter_case() -> Any:
    """Write it down."""
    where, key = work_desk(), ticket("key")
    member_id = request.form.get("member", type=uuid.UUID)

    def do() -> None:
        if member_id is None or not of_desk([member_id], where):
            raise Invalid(_("请选择是哪一名党员的困难。"), {"member": [_("请选择")]})
        cases.tell(key, member_id, said("kind"), said("words"), channel="unit", by=me())
    return attempt(do, _("已登记，只有本单位和本人看得到。"), at("unit_desk.case_list", where), lambda error: _form(where, error))


@requires("unit_desk.manage")
def case_one(unit_case_id: uuid.UUID) -> str:
    """One difficulty in clear with what was done; each look is noted."""
    return _show(_mine(unit_case_id))


def _mine(case_id: uuid.UUID) -> Any:
    row = cases.one(case_id)
    require_unit(row.unit_id, MANAGE)
    return row


def _show(row: Any, error: Invalid | Conflict | None = None) -> str:
    words, steps = cases.opened(row.id, seen=True)
    return render_template("unit_desk/case.html", row=row, words=words, steps=steps, step_words=STEPS, states=CASES, tones=CASE_TONES, error=refused(error),
                           typed=said, communities=cases.communities(row.member_id), shared=organization_names([row.community_id]).get(row.community_id))


@requires("unit_desk.manage")
def act_on_case(unit_case_id: uuid.UUID) -> Any:
    """Note a step or how it ended, take it up again, or that the member agrees to tell the community."""
    row, act, back = _mine(unit_case_id), said("act"), url_for("unit_desk.case_one", unit_case_id=unit_case_id)
    acts = {"step": (lambda: cases.step(row.id, version(), said("kind"), said("words"), by_member=False, by=me()), _("已记下。")),
            "reopen": (lambda: cases.reopen(row.id, version(), said("words"), by_member=False, by=me()), _("已重新打开。")),
            "share": (lambda: _share(row.id), _("已记下本人的意愿。"))}
    if act not in acts:
        raise Invalid(_("请选择要办的事。"))
    action, done = acts[act]
    return attempt(action, done, back, lambda error: _show(row, error))


def _share(case_id: uuid.UUID) -> None:
    community_id = request.form.get("community_id", type=uuid.UUID)
    if community_id is not None and said("agreed") != "yes":
        raise Invalid(_("要本人同意才能告知社区，请先勾选。"), {"agreed": [_("请勾选")]})
    cases.share(case_id, version(), community_id, by_member=False, by=me())


@requires("unit_desk.community")
def shared_list() -> str:
    """For the community: difficulties that members of it agreed to tell."""
    rows = _rows(Case.community_id.is_not(None) & column_in_reach(Case.community_id, COMMUNITY), tab := tab_of(("open", "solved", "unsolved")))
    tabs = [{"title": CASES[name], "url": url_for("unit_desk.shared_list", tab=name), "active": name == tab} for name in ("open", "solved", "unsolved")]
    return render_template("unit_desk/shared.html", rows=rows[:PAGE], tabs=tabs, following=following(rows, PAGE), words=CASES, tones=CASE_TONES)


@requires("unit_desk.community")
def shared_one(unit_case_id: uuid.UUID) -> str:
    """One of them in clear; each look is noted. One that is not told to the community is as if it were not there."""
    row = cases.one(unit_case_id)
    if row.community_id is None:
        raise NotFound
    authorize(acting(), COMMUNITY, place_target(row.community_id))
    words, steps = cases.opened(row.id, seen=True)
    return render_template("unit_desk/shared_one.html", row=row, words=words, steps=steps, step_words=STEPS, states=CASES, tones=CASE_TONES)


ROUTES: tuple[Route, ...] = (
    ("/cases/", "case_list", case_list, "GET"), ("/cases/new", "new_case", new_case, "GET"), ("/cases/new", "enter_case", enter_case, "POST"),
    ("/cases/<uuid:unit_case_id>", "case_one", case_one, "GET"), ("/cases/<uuid:unit_case_id>", "act_on_case", act_on_case, "POST"),
    ("/shared/", "shared_list", shared_list, "GET"), ("/shared/<uuid:unit_case_id>", "shared_one", shared_one, "GET"))
