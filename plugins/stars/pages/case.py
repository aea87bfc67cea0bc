"""One case: what is reached and what lacks, its history, and what the actor may do with it now."""
from __future__ import annotations

import uuid

from flask import render_template, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from core.api import Forbidden, NotFound, PackVersion, _, acting, allowed, requires
from core.pages import Route, attempt, me, own_member, said, version
from plugins.stars import cases, documents, explaining, queries, rights
from plugins.stars.evaluating import still_due
from plugins.stars.models import LIVE, StarCase
from plugins.stars.pages.doing import EVENTS, STATES, TONES, managed_case, reached_case
from plugins.stars.progress import places_of
from plugins.stars.schema import STEPS


@requires("stars.read")
def show(case_id: uuid.UUID) -> str:
    """A case for an officer."""
    row, places = reached_case(case_id, "stars.read")
    return _page(row, places, _may(row, places), own=False)


@requires("stars.self")
def own(case_id: uuid.UUID) -> str:
    """One's own case."""
    row = _own(case_id)
    may = {"withdraw": row.state in LIVE and row.state != "candidate", "appeal": row.state == "refused"}
    return _page(row, places_of(row.member_id), may, own=True)


def _own(case_id: uuid.UUID) -> StarCase:
    row = queries.case(case_id)
    if row.member_id != own_member():
        raise NotFound
    return row


def _may(row: StarCase, places: Row) -> dict[str, bool]:
    """Which buttons there are for an officer."""
    actor, target = acting(), rights.target_of(places)
    document = queries.packs_by_id()[row.pack_id].document
    manages = rights.manages(actor, queries.round_of(row.round_id).organization_id)
    turn = row.state == "pending" and row.step_level is not None and rights.may_decide(
        actor, "stars.approve", [row.step_level], target, places)
    enters = rights.may_enter(actor, document, target, places)
    return {"enter": row.state == "candidate" and enters, "approve": turn,
            "refuse": turn or (manages and row.state in ("candidate", "approved", "published")),
            "withdraw": enters and row.state in LIVE and row.state != "candidate", "object": row.state == "published" and actor.can("stars.enter"),
            "appeal": row.state == "refused" and allowed(actor, "stars.enter", target), "decide": manages}


def _page(row: StarCase, places: Row, may: dict[str, bool], *, own: bool) -> str:
    pack = queries.packs_by_id()[row.pack_id]
    events = [{"when": event.at, "title": str(EVENTS[event.kind]), "text": event.note,
               "who": str(STEPS[event.step_level]) if event.step_level else None} for event in queries.events(row.id)]
    return render_template(
        "stars/case.html", row=row, places=places, pack=pack, may=may, own=own, events=events, states=STATES, tones=TONES,
        level_name=documents.level_name(pack.document, row.level), held_name=_held(pack, row.held),
        ways=explaining.ways(row.explanation, pack.document, row.level), kept_out=explaining.kept_out(row.explanation, pack.document),
        steps=[str(STEPS[step]) for step in documents.steps(pack.document, row.level)],
        stale=row.state in LIVE and still_due(pack, row.cut_off, [row.member_id]).get(row.member_id, 0) < row.level,
        turn=str(STEPS[row.step_level]) if row.step_level else "", objections=queries.objections(row.id))


def _held(pack: PackVersion, number: int) -> str:
    return documents.level_name(pack.document, number) if number else _("没有")


@requires("stars.enter")
def enter(case_id: uuid.UUID) -> Response:
    """Nominate a candidate, or apply for one who has no phone."""
    row, places = reached_case(case_id, "stars.enter")
    if not rights.may_enter(acting(), queries.packs_by_id()[row.pack_id].document, rights.target_of(places), places):
        raise Forbidden
    return attempt(lambda: cases.enter(case_id, version(), by=me(), note=said("note")), _("已提出，进入审批。"), _address(case_id))


@requires("stars.approve")
def approve(case_id: uuid.UUID) -> Response:
    """Give the approval whose turn it is."""
    row, places = reached_case(case_id, "stars.approve")
    _require_turn(row, places)
    return attempt(lambda: cases.approve(case_id, version(), by=me(), note=said("note")), _("已通过。"), _address(case_id))


