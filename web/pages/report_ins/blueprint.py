"""The blueprint and the words that the modules of this area share."""
from __future__ import annotations

import uuid

from flask import request

from core.i18n import _l
from web.routing import Pages

READ, CONFIRM, SELF, RECEIPT = "registration.read", "registration.confirm", "registration.self", "registration.receipt"
BASES = {"residence": _l("居住地"), "workplace": _l("工作地")}
STATUSES = {"submitted": _l("待确认"), "confirmed": _l("已报到"), "returned": _l("已退回"), "ended": _l("已结束")}
CHANNELS = {"officer": _l("社区现场"), "phone": _l("本人手机"), "paper": _l("纸质回执")}
CLOSED_BY = {"automatic": _l("自动登记"), "paper": _l("录入纸质回执")}
CAUSES = {"initial": _l("首次报到"), "new_member": _l("新增党员"),
          "residence_changed": _l("居住地变动"), "workplace_changed": _l("工作地变动")}

pages = Pages("registration", __name__)


def identity(name: str) -> uuid.UUID | None:
    """A UUID from the address or the form; None when it is absent or malformed."""
    found: uuid.UUID | None = request.values.get(name, type=uuid.UUID)
    return found
