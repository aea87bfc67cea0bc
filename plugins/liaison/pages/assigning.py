"""Chooses a community for a leading cadre: first the community, then its figures, the reasons and the cadre (R91)."""
from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, render_template, request, url_for

from core.api import NotFound, _, acting, authorize, form_fields, organization, place_target, requires, settings, today
from core.pages import me
from plugins.liaison import pointing, queries, rights
from plugins.liaison.figures import figures
from plugins.liaison.pages.doing import BOTH, GET, Route, answered
from plugins.liaison.pages.forms import AssignSchema, WhereSchema
from plugins.liaison.pointing import PointInput
from plugins.liaison.words import FIGURES

MOST = 500


def figure_list(known: dict[str, int | None]) -> list[tuple[str, str]]:
    """Figures in words."""
    return [(str(title), "—" if known.get(key) is None else str(known[key])) for key, title in FIGURES.items()]


@requires("liaison.assign")
def choose() -> str:
    """Which community."""
    return render_template("liaison/choose.html", fields=form_fields(WhereSchema(), {}))


@requires("liaison.assign")
def chosen() -> Any:
    """On to the page of the community that was chosen."""
    community_id = request.args.get("community_id", type=uuid.UUID)
    return redirect(url_for("liaison.assign", community_id=community_id) if community_id else url_for("liaison.choose"), 303)


@requires("liaison.assign")
def assign(community_id: uuid.UUID) -> Any:
    """Its figures, and the form."""
    authorize(acting(), rights.ASSIGN, place_target(community_id))
    place = organization(community_id)
    if place.kind != "community":
        raise NotFound
    people = queries.cadres(active_only=True, limit=MOST)
    choices = {"cadre_id": [(row.id, f"{row.name or ''}　{row.post or ''}　{row.office or ''}") for row in people],
               "reasons": [(one, one) for one in settings("liaison")["criteria"]]}

    def do(data: dict[str, Any]) -> None:
        rights.require_cadre(data["cadre_id"])
        pointing.assign(PointInput(data["cadre_id"], community_id, data["since"], data["reasons"], data["until"], data["note"]), by=me())
    return answered(AssignSchema(), {"since": today()}, do, choices=choices, title=_("%(community)s：确定联系点", community=place.name), submit=_("确定"),
                    back=url_for("liaison.choose"), then=url_for("liaison.index"), done=_("已确定联系点。"), figures=figure_list(figures(community_id)),
                    nobody=not people)


ROUTES: tuple[Route, ...] = (("/assign", "choose", choose, GET), ("/assign/chosen", "chosen", chosen, GET),
                             ("/communities/<uuid:community_id>/assign", "assign", assign, BOTH))
