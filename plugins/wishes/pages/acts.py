"""What the community's officer does with one wish: the gate, withdrawing, done, writing off, sending back."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import url_for
from marshmallow import Schema

from core.api import _, requires
from core.pages import Route, asked, attempt, me, version
from plugins.wishes import claims, fulfilling, gate
from plugins.wishes.fulfilling import Judgement
from plugins.wishes.gate import AcceptInput
from plugins.wishes.models import WishesWish
from plugins.wishes.pages import forms
from plugins.wishes.pages.detail import page
from plugins.wishes.pages.doing import Answer, reached, typed


@requires("wishes.manage")
def accept(wish_id: uuid.UUID) -> Answer:
    """Put it on the wall."""
    def do(data: dict[str, Any]) -> None:
        gate_answers = {name: data.pop(name) == "yes" for name in ("concrete", "real", "easy")}
        gate.accept(wish_id, version(), AcceptInput(**data, **gate_answers), by=me())
    return _done(wish_id, "accept", forms.AcceptForm(), do, _("已上墙，等党员认领。"))


@requires("wishes.manage")
def split(wish_id: uuid.UUID) -> Answer:
    """Make several smaller ones of it."""
    return _done(wish_id, "split", forms.SplitForm(), lambda data: gate.split(wish_id, version(), data["part"].splitlines(), by=me()),
                 _("已拆分，请逐个审核。"))


@requires("wishes.manage")
def refuse(wish_id: uuid.UUID) -> Answer:
    """Answer that it cannot be taken on."""
    return _done(wish_id, "refuse", forms.RefuseForm(), lambda data: gate.refuse(wish_id, version(), data["answer"], by=me()),
                 _("已答复。可以打印答复交给居民，居民凭回执码也看得到。"))


@requires("wishes.manage")
def withdraw(wish_id: uuid.UUID) -> Answer:
    """End it, since the resident no longer wishes it."""
    return _done(wish_id, "withdraw", forms.ReasonForm(), lambda data: gate.withdraw(wish_id, version(), data["reason"], by=me()), _("已撤回。"))


@requires("wishes.manage")
def undo(wish_id: uuid.UUID) -> Answer:
    """Take it off the wall again, as long as nobody has claimed it."""
    reached(wish_id, "wishes.manage")
    return attempt(lambda: gate.undo_accept(wish_id, version(), by=me()), _("已从心愿墙撤下，可以重新审核。"), _address(wish_id))


@requires("wishes.manage")
def release(wish_id: uuid.UUID) -> Answer:
    """Give the claim up in the claimer's name."""
    return _done(wish_id, "release", forms.ReasonForm(), lambda data: claims.release(wish_id, data["reason"]), _("已退出认领，心愿回到墙上。"))


@requires("wishes.manage")
def done(wish_id: uuid.UUID) -> Answer:
    """Say that it is done, for a claimer without a phone."""
    return _done(wish_id, "done", forms.DoneForm(), lambda data: fulfilling.report_done(
        wish_id, data["served_on"], data["minutes"], data["proof"], by=me()), _("已登记办好，等居民核销。"))


@requires("wishes.manage")
def write_off(wish_id: uuid.UUID) -> Answer:
    """Key in the signed slip, or what was heard on a visit."""
    def do(data: dict[str, Any]) -> None:
        judgement = Judgement(data["channel"], data["rating"], data["comment"], data["judged_on"])
        fulfilling.write_off(wish_id, version(), judgement, by=me(), served_on=data["served_on"], minutes=data["minutes"])
    return _done(wish_id, "write_off", forms.WriteOffForm(), do, _("已核销，服务已记入认领人的服务纪实。"))


@requires("wishes.manage")
def send_back(wish_id: uuid.UUID) -> Answer:
    """Send it back to the claimer with what is lacking."""
    return _done(wish_id, "send_back", forms.NoteForm(), lambda data: fulfilling.send_back(wish_id, version(), data["note"], by=me()),
                 _("已退回认领人继续办理。"))


@requires("wishes.manage")
def count(wish_id: uuid.UUID) -> Answer:
    """Vouch for the record of a wish that the resident has written off by code; the rating then counts."""
    reached(wish_id, "wishes.manage")
    if question := asked(_("确认这次服务属实，并计入服务纪实？"), _("查验并计入"), _address(wish_id)):
        return question
    return attempt(lambda: fulfilling.count_rating(wish_id, by=me()), _("已查验并计入。"), _address(wish_id))


def _done(wish_id: uuid.UUID, form: str, schema: Schema, do: Callable[[dict[str, Any]], object], told: str) -> Answer:
    """Do what one of the page's forms asks; what is wrong is shown there, with what was typed."""
    row: WishesWish = reached(wish_id, "wishes.manage")
    return attempt(lambda: do(typed(schema)), told, _address(wish_id), lambda error: page(row, error, form))


def _address(wish_id: uuid.UUID) -> str:
    return url_for("wishes.show", matter_id=wish_id)


ROUTES: tuple[Route, ...] = tuple(
    (f"/<uuid:wish_id>/{name}", name.replace("-", "_"), view, "POST") for name, view in {
        "accept": accept, "split": split, "refuse": refuse, "withdraw": withdraw, "undo": undo, "release": release, "done": done,
        "write-off": write_off, "send-back": send_back, "count": count}.items())
