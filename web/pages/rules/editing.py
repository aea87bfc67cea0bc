"""Drafts: begun from an example, a file, an earlier version or from nothing, and changed part by part by forms."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid
from core.extension.rule_kinds import PackVersion, RuleKind
from core.i18n import _
from core.members.names import pinyin
from core.rules import packs, queries
from core.rules.documents import DEFAULT_SCHEME
from core.rules.files import example, parse
from core.rules.kinds import rule_kind
from core.rules.models import RulePack
from core.tenancy import session
from core.tenancy.scope import tenant_id
from web import pack_forms
from web.pack_forms import Node
from web.pages.rules.blueprint import MANAGE, changeable, check_place, pages, readable
from web.pages.rules.reading import pack_page
from web.settings_forms import spread

MOVES = {"up": -1, "down": 1}
LONGEST_NAME = 40


@pages.page("/<kind_name>/drafts", access=MANAGE, methods=("POST",))
def begin(kind_name: str) -> Response:
    """A draft from an example (`example`), a file (`file`) or a title alone (`title`), for the whole tenant or a county (`place`)."""
    kind = rule_kind(kind_name)
    place = request.form.get("place", type=uuid.UUID)
    check_place(place)
    document = _beginning(kind)
    name = _scheme_name(kind, document)
    pack_id = packs.draft(kind_name, name, document, place)
    flash(_("已建立草稿。可以逐项修改，试算后再发布。"), "success")
    return redirect(url_for("rules.show", pack_id=pack_id), 303)


def _beginning(kind: RuleKind) -> Mapping[str, Any]:
    if name := request.form.get("example"):
        return example(kind, name).document
    if (sent := request.files.get("file")) and sent.filename:
        return parse(sent.stream.read())
    return {"title": request.form.get("title", "").strip()}


def _scheme_name(kind: RuleKind, document: Mapping[str, Any]) -> str:
    """A key for a new scheme: nobody should have to think of one."""
    if not kind.several:
        return DEFAULT_SCHEME
    if chosen := request.form.get("scheme"):
        return chosen
    letters = "".join(c for c in pinyin(str(document.get("title", ""))).lower() if c.isascii() and c.isalnum())
    base = f"s{letters}"[:LONGEST_NAME - 3] if not letters[:1].isalpha() else letters[:LONGEST_NAME - 3]
    taken = {row.name for row in queries.listed([kind.name])}
    return next(name for name in (base, *(f"{base}_{n}" for n in range(2, 100))) if name not in taken)


@pages.page("/packs/<uuid:pack_id>/drafts", access=MANAGE, methods=("POST",))
def next_version(pack_id: uuid.UUID) -> Response:
    """A draft of the next version, from this one; or for a county (`place`), from the whole tenant's."""
    pack, kind, _mine = readable(pack_id)
    place = request.form.get("place", default=pack.organization_id, type=uuid.UUID)
    check_place(place)
    made = packs.draft(kind.name, pack.name, pack.document, place)
    flash(_("已从第 %(version)s 版建立草稿。", version=pack.version), "success")
    return redirect(url_for("rules.show", pack_id=made), 303)


@pages.page("/packs/<uuid:pack_id>/edit", access=MANAGE)
def edit(pack_id: uuid.UUID) -> str:
    """The form of one part of a draft; `at` names the part."""
    pack, kind = changeable(pack_id)
    return _form(pack, _node(kind, pack), _edited(pack_id))


@pages.page("/packs/<uuid:pack_id>/edit", access=MANAGE, methods=("POST",))
def save(pack_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Save, move or remove the part."""
    pack, kind = changeable(pack_id)
    node = _node(kind, pack)
    edited = request.form.get("edited", -1, type=int)
    try:
        document, path = _changed(pack, node)
        packs.revise(pack_id, document, edited)
    except (Invalid, Conflict) as error:
        return _form(pack, node, edited, request.form, error), error.status
    flash(_("草稿已保存。"), "success")
    if "more" in request.form and node.is_item:
        return redirect(url_for("rules.edit", pack_id=pack_id, at=f"{node.path.rpartition('/')[0]}/{pack_forms.NEW}"), 303)
    return redirect(url_for("rules.edit", pack_id=pack_id, at=path or None), 303)


def _changed(pack: PackVersion, node: Node) -> tuple[dict[str, Any], str]:
    act = request.form.get("act", "save")
    if node.is_item and node.value is not None and act == "remove":
        return pack_forms.without_item(pack.document, node.path), node.path.rpartition("/")[0].rpartition("/")[0]
    if node.is_item and node.value is not None and act in MOVES:
        return pack_forms.moved(pack.document, node.path, MOVES[act])
    return pack_forms.with_item(pack.document, node.path, pack_forms.submitted(node, request.form, pack_forms.sibling_keys(pack.document, node.path)))


@pages.page("/packs/<uuid:pack_id>/file", access=MANAGE, methods=("POST",))
def replace(pack_id: uuid.UUID) -> Response | tuple[str, int]:
    """Replace the draft by a file that was changed elsewhere."""
    changeable(pack_id)
    sent = request.files.get("file")
    try:
        packs.revise(pack_id, parse(sent.stream.read() if sent else b""), _edited(pack_id))
    except Invalid as error:
        return pack_page(pack_id, error), error.status
    flash(_("已用文件替换草稿。"), "success")
    return redirect(url_for("rules.show", pack_id=pack_id), 303)


@pages.page("/packs/<uuid:pack_id>/discard", access=MANAGE, methods=("POST",))
def discard(pack_id: uuid.UUID) -> Response:
    """Give the draft up."""
    changeable(pack_id)
    packs.discard(pack_id)
    flash(_("草稿已放弃。"), "success")
    return redirect(url_for("rules.index"), 303)


def _node(kind: RuleKind, pack: PackVersion) -> Node:
    return pack_forms.find(kind.schema(), pack.document, request.args.get("at", ""))


def _edited(pack_id: uuid.UUID) -> int:
    return session().scalar(select(RulePack.edited).where(RulePack.tenant_id == tenant_id(), RulePack.id == pack_id)) or 0


def _form(pack: PackVersion, node: Node, edited: int, form: MultiDict[str, str] | None = None, error: BaodaoError | None = None) -> str:
    said = error.fields if isinstance(error, Invalid) else {}
    own = {name.removeprefix(f"{node.path}/"): texts for name, texts in said.items()}
    shown = pack_forms.groups(node, pack.document, _as_sent(node, form), own)
    names = {f.name for group in shown for f in group.fields}
    elsewhere = [_("%(place)s：%(text)s", place=name, text=_("；").join(texts)) for name, texts in own.items() if name.replace("/", ".") not in names]
    return render_template("rules/edit.html", pack=pack, node=node, groups=shown, lists=pack_forms.lists(node), edited=edited,
                           controls=[f for group in shown for f in group.fields], message=error.message if error else None, elsewhere=elsewhere)


def _as_sent(node: Node, form: MultiDict[str, str] | None) -> MultiDict[str, str] | None:
    """A refused form with its lines spread out, to be shown again; a button that only moves or removes sends no values."""
    if form is None or form.get("act", "save") != "save":
        return None
    again = MultiDict(form)
    for name, one in pack_forms.flat_fields(node).items():
        again.setlist(name, spread(one, form.getlist(name)))
    return again
