"""Agreements: the list within reach, one with what was given under it, and all that either side may do about it."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FlaskResponse, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Forbidden, NotFound, _, acting, audit, authorize, new_id, place_target, requires, session, today
from core.pages import after, asked, following, me
from plugins.cobuilding import agreeing, calendar, fulfilling, papers, queries, rights
from plugins.cobuilding.fulfilling import FulfilmentInput
from plugins.cobuilding.pages.doing import BOTH, GET, POST, Route, agreement_lines, answered
from plugins.cobuilding.pages.forms import AgreementSchema, AnswerSchema, FulfilmentSchema, ReasonSchema, terms
from plugins.cobuilding.words import FULFILMENT_TONES, FULFILMENTS, STATES, kinds, quantity


def _tab() -> str:
    tab = request.values.get("tab", "")
    return tab if tab in queries.TABS else "agreed"


@requires("cobuilding.read")
def index() -> str:
    """The list of one tab."""
    tab = _tab()
    found = queries.agreements(tab, after())
    titles = {**{state: str(word) for state, word in STATES.items()}, "other": _("未达成、已撤回")}
    waiting = queries.proposed()
    tabs = [{"title": titles[name], "url": url_for("cobuilding.index", tab=name), "active": name == tab,
             "count": waiting if name == "proposed" and waiting else None} for name in queries.TABS]
    return render_template("cobuilding/index.html", rows=agreement_lines(found[:queries.PAGE]), tabs=tabs, following=following(found, queries.PAGE),
                           year=today().year)


def _sides(agreement_id: uuid.UUID) -> frozenset[str]:
    """For which sides the acting person speaks. Raises NotFound out of reach, Forbidden for who speaks for neither."""
    rights.require_agreement(agreement_id)
    if not (found := rights.sides(*rights.parties(agreement_id))):
        raise Forbidden
    return found


@requires("cobuilding.read")
def show(agreement_id: uuid.UUID) -> str:
    """The agreement."""
    rights.require_agreement(agreement_id)
    row = queries.one_agreement(agreement_id)
    rows = [{**one._mapping, "quantity": quantity(one._mapping), "word": str(FULFILMENTS[one.state]), "tone": FULFILMENT_TONES[one.state]}
            for one in queries.fulfilments(agreement_id)]
    return render_template("cobuilding/agreement.html", row=agreement_lines([row])[0], rows=rows, sides=rights.sides(row.unit_id, row.community_id),
                           successor=queries.successor(agreement_id))


@requires("cobuilding.read")
def change(agreement_id: uuid.UUID) -> Any:
    """Change what is proposed."""
    sides = _sides(agreement_id)
    row = queries.one_agreement(agreement_id)
    return answered(AgreementSchema(), dict(row._mapping), lambda data: agreeing.change(
        agreement_id, data["version"], terms(data), data["since"], data["until"], sides, by=me()), title=_("修改协议"), submit=_("保存"),
        back=url_for("cobuilding.show", agreement_id=agreement_id), done=_("已修改，请对方重新确认。"),
        choices={"kind": {**kinds(), **({row.kind: row.kind} if row.kind not in kinds() else {})}.items()})


@requires("cobuilding.read")
def confirm(agreement_id: uuid.UUID) -> Response:
    """Say yes for one's side."""
    sides = _sides(agreement_id)
    return _pressed(lambda: agreeing.confirm(agreement_id, request.form.get("version", 0, type=int), sides, by=me()), _("已确认。"), agreement_id)


@requires("cobuilding.read")
def renew(agreement_id: uuid.UUID) -> Response:
    """Next year's agreement in one press."""
    sides = _sides(agreement_id)
    made: list[uuid.UUID] = []
    answer = _pressed(lambda: made.append(agreeing.renew(agreement_id, sides, by=me())), _("已按原协议拟订下一期，请对方确认。"), agreement_id)
    return redirect(url_for("cobuilding.show", agreement_id=made[0]), 303) if made else answer


def _pressed(do: Any, done: str, agreement_id: uuid.UUID) -> Response:
    try:
        with session().begin_nested():
            do()
    except Conflict as error:
        flash(error.message, "danger")
    else:
        flash(done, "success")
    return redirect(url_for("cobuilding.show", agreement_id=agreement_id), 303)


