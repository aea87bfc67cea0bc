"""What core tells and asks of the posts plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import ClaimFact, Figure, FigureRequest, MatterMaker, MemberData, Panel, _, hookimpl
from plugins.posts import exporting, figures, inviting, queries
from plugins.posts.setting import SOURCE


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """The posts that a member holds, waits for or is asked to take, on the member's page."""
    return [Panel(_("认领的岗位"), "posts/panel.html", {"claims": queries.claims_of_member(member_id), "member_id": member_id,
                                                   "invitations": queries.invitations_of(member_id=member_id)})]


@hookimpl
def matter_makers() -> Iterable[MatterMaker]:
    """A need may be made into a post."""
    return [MatterMaker(_("设为岗位"), "posts.new", "posts.manage", order=20)]


@hookimpl
def claim_taken(claim: ClaimFact) -> None:
    """Whoever took the post needs no invitation any longer; told twice, there is nothing left to settle."""
    if claim.source == SOURCE and claim.member_id is not None:
        inviting.settle(claim.matter_id, claim.member_id)


@hookimpl
def overview_figures(request: FigureRequest) -> Iterable[Figure]:
    """Posts put up and taken."""
    return figures.figures(request)


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """Every invitation with its answer; the claims themselves are core's."""
    return exporting.of_member(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing of the member remains."""
    return inviting.erase(member_id)
