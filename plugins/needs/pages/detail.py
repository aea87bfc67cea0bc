"""One need: what was said, what may be done with it now, what may be the same, and its history."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, url_for
from sqlalchemy import select

from core.api import (
    PRIORITY_GROUPS,
    _,
    acting,
    allowed,
    audit_history,
    collect,
    matter_kind,
    matter_rows,
    place_target,
    requires,
    session,
    settings,
    unseal,
)
from core.pages import Route
from plugins.needs import merging, queries
from plugins.needs.models import OPEN, Need
from plugins.needs.pages.doing import reached_need
from plugins.needs.pages.fields import Form
from plugins.needs.pages.work import ageing, community_name, sees_words
from plugins.needs.words import CHANNELS, STATES, TONES
from plugins.needs.writing import Contact

EXCERPT = 80


@requires("needs.read")
def show(need_id: uuid.UUID) -> str:
    """The page of a need."""
    return page(reached_need(need_id, "needs.read"))


def page(row: Need, form: Form | None = None, failed: str = "", contact: Contact | None = None) -> str:
    """The page; `form` holds what was typed into the form `failed`, `contact` is shown once it was asked for."""
    target = place_target(row.community_id)
    manages, words = allowed(acting(), "needs.manage", target), sees_words(target.paths[0])
    shown = form or Form()
    classifying = Form() if failed != "classify" else shown
    fields = {
        "category": classifying.field("category", _("类别"), "radio", row.category, required=True,
                                      choices=[(one, one) for one in _categories(row)]),
        "summary": classifying.field("summary", _("概括"), "text", row.summary, required=True, maxlength=100,
                                     help=_("一句话，给大家看的：不写姓名、电话和门牌。会用在公告和认领事项里。")),
        "recipient_group": classifying.field("recipient_group", _("重点群体"), "select", row.recipient_group or "", choices=PRIORITY_GROUPS.items()),
        "answer": (shown if failed == "answer" else Form()).field("answer", _("答复"), "textarea", _answer(row), required=True, maxlength=1000, rows=3),
        "reason": (shown if failed == "refuse" else Form()).field("reason", _("为什么不能办"), "textarea", required=True, maxlength=1000, rows=3,
                                                                  help=_("写清原因和还可以找谁，对方会看到。"))}
    return render_template(
        "needs/show.html", row=row, community=community_name(row.community_id), text=queries.said(row) if words else None, answer=_answer(row),
        ageing=ageing(row), states=STATES, tones=TONES, channel=row.channel_note or str(CHANNELS[row.channel]),
        group=str(PRIORITY_GROUPS.get(row.recipient_group or "", "")), manages=manages, fields=fields, form=shown, failed=failed, contact=contact,
        open=row.state in OPEN, proposals=_proposals(row) if manages and row.state in ("new", "classified") else [],
        merged=_merged(row, words), into=row.merged_into, makers=_makers(row) if manages and row.state in ("new", "classified") else [], matter=_matter(row),
        history=_history(row))


def _categories(row: Need) -> list[str]:
    known = list(settings("needs", row.community_id)["categories"])
    return known if row.category in known else [row.category, *known]


def _answer(row: Need) -> str:
    return unseal("needs_need", "answer", row.id, row.answer) or ""


def _proposals(row: Need) -> list[dict[str, Any]]:
    return [{"id": one.id, "text": one.text[:EXCERPT], "received_on": one.received_on, "state": str(STATES[one.state]),
             "words": _("、").join(one.words), "url": url_for("needs.show", need_id=one.id)} for one in merging.proposals(row)]


def _merged(row: Need, words: bool) -> list[dict[str, Any]]:
    return [{"url": url_for("needs.show", need_id=one.id), "received_on": one.received_on,
             "text": queries.said(one)[:EXCERPT] if words else ""} for one in queries.merged_into(row.id)]


def _makers(row: Need) -> list[dict[str, Any]]:
    """What the need can be put up as: the pages of the plugins that work here and that the actor may use."""
    found = [maker for maker in collect("matter_makers") if acting().can(maker.permission)]
    return [{"title": maker.title, "url": url_for(maker.endpoint, origin="needs", origin_id=row.id, community=row.community_id)}
            for maker in sorted(found, key=lambda maker: maker.order)]


def _matter(row: Need) -> dict[str, Any] | None:
    """What it was put up as, with the address of its page while the plugin that did so works."""
    if row.matter_id is None:
        return None
    matters = matter_rows()
    found = session().execute(select(matters.c.title, matters.c.state, matters.c.taken, matters.c.source)
                              .where(matters.c.id == row.matter_id)).one_or_none()
    if found is None:
        return None
    kind = matter_kind(found.source)
    return {**found._mapping, "url": url_for(kind.show, matter_id=row.matter_id) if kind else None}


def _history(row: Need) -> list[dict[str, Any]]:
    """The steps out of the log: what and when, never what was said."""
    titles = {"needs.received": _("收到"), "needs.classified": _("分类并概括"), "needs.answered": _("答复"), "needs.refused": _("答复不能办理"),
              "needs.done": _("办结"), "needs.reopened": _("撤销办结，重新办理"), "needs.merged": _("归并到另一条"), "needs.unmerged": _("撤销归并"),
              "needs.turned": _("转为认领事项"), "needs.returned": _("认领事项已关闭，没有人服务"), "needs.contact_seen": _("查看联系方式"),
              "needs.contact_erased": _("清除联系方式"), "needs.receipt_issued": _("印发回执码"), "needs.answer_printed": _("打印答复单")}
    return [{"when": one.at, "title": titles[one.action]} for one in audit_history("needs_need", row.id) if one.action in titles]


ROUTES: tuple[Route, ...] = (("/needs/<uuid:need_id>", "show", show, "GET"),)