@requires("cobuilding.read")
def finish(agreement_id: uuid.UUID) -> Any:
    """Say no, take the proposal back, or end the agreement: each with a reason, ending asked once more."""
    _sides(agreement_id)
    act = request.args.get("act", "end")
    known = {"decline": (agreeing.decline, _("不同意这份协议")), "withdraw": (agreeing.withdraw, _("撤回这份协议")), "end": (agreeing.end, _("结束这份协议"))}
    if act not in known:
        raise NotFound
    does, title = known[act]
    back = url_for("cobuilding.show", agreement_id=agreement_id)
    if act == "end" and request.method == "POST" and (question := asked(_("确定结束这份协议吗？结束后不能恢复，可以续签。"), title, back)):
        return question
    row = queries.one_agreement(agreement_id)
    return answered(ReasonSchema(), {"version": row.version}, lambda data: does(agreement_id, data["version"], data["reason"]), title=title,
                    submit=title, back=back, done=_("已办理。"), lead=row.title)


@requires("cobuilding.read")
def fulfil(agreement_id: uuid.UUID) -> Any:
    """Write down what was given."""
    sides = _sides(agreement_id)
    row = queries.one_agreement(agreement_id)
    return answered(FulfilmentSchema(), {"ticket": new_id(), "done_on": today()}, lambda data: fulfilling.enter(
        data["ticket"], agreement_id, FulfilmentInput(data["done_on"], data["what"], data["amount"], data["hours"]),
        received="community" in sides, by=me()), title=_("登记履行情况"), submit=_("登记"), back=url_for("cobuilding.show", agreement_id=agreement_id),
        done=_("已登记。") if "community" in sides else _("已登记，请社区确认。"), lead=row.title)


@requires("cobuilding.need")
def answer(fulfilment_id: uuid.UUID) -> Any:
    """The community says whether it came."""
    row = queries.one_fulfilment(fulfilment_id)
    authorize(acting(), rights.NEED, place_target(row.community_id))
    return answered(AnswerSchema(), {"version": row.version, "yes": "yes"}, lambda data: fulfilling.answer(
        fulfilment_id, data["version"], yes=data["yes"] == "yes", reason=data["answer"], by=me()), title=_("确认履行情况"), submit=_("提交"),
        back=url_for("cobuilding.show", agreement_id=rights.agreement_of(fulfilment_id)), done=_("已保存。"), lead=row.what)


@requires("cobuilding.read")
def paper(agreement_id: uuid.UUID) -> FlaskResponse:
    """The agreement to be signed and sealed by both."""
    rights.require_agreement(agreement_id)
    content = papers.agreement_pdf(agreement_lines([queries.one_agreement(agreement_id)])[0])
    audit("cobuilding.printed", "cobuilding_agreement", agreement_id)
    return FlaskResponse(content, mimetype="application/pdf", headers={"Content-Disposition": 'inline; filename="agreement.pdf"'})


@requires("cobuilding.read")
def days(agreement_id: uuid.UUID) -> FlaskResponse:
    """The days of an agreement that holds, for a telephone's calendar. Raises NotFound for a proposal."""
    rights.require_agreement(agreement_id)
    row = queries.one_agreement(agreement_id)
    if row.state not in ("agreed", "ended"):
        raise NotFound
    content = calendar.written(agreement_lines([row])[0], [one._mapping for one in queries.fulfilments(agreement_id) if one.state != "refused"])
    audit("cobuilding.exported", "cobuilding_agreement", agreement_id)
    return FlaskResponse(content, mimetype="text/calendar", headers={"Content-Disposition": 'attachment; filename="agreement.ics"'})


ROUTES: tuple[Route, ...] = (("/", "index", index, GET), ("/agreements/<uuid:agreement_id>", "show", show, GET),
                             ("/agreements/<uuid:agreement_id>/change", "change", change, BOTH),
                             ("/agreements/<uuid:agreement_id>/confirm", "confirm", confirm, POST),
                             ("/agreements/<uuid:agreement_id>/renew", "renew", renew, POST),
                             ("/agreements/<uuid:agreement_id>/finish", "finish", finish, BOTH),
                             ("/agreements/<uuid:agreement_id>/fulfil", "fulfil", fulfil, BOTH),
                             ("/agreements/<uuid:agreement_id>/paper", "paper", paper, GET),
                             ("/agreements/<uuid:agreement_id>/calendar.ics", "days", days, GET),
                             ("/fulfilments/<uuid:fulfilment_id>", "answer", answer, BOTH))
