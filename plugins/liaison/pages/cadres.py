"""Leading cadres: the list, finding somebody in the roster, entering somebody who stands in none, and what changes."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import select

from core.api import (
    Actor,
    Conflict,
    _,
    acting,
    allowed,
    authorize,
    grants_for,
    member_target,
    new_id,
    place_target,
    requires,
    session,
    visible_members,
)
from core.pages import after, following
from plugins.liaison import cadres, queries, rights
from plugins.liaison.pages.doing import BOTH, GET, POST, Route, answered
from plugins.liaison.pages.forms import CadreSchema, NamedSchema, PostSchema

FOUND = 20


def office_of(actor: Actor) -> uuid.UUID:
    """The office that keeps what the acting officer enters: the highest one that assigns."""
    return min(grants_for(actor, rights.ASSIGN), key=lambda grant: len(grant.path)).organization_id


@requires("liaison.assign")
def cadre_list() -> str:
    """Everybody whom the office keeps."""
    return _list("")


@requires("liaison.assign")
def find_cadre() -> str:
    """The same, and those of the roster whose name begins so; by form, since a name has no place in an address."""
    return _list(request.form.get("q", "").strip()[:50])


def _list(text: str) -> str:
    rows = queries.cadres(after())
    people = visible_members(acting().paths(rights.ASSIGN), text)
    found = session().execute(select(people.c.id, people.c.name, people.c.unit_name).order_by(people.c.sort_key, people.c.id)
                              .limit(FOUND)).all() if text else []
    return render_template("liaison/cadres.html", rows=[row._mapping for row in rows[:queries.PAGE]], following=following(rows, queries.PAGE),
                           text=text, found=[row._mapping for row in found])


@requires("liaison.assign")
def flag(member_id: uuid.UUID) -> Any:
    """Flag a member as a leading cadre."""
    authorize(acting(), rights.ASSIGN, member_target(member_id))
    office = office_of(acting())

    def do(data: dict[str, Any]) -> None:
        keeper = cadres.keeper(member_id)
        if keeper is not None and not allowed(acting(), rights.ASSIGN, place_target(keeper)):
            raise Conflict(_("这名党员已由其他部门登记为领导干部，不用再登记。"))
        cadres.flag(member_id, data["post"], data["office"], office)
    return answered(PostSchema(), {}, do, title=_("登记领导干部"),
                    submit=_("登记"), back=url_for("liaison.cadre_list"), done=_("已登记。"),
                    lead=_("从花名册中登记：%(name)s", name=_name(member_id)))


def _name(member_id: uuid.UUID) -> str:
    people = visible_members(acting().paths(rights.ASSIGN))
    return session().scalar(select(people.c.name).where(people.c.id == member_id)) or ""


@requires("liaison.assign")
def enter_cadre() -> Any:
    """Enter somebody who stands in no roster of this tenant."""
    office = office_of(acting())
    return answered(NamedSchema(), {"ticket": new_id()},
                    lambda data: cadres.enter(data["ticket"], data["name"], data["post"], data["office"], office), title=_("登记名册以外的领导干部"),
                    submit=_("登记"), back=url_for("liaison.cadre_list"), done=_("已登记。"), lead=_("花名册里有的，请先查找，不要重复登记。"))


@requires("liaison.assign")
def change_cadre(liaison_cadre_id: uuid.UUID) -> Any:
    """Another post, or no longer in office."""
    rights.require_cadre(liaison_cadre_id)
    row = queries.one_cadre(liaison_cadre_id)
    return answered(CadreSchema(), dict(row._mapping), lambda data: cadres.change(
        liaison_cadre_id, data["version"], post=data["post"], office=data["office"], active=data["active"]), title=row.name or _("（已删除）"),
        submit=_("保存"), back=url_for("liaison.cadre_list"), done=_("已保存。"))


ROUTES: tuple[Route, ...] = (("/cadres/", "cadre_list", cadre_list, GET), ("/cadres/find", "find_cadre", find_cadre, POST),
                             ("/cadres/members/<uuid:member_id>", "flag", flag, BOTH), ("/cadres/new", "enter_cadre", enter_cadre, BOTH),
                             ("/cadres/<uuid:liaison_cadre_id>", "change_cadre", change_cadre, BOTH))
