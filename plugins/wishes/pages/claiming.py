"""Claiming for a member without a phone: the officer finds the member by name and claims in the member's name (R38)."""
from __future__ import annotations

import uuid

from flask import render_template, request, url_for
from sqlalchemy import select

from core.api import NotFound, _, acting, authorize, member_target, requires, session, visible_members
from core.pages import Route, attempt, me, said
from plugins.wishes import claims
from plugins.wishes.pages.doing import Answer, reached, shown

FOUND = 30


@requires("wishes.manage")
def claim(wish_id: uuid.UUID) -> Answer:
    """Find the member, then claim."""
    row = reached(wish_id, "wishes.manage")
    member_id = request.form.get("member", type=uuid.UUID)
    if request.method == "POST" and member_id is not None:
        authorize(acting(), "wishes.manage", member_target(member_id))
        return attempt(lambda: claims.take(wish_id, member_id, by=me()), _("已代为认领。"), url_for("wishes.show", matter_id=wish_id))
    if row.state != "accepted":
        raise NotFound
    text = said("q")[:50]
    people = visible_members(acting().paths("wishes.manage"), text)
    found = session().execute(select(people.c.id, people.c.name, people.c.unit_name).order_by(people.c.sort_key, people.c.id)
                              .limit(FOUND)).all() if text else []
    return render_template("wishes/claim.html", row=row, text=text, people=found, more=len(found) == FOUND, **shown())


ROUTES: tuple[Route, ...] = (("/<uuid:wish_id>/claim", "claim", claim, "GET POST"),)
