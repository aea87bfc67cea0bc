"""The officer's list of posts, open and closed, with how many are wanted, taken and waiting; on paper and as a workbook too (D5)."""
from __future__ import annotations

import io
import uuid
from typing import Any

from flask import Response, redirect, render_template, request, send_file, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from core.api import (
    PRIORITY_GROUPS,
    RECIPIENT_KINDS,
    Sheet,
    Watermark,
    _,
    acting,
    audit,
    grants_for,
    matter_recipient,
    now,
    requires,
    session,
    today,
    visible_members,
    write_workbook,
)
from core.pages import after, following
from plugins.posts import exporting, papers, queries, times
from plugins.posts.categories import categories
from plugins.posts.pages.doing import GET, LONGEST, POST, Route
from plugins.posts.pages.editing import closing_words
from plugins.posts.queries import PAGE, PostFilter
from plugins.posts.rights import MANAGE, READ, reached
from plugins.posts.words import CLAIM_STATES, CLAIM_TONES, INVITATION_STATES, MATTER_STATES

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_PRINTED, FOUND = 300, 20


@requires(READ)
def index() -> str:
    """The list of one tab."""
    return _list("")


@requires(READ)
def search() -> str | BaseResponse:
    """The same for words of title or duties; by form, since what was typed stands in no address."""
    text = request.form.get("q", "").strip()[:LONGEST]
    return _list(text) if text else redirect(url_for("posts.index", **_address()), 303)


def _list(text: str) -> str:
    wanted, actor = _wanted(text), acting()
    found = queries.listed(actor, wanted, after())
    tabs = [{"title": str(title), "url": url_for("posts.index", tab=key, category=wanted.category or None), "active": key == wanted.state}
            for key, title in MATTER_STATES.items()]
    rows = [{**row._mapping, "url": url_for("posts.show", matter_id=row.id), "left": row.places - row.taken,
             "when": times.said(row.times, row.times_words)} for row in found[:PAGE]]
    return render_template("posts/index.html", rows=rows, tabs=tabs, wanted=wanted, categories=list(categories(_place())), kept=_address(),
                           following=following(found, PAGE), may_manage=actor.can(MANAGE),
                           wide=not _single(), liaison=not has_places(actor))


def has_places(actor: Any) -> bool:
    """Whether the person has communities below; a unit's liaison has not, and looks for posts by member."""
    return any(grant.kind != "unit" for grant in grants_for(actor, READ))


@requires(READ)
def members() -> str | BaseResponse:
    """Members within reach by the beginning of a name, for whom a post is looked for; a name stands in no address."""
    text = request.form.get("q", "").strip()[:LONGEST]
    if not text:
        return redirect(url_for("posts.index"), 303)
    return render_template("posts/members.html", rows=found_members(text, READ), text=text)


def found_members(text: str, permission: str) -> list[dict[str, Any]]:
    """At most twenty members within reach, by name."""
    shown = visible_members(acting().paths(permission), text)
    rows = session().execute(select(shown.c.id, shown.c.name, shown.c.unit_name).order_by(shown.c.sort_key, shown.c.id).limit(FOUND))
    return [{**row._mapping, "url": url_for("posts.member", member_id=row.id)} for row in rows]


@requires(READ)
def show(matter_id: uuid.UUID) -> str:
    """One post with everybody who holds a place or waits, and what the officer may do."""
    return detail(matter_id)


def detail(matter_id: uuid.UUID, **more: Any) -> str:
    """The page of one post; `more` is what a search or a refused form adds."""
    row = reached(matter_id, READ)
    may = acting().can(MANAGE) and _manages(row)
    return render_template(
        "posts/post.html", row=row, when=times.said(row.times, row.times_words), claims=queries.claims_of(matter_id),
        ended=queries.ended_claims(matter_id), invitations=queries.invitations_of(post_id=matter_id), may=may, today=today(),
        recipient=matter_recipient(matter_id) if may else None, states=CLAIM_STATES, tones=CLAIM_TONES, matter_states=MATTER_STATES,
        recipients=RECIPIENT_KINDS, groups=PRIORITY_GROUPS, answers=INVITATION_STATES, closing=closing_words(matter_id) if may else "", **more)


def _manages(row: Any) -> bool:
    return any(row.community_path.startswith(path) for path in acting().paths(MANAGE))


@requires(READ)
def export() -> Response:
    """The list as a workbook."""
    content, wanted = io.BytesIO(), _wanted("")
    count = write_workbook(content, [Sheet(_("岗位清单"), exporting.columns(), exporting.rows(acting(), wanted))],
                           Watermark(acting().display_name, now(), _("岗位清单导出")))
    audit("posts.exported", "posts_post", None, {"rows": count})
    content.seek(0)
    return send_file(content, _XLSX, as_attachment=True, download_name=f"{_('岗位清单')}.xlsx")


@requires(READ)
def paper() -> Response:
    """The open posts on paper, for the notice board."""
    rows = queries.listed(acting(), _wanted("", state="open"), limit=MOST_PRINTED)
    single = _single()
    return Response(papers.post_list(single.name if single else "", rows), mimetype="application/pdf",
                    headers={"Content-Disposition": f'inline; filename="{today():%Y%m%d}.pdf"'})


def _wanted(text: str, state: str | None = None) -> PostFilter:
    kept = _address()
    return PostFilter(state or kept["tab"], kept["category"] or "", text)


def _address() -> dict[str, Any]:
    """What of the list's narrowing may stand in an address."""
    tab, category = request.values.get("tab", ""), request.values.get("category", "")[:20]
    return {"tab": tab if tab in MATTER_STATES else "open", "category": category or None}


def _single() -> Any:
    """The one community over which the person has a grant, if it is no more than that."""
    grants = grants_for(acting(), READ)
    return grants[0] if len(grants) == 1 and grants[0].kind == "community" else None


def _place() -> uuid.UUID | None:
    single = _single()
    return single.organization_id if single else None


ROUTES: tuple[Route, ...] = (
    ("/", "index", index, GET), ("/search", "search", search, POST), ("/members/find", "find_members", members, POST),
    ("/export", "export", export, GET), ("/list.pdf", "paper", paper, GET), ("/<uuid:matter_id>", "show", show, GET))
