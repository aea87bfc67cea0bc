"""What the overview shows: core's own figures and those of the plugins that work here, with their titles."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from core.extension.dispatch import collect_from
from core.extension.figures import Figure, FigureRequest, Side
from core.extension.registry import current
from core.i18n import LazyString, _l

REPORTING, SERVICE, JUDGEMENT = _l("报到"), _l("服务"), _l("服务对象评价")
CORE: tuple[tuple[LazyString, Figure], ...] = (
    (REPORTING, Figure("expected", _l("在册党员"), unit=_l("人"), now=True, order=1)),
    (REPORTING, Figure("reported", _l("已报到"), unit=_l("人"), now=True, of="expected", order=2)),
    (REPORTING, Figure("report_ins", _l("期内报到"), unit=_l("人次"), order=3)),
    (SERVICE, Figure("records", _l("服务次数"), unit=_l("次"), order=11)),
    (SERVICE, Figure("minutes", _l("服务时长"), unit=_l("小时"), scale=60, order=12)),
    (SERVICE, Figure("served", _l("参加服务的党员"), unit=_l("人"), of="expected", order=13)),
    (SERVICE, Figure("at_norm", _l("达到每年次数的党员"), unit=_l("人"), of="expected", order=14)),
    (JUDGEMENT, Figure("satisfied", _l("评价为满意"), unit=_l("次"), of="records", order=21)),
    (JUDGEMENT, Figure("fair", _l("评价为基本满意"), unit=_l("次"), of="records", order=22)),
    (JUDGEMENT, Figure("dissatisfied", _l("评价为不满意"), unit=_l("次"), of="records", order=23)),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure with the part of the page on which it stands; `plugin` is empty for core's own."""

    part: str | LazyString
    figure: Figure
    plugin: str = ""


def shown(side: Side) -> list[Shown]:
    """Core's figures, then the plugins' by plugin, in their orders; nothing is counted."""
    nothing = FigureRequest(side, (), dt.date.min, dt.date.min)
    found = core_figures()
    titles = current().plugins
    for plugin, figures in collect_from("overview_figures", request=nothing):
        own = sorted((figure for figure in figures if figure.key.partition(".")[0] == plugin), key=lambda figure: figure.order)
        found += [Shown(titles[plugin].title, figure, plugin) for figure in own]
    return found


def core_figures() -> list[Shown]:
    """Core's own, in their order."""
    return [Shown(part, figure) for part, figure in CORE]
