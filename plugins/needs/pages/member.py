"""A member reports what the neighbours say 反映社情民意 (R34), and reads what became of it."""
from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.api import NotFound, _, acting, member_places, new_id, organization_names, requires, search_organizations, session, unseal
from core.pages import Route, after, following, me, needed_identity, own_member
from plugins.needs import queries
from plugins.needs.pages.doing import tried
from plugins.needs.pages.entry import given, need_fields
from plugins.needs.pages.fields import Form
from plugins.needs.words import TOLD, TONES
from plugins.needs.writing import receive


@requires("needs.report")
def mine() -> str:
    """What one has reported, with state and answer."""
    found = queries.of_member(own_member(), after())
    names = organization_names({row.community_id for row in found})
    rows = [{"text": queries.said(row), "received_on": row.received_on, "community": names.get(row.community_id, ""), "tone": TONES[row.state],
             "told": TOLD[row.state], "answer": unseal("needs_need", "answer", row.id, row.answer)} for row in found[:queries.PAGE]]
    return render_template("needs/mine.html", rows=rows, may=bool(_communities()),
                           following=following(found, queries.PAGE))


@requires("needs.report")
def report() -> str:
    """The form."""
    return _page(Form())


@requires("needs.report")
def send() -> Response | tuple[str, int]:
    """Take the report in."""
    communities = _communities()
    community_id = request.form.get("community", type=uuid.UUID) or (next(iter(communities)) if len(communities) == 1 else None)
    if community_id not in communities:
        raise NotFound
    need_id = needed_identity("need_id")
    if error := tried(lambda: receive(given(community_id, "member"), by=me(), need_id=need_id, member_id=own_member())):
        return _page(Form(request.form, error.fields, error.message)), error.status
    flash(_("已经报给社区，答复会显示在这里。"), "success")
    return redirect(url_for("needs.mine", saved=need_id), 303)


def _communities() -> dict[uuid.UUID, str]:
    """Where the member lives and works."""
    people = member_places(own_member())
    row = session().execute(select(people.c.residence_path, people.c.workplace_path)).one_or_none()
    paths = [path for path in row or () if path]
    return {one.id: one.name for one in search_organizations(paths, kinds=("community",)) if one.path in paths}


def _page(form: Form) -> str:
    communities = _communities()
    if not communities:
        return render_template("needs/report.html", form=form, fields=None, account=acting())
    fields = need_fields(form, next(iter(communities))) | {
        "need_id": form.field("need_id", "", "hidden", new_id()),
        "community": form.field("community", _("报给"), "radio", next(iter(communities)), choices=[(str(one), name) for one, name in communities.items()])}
    return render_template("needs/report.html", form=form, fields=fields, account=acting())


ROUTES: tuple[Route, ...] = (("/me/", "mine", mine, "GET"), ("/me/report", "report", report, "GET"), ("/me/report", "send_report", send, "POST"))
