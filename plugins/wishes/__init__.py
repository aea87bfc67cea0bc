"""Micro-wishes 微心愿: residents' small wishes, claimed, granted and written off (R58, R59, R74, R75)."""
from __future__ import annotations

from core.api import Plugin, _l

plugin = Plugin(name="wishes", title=_l("微心愿"),
                description=_l("征集、认领、办理和核销微心愿，心愿墙不显示居民身份。"), version="1.0.0", package=__name__)
