"""Which rules there are, what one says in words, where it comes from, and how its versions differ."""
from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response as FlaskResponse, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import Invalid
from core.extension.rule_kinds import PackVersion, RuleKind
from core.i18n import _, _l
from core.organizations import tree
from core.rules import queries
from core.rules.documents import CERTAINTIES
from core.rules.files import Example, example, examples, write
from core.rules.kinds import rule_kind
from core.tenancy import today
from tenants import directory
from web.pages.rules.blueprint import MANAGE, READ, kinds, may_change, pages, places, readable
from web.tenant import actor

TOML = "application/toml"
STATES = {"draft": _l("草稿"), "waiting": _l("待生效"), "holds": _l("正在执行"), "past": _l("已被新版代替"), "ended": _l("已停用")}
TONES = {"draft": "neutral", "waiting": "info", "holds": "good", "past": "neutral", "ended": "neutral"}


@pages.page("/", access=READ)
def index() -> str:
    """The schemes of every kind with what holds, drafts for those who make them, and the examples to begin with."""
    known = kinds()
    manages = actor().can(MANAGE)
    rows = queries.listed(list(known))
    names = tree.names(row.organization_id for row in rows)
    found = [_section(kind, [r for r in rows if r.kind == kind.name], names, manages=manages) for kind in known.values()]
    return render_template("rules/index.html", sections=found, manages=manages)


def _section(kind: RuleKind, rows: list[Any], names: Mapping[uuid.UUID, str], *, manages: bool) -> dict[str, Any]:
    schemes = []
    for (name, organization_id), versions in itertools.groupby(rows, key=lambda r: (r.name, r.organization_id)):
        listed = list(versions)
        mine = manages and may_change(organization_id)
        shown = [r for r in listed if r.status == "published" or mine]
        if shown:
            schemes.append({"name": name, "place": names.get(organization_id, _("全辖区")) if organization_id else _("全辖区"),
                            "versions": [_line(r, _present(listed)) for r in shown]})
    return {"kind": kind, "schemes": schemes, "examples": examples(kind) if manages else [], "places": places(kind) if manages else []}


def _present(versions: Iterable[Any]) -> uuid.UUID | None:
    """The version that holds today."""
    begun = [r for r in versions if r.status == "published" and r.effective_from <= today() and (r.ended_on is None or today() < r.ended_on)]
    return max(begun, key=lambda r: (r.effective_from, r.version)).id if begun else None


def _line(row: Any, present: uuid.UUID | None) -> dict[str, Any]:
    state = _state(row, present)
    return {"id": row.id, "title": row.title, "version": row.version, "state": STATES[state], "tone": TONES[state],
            "from": row.effective_from, "url": url_for("rules.show", pack_id=row.id)}


def _state(row: Any, present: uuid.UUID | None) -> str:
    if row.status == "draft":
        return "draft"
    if row.id == present:
        return "holds"
    if row.effective_from > today():
        return "waiting"
    return "ended" if row.ended_on is not None and row.ended_on <= today() else "past"


@pages.page("/<kind_name>/examples/<name>", access=MANAGE)
def show_example(kind_name: str, name: str) -> str:
    """A shipped example in words, with its source and how sure we are of it."""
    kind = rule_kind(kind_name)
    found: Example = example(kind, name)
    return render_template("rules/example.html", kind=kind, example=found, sentences=kind.describe(found.document),
                           source=source_lines(found.document), sure=found.source["certainty"] == "confirmed", places=places(kind))


@pages.page("/packs/<uuid:pack_id>", access=READ)
def show(pack_id: uuid.UUID) -> str:
    """One version: what it says, where it comes from, its versions; for its makers also what can be done with it."""
    return pack_page(pack_id)


def pack_page(pack_id: uuid.UUID, error: Invalid | None = None) -> str:
    """The page of a pack, with the refusal of something that was tried on it."""
    pack, kind, mine = readable(pack_id)
    versions = [r for r in queries.history(pack.kind, pack.name, pack.organization_id) if mine or r.status == "published"]
    present = _present(versions)
    row = next(r for r in versions if r.id == pack_id)
    state = _state(row, present)
    earlier = next((r for r in versions if r.version < pack.version), None)
    return render_template(
        "rules/show.html", pack=pack, kind=kind, mine=mine, draft=state == "draft", state=STATES[state], tone=TONES[state], note=row.note,
        place=_place_name(pack), sentences=kind.describe(pack.document), source=source_lines(pack.document), state_key=state,
        events=_events(versions), earlier=earlier, error=error, has_draft=any(r.status == "draft" for r in versions),
        first=not any(r.status == "published" for r in versions), today=today(), since=dt.date(today().year - 1, 1, 1),
        until=dt.date(today().year - 1, 12, 31))


def _place_name(pack: PackVersion) -> str:
    return tree.get(pack.organization_id).name if pack.organization_id else _("全辖区")


def source_lines(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Where a rule comes from, as pairs of title and text; what is not known is left out."""
    source = document["source"]
    lines = [(_("地区或单位"), source["place"]), (_("文件"), source["document"]), (_("文号"), source["number"]), (_("印发日期"), source["issued_on"]),
             (_("施行日期"), source["in_force_on"]), (_("可靠程度"), str(CERTAINTIES[source["certainty"]])),
             (_("核对日期"), source["checked_on"]), (_("出处"), source["url"])]
    return [(title, text) for title, text in lines if text]


def _events(versions: list[Any]) -> list[dict[str, Any]]:
    people = directory.display_names(who for r in versions for who in (r.created_by, r.published_by))
    found = []
    for r in versions:
        if r.status == "published":
            ends = _("；%(day)s 起停用", day=r.ended_on.isoformat()) if r.ended_on else ""
            found.append({"when": r.published_at, "who": people.get(r.published_by, _("系统")),
                          "title": _("发布第 %(version)s 版", version=r.version), "text": _("%(day)s 起执行", day=r.effective_from.isoformat()) + ends})
        else:
            found.append({"when": r.created_at, "who": people.get(r.created_by, _("系统")), "title": _("起草第 %(version)s 版", version=r.version)})
    return found


@pages.page("/packs/<uuid:pack_id>/file", access=READ)
def download(pack_id: uuid.UUID) -> Response:
    """The pack as a file, to be kept or handed to another city."""
    pack, _kind, _mine = readable(pack_id)
    answer = FlaskResponse(write(pack.document), mimetype=TOML)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{pack.kind}-{pack.name}-{pack.version}.toml")
    return answer


@pages.page("/packs/<uuid:pack_id>/differences", access=READ)
def differences(pack_id: uuid.UUID) -> str:
    """What this version says otherwise than another one of the same scheme, sentence by sentence."""
    pack, kind, _mine = readable(pack_id)
    other, _other_kind, _also = readable(request.args.get("with", default=pack_id, type=uuid.UUID))
    if other.kind != pack.kind:
        raise Invalid(_("两个版本不是同一种规则，不能比较。"))
    before, after = kind.describe(other.document), kind.describe(pack.document)
    return render_template("rules/differences.html", pack=pack, other=other, gone=[s for s in before if s not in after],
                           new=[s for s in after if s not in before], same=[s for s in after if s in before])
