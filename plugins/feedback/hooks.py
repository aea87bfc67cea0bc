"""What core asks of the feedback plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import FeedbackArrival, Figure, FigureRequest, MemberData, hookimpl
from plugins.feedback import exporting, figures, sending


@hookimpl
def feedback_arrived(arrival: FeedbackArrival) -> None:
    """A letter or a word of another tenant's community, or a unit's answer to one of ours."""
    sending.arrived(arrival)


@hookimpl
def overview_figures(request: FigureRequest) -> Iterable[Figure]:
    """Letters sent and answered."""
    return figures.figures(request)


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """The member's lines in what was fed back, and what was written about the member."""
    return exporting.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing of the member remains but sums."""
    return exporting.erase(member_id)
