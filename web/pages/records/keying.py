"""A stack of paper slips keyed in one after the other, by the code on each (R78, D11)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.residents.codes import DIGITS, normalise
from core.service import evaluation
from core.service.models import RATINGS
from core.service.rights import VERIFY, authorize_verify
from core.tenancy import today
from web.forms import load_form
from web.pages.records.blueprint import pages
from web.pages.records.words import RATINGS as RATING_WORDS
from web.rendering import date_zh
from web.tenant import actor


class SlipForm(Schema):
    """One slip of a stack: its code and what was ticked. The day is kept for the next one."""

    code = fields.String(required=True, metadata={"title": _l("评价码")})
    rating = fields.String(required=True, validate=validate.OneOf(RATINGS), metadata={"title": _l("评价")})
    evaluated_on = fields.Date(required=True, metadata={"title": _l("评价日期")})
    comment = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500), metadata={"title": _l("意见和建议")})


@pages.page("/work/keying", access=VERIFY, methods=("GET", "POST"))
def keying() -> str | Response | tuple[str, int]:
    """A stack of paper slips, one after the other: code, rating, Enter. A wrong code is told at once, and nothing is lost."""
    day = request.args.get("day", "")
    if request.method == "GET":
        return _keying({"evaluated_on": day if _is_day(day) else today().isoformat()})
    try:
        data = load_form(SlipForm(), request.form)
        code = _digits(data["code"])
        target = evaluation.find_code(code)
        authorize_verify(actor(), target.record_id)
        evaluation.key_in_code(code, data["rating"], data["comment"], data["evaluated_on"], by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _keying(request.form, error), error.status
    except NotFound:  # another community's slip looks like none at all
        unknown = Invalid(_("没有这个评价码，或已经登记过、过期，或不是本社区的评价单。请核对纸上的 12 位数字；过期的，请打开记录登记。"),
                          {"code": [_("请核对")]})
        return _keying(request.form, unknown), unknown.status
    flash(_("已登记：%(day)s %(title)s（%(rating)s）。请输入下一张。", day=date_zh(target.happened_on), title=target.title,
            rating=RATING_WORDS[data["rating"]]), "success")
    return redirect(url_for("records.keying", day=data["evaluated_on"].isoformat()), 303)


def _keying(values: Mapping[str, str], error: BaodaoError | None = None) -> str:
    return render_template("records/keying.html", values=values, message=error.message if error else None, digits=DIGITS,
                           errors=error.fields if isinstance(error, Invalid) else {}, ratings=RATING_WORDS, today=today().isoformat())


def _digits(typed: str) -> str:
    code = normalise(typed)
    if len(code) != DIGITS:
        raise Invalid(_("评价码是 12 位数字，现在是 %(count)s 位。请对照评价单再输一遍。", count=len(code)), {"code": [_("请核对")]})
    return code


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text) <= today()
    except ValueError:
        return False
