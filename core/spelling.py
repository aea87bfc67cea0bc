"""Says what was probably meant by a name that does not exist."""
from __future__ import annotations

import difflib
from collections.abc import Iterable

from core.i18n import _


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A half sentence with the nearest known name, or nothing."""
    near = nearest(name, known)
    return _("（您是否想写 %(name)s？）", name=near) if near else ""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `name`; None when none is."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)), None)
