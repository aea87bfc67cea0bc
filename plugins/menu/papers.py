"""The menu as a paper (D7): numbered by category in two columns, so that somebody without a phone points at it or rings up."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from core.api import _, current_tenant, qr_svg, render_layout, settings, today
from plugins.menu.times import times_said

LAYOUT = Path(__file__).parent / "layouts" / "menu.typ"


def menu(community: str, rows: Sequence[Any], names: Callable[[Sequence[Any]], Callable[[Any], str]], address: str, community_id: uuid.UUID) -> bytes:
    """The PDF of a community's menu; `names` makes the function that says who offers a row, `address` is the public page's."""
    values, name_of = settings("menu", community_id), names(rows)
    orders = values["public_form"] != "off"
    how = [_("到社区说出编号，由社区代为登记。")]
    if values["phone"]:
        how.append(_("打电话 %(phone)s，说出编号。", phone=values["phone"]))
    if orders:
        how.append(_("用手机扫描二维码自己点单。"))
    groups = [{"title": category, "items": [_item(row, name_of(row)) for row in items]}
              for category, items in groupby(rows, key=lambda row: row.category)]
    return render_layout(LAYOUT, {
        "title": _("%(community)s服务菜单", community=community), "tenant": current_tenant().name, "groups": groups, "how": how,
        "how_title": _("怎样点单"), "empty": _("菜单上还没有服务。"), "qr": qr_svg(address) if orders else None,
        "printed": _("%(day)s 印", day=today().isoformat())})


def _item(row: Any, name: str) -> dict[str, str]:
    return {"number": str(row.number), "title": row.title, "description": row.description or "", "who": name,
            "when": times_said(row.times, row.times_words), "long": _("约 %(count)s 分钟", count=row.minutes)}
