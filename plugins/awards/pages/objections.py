"""Objections for whoever decides: one with its sealed words (each look is noted), the answer, and one that came on paper or by phone."""
from __future__ import annotations

import uuid

from flask import render_template, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Forbidden, Invalid, NotFound, _, acting, new_id, requires
from core.pages import Route, asked, attempt, refused, said, ticket, version
from plugins.awards import finding, objecting, queries, rights
from plugins.awards.models import CHANNELS as CHANNEL_NAMES, AwardNomination
from plugins.awards.pages.doing import managed, seen
from plugins.awards.pages.selections import line
from plugins.awards.words import CHANNELS, OBJECTION_TONES, OBJECTIONS

ENTERED = CHANNEL_NAMES[1:]


@requires("awards.manage")
def objection(award_objection_id: uuid.UUID) -> str:
    """One, in clear."""
    _about(award_objection_id)
    return _page(award_objection_id)


def _about(objection_id: uuid.UUID) -> AwardNomination:
    """The nomination objected to, for whoever decides about another. Raises NotFound, Forbidden."""
    row = objecting.about(objection_id)
    managed(row.selection_id)
    if row.member_id is not None and row.member_id == acting().member_id:
        raise Forbidden
    return row


def _page(objection_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    row = queries.objection(objection_id)
    selection = finding.selection(finding.nomination(row.nomination_id).selection_id)
    return render_template("awards/objection.html", row=row, seen=objecting.look(objection_id), about=line(queries.one(row.nomination_id, selection)),
                           selection=selection, words=OBJECTIONS, tones=OBJECTION_TONES, channels=CHANNELS,
                           error=refused(error) if error else None, typed=said)


@requires("awards.manage")
def answer(award_objection_id: uuid.UUID) -> Response | str:
    """Answer it; upheld, the nominee leaves the list."""
    _about(award_objection_id)
    upheld = said("upheld") == "yes"
    back = url_for("awards.objection", award_objection_id=award_objection_id)
    if upheld and len(said("answer")) > 1 and (question := asked(_("确定异议成立吗？将从名单中去掉，本人可以看到理由。"), _("异议成立"), back)):
        return question
    return attempt(lambda: objecting.answer(award_objection_id, version(), said("answer"), upheld=upheld), _("已答复。"), back,
                   lambda error: _page(award_objection_id, error))


@requires("awards.manage")
def forget(award_objection_id: uuid.UUID) -> Response | str:
    """Erase the words and the contact at the wish of whoever wrote them."""
    _about(award_objection_id)
    back = url_for("awards.objection", award_objection_id=award_objection_id)
    if question := asked(_("确定清除反映的内容和联系方式吗？清除后不能恢复，办理结果保留。"), _("清除"), back):
        return question
    return attempt(lambda: objecting.forget_one(award_objection_id), _("已清除。"), back)


@requires("awards.nominate")
def enter(award_nomination_id: uuid.UUID) -> str:
    """The form for somebody who comes in person, calls or has written on paper."""
    seen(award_nomination_id)
    return _form(award_nomination_id)


def _form(nomination_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    row = finding.nomination(nomination_id)
    selection = finding.selection(row.selection_id)
    if row.state != "listed" or rights.is_own(rights.target(row)):
        raise NotFound
    return render_template("awards/enter.html", row=line(queries.one(nomination_id, selection)), selection=selection, typed=said,
                           channels=[(name, CHANNELS[name]) for name in ENTERED], error=refused(error) if error else None, ticket=said("ticket") or new_id())


@requires("awards.nominate")
def enter_one(award_nomination_id: uuid.UUID) -> Response:
    """Write it down for them."""
    _selection, row = seen(award_nomination_id)
    if row.member_id is not None and row.member_id == acting().member_id:
        raise NotFound
    channel = said("channel") if said("channel") in ENTERED else ENTERED[0]
    return attempt(lambda: objecting.raise_objection(ticket(), award_nomination_id, said("says"), said("contact"),
                                                     channel=channel, by=acting().account_id),
                   _("已登记，由发起评选的单位核实办理。"), url_for("awards.nomination", award_nomination_id=award_nomination_id),
                   lambda error: _form(award_nomination_id, error))


ROUTES: tuple[Route, ...] = (
    ("/objections/<uuid:award_objection_id>", "objection", objection, "GET"),
    ("/objections/<uuid:award_objection_id>/answer", "answer", answer, "POST"),
    ("/objections/<uuid:award_objection_id>/forget", "forget", forget, "POST"),
    ("/nominations/<uuid:award_nomination_id>/object", "enter", enter, "GET"),
    ("/nominations/<uuid:award_nomination_id>/object", "enter_one", enter_one, "POST"))
