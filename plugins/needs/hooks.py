"""What core tells and asks of the needs plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import Figure, FigureRequest, MatterDraft, MatterFact, MemberData, hookimpl
from plugins.needs import figures, linking, personal


@hookimpl
def matter_drafts(origin: str, origin_id: uuid.UUID) -> Iterable[MatterDraft]:
    """What is known of the need that a matter is made of."""
    return linking.drafts(origin, origin_id)


@hookimpl
def matter_opened(matter: MatterFact) -> None:
    """A need is being seen to."""
    linking.opened(matter)


@hookimpl
def matter_closed(matter: MatterFact) -> None:
    """What came of it."""
    linking.closed(matter)


@hookimpl
def overview_figures(request: FigureRequest) -> Iterable[Figure]:
    """Needs that came in and were settled, and bulletins."""
    return figures.figures(request)


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """What the member reported."""
    return personal.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Who reported it is forgotten."""
    return personal.cut(member_id)
