"""Says what somebody probably meant by a name that does not exist."""
from __future__ import annotations

import difflib
from collections.abc import Iterable

from core.i18n import _


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A half sentence with the nearest known name, or nothing."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return _("（您是否想写 %(name)s？）", name=near[0]) if near else ""
