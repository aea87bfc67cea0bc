"""One pack, for the community and for the unit: its members, its remarks, and the next step of whoever's turn it is."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, _, acting, organization_names, requires, settings, today
from core.pages import Route, asked, attempt, day, me, refused, said, version
from plugins.feedback import making, moving, periods, queries, remarks, rights, thread
from plugins.feedback.words import CHANNELS, REPORTED, STATES, TONES, UNIT_STATES, hours, waived


@requires("feedback.read")
def show(feedback_pack_id: uuid.UUID) -> str:
    """The pack."""
    return _page(feedback_pack_id)


def _page(feedback_pack_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    side = rights.require_read(feedback_pack_id)
    pack, lines = queries.one(feedback_pack_id), queries.lines_of([feedback_pack_id])[feedback_pack_id]
    names = organization_names({pack.community_id, pack.unit_id})
    manages, answers = rights.manages(feedback_pack_id), rights.answers(feedback_pack_id)
    words = STATES if side == "community" else UNIT_STATES
    return render_template(
        "feedback/pack.html", pack=pack, lines=lines, unit=names.get(pack.unit_id, ""), side=side, manages=manages, answers=answers,
        community=names.get(pack.community_id, "") if pack.community_id else pack.sender, word=words[pack.state], tone=TONES[pack.state],
        when=periods.words(pack.period), hours=hours, waived=waived(pack), reported=REPORTED, channels=CHANNELS, today=today(),
        replies=queries.of_pack(feedback_pack_id),
        own=acting().member_id, signer=acting().display_name, days=settings("feedback", pack.community_id)["answer_days"],
        error=refused(error), typed=said, remarks=request.form if error else {})


def _do(feedback_pack_id: uuid.UUID, action: Any, done: str) -> Any:
    return attempt(action, done, url_for("feedback.pack", feedback_pack_id=feedback_pack_id), lambda error: _page(feedback_pack_id, error))


@requires("feedback.manage")
def remark(feedback_pack_id: uuid.UUID) -> Response:
    """Keep the remarks."""
    rights.require_manage(feedback_pack_id)
    lines = {line.id: request.form[f"line-{line.id}"] for line in queries.lines_of([feedback_pack_id])[feedback_pack_id] if f"line-{line.id}" in request.form}
    return _do(feedback_pack_id, lambda: remarks.keep(feedback_pack_id, version(), said("remark"), lines, own=acting().member_id), _("评语已保存。"))


@requires("feedback.manage")
def review(feedback_pack_id: uuid.UUID) -> Response:
    """Review it."""
    rights.require_manage(feedback_pack_id)
    return _do(feedback_pack_id, lambda: moving.review(feedback_pack_id, version(), by=me()), _("已审核，可以签发。"))


@requires("feedback.manage")
def sign(feedback_pack_id: uuid.UUID) -> Response:
    """Sign it."""
    rights.require_manage(feedback_pack_id)
    return _do(feedback_pack_id, lambda: moving.sign(feedback_pack_id, version(), said("signer"), by=me()), _("已签发，可以送出或打印。"))


@requires("feedback.manage")
def take_back(feedback_pack_id: uuid.UUID) -> Response:
    """Make a draft of it again."""
    rights.require_manage(feedback_pack_id)
    return _do(feedback_pack_id, lambda: moving.take_back(feedback_pack_id, version()), _("已退回，可以修改或重新生成。"))


@requires("feedback.manage")
def make_anew(feedback_pack_id: uuid.UUID) -> Response:
    """Gather its figures once more."""
    rights.require_manage(feedback_pack_id)
    return _do(feedback_pack_id, lambda: making.make_anew(feedback_pack_id, version()), _("已按现在的情况重新生成，评语没有变。"))


@requires("feedback.manage")
def send(feedback_pack_id: uuid.UUID) -> Response | str:
    """Send it, or note the day on which it was handed over on paper."""
    rights.require_manage(feedback_pack_id)
    paper = said("how") == "paper"
    back = url_for("feedback.pack", feedback_pack_id=feedback_pack_id)
    if not paper and (question := asked(_("送出后单位马上可以看到，内容不能再改。确定送出吗？"), _("送出"), back)):
        return question

    def do() -> None:
        handed = day("handed_on") if paper else None
        if paper and handed is None:
            raise Invalid(_("请填写纸质送交的日期。"), {"handed_on": [_("请填写")]})
        moving.send(feedback_pack_id, version(), handed_on=handed)
    return _do(feedback_pack_id, do, _("已登记纸质送交。") if paper else _("已送出，单位可以看到。"))


@requires("feedback.manage")
def correct(feedback_pack_id: uuid.UUID) -> Response | str:
    """Begin a correction of one that is out."""
    rights.require_manage(feedback_pack_id)
    back = url_for("feedback.pack", feedback_pack_id=feedback_pack_id)
    if question := asked(_("将按现在的情况另做一份更正，送出后代替这一份；这一份保留不变。"), _("做更正"), back):
        return question
    made: list[uuid.UUID] = []
    answer = attempt(lambda: made.append(making.correct(feedback_pack_id, version())), _("更正已生成，请核对后审核、签发、送出。"), back,
                     lambda error: _page(feedback_pack_id, error))
    if made:
        answer.location = url_for("feedback.pack", feedback_pack_id=made[0])
    return answer


@requires("feedback.manage")
def archive(feedback_pack_id: uuid.UUID) -> Response:
    """Put it to the files."""
    rights.require_manage(feedback_pack_id)
    return _do(feedback_pack_id, lambda: moving.archive(feedback_pack_id, version()), _("已归档。"))


@requires("feedback.read")
def answer(feedback_pack_id: uuid.UUID) -> Response:
    """The unit's answer, by its liaison or keyed in from paper by the community."""
    rights.require_keying(feedback_pack_id)
    return _do(feedback_pack_id, lambda: thread.answer(feedback_pack_id, version(), thread.Word(said("body"), day("written_on")), by=me()), _("答复已保存。"))


@requires("feedback.answer")
def take_note(feedback_pack_id: uuid.UUID) -> Response:
    """The unit has read it."""
    rights.require_answer(feedback_pack_id)
    return _do(feedback_pack_id, lambda: moving.take_note(feedback_pack_id, version()), _("已签收，社区可以看到。"))


_AT = "/packs/<uuid:feedback_pack_id>"
ROUTES: tuple[Route, ...] = ((_AT, "pack", show, "GET"), (f"{_AT}/remarks", "remark", remark, "POST"), (f"{_AT}/review", "review", review, "POST"),
                             (f"{_AT}/sign", "sign", sign, "POST"), (f"{_AT}/take-back", "take_back", take_back, "POST"),
                             (f"{_AT}/anew", "make_anew", make_anew, "POST"), (f"{_AT}/send", "send", send, "POST"),
                             (f"{_AT}/correct", "correct", correct, "POST"), (f"{_AT}/archive", "archive", archive, "POST"),
                             (f"{_AT}/answer", "answer", answer, "POST"), (f"{_AT}/read", "take_note", take_note, "POST"))
