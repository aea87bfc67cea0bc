"""What arrives: certificates at the community's desk, by wire, by file or from a code on paper; taken in or returned."""
from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.authorization import Target, allowed, authorize
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.exchange import arrivals as services, canonical, expiring, inbox, movers, queries
from core.exchange.queries import PAGE, ArrivalView, ListFilter
from core.i18n import _
from core.members.reach import grants_for
from core.organizations import tree
from web.pages.exchange.blueprint import ARRIVAL_STATES, MANAGE, RECEIVE, WRITE, identity, pages, version, words
from web.queries import with_query
from web.tenant import actor


@pages.page("/exchange/arrivals", access=RECEIVE, methods=("GET", "POST"))
def arrivals() -> str:
    """The list, the newest first; a name is searched by POST."""
    return _list()


@pages.page("/exchange/movers", access=WRITE)
def new_here() -> str:
    """Who has moved here and whose present unit is still to be entered."""
    rows = movers.movers(grants_for(actor(), WRITE), request.args.get("after", type=uuid.UUID))
    return render_template("exchange/movers.html", rows=rows[:PAGE], next_url=with_query(after=rows[PAGE - 1].id) if len(rows) > PAGE else None, **words())


@pages.page("/exchange/arrivals/take", access=RECEIVE, methods=("POST",))
def take() -> Response | tuple[str, int]:
    """Read a code from paper, or a file; verified against the pinned key, without any network."""
    sent = request.files.get("file")
    text = request.form.get("text", "").strip() or (sent.read(canonical.MOST_LETTER + 1).decode("utf-8", "replace").strip() if sent else "")
    if not text:
        return _list(Invalid(_("请扫描介绍信上的二维码，或选择对方给的文件。"))), 422
    try:
        outcome = inbox.take(text)
    except Invalid as error:
        return _list(error), error.status
    if outcome.state == "refused":
        return _list(Invalid(outcome.reason)), 422
    flash(_("签名有效，已接收。介绍信在下面的列表中，请核对后办理。"), "success")
    return redirect(url_for("exchange.arrivals"), 303)


@pages.page("/exchange/arrivals/<uuid:arrival_id>", access=RECEIVE)
def arrival(arrival_id: uuid.UUID) -> str:
    """One certificate, and the two answers."""
    return _show(_find(arrival_id))


@pages.page("/exchange/arrivals/<uuid:arrival_id>/admit", access=RECEIVE, methods=("POST",))
def admit(arrival_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take the member in."""
    found = _find(arrival_id)
    try:
        services.admit(arrival_id, version(), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _show(found, error), error.status
    moved = found.body is not None and found.body["moves_on"] is not None
    flash(_("已接收，一个月的报到时限已开始。现在的单位由区县组织部门登记。") if moved else _("已接收并确认报到，回执会自动送回对方单位。"), "success")
    return redirect(url_for("exchange.arrival", arrival_id=arrival_id), 303)


@pages.page("/exchange/arrivals/<uuid:arrival_id>/turn-away", access=RECEIVE, methods=("POST",))
def turn_away(arrival_id: uuid.UUID) -> Response | tuple[str, int]:
    """Return it with a reason."""
    found = _find(arrival_id)
    try:
        services.turn_away(arrival_id, version(), request.form.get("reason", ""), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _show(found, error), error.status
    flash(_("已退回，对方单位会看到原因。"), "success")
    return redirect(url_for("exchange.arrivals"), 303)


@pages.page("/exchange/arrivals/<uuid:arrival_id>/release", access=MANAGE, methods=("POST",))
def release(arrival_id: uuid.UUID) -> Response | tuple[str, int]:
    """The administrator lets it through, to the community that it names or to another one."""
    found = _find(arrival_id)
    community = identity("community_id") or found.row.community_id
    if community is None:
        return _show(found, Invalid(_("请选择由哪个社区接收。"))), 422
    try:
        services.release(arrival_id, community, version())
    except NotFound:
        return _show(found, Invalid(_("请选择由哪个社区接收。"))), 422
    except (Invalid, Conflict) as error:
        return _show(found, error), error.status
    flash(_("已放行，社区可以接收了。"), "success")
    return redirect(url_for("exchange.arrival", arrival_id=arrival_id), 303)


def _find(arrival_id: uuid.UUID) -> ArrivalView:
    found = queries.one_arrival(arrival_id)
    authorize(actor(), RECEIVE, Target((found.row.path or tree.root().path,)))
    return found


def _show(found: ArrivalView, error: BaodaoError | None = None) -> str:
    text = request.args.get("q", "").strip()[:50]
    may_release = found.row.state == "held" and allowed(actor(), MANAGE)
    places = tree.search([tree.root().path], kinds=("community",), text=text, limit=30) if may_release and text else []
    mover = found.row.member_id is not None and found.body is not None and found.body["moves_on"] is not None and movers.is_waiting(found.row.member_id)
    return render_template("exchange/arrival.html", found=found, mover=mover, may_write=mover and actor().can(WRITE), left=_left(found), row=found.row,
                           body=found.body, states=ARRIVAL_STATES, may_release=may_release, places=places, q=text, reason=request.form.get("reason", ""),
                           message=error.message if error else None, **words())


def _left(found: ArrivalView) -> int | None:
    """In how many days what waits goes back by itself."""
    return expiring.days_left(found.row.received_at) if found.row.state in {"held", "waiting"} else None


def _list(error: BaodaoError | None = None) -> str:
    state = request.args.get("state")
    name = request.form.get("name", "").strip()[:30]
    rows = queries.arrivals(ListFilter(grants_for(actor(), RECEIVE), state=state if state in ARRIVAL_STATES else None, name=name),
                            request.args.get("after", type=uuid.UUID))
    return render_template("exchange/arrivals.html", rows=rows[:PAGE], left=_left, states=ARRIVAL_STATES, state=state, name=name,
                           next_url=with_query(after=rows[PAGE - 1].row.id) if len(rows) > PAGE else None,
                           message=error.message if error else None, **words())
