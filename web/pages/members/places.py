"""Choosing unit and communities inside a larger form: what was typed, what was found, and what is chosen, without a script too."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.collation import sort_key
from core.errors import Invalid, NotFound
from core.i18n import _
from core.members.affiliations import ORGANIZATION_KINDS
from core.members.reach import grants_for
from core.organizations import tree
from web.tenant import actor

FOUND = 20
PERMISSION = "members.write"


@dataclass(frozen=True, slots=True)
class Choice:
    """One place of the form. `found` are triples of id, name, and what stands above; `many` says that there may be more.

    `fixed` is the name of the one unit that there is to choose; `searched` is False where all choices are shown at once.
    """

    kind: str
    text: str = ""
    found: Sequence[tuple[uuid.UUID, str, str]] = ()
    chosen: uuid.UUID | None = None
    many: bool = False
    fixed: str | None = None
    searched: bool = True


def names_above(paths: Sequence[str]) -> dict[str, str]:
    """Street and county of each place, since names repeat; one query for all."""
    parents = {path: ["/".join(path.split("/")[:n]) + "/" for n in (2, 3) if n < path.count("/")] for path in paths}
    names = tree.names_by_path({p for wanted in parents.values() for p in wanted})
    return {path: " ".join(names[p] for p in wanted if p in names) for path, wanted in parents.items()}


def own_units() -> dict[uuid.UUID, str]:
    """A liaison's units, which need no search; empty for officers of more than units."""
    grants = sorted(grants_for(actor(), PERMISSION), key=lambda g: sort_key(g.name))
    return {g.organization_id: g.name for g in grants} if all(g.kind == "unit" for g in grants) else {}


def choice(kind: str, values: Mapping[str, str]) -> Choice:
    """The place of a kind (unit, residence, workplace) as the form stands: `<kind>_text` was typed, `<kind>_id` is chosen."""
    if kind == "unit" and (own := own_units()):
        chosen = _uuid(values.get("unit_id"))
        return Choice(kind, found=[(identity, name, "") for identity, name in own.items()], chosen=chosen if chosen in own else None,
                      fixed=next(iter(own.values())) if len(own) == 1 else None, searched=False)
    text = values.get(f"{kind}_text", "").strip()[:50]
    rows = {row.id: row for row in _search(kind, text)}
    many, kept = len(rows) == FOUND, _kept(kind, values.get(f"{kind}_id"))
    if kept is not None:
        rows = {kept.id: kept, **rows}
    above = names_above([row.path for row in rows.values()])
    exact = _exact(list(rows.values()), text)
    return Choice(kind, text, [(row.id, row.name, above[row.path]) for row in rows.values()],
                  kept.id if kept is not None else exact, many)


def settle(kind: str, given: Mapping[str, object]) -> uuid.UUID | None:
    """The place that a sent form names: chosen, the only one there is, or typed by its whole code or name.

    None where nothing was typed. Raises Invalid where a choice is left to be made.
    """
    chosen, text = given.get(f"{kind}_id"), str(given.get(f"{kind}_text") or "").strip()[:50]
    if isinstance(chosen, uuid.UUID):
        # Without a script the old choice still stands when another place was typed and not looked for.
        if text and _exact(_search(kind, text), text) not in (None, chosen):
            raise Invalid(_("填写的和选中的不是同一个，请点“查找”后重新选择。"))
        return chosen
    if kind == "unit" and len(own := own_units()) == 1:
        return next(iter(own))
    found = _search(kind, text)
    if text and (exact := _exact(found, text)) is None:
        raise Invalid(_("请从查到的结果中选择一个。") if found else _("没有找到，请换个名称，或输入代码的前几位。"))
    return exact if text else None


def _search(kind: str, text: str) -> Sequence[tree.OrganizationFact]:
    paths = actor().paths(PERMISSION) if kind == "unit" else (tree.root().path,)
    return tree.search(paths, kinds=(ORGANIZATION_KINDS[kind],), text=text, limit=FOUND) if text else ()  # type: ignore[return-value]


def _exact(rows: Sequence[tree.OrganizationFact], text: str) -> uuid.UUID | None:
    """The one that was typed in full: a code is nobody else's, a name may be."""
    coded = [row.id for row in rows if row.code == text]
    named = [row.id for row in rows if row.name == text]
    return coded[0] if coded else named[0] if len(named) == 1 else None


def _kept(kind: str, given: str | None) -> tree.OrganizationFact | None:
    """What was chosen before the page came back, if it may be chosen at all."""
    identity = _uuid(given)
    try:
        fact = tree.get(identity) if identity else None
    except NotFound:
        return None
    if fact is None or fact.kind != ORGANIZATION_KINDS[kind] or not fact.active:
        return None
    return fact if kind != "unit" or any(fact.path.startswith(p) for p in actor().paths(PERMISSION)) else None


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
