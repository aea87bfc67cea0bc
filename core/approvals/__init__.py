"""Acts that need a second person: written down, confirmed by somebody else, carried out once and exactly as asked (security rule 12)."""
from __future__ import annotations

from core.approvals.asking import ask, confirmers, needed, withdraw
from core.approvals.deciding import confirm, refuse
from core.approvals.exports import bulk_export
from core.approvals.kinds import define

__all__ = ["ask", "bulk_export", "confirm", "confirmers", "define", "needed", "refuse", "withdraw"]
