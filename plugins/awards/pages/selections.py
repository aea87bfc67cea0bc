"""The list of selections, and one with its call, its nominations and what can be done next."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for

from core.api import Conflict, Invalid, acting, current_tenant, organization_names, requires, today
from core.pages import Route, after, following, refused, said
from plugins.awards import calling, queries, rights
from plugins.awards.models import AwardSelection
from plugins.awards.pages.doing import read
from plugins.awards.words import (
    CHANNELS,
    LEVELS,
    NOMINATION_TONES,
    NOMINATIONS,
    OBJECTION_TONES,
    OBJECTIONS,
    STATES,
    SUBJECTS,
    TONES,
    evidence_words,
    hours,
)


@requires("awards.read")
def index() -> str:
    """The selections of one state."""
    tab = request.values.get("tab", "")
    tab = tab if tab in queries.TABS else "open"
    found, counts = queries.selections(tab, after()), queries.counts()
    tabs = [{"title": str(STATES[name]), "url": url_for("awards.index", tab=name), "active": name == tab, "count": counts[name]}
            for name in queries.TABS]
    names = organization_names({row.organization_id for row in found})
    rows = [{**row._mapping, "caller": names.get(row.organization_id, ""), "url": url_for("awards.show", selection_id=row.id)}
            for row in found[:queries.PAGE]]
    return render_template("awards/index.html", rows=rows, tabs=tabs, tab=tab, subjects=SUBJECTS, following=following(found, queries.PAGE),
                           may_call=acting().can("awards.manage"), public=url_for("awards_public.lists", slug=current_tenant().slug))


@requires("awards.read")
def show(selection_id: uuid.UUID) -> str:
    """One selection."""
    return page(read(selection_id))


def page(row: AwardSelection, error: Invalid | Conflict | None = None) -> str:
    """The page of a selection, after a refusal with what was typed."""
    manages = rights.manages(row)
    found = queries.nominations(row, all_of_it=manages)
    open_now = row.state == "open"
    return render_template(
        "awards/show.html", row=row, rows=[line(one) for one in found], manages=manages, states=STATES, tones=TONES, subjects=SUBJECTS,
        words=NOMINATIONS, nomination_tones=NOMINATION_TONES, steps=[str(LEVELS[one]) for one in rights.levels(row)],
        called_by=organization_names([row.organization_id]).get(row.organization_id, ""), hours=hours,
        deed=dict(calling.deed_choices()).get(f"{row.deed_kind}:{row.deed_level or ''}", "") if row.deed_kind else "",
        may_nominate=open_now and acting().can("awards.nominate") and (manages or row.nominate_until is None or row.nominate_until >= today()),
        objections=queries.objections(row.id) if manages and row.state != "open" else [], objection_words=OBJECTIONS,
        objection_tones=OBJECTION_TONES, channels=CHANNELS, over=row.objections_until is not None and row.objections_until < today(),
        error=refused(error) if error else None, typed=said, ticked=set(request.form.getlist("chosen")), today=today(),
        public=url_for("awards_public.list", slug=current_tenant().slug, selection_id=row.id))


def line(one: dict[str, Any]) -> dict[str, Any]:
    """One nomination in words."""
    return {**one, "word": str(NOMINATIONS[one["state"]]), "tone": NOMINATION_TONES[one["state"]], "evidence_words": evidence_words(one["figures"]),
            "url": url_for("awards.nomination", award_nomination_id=one["id"])}


ROUTES: tuple[Route, ...] = (("/", "index", index, "GET"), ("/selections/<uuid:selection_id>", "show", show, "GET"))
