"""What core asks of the reports plugin: the papers about one member, on the member's page."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import Panel, _, acting, hookimpl
from plugins.reports.shelf import fault, formats


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """Links to the formats about one member, for an officer who may make them."""
    if not acting().can("reports.make"):
        return []
    fitting = [one for one in formats() if one.of_member and not fault(one)]
    return [Panel(_("打印表格"), "reports/panel.html", {"formats": fitting, "member_id": member_id})] if fitting else []
