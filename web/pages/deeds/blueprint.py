"""The blueprint of the deeds' pages, and the words for their states."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import NotFound
from core.i18n import _l
from core.rules.deed_queries import DeedRow
from core.rules.deeds import deed_kinds
from core.rules.kinds import rule_kinds
from web.routing import Pages

pages = Pages("deeds", __name__, url_prefix="/deeds")
READ, ENTER, APPROVE, OWN = "deeds.read", "deeds.enter", "deeds.approve", "deeds.self"
STATES = {"declared": _l("待审核"), "approved": _l("已认定"), "refused": _l("不予认定"), "withdrawn": _l("已撤销")}
TONES = {"declared": "warn", "approved": "good", "refused": "bad", "withdrawn": "neutral"}


def known_kinds() -> dict[str, Mapping[str, Any]]:
    """The kinds that the tenant's rules know. Raises NotFound while no plugin with rules is on: then there are no such pages."""
    if not rule_kinds():
        raise NotFound
    return deed_kinds()


def shown(deed: DeedRow, kinds: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A deed with its kind in words and its quantity with the unit."""
    kind = kinds.get(deed.kind, {})
    amount = f"{deed.quantity} {kind.get('counted_in', '')}".strip()
    return deed._asdict() | {"kind_title": kind.get("title", deed.kind), "amount": amount, "state": STATES[deed.status], "tone": TONES[deed.status],
                             "whose": deed.member or deed.unit}
