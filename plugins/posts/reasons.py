"""Why something is proposed, in words: to the member, and to the officer who decides whether to ask."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.api import _, _l, term
from plugins.posts.fitting import Fit

PARTS = {"weekend": _l("周末"), "evening": _l("晚上"), "workday": _l("工作日")}


def said(fit: Fit) -> str:
    """The reasons of a proposal in one line."""
    return _("；").join(_SAID[key](about) for key, about in fit.reasons)


def _skills(about: list[str]) -> str:
    return _("有特长：%(words)s", words=_("、").join(about))


def _preferences(about: list[str]) -> str:
    return _("有服务意愿：%(words)s", words=_("、").join(about))


def _distance(about: tuple[str, int]) -> str:
    tie, near = about
    if near == 3:
        return _("住在本%(place)s", place=term("community")) if tie == "residence" else _("在本%(place)s工作", place=term("community"))
    if near == 2:
        return _("住在同一街道") if tie == "residence" else _("在同一街道工作")
    return _("住在同一区县") if tie == "residence" else _("在同一区县工作")


def _times(about: list[str]) -> str:
    return _("愿意在%(when)s服务", when=_("、").join(str(PARTS[part]) for part in about))


def _load(about: int) -> str:
    return _("目前承担 %(count)s 项", count=about) if about else _("目前没有岗位")


_SAID: Mapping[str, Callable[[Any], str]] = {
    "skills": _skills, "preferences": _preferences, "distance": _distance, "times": _times, "load": _load,
    "reported": lambda _about: _("已报到"), "released": lambda _about: _("以前退出过这个岗位，请先问本人意愿")}
