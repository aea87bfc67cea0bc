"""A plugin in one file: a line on the member's page for those who have served in many kinds, by another plugin's measure."""
from __future__ import annotations

import uuid

from core.api import Measure, NotFound, Plugin, _l, measure

ENOUGH = 3


def versatile(member_id: uuid.UUID) -> int:
    """1 for a member who has served in at least three kinds; 0 for others, and where nobody counts kinds."""
    try:
        return int(measure("tally.kinds", member_id) >= ENOUGH)
    except NotFound:
        return 0


plugin = Plugin(name="versatile", title=_l("多面手"), description=_l("服务类别达到三种的党员。"), version="1.0.0", api=1,
                measures=(Measure("versatile.member", _l("是多面手"), versatile),))
