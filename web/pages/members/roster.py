"""The roster: tabs by tie, filters in the address, search by form only, since a name or a number has no place in an address."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.access.actor import GrantFact
from core.i18n import _, _l
from core.members.export import CATEGORIES
from core.members.queries import MemberRow, Page, RosterFilter, roster
from core.members.reach import BASES, grants_for
from core.members.reveal import REASONS
from core.registration.roster import reported
from core.terms import term
from web.forms import FormField
from web.pages.members.blueprint import pages
from web.queries import with_query
from web.tenant import actor

REPORTED = "reported"
NOBODY = uuid.UUID(int=0)
UNIT_TYPES = {"government": _l("机关"), "soe": _l("国有企业"), "university": _l("高等院校"), "institution": _l("其他事业单位"),
              "enterprise": _l("非公企业"), "social": _l("社会组织"), "other": _l("其他")}
TIES = {"unit": _l("本地单位的党员"), "residence": _l("在此居住"), "workplace": _l("在此工作")}


@dataclass(frozen=True)
class Choice:
    """What the address or the search form asks for."""

    basis: str | None
    text: str
    unit_type: str | None
    category: str | None
    skill: str | None
    descending: bool
    after: uuid.UUID | None
    before: uuid.UUID | None

    def filter(self, grants: tuple[GrantFact, ...]) -> RosterFilter:
        """As the query understands it; the tab of those reported in is no tie of its own."""
        return RosterFilter(grants, None if self.basis == REPORTED else self.basis, text=self.text, unit_type=self.unit_type,
                            category=self.category, skill=self.skill, descending=self.descending)


@pages.page("/", access="members.read")
def index() -> str:
    """The roster of the actor's reach."""
    return _render(choice(request.args, text=""))


@pages.page("/search", access="members.read", methods=("POST",))
def search() -> str | Response:
    """Search by name, pinyin, initials, or a whole ID or phone number; without a text the filters go back to the address."""
    wanted = choice(request.form, text=request.form.get("q", "").strip()[:50])
    if not wanted.text:
        named: dict[str, Any] = {"basis": wanted.basis, "unit_type": wanted.unit_type, "category": wanted.category, "skill": wanted.skill,
                 "sort": "-name" if wanted.descending else None}
        return redirect(url_for("members.index", **{k: v for k, v in named.items() if v}), 303)
    return _render(wanted)


def choice(values: MultiDict[str, str], text: str) -> Choice:
    """Read what was asked for; anything unknown is left out."""
    grants = grants_for(actor(), "members.read")
    tabs = tabs_for(grants)
    basis = values.get("basis")
    if basis not in tabs:
        basis = next(iter(tabs), None)
    return Choice(basis or None, text, _known(values.get("unit_type"), UNIT_TYPES), _known(values.get("category"), CATEGORIES),
                  (values.get("skill") or "").strip()[:30] or None, values.get("sort") == "-name", _uuid(values.get("after")),
                  _uuid(values.get("before")))


def tabs_for(grants: tuple[GrantFact, ...]) -> dict[str, str]:
    """The tabs of somebody's reach, by key; none where there is only one way to belong."""
    kinds = {g.kind for g in grants}
    if kinds == {"community"} and len(grants) == 1:
        return {REPORTED: _("已报到"), "residence": str(TIES["residence"]), "workplace": str(TIES["workplace"])}
    bases = {b for k in kinds for b in BASES.get(k, ())}
    if "committee" in kinds or len(bases) < 2:
        return {}
    return {"": _("全部"), **{b: str(title) for b, title in TIES.items() if b in bases}}


def _render(wanted: Choice) -> str:
    grants = grants_for(actor(), "members.read")
    found = _page(wanted, grants)
    tabs = [{"title": title, "url": with_query(basis=key or None, after=None, before=None) if not wanted.text
             else url_for("members.index", basis=key or None), "active": (wanted.basis or "") == key and not wanted.text}
            for key, title in tabs_for(grants).items()]
    return render_template("members/index.html", page=found, wanted=wanted, bases=tabs, fields=_filters(wanted),
                           rows=_rows(found.rows), reasons=REASONS.items(), community=_single(grants, "community"),
                           may_enter=actor().can("members.write"), may_export=actor().can("members.export"), may_take_all=actor().can("members.import"))


def _page(wanted: Choice, grants: tuple[GrantFact, ...]) -> Page:
    if wanted.basis == REPORTED and not wanted.text:
        return reported(grants[0].organization_id, after=wanted.after, before=wanted.before)
    return roster(wanted.filter(grants), after=wanted.after, before=wanted.before)


def _rows(found: Sequence[MemberRow]) -> list[dict[str, object]]:
    # One address is built and its id replaced: building fifty costs as much as reading the page from the database.
    titles, pattern = {key: str(title) for key, title in CATEGORIES.items()}, url_for("members.show", member_id=NOBODY)
    return [{**row._asdict(), "category": titles.get(row.category, ""), "skills": "、".join(row.skills),
             "url": pattern.replace(str(NOBODY), str(row.id))} for row in found]


def _filters(wanted: Choice) -> list[FormField]:
    if wanted.basis == REPORTED and not wanted.text:
        return []

    def select(name: str, label: str, chosen: str | None, options: dict) -> FormField:
        return FormField(name, "select", label, selected=(chosen,) if chosen else (), filter=True,
                         choices=tuple((k, str(v)) for k, v in options.items()))
    return [select("unit_type", _("单位类别"), wanted.unit_type, UNIT_TYPES),
            select("category", _("党员类别"), wanted.category, CATEGORIES),
            FormField("skill", "text", _("特长"), selected=(wanted.skill,) if wanted.skill else ())]


def _single(grants: tuple[GrantFact, ...], kind: str) -> str | None:
    return f"{term(kind)} {grants[0].name}" if len(grants) == 1 and grants[0].kind == kind else None


def _known(value: str | None, options: dict) -> str | None:
    return value if value in options else None


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
