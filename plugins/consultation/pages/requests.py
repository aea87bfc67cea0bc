"""One request: for the asker, for a superior that was named, and for the community with the facts beside the form (R26, R73)."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, _, acting, audit, organization, requires, settings, today
from core.pages import Route, asked, attempt, day, refused, said, version
from plugins.consultation import answering, facts, queries, rights, tracing
from plugins.consultation.pages.asking import BASES
from plugins.consultation.pages.doing import opinions, words
from plugins.consultation.words import OPINION_TONES, OPINIONS


@requires("consultation.read")
def show(consultation_id: uuid.UUID) -> str:
    """The request."""
    return _page(consultation_id)


def _page(request_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    seen = rights.sides(request_id)
    row, subjects = queries.one(request_id), queries.subjects(request_id)
    answers = queries.answers([request_id], drafts=seen.community or seen.street)
    draft = next((one for one in answers if one.round == row["round"] and one.answered_on is None), None)
    latest = draft or (answers[-1] if answers else None)
    audit("consultation.seen", "consultation_request", request_id, {"persons": len(subjects)})
    return render_template(
        "consultation/show.html", row=row, subjects=subjects, seen=seen, answers=[one for one in answers if one.answered_on], draft=draft,
        latest=latest.opinions if latest else {}, known=_known(row, subjects) if seen.community or seen.street else {}, since=facts.since(),
        opinions=OPINIONS, tones=OPINION_TONES, bases=BASES, me=acting().account_id, two=settings("consultation")["signatures"] == "two",
        today=today(), error=refused(error) if error else None, typed=said)


def _known(row: dict[str, Any], subjects: list[dict[str, Any]]) -> dict[uuid.UUID, dict[str, Any]]:
    """By subject, what the system knows."""
    if row["kind"] == "members":
        found = facts.of_members([one["member_id"] for one in subjects if one["member_id"]], row["community_id"])
        return {one["id"]: found[one["member_id"]] for one in subjects if one["member_id"]}
    place = organization(row["organization_id"])
    return {one["id"]: {"place": facts.of_place(place.id, place.path, row["community_id"])} for one in subjects} if place.kind == "unit" else {}


def _do(request_id: uuid.UUID, action: Any, done: str, back: str | None = None) -> Any:
    return attempt(action, done, back or url_for("consultation.show", consultation_id=request_id), lambda error: _page(request_id, error))


@requires("consultation.answer")
def answer(consultation_id: uuid.UUID) -> Response:
    """Keep what was written, and sign it where that was pressed."""
    rights.require_community(consultation_id)
    given, place = opinions([one["id"] for one in queries.subjects(consultation_id)]), rights.require_signer(consultation_id)
    signs = bool(said("sign"))

    def do() -> None:
        answering.write(consultation_id, version(), given)
        if signs:
            answering.sign(consultation_id, None, place)
    return _do(consultation_id, do, _("已保存并签字。") if signs else _("已保存，还没有签字。"))


@requires("consultation.sign")
def sign(consultation_id: uuid.UUID) -> Response:
    """Sign what was read; with the last signature the answer goes back to the asker."""
    place = rights.require_signer(consultation_id)
    street = not rights.sides(consultation_id).community
    back = url_for("consultation.inbox") if street else None
    return _do(consultation_id, lambda: answering.sign(consultation_id, words(), place), _("已签字。"), back)


@requires("consultation.sign")
def send_back(consultation_id: uuid.UUID) -> Response:
    """The second reader asks for a change instead of signing."""
    rights.require_signer(consultation_id)
    back = None if rights.sides(consultation_id).community else url_for("consultation.inbox")
    return _do(consultation_id, lambda: answering.return_to_writer(consultation_id, words(), said("reason")), _("已退回修改。"), back)


@requires("consultation.answer")
def extend(consultation_id: uuid.UUID) -> Response:
    """Move the deadline once."""
    rights.require_community(consultation_id)
    return _do(consultation_id, lambda: tracing.extend(consultation_id, version(), day("deadline"), said("reason")),
               _("已延期，对方可以看到。"))


@requires("consultation.ask")
def withdraw(consultation_id: uuid.UUID) -> Response | str:
    """Take the request back, after asking once more."""
    rights.require_asker(consultation_id)
    if len(said("reason")) > 1 and (question := asked(_("确定撤回吗？撤回后社区不再答复，不能恢复。"), _("撤回"),
                                                      url_for("consultation.show", consultation_id=consultation_id))):
        return question
    return _do(consultation_id, lambda: tracing.withdraw(consultation_id, version(), said("reason")), _("已撤回。"))


@requires("consultation.ask")
def reopen(consultation_id: uuid.UUID) -> Response:
    """Ask for an addition."""
    rights.require_asker(consultation_id)
    return _do(consultation_id, lambda: tracing.reopen(consultation_id, version(), day("deadline"), said("reason")),
               _("已请社区补充，原来的答复保留。"))


@requires("consultation.ask")
def outcome(consultation_id: uuid.UUID) -> Response:
    """Note what came of it."""
    rights.require_asker(consultation_id)
    return _do(consultation_id, lambda: tracing.note_outcome(consultation_id, version(), said("outcome")), _("已登记结果。"))


_AT = "/requests/<uuid:consultation_id>"
ROUTES: tuple[Route, ...] = ((_AT, "show", show, "GET"), (f"{_AT}/answer", "answer", answer, "POST"), (f"{_AT}/sign", "sign", sign, "POST"),
                             (f"{_AT}/send-back", "send_back", send_back, "POST"), (f"{_AT}/extend", "extend", extend, "POST"),
                             (f"{_AT}/withdraw", "withdraw", withdraw, "POST"), (f"{_AT}/reopen", "reopen", reopen, "POST"),
                             (f"{_AT}/outcome", "outcome", outcome, "POST"))
