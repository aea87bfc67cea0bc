"""What every page of posts shares: its methods and the small numbers of its forms."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from core.api import Invalid, _

Route = tuple[str, str, Callable[..., Any], tuple[str, ...]]
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
LONGEST = 50  # of what is looked for


def minutes(name: str) -> int | None:
    """A length of the form in minutes; None when it was left empty. Raises Invalid."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text[:6]) <= 1440:
        raise Invalid(_("时长请填 1 至 1440 的整数（分钟）。"), {name: [_("请改正")]})
    return int(text)
