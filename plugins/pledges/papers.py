"""The poster for the community's notice board: what is promised and by when, with a code that leads to the board."""
from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from core.api import Conflict, _, current_tenant, qr_svg, render_layout, today
from plugins.pledges import board

LAYOUT = Path(__file__).with_name("poster.typ")
MOST = 300


def poster(community_id: uuid.UUID, name: str, address: str, *, size: str = "a4") -> bytes:
    """The PDF of all open pledges, 300 at most, the next deadline first; `size` is a3 or a4. Raises Conflict where there are none.

    Papers are Chinese, whatever language an officer reads.
    """
    rows = [*board.page(community_id, "late", limit=MOST)[:MOST], *board.page(community_id, "open", limit=MOST)[:MOST]][:MOST]
    if not rows:
        raise Conflict(_("还没有公开的承诺，没有可打印的内容。"))
    day = today()
    return render_layout(LAYOUT, {"paper": size, "title": "在职党员公开承诺", "place": name, "tenant": current_tenant().name, "qr": qr_svg(address),
                                  "printed": f"{day.year}年{day.month}月{day.day}日", "units": any(row["unit"] for row in rows),
                                  "rows": [_cells(row) for row in rows]})


def _cells(row: dict[str, Any]) -> dict[str, str]:
    deadline = row["deadline"]
    return {"who": row["who"], "unit": row["unit"], "title": row["title"], "text": row["text"],
            "deadline": f"{deadline.year}年{deadline.month}月{deadline.day}日"}
