"""Letters in numbers, for the overview: what communities sent and what units answered."""
from __future__ import annotations

from core.api import Figure, FigureRequest, _, figure_counts
from plugins.feedback.models import FeedbackPack


def figures(request: FigureRequest) -> list[Figure]:
    """One statement a figure; a correction stands for the letter that it replaces and is a letter of its own."""
    where = FeedbackPack.unit_id if request.side == "unit" else FeedbackPack.community_id
    there = where.is_not(None)
    sent = _("收到的反馈") if request.side == "unit" else _("送出的反馈")
    return [Figure("feedback.sent", sent, figure_counts(request, where, FeedbackPack.sent_on, there), _("份"), order=1),
            Figure("feedback.answered", _("已答复的反馈"), figure_counts(request, where, FeedbackPack.answered_on, there), _("份"), order=2)]
