"""Rounds: opened for a scheme and a cut-off day, computed by a worker, published when the approvals are there."""
from __future__ import annotations

import datetime as dt
import uuid

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, NotFound, PackVersion, _, acting, audit, authorize, enqueue, packs_in_force, requires, session, today
from core.pages import Route, after, asked, attempt, following, me, said
from plugins.stars import documents, publishing, queries, rights, rounds as service
from plugins.stars.evaluating import KIND
from plugins.stars.models import StarRound
from plugins.stars.pages.doing import STATES, TONES
from plugins.stars.schema import STEPS


@requires("stars.manage")
def index() -> str:
    """The rounds of the schemes that one manages, and the form for another."""
    packs = queries.managed_packs(acting())
    found = queries.rounds(list(packs), after())
    rows = [{"id": row.id, "title": packs[row.pack_id].title, "cut_off": row.cut_off, "opened_at": row.opened_at, "state": row.state,
             "url": url_for("stars.round", round_id=row.id)} for row in found[:queries.PAGE]]
    schemes = [{"id": pack.id, "title": pack.title, "cut_off": documents.cut_off_on(pack.document, today()),
                "fixed": pack.document["cycle"] == "dates"} for pack in packs_in_force(KIND, today()) if pack.id in packs]
    return render_template("stars/rounds.html", rows=rows, schemes=schemes, today=today(),
                           following=following(found, queries.PAGE))


@requires("stars.manage")
def open_() -> Response:
    """Open a round; the page shows how far its computation is."""
    pack = _managed(request.form.get("scheme", type=uuid.UUID))

    def do() -> None:
        service.open_round(pack, _day(pack), by=me())
    return attempt(do, _("批次已建立，正在计算。"), url_for("stars.rounds"))


def _managed(pack_id: uuid.UUID | None) -> PackVersion:
    pack = queries.managed_packs(acting()).get(pack_id) if pack_id is not None else None
    if pack is None:
        raise NotFound
    return pack


def _day(pack: PackVersion) -> dt.date:
    try:
        return dt.date.fromisoformat(said("cut_off")) if said("cut_off") else documents.cut_off_on(pack.document, today())
    except ValueError:
        raise Conflict(_("截止日不是有效的日期。")) from None


@requires("stars.manage")
def show(round_id: uuid.UUID) -> str:
    """One round: how many are at which point, who they are, and what can be done now."""
    row = _reached(round_id)
    pack, found = queries.packs_by_id()[row.pack_id], queries.of_round(round_id, after())
    counts = queries.round_counts(round_id)
    cards = [{"title": str(STATES[state]), "value": counts[state]} for state in STATES if counts.get(state) and state != "closed"]
    rows = [{"id": one.id, "name": one.name, "unit": one.unit_name or "—", "level": documents.level_name(pack.document, one.level),
             "state": one.state, "step": str(STEPS[one.step_level]) if one.step_level else "", "url": url_for("stars.case", case_id=one.id)}
            for one in found[:queries.PAGE]]
    return render_template("stars/round.html", row=row, pack=pack, cards=cards, rows=rows, states=STATES, tones=TONES,
                           approved=counts.get("approved", 0), notices=queries.notices(round_id), today=today(),
                           following=following(found, queries.PAGE))


def _reached(round_id: uuid.UUID) -> StarRound:
    row = queries.round_of(round_id)
    authorize(acting(), "stars.manage", rights.scheme_target(row.organization_id))
    return row


@requires("stars.manage")
def publish(round_id: uuid.UUID) -> str | Response:
    """Publish what is approved."""
    _reached(round_id)
    back = url_for("stars.round", round_id=round_id)
    return asked(_("公示后名单对全体党员可见。"), _("公示"), back) or attempt(
        lambda: publishing.publish(round_id, by=me()), _("已开始公示，可以打印公示名单张贴。"), back)


@requires("stars.manage")
def recompute(round_id: uuid.UUID) -> str | Response:
    """Compute a round again, after records were entered late; what people have decided already stays."""
    row, back = _reached(round_id), url_for("stars.round", round_id=round_id)
    if question := asked(_("重新计算后，还没有提出的候选人会重新列出；已经提出和审批的不变。"), _("重新计算"), back):
        return question
    row.state, row.job_id = "computing", enqueue(service.JOB, {"round": round_id})
    session().flush()
    audit("stars.round_opened", "stars_round", round_id, {"scheme": row.scheme, "again": True})
    return redirect(back, 303)


ROUTES: tuple[Route, ...] = (("/rounds/", "rounds", index, "GET"), ("/rounds/open", "open_round", open_, "POST"),
                             ("/rounds/<uuid:round_id>", "round", show, "GET"), ("/rounds/<uuid:round_id>/publish", "publish", publish, "POST"),
                             ("/rounds/<uuid:round_id>/compute", "recompute", recompute, "POST"))
