"""The list of posts 岗位清单 on paper (D5), for the notice board of one community; papers are Chinese, whatever language an officer reads."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.api import PaperColumn, TablePaper, audit, current_tenant, table_pdf, today
from plugins.posts import times

COLUMNS = (PaperColumn("序号", 0.4, "center"), PaperColumn("类别", 0.9), PaperColumn("岗位", 1.3), PaperColumn("职责", 2.6),
           PaperColumn("时间", 1.5), PaperColumn("地点", 1.1), PaperColumn("需要", 0.5, "center"), PaperColumn("还缺", 0.5, "center"))


def post_list(title: str, rows: Sequence[Any]) -> bytes:
    """The open posts of a list as a table to be put up; it names no member and no recipient."""
    lines = [[str(number), row.category, row.title, row.duties, times.said(row.times, row.times_words), row.place or "", str(row.places),
              str(row.places - row.taken)] for number, row in enumerate(rows, 1)]
    day = today()
    audit("posts.list_printed", "posts_post", None, {"count": len(lines)})
    return table_pdf(TablePaper(f"{title}岗位清单", COLUMNS, lines, subtitle="愿意认领的党员，请在手机上认领，或到社区党员群众服务中心登记。",
                                note=f"{current_tenant().name}　{day.year}年{day.month}月{day.day}日", landscape=True))
