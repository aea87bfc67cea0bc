"""The list of posts 岗位清单 (D5) and the service plan 服务计划 (D9) on paper, for a community's notice board; papers are Chinese, whoever prints."""
from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.api import Conflict, PaperColumn, Period, TablePaper, _, audit, current_tenant, render_layout, table_pdf, today, use_locale
from plugins.posts import planning, times

COLUMNS = (PaperColumn("序号", 0.4, "center"), PaperColumn("类别", 0.9), PaperColumn("岗位", 1.3), PaperColumn("职责", 2.6),
           PaperColumn("时间", 1.5), PaperColumn("地点", 1.1), PaperColumn("需要", 0.5, "center"), PaperColumn("还缺", 0.5, "center"))
PLAN = Path(__file__).with_name("plan.typ")
PLAN_HEAD = ("序号", "事项", "时间", "地点", "服务对象", "需要", "还缺")
_CHINESE = "zh_Hans_CN"
_OFFICE = re.compile(r"(?<=社区)居(?:民委员|委)会$|(?<=村)(?:村民委员|村委|民委员|委)会$")


def post_list(title: str, rows: Sequence[Any]) -> bytes:
    """The open posts of a list as a table to be put up; it names no member and no recipient."""
    lines = [[str(number), row.category, row.title, row.duties, times.said(row.times, row.times_words), row.place or "", str(row.places),
              str(row.places - row.taken)] for number, row in enumerate(rows, 1)]
    day = today()
    audit("posts.list_printed", "posts_post", None, {"count": len(lines)})
    return table_pdf(TablePaper(f"{title}岗位清单", COLUMNS, lines, subtitle="愿意认领的党员，请在手机上认领，或到社区党员群众服务中心登记。",
                                note=f"{current_tenant().name}　{day.year}年{day.month}月{day.day}日", landscape=True))


def plan(place: Any, period: Period) -> bytes:
    """A community's plan, to be stamped and put up. Raises Conflict where nothing is planned.

    Neither a recipient's name nor the group stands on it: with the place, the group may tell the neighbours whom it is about.
    """
    with use_locale(_CHINESE):
        lines, more = planning.planned(place.id, period, planning.MOST)
        title = period.title
    if not lines:
        raise Conflict(_("这个时段还没有安排，没有可以打印的。"))
    audit("posts.plan_printed", "organization", place.id, {"count": len(lines), "period": period.code})
    numbered = [{**line, "number": number} for number, line in enumerate(lines, 1)]
    groups = [{"title": f"{kind}（{len(part)} 项）", "rows": [_planned(line) for line in part]} for kind, part in planning.by_kind(numbered)]
    day, wanted, here = today(), sum(line["places"] for line in lines), _OFFICE.sub("", place.name)  # the party's stamp, not the committee's
    return render_layout(PLAN, {
        "place": here, "title": f"{title}服务计划", "head": list(PLAN_HEAD), "groups": groups, "signer": f"{here}党组织",
        "said": f"根据居民需求和社区实际，{title}安排下列服务 {len(lines)} 项，需要 {wanted} 人。愿意参加的在职党员，请在手机上认领，或到社区党员群众服务中心登记。",
        "rest": f"事项较多，以上为前 {planning.MOST} 项。" if more else None, "date": f"{day.year}年{day.month}月{day.day}日",
        "note": f"{current_tenant().name}　{place.name}"})


def _planned(line: dict[str, Any]) -> list[str]:
    return [str(line["number"]), line["title"], line["when"] or "另行约定", line["place"] or "", line["recipient"], str(line["places"]),
            "已结束" if line["closed"] else str(line["left"])]
