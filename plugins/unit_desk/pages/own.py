"""A member's own page: what the unit asks, and the own difficulties with what is done about them."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for

from core.api import Conflict, Invalid, NotFound, _, organization_names, requires, settings, today
from core.pages import Route, asked, attempt, me, own_member, refused, said, ticket, version
from plugins.unit_desk import cases, filing, requesting
from plugins.unit_desk.words import ANSWERS, CASE_TONES, CASES, REQUEST_TONES, REQUESTS, STEPS

LATEST = 20


@requires("unit_desk.self")
def mine() -> str:
    """One's own requests and difficulties."""
    return _page()


def _page(error: Invalid | Conflict | None = None) -> str:
    member_id = own_member()
    asked, told = requesting.of_member(member_id, limit=LATEST), cases.of_member(member_id, LATEST)
    return render_template("unit_desk/mine.html", requests=asked, lines=requesting.lines([row.id for row in asked]), request_words=REQUESTS,
                           request_tones=REQUEST_TONES, answers=ANSWERS, cases=told, case_words=CASES, case_tones=CASE_TONES, step_words=STEPS,
                           kinds=settings("unit_desk")["difficulty_kinds"], communities=cases.communities(member_id), key=ticket("key"), today=today(),
                           shared=organization_names(case["community_id"] for case in told), filings=filing.of_member(member_id), error=refused(error), typed=said)


@requires("unit_desk.self")
def answer_own(unit_request_id: uuid.UUID) -> Any:
    """Answer a request, or say that it is done."""
    if requesting.one(unit_request_id).member_id != own_member():
        raise NotFound
    act = {"answer": requesting.answer, "done": requesting.finish}.get(said("act"))
    if act is None:
        raise Invalid(_("请选择要办的事。"))
    return attempt(lambda: act(unit_request_id, version(), said("says"), by_member=True, by=me()), _("已答复，谢谢您。"), url_for("unit_desk.mine"), _page)


@requires("unit_desk.self")
def tell_own() -> Any:
    """Tell the unit of a difficulty."""
    member_id = own_member()
    return attempt(lambda: cases.tell(ticket("key"), member_id, said("kind"), said("words"), channel="self", by=me()),
                   _("已告诉单位。只有本单位和您自己看得到。"), url_for("unit_desk.mine"), _page)


@requires("unit_desk.self")
def act_on_own(unit_case_id: uuid.UUID) -> Any:
    """Add a word, agree that the community is told or no longer, or take the difficulty back."""
    if cases.one(unit_case_id).member_id != own_member():
        raise NotFound
    act, back = said("act"), url_for("unit_desk.mine")
    chosen = request.form.get("community_id", type=uuid.UUID)
    acts = {"step": (lambda: cases.step(unit_case_id, version(), "step", said("words"), by_member=True, by=me()), _("已补充。")),
            "share": (lambda: cases.share(unit_case_id, version(), chosen, by_member=True, by=me()), _("已按您的意愿办理。")),
            "reopen": (lambda: cases.reopen(unit_case_id, version(), said("words"), by_member=True, by=me()), _("已重新告诉单位。")),
            "withdraw": (lambda: cases.withdraw(unit_case_id, version(), by=me()), _("已撤回。"))}
    if act not in acts:
        raise Invalid(_("请选择要办的事。"))
    if act == "withdraw" and (question := asked(_("撤回这个困难吗？单位会停止帮助。"), _("撤回"), back)) is not None:
        return question
    action, done = acts[act]
    return attempt(action, done, back, _page)


ROUTES: tuple[Route, ...] = (("/me", "mine", mine, "GET"), ("/me/requests/<uuid:unit_request_id>", "answer_own", answer_own, "POST"),
                             ("/me/cases", "tell_own", tell_own, "POST"), ("/me/cases/<uuid:unit_case_id>", "act_on_own", act_on_own, "POST"))