@requires("stars.approve")
def refuse(case_id: uuid.UUID) -> Response:
    """Refuse with a reason: the level whose turn it is, else whoever manages the scheme."""
    row, places = reached_case(case_id, "stars.approve")
    if row.state == "pending":
        _require_turn(row, places)
    else:
        managed_case(case_id)
    return attempt(lambda: cases.refuse(case_id, version(), said("reason"), by=me()), _("已登记为未通过，理由本人可以看到。"), _address(case_id))


def _require_turn(row: StarCase, places: Row) -> None:
    if row.step_level is not None:
        rights.require_decision(acting(), "stars.approve", [row.step_level], rights.target_of(places), places)


@requires("stars.enter")
def withdraw(case_id: uuid.UUID) -> Response:
    """Take a nomination or an application back."""
    row, places = reached_case(case_id, "stars.enter")
    if not rights.may_enter(acting(), queries.packs_by_id()[row.pack_id].document, rights.target_of(places), places):
        raise Forbidden
    return attempt(lambda: cases.withdraw(case_id, version(), said("reason"), by=me()), _("已撤回。"), _address(case_id))


@requires("stars.enter")
def object_to(case_id: uuid.UUID) -> Response:
    """Write down an objection that somebody has raised."""
    reached_case(case_id, "stars.enter")
    return attempt(lambda: cases.object_to(case_id, said("says"), by=me()), _("异议已登记，答复以前不会授予。"), _address(case_id))


@requires("stars.enter")
def appeal(case_id: uuid.UUID) -> Response:
    """Write down the appeal of a member who has no phone."""
    reached_case(case_id, "stars.enter")
    return attempt(lambda: cases.appeal(case_id, said("says"), by=me()), _("申诉已登记，等待答复。"), _address(case_id))


@requires("stars.manage")
def decide(objection_id: uuid.UUID) -> Response:
    """Answer an objection or appeal."""
    found = queries.objection(objection_id)
    managed_case(found.case_id)
    upheld = said("upheld") == "yes"
    return attempt(lambda: cases.decide(objection_id, said("answer"), upheld=upheld, by=me()), _("已答复。"), _address(found.case_id))


@requires("stars.self")
def own_withdraw(case_id: uuid.UUID) -> Response:
    """Take one's own application back."""
    _own(case_id)
    return attempt(lambda: cases.withdraw(case_id, version(), by=me()), _("已撤回。"), url_for("stars.own_case", case_id=case_id))


@requires("stars.self")
def own_appeal(case_id: uuid.UUID) -> Response:
    """Ask for one's refusal to be looked at again."""
    _own(case_id)
    return attempt(lambda: cases.appeal(case_id, said("says"), by=me()), _("申诉已提交，等待答复。"), url_for("stars.own_case", case_id=case_id))


def _address(case_id: uuid.UUID) -> str:
    return url_for("stars.case", case_id=case_id)


ROUTES: tuple[Route, ...] = (
    ("/cases/<uuid:case_id>", "case", show, "GET"), ("/cases/<uuid:case_id>/enter", "enter", enter, "POST"),
    ("/cases/<uuid:case_id>/approve", "approve", approve, "POST"), ("/cases/<uuid:case_id>/refuse", "refuse", refuse, "POST"),
    ("/cases/<uuid:case_id>/withdraw", "withdraw", withdraw, "POST"), ("/cases/<uuid:case_id>/objection", "object_to", object_to, "POST"),
    ("/cases/<uuid:case_id>/appeal", "appeal", appeal, "POST"), ("/objections/<uuid:objection_id>/decide", "decide", decide, "POST"),
    ("/me/cases/<uuid:case_id>", "own_case", own, "GET"), ("/me/cases/<uuid:case_id>/withdraw", "own_withdraw", own_withdraw, "POST"),
    ("/me/cases/<uuid:case_id>/appeal", "own_appeal", own_appeal, "POST"))
