"""The forms of the menu: their fields as the page shows them, with what was typed and what must be mended, and what they bring."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from core.api import FormField, Invalid, _
from core.pages import chosen, day, said
from plugins.menu import times
from plugins.menu.contacts import Contact
from plugins.menu.offers import OfferInput
from plugins.menu.proposing import MOST
from plugins.menu.times import Slot
from plugins.menu.words import DAYS, GROUPS, PARTS

Errors = Mapping[str, Sequence[str]]
Choices = Sequence[tuple[Any, Any]]
MANY = 5


class Maker:
    """Makes fields that keep what was typed (`values`) and say what is wrong with it."""

    def __init__(self, values: Mapping[str, Any], errors: Errors) -> None:
        self._values, self._errors = values, errors

    def field(self, name: str, kind: str, label: str, *, help: str = "", required: bool = False, choices: Choices = (),  # noqa: A002
              **attributes: object) -> FormField:
        """One field."""
        given = self._values.getlist(name) if hasattr(self._values, "getlist") else self._values.get(name)
        many = given if isinstance(given, (list, tuple)) else [] if given is None else [given]
        return FormField(name, kind, label, help, required, tuple(str(one) for one in many if one != ""), tuple((str(a), str(b)) for a, b in choices),
                     tuple(self._errors.get(name, ())), attributes)


def offer_fields(values: Mapping[str, Any], errors: Errors, categories: Sequence[str], communities: Choices) -> list[FormField]:
    """The fields of an offer."""
    make = Maker(values, errors).field
    return [
        make("title", "text", _("服务名称"), help=_("写能做什么，如“修水龙头”“量血压”"), required=True, maxlength=60),
        make("category", "select", _("分类"), required=True, choices=[(one, one) for one in categories]),
        make("description", "textarea", _("说明（可不填）"), help=_("怎样服务、需要居民准备什么。公开显示，请不要写电话"), maxlength=300, rows=3),
        make("minutes", "number", _("一次大约几分钟"), required=True, min=1, max=1440, inputmode="numeric"),
        make("times", "textarea", _("可以服务的时间（可不填）"), help=_("每行一个，如“周六 9:00-11:30”"), rows=3, maxlength=400),
        make("times_words", "text", _("时间补充说明（可不填）"), help=_("如“节假日提前一天约”"), maxlength=60),
        make("monthly", "number", _("每月最多几次（可不填）"), help=_("约满后当月不能再约"), min=1, max=1000, inputmode="numeric"),
        make("valid_until", "date", _("有效到（可不填）"), help=_("过了这一天自动下架")),
        *([make("everywhere", "switch", _("提供给下面全部 %(count)s 个社区", count=len(communities)))] if len(communities) > MANY else []),
        make("communities", "checks", _("提供给哪些社区"), required=len(communities) <= MANY, choices=communities)]


def offer_values(row: Any, community_ids: Sequence[uuid.UUID]) -> dict[str, Any]:
    """What stands in the form of an offer that is changed."""
    return {"title": row.title, "category": row.category, "description": row.description, "minutes": row.minutes,
            "times": times.times_text(row.times), "times_words": row.times_words, "monthly": row.monthly, "valid_until": row.valid_until,
            "communities": [str(one) for one in community_ids]}


def read_offer() -> tuple[OfferInput, list[uuid.UUID]]:
    """What the form of an offer brings: the offer, and the communities that were ticked. Raises Invalid."""
    given = OfferInput(said("title"), said("category"), whole("minutes") or 0, said("description")[:300], times.read_times(said("times")),
                       said("times_words")[:60], whole("monthly"), day("valid_until"))
    return given, chosen("communities", 600)


def wish_fields(values: Mapping[str, Any], errors: Errors, *, phone_needed: bool) -> list[FormField]:
    """The fields by which a resident says what, when, and how to be reached."""
    make = Maker(values, errors).field
    return [
        make("wants", "textarea", _("还需要说明什么（可不填）"), help=_("只有社区和来服务的人看得到"), rows=3, maxlength=500),
        make("days", "checks", _("哪天方便（可不选）"), choices=list(DAYS.items())),
        make("parts", "checks", _("什么时候方便（可不选）"), choices=list(PARTS.items())),
        make("wished_words", "text", _("时间上还有什么要求（可不填）"), maxlength=200),
        make("name", "text", _("怎么称呼"), maxlength=30, autocomplete="name"),
        make("phone", "tel", _("联系电话"), help="" if phone_needed else _("没有电话可以不填，由社区上门转告"), required=phone_needed, maxlength=30,
             autocomplete="tel", inputmode="tel"),
        make("address", "text", _("住在哪里（可不填）"), help=_("需要上门服务时填写，只有社区和来服务的人看得到"), maxlength=100),
        make("group", "select", _("属于哪类人群（可不选）"), choices=list(GROUPS.items()))]


def read_contact() -> Contact:
    """What a resident told of himself."""
    return Contact(said("name"), said("phone"), said("address"), said("wants"), said("wished_words"))


def read_wished() -> dict[str, Any]:
    """The days and parts of the day that were ticked."""
    ticked = request.form.getlist("days")
    return {"days": [day for day in DAYS if str(day) in ticked], "parts": request.form.getlist("parts")}


def read_slots(longest: int = MOST) -> list[Slot]:
    """The times that were filled in; a line that was left empty is none. Raises Invalid."""
    found = []
    for number in range(1, longest + 1):
        date, begins, ends = (said(f"{name}{number}") for name in ("day", "begins", "ends"))
        if date or begins or ends:
            found.append(times.slot(date, begins, ends, said("place")))
    return found


def whole(name: str) -> int | None:
    """A whole number of the form, None where it was left empty. Raises Invalid."""
    text = said(name)
    if text and not (text.isdecimal() and len(text) <= 6):
        raise Invalid(_("请填整数。"), {name: [_("请填整数")]})
    return int(text) if text else None
