"""Pledges 公开承诺: what members promise on what they have claimed, in public (R37, R56, R57, R77)."""
from __future__ import annotations

from core.api import Plugin, _l

plugin = Plugin(name="pledges", title=_l("公开承诺"),
                description=_l("党员对认领的事项作出承诺，社区公开展示，群众监督，单位备案。"), version="1.0.0", package=__name__)
